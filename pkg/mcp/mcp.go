// Package mcp serves the operations of the store as tools of the Model Context
// Protocol, at one address for every revision of it that the official SDK speaks. A
// tool takes the arguments, and returns the body, of its operation over REST.
package mcp

import (
	"context"
	_ "embed"
	"net/http"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/api"
	"agentstore/pkg/web"
)

// instructions are what every model reads before it sees the tools.
//
//go:embed instructions.md
var instructions string

// Handler serves a store. The docs explain each product in Markdown, by its
// service type.
func Handler(s web.Store, docs map[string]string) http.Handler {
	server := sdk.NewServer(&sdk.Implementation{
		Name: "agentstore", Title: "agentstore", Version: api.Version,
	}, &sdk.ServerOptions{
		Instructions: instructions,
		// What is offered never changes while a process lives.
		Capabilities: &sdk.ServerCapabilities{
			Tools: &sdk.ToolCapabilities{}, Resources: &sdk.ResourceCapabilities{}, Prompts: &sdk.PromptCapabilities{},
		},
		SetCacheable: setCacheable,
	})
	addTools(server, s)
	addResources(server, docs)
	addPrompts(server, s.Shelf)
	return Mount(s, server)
}

const listLifetime = 5 * time.Minute

// setCacheable says how long a client may keep a result: the lists change only with
// a deployment, and the contents of a resource change at any time.
func setCacheable(_ context.Context, r sdk.Request, c *sdk.Cacheable) {
	if _, isRead := r.GetParams().(*sdk.ReadResourceParams); isRead {
		c.TTLMs, c.CacheScope = 0, "private"
		return
	}
	c.TTLMs, c.CacheScope = int(listLifetime.Milliseconds()), "public"
}
