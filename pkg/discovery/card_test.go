package discovery_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

const cardSchema = "https://static.modelcontextprotocol.io/schemas/v1/server-card.schema.json"

func TestCard(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	var got described
	decode(t, get(t, s.URL+cardPath).Body, &got)
	for _, problem := range got.problems(cardSchema) {
		t.Error(problem)
	}
	if got.WebsiteURL != s.URL+"/llms.txt" || len(got.Remotes) != 1 {
		t.Fatalf("%+v", got)
	}
	r := got.Remotes[0]
	if r.Type != "streamable-http" || r.URL != s.URL+"/mcp" || len(r.Variables) > 0 {
		t.Errorf("remote %+v", r)
	}
	if diff := cmp.Diff(sdk.SupportedProtocolVersions(), r.ProtocolVersions); diff != "" {
		t.Errorf("revisions of the protocol (-SDK +card):\n%s", diff)
	}
}

// TestRegistryEntry holds server.json, which nobody generates, to the schema of
// the MCP registry and to the card of the server that it announces.
func TestRegistryEntry(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../server.json")
	if err != nil {
		t.Fatal(err)
	}
	var entry described
	decode(t, text, &entry)
	for _, problem := range entry.problems("https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json") {
		t.Error(problem)
	}

	s := newStore(t)
	var card described
	decode(t, get(t, s.URL+cardPath).Body, &card)
	if got := get(t, s.URL+"/openapi.json").Text("info", "version"); entry.Version != got {
		t.Errorf("version %s, that of the API is %s", entry.Version, got)
	}

	// What the entry cannot know, the card does.
	if len(entry.Remotes) != 1 {
		t.Fatalf("remotes %+v", entry.Remotes)
	}
	entry.Schema, entry.WebsiteURL = card.Schema, card.WebsiteURL
	remote := &entry.Remotes[0]
	remote.URL = strings.ReplaceAll(remote.URL, "https://{agentstore_host}", s.URL)
	remote.Variables = nil
	remote.ProtocolVersions = card.Remotes[0].ProtocolVersions
	if diff := cmp.Diff(card, entry); diff != "" {
		t.Errorf("(-card +server.json):\n%s", diff)
	}
}
