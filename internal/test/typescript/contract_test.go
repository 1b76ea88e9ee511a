package typescript

import (
	"maps"
	"net/http"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

// The flow of the contract. What it made reads the same over MCP and REST.
func TestContract(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		c := connect(t, s.URL, s.Key)
		ids := map[string]any{"catalogItemId": "cat_vps_micro", "personalId": s.Personal(t)}
		contract.Replay(t, remembering(ids, c.contract()))
		ids["agentId"] = string(s.Agent)
		ids["cancellationId"] = cancelled(t, s)
		for _, o := range api.Operations(app.Shelf()) {
			if !o.Writes() {
				input := inputOf(o, ids)
				same(t, o.Name, c.call(t, o.Name, input), byREST(t, s, o.Name, input).Body)
			}
		}
	})
}

// cancelled begins to end everything that the agent has, and does not go on with it.
func cancelled(t *testing.T, s *storetest.Store) string {
	t.Helper()
	all := map[string]any{"agentId": string(s.Agent)}
	preview := byREST(t, s, "service_cancel_many_preview", all)
	asked := byREST(t, s, "service_cancel_many", map[string]any{"agentId": string(s.Agent), "token": preview.Text("token")})
	return asked.Text("cancellationId")
}

// remembering keeps the identifiers that answers return for later calls.
func remembering(ids map[string]any, call contract.Call) contract.Call {
	return func(tb testing.TB, tool string, input map[string]any) map[string]any {
		tb.Helper()
		body := call(tb, tool, input)
		for _, name := range []string{"quote", "purchase", "service"} {
			if made, ok := body[name].(map[string]any); ok {
				ids[name+"Id"] = made["id"]
			}
		}
		if action, ok := body["actionId"]; ok {
			ids["actionId"] = action
		}
		return body
	}
}

// inputOf is what of the identifiers the operation takes.
func inputOf(o api.Operation, ids map[string]any) map[string]any {
	input := maps.Clone(ids)
	maps.DeleteFunc(input, func(name string, _ any) bool { return o.Input.Properties[name] == nil })
	return input
}

// byREST makes the same call by HTTP.
func byREST(t *testing.T, s *storetest.Store, tool string, input map[string]any) storetest.Answer {
	t.Helper()
	r := contract.Request(t, s.URL, tool, input)
	r.Header.Set("Authorization", "Bearer "+s.Key)
	return storetest.Do(t, documented.Client(t), r)
}

// same holds both forms of a result to the body of REST: the text to its bytes,
// and the structured content, which the client has read and written, to its value.
func same(t *testing.T, tool string, got toolResult, body []byte) {
	t.Helper()
	if text := got.Content[0].Text; text != string(body) {
		t.Errorf("%s: the text is not what REST answers:\n%s\n%s", tool, text, body)
	}
	if structured, want := encoded(t, object(t, got.StructuredContent)), encoded(t, object(t, body)); structured != want {
		t.Errorf("%s: the structured content is not what REST answers:\n%s\n%s", tool, structured, want)
	}
}

// A purchase that was made by one protocol and is sent again by the other is the
// same purchase.
func TestPurchaseIsReplayedAcrossProtocols(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	c := connect(t, s.URL, s.Key)

	input := map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "by-rest-first"}
	first := byREST(t, s, "purchase_create", input)
	again := c.call(t, "purchase_create", input)
	same(t, "purchase_create", again, first.Body)
	if first.Status != http.StatusCreated || again.Meta["agentstore/idempotentReplayed"] != true {
		t.Errorf("status %d, then %v", first.Status, again.Meta)
	}

	input = map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "by-mcp-first"}
	bought := c.call(t, "purchase_create", input)
	answered := byREST(t, s, "purchase_create", input)
	same(t, "purchase_create", bought, answered.Body)
	if bought.Meta != nil || answered.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("%v, then the header %v", bought.Meta, answered.Header)
	}

	list := object(t, c.call(t, "purchase_list", nil).StructuredContent)
	if purchases, _ := list["purchases"].([]any); len(purchases) != 2 {
		t.Errorf("there are not two purchases: %v", list)
	}
}
