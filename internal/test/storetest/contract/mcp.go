package contract

import (
	"cmp"
	"encoding/json"
	"net/http"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// MCP makes calls in a session of the official client.
func MCP(session *sdk.ClientSession) Call {
	return func(tb testing.TB, tool string, input map[string]any) map[string]any {
		tb.Helper()
		result, err := session.CallTool(tb.Context(), &sdk.CallToolParams{Name: tool, Arguments: input})
		if err != nil {
			tb.Fatalf("%s: %v", tool, err)
		}
		text, err := json.Marshal(result.StructuredContent)
		if err != nil || result.IsError {
			tb.Fatalf("%s: %v: %s", tool, err, text)
		}
		var body map[string]any
		if err := json.Unmarshal(text, &body); err != nil {
			tb.Fatal(err)
		}
		return body
	}
}

// Client is the official client, as a host configures it.
type Client struct {
	Base     string // of the store, without a path
	Key      string // none where it is empty
	Revision string // of the protocol; the newest where it is empty
	Options  *sdk.ClientOptions
	// Transport carries the requests; the default one where it is nil.
	Transport http.RoundTripper
}

// Connect begins a session that lasts until the test ends.
func (c Client) Connect(tb testing.TB) *sdk.ClientSession {
	tb.Helper()
	client := sdk.NewClient(&sdk.Implementation{Name: "contract", Version: "1.0.0"}, c.Options)
	session, err := client.Connect(tb.Context(), &sdk.StreamableClientTransport{
		Endpoint: c.Base + "/mcp", HTTPClient: &http.Client{Transport: bearer{c.Key, cmp.Or(c.Transport, http.DefaultTransport)}}, DisableStandaloneSSE: true,
	}, &sdk.ClientSessionOptions{ProtocolVersion: c.Revision})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { session.Close() })
	return session
}

// bearer presents a key with every request; none where it is empty.
type bearer struct {
	key  string
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (b bearer) RoundTrip(r *http.Request) (*http.Response, error) {
	if b.key != "" {
		r = r.Clone(r.Context())
		r.Header.Set("Authorization", "Bearer "+b.key)
	}
	return b.next.RoundTrip(r)
}
