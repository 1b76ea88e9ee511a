package typescript

import (
	"net/http"
	"strings"
	"testing"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

// An error is a result for the model to read: the client does not reject it, and
// it is the error object of REST.
func TestProblems(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := connect(t, s.URL, s.Key)
	used := s.Quote(t)
	s.Buy(t, used, "key-of-the-first")
	for _, p := range []struct {
		code, tool string
		input      map[string]any
	}{
		{"invalid_input", "quote_create", map[string]any{"catalogItemId": 7}},
		{"not_found", "quote_get", map[string]any{"quoteId": "quo_01JDEM00000000000000000000"}},
		{"quote_already_used", "purchase_create", map[string]any{"quoteId": used, "idempotencyKey": "key-of-the-second"}},
		{"idempotency_conflict", "purchase_create", map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "key-of-the-first"}},
		{"idempotency_key_required", "purchase_create", map[string]any{"quoteId": s.Quote(t)}},
	} {
		got := c.try(t, p.tool, p.input)
		if !got.IsError || got.Content[0].Text == "" {
			t.Errorf("%s: no error, or none as text: %+v", p.code, got)
		}
		byMCP, byREST := object(t, got.StructuredContent), object(t, byREST(t, s, p.tool, p.input).Body)
		for _, o := range []map[string]any{byMCP, byREST} {
			if id, _ := o["requestId"].(string); !strings.HasPrefix(id, "req_") {
				t.Errorf("%s: the request id is %q", p.code, id)
			}
			delete(o, "requestId") // the one thing that differs
		}
		if byMCP["code"] != p.code || encoded(t, byMCP) != encoded(t, byREST) {
			t.Errorf("%s: not what REST answers:\n%v\n%v", p.code, byMCP, byREST)
		}
	}
}

// Whatever a tool announces for its good answers, its errors pass.
func TestEveryToolMayFail(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := connect(t, s.URL, s.Key)
	for _, o := range api.Operations(app.Shelf()) {
		got := c.try(t, o.Name, map[string]any{"unheardOf": true})
		if code := object(t, got.StructuredContent)["code"]; !got.IsError || code != "invalid_input" {
			t.Errorf("%s: %s", o.Name, got.StructuredContent)
		}
	}
}

// Without a key the catalog is open, and the rest is refused by HTTP, which the
// client throws: a host shows it to a person, and not to the model.
func TestWithoutKey(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := connect(t, s.URL, "")
	for _, o := range api.Operations(app.Shelf()) {
		if o.Public {
			c.call(t, o.Name, inputOf(o, map[string]any{"catalogItemId": "cat_vps_micro"}))
		}
	}
	refused(t, c.do(t, "callTool", map[string]any{"name": "service_list"}))
	c.call(t, "catalog_categories", nil) // the session goes on
}

func TestWithWrongKey(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	_, connected := start(t, s.URL, "wrong")
	refused(t, connected)
}

// refused holds what the client throws to the status and the words of the store.
func refused(t *testing.T, a answer) {
	t.Helper()
	if a.Error == nil {
		t.Fatalf("the client has a result: %s", a.Result)
	}
	if a.Error.Code != http.StatusUnauthorized ||
		!strings.Contains(a.Error.Message, "The request carries no valid API key.") ||
		!strings.Contains(a.Error.Message, "AGENT_STORE_AGENT_API_KEY") {
		t.Errorf("the client says: %+v", *a.Error)
	}
}
