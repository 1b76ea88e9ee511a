package mcp_test

import (
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/api"
)

// TestServerSaysWhoItIs: every client learns how to begin, and that nothing will
// be announced.
func TestServerSaysWhoItIs(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, revision := range sdk.SupportedProtocolVersions() {
		got := connect(t, s, revision, nil).InitializeResult()
		if got.ServerInfo.Name != "agentstore" || got.ServerInfo.Version != api.Version {
			t.Errorf("%s: %+v", revision, got.ServerInfo)
		}
		for _, word := range []string{"catalog_search", "quote_create", "purchase_create", "idempotencyKey", "minor unit", "Authorization: Bearer"} {
			if !strings.Contains(got.Instructions, word) {
				t.Errorf("%s: the instructions do not say %s", revision, word)
			}
		}
		c := got.Capabilities
		if c.Tools == nil || c.Tools.ListChanged || c.Resources == nil || c.Resources.ListChanged || c.Resources.Subscribe || c.Prompts == nil || c.Prompts.ListChanged {
			t.Errorf("%s: the capabilities are %+v", revision, c)
		}
	}
}

// TestListsMayBeKept: they change with a deployment alone.
func TestListsMayBeKept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, method := range []string{"tools/list", "resources/list", "resources/templates/list", "prompts/list", "server/discover"} {
		a := modern(t, s, s.Key, message(method, object{}))
		if a.Get("result", "ttlMs") != 300_000.0 || a.Text("result", "cacheScope") != "public" {
			t.Errorf("%s: %v %v", method, a.Get("result", "ttlMs"), a.Get("result", "cacheScope"))
		}
	}
}
