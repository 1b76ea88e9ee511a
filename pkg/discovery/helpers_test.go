package discovery_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

// The documents.
const (
	storePath         = "/.well-known/agentstore.json"
	cardPath          = "/.well-known/mcp/server-card.json"
	storeResourcePath = "/.well-known/oauth-protected-resource"
	mcpResourcePath   = "/.well-known/oauth-protected-resource/mcp"
	llmsPath          = "/llms.txt"
)

func newStore(tb testing.TB) *storetest.Store {
	tb.Helper()
	return storetest.New(tb, dynamotest.Embedded(tb), storetest.Options{})
}

// request asks for a document as a stranger does: without a key.
func request(tb testing.TB, method, url string) *http.Request {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), method, url, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// get reads a document, which must be there.
func get(tb testing.TB, url string) storetest.Answer {
	tb.Helper()
	return expectOK(tb, request(tb, http.MethodGet, url))
}

func expectOK(tb testing.TB, r *http.Request) storetest.Answer {
	tb.Helper()
	a := storetest.Do(tb, http.DefaultClient, r)
	if a.Status != http.StatusOK {
		tb.Fatalf("%s: status %d: %s", r.URL, a.Status, a.Body)
	}
	return a
}

// decode reads JSON that may hold no more than what it is read into.
func decode(tb testing.TB, text []byte, into any) {
	tb.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		tb.Fatalf("%v in %s", err, text)
	}
}
