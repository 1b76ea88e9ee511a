package discovery

import (
	"agentstore/pkg/api"
	"agentstore/pkg/web"
)

// What the MCP server is called. The file server.json, for the MCP registry, says
// the same.
const (
	mcpName        = "io.github.agentstore/agentstore"
	mcpTitle       = "agentstore"
	mcpDescription = "Search a catalog, get a binding quote, buy it exactly once, and operate what was bought."
)

// protocolVersions are the revisions of MCP that the store speaks, the newest
// first. They are those of the SDK, which is not linked here for the sake of a
// list: a test compares them.
func protocolVersions() []string {
	return []string{"2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"}
}

// card is an MCP Server Card (SEP-2127; the form is schema.json of
// modelcontextprotocol/experimental-ext-server-card). It does not list tools: a
// client asks the server for those.
type card struct {
	Schema      string   `json:"$schema"`
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Version     string   `json:"version"`
	WebsiteURL  string   `json:"websiteUrl"`
	Remotes     []remote `json:"remotes"`
}

type remote struct {
	Type             string   `json:"type"`
	URL              string   `json:"url"`
	Headers          []header `json:"headers"`
	ProtocolVersions []string `json:"supportedProtocolVersions"`
}

type header struct {
	Name string `json:"name"`
	input
	// Value holds {variables}.
	Value     string           `json:"value"`
	Variables map[string]input `json:"variables"`
}

// input is what a client asks its user for.
type input struct {
	Description string `json:"description"`
	IsRequired  bool   `json:"isRequired"`
	IsSecret    bool   `json:"isSecret"`
	Placeholder string `json:"placeholder,omitempty"`
}

func newCard(_ web.Store, origin string) card {
	return card{
		Schema: "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json",
		Name:   mcpName, Title: mcpTitle, Description: mcpDescription, Version: api.Version,
		WebsiteURL: origin + llmsPath,
		Remotes: []remote{{
			Type: "streamable-http", URL: origin + web.MCPPath,
			Headers: []header{keyHeader()}, ProtocolVersions: protocolVersions(),
		}},
	}
}

// keyHeader is how the key is sent. It is required although the tools of the
// catalog do without: a client that is not asked for a key sends the value with
// the variable in it, or comes to buy and cannot.
func keyHeader() header {
	return header{
		Name:  "Authorization",
		input: input{Description: "An API key of the store, as a bearer token.", IsRequired: true, IsSecret: true},
		Value: "Bearer {apiKey}",
		Variables: map[string]input{"apiKey": {
			Description: "An API key, which the owner of an account makes.", IsRequired: true, IsSecret: true,
			Placeholder: "ask_live_<keyId>.<secret>",
		}},
	}
}
