package mcp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// person answers questions, and remembers them.
type person struct {
	answer *sdk.ElicitResult
	asked  []*sdk.ElicitParams
}

func (p *person) options() *sdk.ClientOptions {
	return &sdk.ClientOptions{ElicitationHandler: func(_ context.Context, r *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
		p.asked = append(p.asked, r.Params)
		return p.answer, nil
	}}
}

func accepts(approve any) *sdk.ElicitResult {
	return &sdk.ElicitResult{Action: "accept", Content: object{"approve": approve}}
}

// confirming has every purchase of the agent confirmed.
func confirming(t *testing.T, s *storetest.Store) {
	t.Helper()
	setPolicy(t, s, shop.Policy{Limits: []shop.Limit{{Currency: "usd", ConfirmAbove: new(int64)}}})
}

// buying are the arguments that buy a new quote.
func buying(t *testing.T, s *storetest.Store) object {
	t.Helper()
	quote := s.Quote(t)
	return object{"quoteId": quote, "idempotencyKey": "key of " + quote}
}

// buy calls the tool in a session of the official client.
func buy(t *testing.T, session *sdk.ClientSession, arguments object) result {
	t.Helper()
	r, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "purchase_create", Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	return result{StructuredContent: text, IsError: r.IsError}
}

// expectBought expects so many purchases that are paid.
func expectBought(t *testing.T, s *storetest.Store, want int) {
	t.Helper()
	list := use(t, s, "purchase_list", object{}).StructuredContent
	if got := strings.Count(string(list), `"status":"completed"`); got != want {
		t.Errorf("%d purchases are paid, want %d: %s", got, want, list)
	}
}

// TestConfirm: what is confirmed is done, and it is kept by whom it was.
func TestConfirm(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		confirming(t, s)
		p := &person{answer: accepts(true)}
		call := buying(t, s)
		r := buy(t, connect(t, s, newest, p.options()), call)
		if r.IsError || r.body().Text("purchase", "status") != "completed" || r.body().Text("purchase", "confirmedBy") != "mcp_client" {
			t.Errorf("%s", r.StructuredContent)
		}
		if len(p.asked) != 1 {
			t.Fatalf("asked %d times", len(p.asked))
		}
		question := p.asked[0]
		for _, want := range []string{call["quoteId"].(string), "24", string(s.Agent), "purchase_create"} {
			if !strings.Contains(question.Message, want) {
				t.Errorf("the question does not say %s: %s", want, question.Message)
			}
		}
		form, _ := json.Marshal(question.RequestedSchema)
		if question.Mode != "form" || !strings.Contains(string(form), `"approve"`) || !strings.Contains(string(form), `"boolean"`) {
			t.Errorf("the form is %s %s", question.Mode, form)
		}
		events, _, err := s.Table.Trail(t.Context(), s.Agent.Account(), shop.TrailFilter{Operation: "purchase_create"}, shop.Page{Limit: 10})
		if err != nil || len(events) != 1 || events[0].ConfirmedBy != shop.ConfirmedByClient {
			t.Errorf("the trail says %+v, %v", events, err)
		}
	})
}

// TestNotConfirmed: anything but a yes is a no, and its token is of no use later.
func TestNotConfirmed(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	confirming(t, s)
	for name, answer := range map[string]*sdk.ElicitResult{
		"declined":    {Action: "decline"},
		"cancelled":   {Action: "cancel"},
		"not checked": accepts(false),
	} {
		p := &person{answer: answer}
		r := buy(t, connect(t, s, newest, p.options()), buying(t, s))
		t.Log(name)
		expectError(t, r, fault.ApprovalRequired)
		if len(p.asked) != 1 || r.body().Text("approvalUrl") != "" {
			t.Errorf("%s: asked %d times: %s", name, len(p.asked), r.StructuredContent)
		}
	}
	// What a client of its own making could send.
	for name, answer := range map[string]object{
		"no content":            {"action": "accept"},
		"a text for yes":        {"action": "accept", "content": object{"approve": "true"}},
		"yes, but declined":     {"action": "decline", "content": object{"approve": true}},
		"yes to something else": {"action": "accept", "content": object{"approved": true}},
	} {
		t.Log(name)
		call := buying(t, s)
		token := ask(t, s, s.Key, call)
		expectError(t, answerWith(t, s, s.Key, call, token, answer), fault.ApprovalRequired)
		expectDead(t, answerWith(t, s, s.Key, call, token, yes))
	}
	expectPurchases(t, s, 0)
}

// TestOnlyWhoCanAskIsAsked: what the others want waits for a member.
func TestOnlyWhoCanAskIsAsked(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	confirming(t, s)
	for _, revision := range sdk.SupportedProtocolVersions() {
		p := &person{answer: accepts(true)}
		options := p.options()
		if revision == newest {
			options = nil // it could show forms, and does not say so
		}
		r := buy(t, connect(t, s, revision, options), buying(t, s))
		if r.body().Text("purchase", "status") != "pending_approval" || r.body().Text("purchase", "approvalUrl") == "" || len(p.asked) > 0 {
			t.Errorf("%s: asked %d times: %s", revision, len(p.asked), r.StructuredContent)
		}
	}
	expectBought(t, s, 0)
}

// TestOldClientsAreNotAsked: what a client of an older revision says of itself,
// in any place where it could, has nobody called back, which a function cannot.
func TestOldClientsAreNotAsked(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	confirming(t, s)
	capabilities := object{"elicitation": object{"form": object{}}}
	call := toolCall("purchase_create", buying(t, s))

	first := message("initialize", object{
		"protocolVersion": "2025-03-26", "capabilities": capabilities, "clientInfo": object{"name": "raw", "version": "1"},
	})
	batch := post(t, s, []object{first, {"jsonrpc": "2.0", "method": "notifications/initialized"}, call})
	if !strings.Contains(string(batch.Body), "pending_approval") || strings.Contains(string(batch.Body), "requestState") {
		t.Errorf("a batch: %d %s", batch.Status, batch.Body)
	}

	for _, revision := range []string{"", "2025-03-26", "2025-06-18", "2025-11-25"} {
		call := toolCall("purchase_create", buying(t, s))
		call["params"].(object)["_meta"] = object{"io.modelcontextprotocol/clientCapabilities": capabilities}
		r := s.Request(t, http.MethodPost, "/mcp", call)
		r.Header.Set("Mcp-Protocol-Version", revision)
		if answer := resultOf(t, do(t, r)); answer.body().Text("purchase", "status") != "pending_approval" {
			t.Errorf("%s: %s", revision, answer.StructuredContent)
		}
	}
	expectBought(t, s, 0)
}

// TestNothingToConfirm: who needs no consent is not asked.
func TestNothingToConfirm(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	p := &person{answer: accepts(true)}
	if r := buy(t, connect(t, s, newest, p.options()), buying(t, s)); r.IsError || r.body().Text("purchase", "confirmedBy") != "" || len(p.asked) > 0 {
		t.Errorf("asked %d times: %s", len(p.asked), r.StructuredContent)
	}
}

// TestProtectedIsNotConfirmed: what is protected is not asked about, and no answer
// opens it.
func TestProtectedIsNotConfirmed(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	setPolicy(t, s, shop.Policy{Limits: []shop.Limit{{Currency: "usd", ConfirmAbove: new(int64(2400))}}})
	service := activeService(t, s)
	protect(t, s, service)
	erase := toolCall("server_reinstall", object{"serviceId": service, "image": "debian-12"})
	expectError(t, resultOf(t, modern(t, s, s.Key, erase)), fault.ApprovalRequired)
	state := ask(t, s, s.Key, order(object{"quantity": 2, "idempotencyKey": "k"}))
	for _, token := range []string{state, "made up"} {
		params := erase["params"].(object)
		params["requestState"], params["inputResponses"] = token, object{"consent": yes}
		expectDead(t, resultOf(t, modern(t, s, s.Key, erase)))
	}
	if list, _ := use(t, s, "action_list", object{"serviceId": service}).body().Get("actions").([]any); len(list) > 0 {
		t.Errorf("it was reinstalled: %v", list)
	}
}
