//go:build clients

package mcpclients

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
)

// script runs the programs.
const script = "../../../scripts/mcp-clients"

// connections are the clients, and how they reach the store.
var connections = []struct {
	name, program string
	server        func(programs, *storetest.Store) server
}{
	{"Python SDK over HTTP", "python", programs.overHTTP},
	{"Python SDK over stdio", "python", programs.overStdio},
	{"TypeScript SDK over HTTP", "typescript", programs.overHTTP},
	{"TypeScript SDK over stdio", "typescript", programs.overStdio},
	{"fastmcp over HTTP", "fastmcp", programs.overHTTP},
	{"fastmcp over stdio", "fastmcp", programs.overStdio},
	{"Inspector over HTTP", "inspector", programs.overHTTP},
	{"Inspector over stdio", "inspector", programs.overStdio},
	{"mcp-remote", "typescript", programs.overRemote},
}

// Each client goes through the flow of the contract, buys once however often it asks,
// and can read why it is refused.
func TestClients(t *testing.T) {
	if output, err := exec.CommandContext(t.Context(), script).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	programs := build(t)
	for _, connection := range connections {
		t.Run(connection.name, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
			c := start(t, connection.program, connection.server(programs, s))
			contract.Replay(t, c.contract())
			again(t, c)
			refused(t, c)
			boughtOnce(t, s)
		})
	}
}

// again makes the purchase of the flow once more.
func again(t *testing.T, c client) {
	t.Helper()
	first := c.last["purchase_create"]
	r := c.call(t, first.call)
	if diff := cmp.Diff(first.StructuredContent, r.StructuredContent); diff != "" || r.Meta["agentstore/idempotentReplayed"] != true {
		t.Errorf("the purchase was not replayed, %v:\n%s", r.Meta, diff)
	}
}

// refused buys the quote of the flow by another key.
func refused(t *testing.T, c client) {
	t.Helper()
	other := map[string]any{"quoteId": c.last["purchase_create"].Arguments["quoteId"], "idempotencyKey": "key-of-another"}
	r := c.call(t, call{"purchase_create", other})
	fixes, _ := r.StructuredContent["fixes"].([]any)
	if !r.IsError || r.StructuredContent["code"] != "quote_already_used" || len(fixes) == 0 {
		t.Errorf("the error is %+v", r)
	}
}

func boughtOnce(t *testing.T, s *storetest.Store) {
	t.Helper()
	list := s.Call(t, http.MethodGet, storetest.Purchases, nil)
	if purchases, _ := list.Get("purchases").([]any); len(purchases) != 1 {
		t.Errorf("there is not one purchase: %s", list.Body)
	}
}

// The page that tells people which clients work names the versions that run here.
func TestDocumented(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../docs/mcp.md")
	must(t, err)
	pins, err := exec.CommandContext(t.Context(), script, "pins").Output()
	must(t, err)
	for _, pin := range strings.Fields(string(pins)) {
		if !strings.Contains(string(page), "`"+pin+"`") {
			t.Errorf("docs/mcp.md does not name %s", pin)
		}
	}
}
