package mcp_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/dynamo/dynamotest"
	"agentstore/pkg/fault"
	"agentstore/pkg/storetest"
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

// protectedService is a service that only a person can let be reinstalled.
func protectedService(t *testing.T, s *storetest.Store) string {
	t.Helper()
	service := s.Service(t)
	protect(t, s, service)
	return service
}

// reinstall calls the tool in a session of the official client.
func reinstall(t *testing.T, session *sdk.ClientSession, service string) result {
	t.Helper()
	r, err := session.CallTool(t.Context(), &sdk.CallToolParams{
		Name: "server_reinstall", Arguments: object{"serviceId": service, "image": "debian-12"},
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(r.StructuredContent)
	if err != nil {
		t.Fatal(err)
	}
	return result{StructuredContent: text, IsError: r.IsError}
}

// expectActions counts what was done with a service.
func expectActions(t *testing.T, s *storetest.Store, service string, want int) {
	t.Helper()
	list, isList := use(t, s, "action_list", object{"serviceId": service}).body().Get("actions").([]any)
	if !isList || len(list) != want {
		t.Errorf("%d actions, want %d: %v", len(list), want, list)
	}
}

func TestConsent(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		service := protectedService(t, s)
		p := &person{answer: accepts(true)}
		r := reinstall(t, connect(t, s, newest, p.options()), service)
		if r.IsError || r.body().Text("status") != "accepted" || r.body().Text("server", "image") != "debian-12" {
			t.Errorf("%s", r.StructuredContent)
		}
		expectActions(t, s, service, 1)
		if len(p.asked) != 1 {
			t.Fatalf("asked %d times", len(p.asked))
		}
		question := p.asked[0]
		for _, want := range []string{service, "deploy-node-01", "Erase", "debian-12", string(s.Agent), "server_reinstall"} {
			if !strings.Contains(question.Message, want) {
				t.Errorf("the question does not say %s: %s", want, question.Message)
			}
		}
		form, _ := json.Marshal(question.RequestedSchema)
		if question.Mode != "form" || !strings.Contains(string(form), `"approve"`) || !strings.Contains(string(form), `"boolean"`) {
			t.Errorf("the form is %s %s", question.Mode, form)
		}
	})
}

// TestNoConsent: anything but a yes is a no, and its token is of no use later.
func TestNoConsent(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	service := protectedService(t, s)
	for name, answer := range map[string]*sdk.ElicitResult{
		"declined":    {Action: "decline"},
		"cancelled":   {Action: "cancel"},
		"not checked": accepts(false),
	} {
		p := &person{answer: answer}
		r := reinstall(t, connect(t, s, newest, p.options()), service)
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
		token := ask(t, s, s.Key, erase(service))
		expectError(t, answerWith(t, s, s.Key, erase(service), token, answer), fault.ApprovalRequired)
		expectDead(t, answerWith(t, s, s.Key, erase(service), token, yes))
	}
	expectActions(t, s, service, 0)
}

// TestOnlyWhoCanAskIsAsked: the others are told where a person can consent, by
// MCP as by REST.
func TestOnlyWhoCanAskIsAsked(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	service := protectedService(t, s)
	rest := byREST(t, s, "server_reinstall", object{"serviceId": service, "image": "debian-12"})
	approvalURL := rest.Text("approvalUrl")
	if !strings.HasPrefix(approvalURL, s.URL+"/") || rest.Code() != string(fault.ApprovalRequired) {
		t.Errorf("approvalUrl is %q: %s", approvalURL, rest.Body)
	}
	for _, revision := range sdk.SupportedProtocolVersions() {
		p := &person{answer: accepts(true)}
		options := p.options()
		if revision == newest {
			options = nil // it could show forms, and does not say so
		}
		r := reinstall(t, connect(t, s, revision, options), service)
		expectError(t, r, fault.ApprovalRequired)
		if got := r.body().Text("approvalUrl"); got != approvalURL || len(p.asked) > 0 {
			t.Errorf("%s: approvalUrl is %q, want %q; asked %d times", revision, got, approvalURL, len(p.asked))
		}
	}
	expectActions(t, s, service, 0)
}

// TestOldClientsAreNotAsked: what a client of an older revision says of itself,
// in any place where it could, has nobody called back, which a function cannot.
func TestOldClientsAreNotAsked(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	service := protectedService(t, s)
	capabilities := object{"elicitation": object{"form": object{}}}
	call := toolCall("server_reinstall", erase(service))

	first := message("initialize", object{
		"protocolVersion": "2025-03-26", "capabilities": capabilities, "clientInfo": object{"name": "raw", "version": "1"},
	})
	batch := post(t, s, []object{first, {"jsonrpc": "2.0", "method": "notifications/initialized"}, call})
	if !strings.Contains(string(batch.Body), string(fault.ApprovalRequired)) || strings.Contains(string(batch.Body), "requestState") {
		t.Errorf("a batch: %d %s", batch.Status, batch.Body)
	}

	call["params"].(object)["_meta"] = object{"io.modelcontextprotocol/clientCapabilities": capabilities}
	for _, revision := range []string{"", "2025-03-26", "2025-06-18", "2025-11-25"} {
		r := s.Request(t, http.MethodPost, "/mcp", call)
		r.Header.Set("Mcp-Protocol-Version", revision)
		expectError(t, resultOf(t, do(t, r)), fault.ApprovalRequired)
	}
	expectActions(t, s, service, 0)
}

// TestNothingToConfirm: who needs no consent is not asked.
func TestNothingToConfirm(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	service := s.Service(t)
	p := &person{answer: accepts(true)}
	if r := reinstall(t, connect(t, s, newest, p.options()), service); r.IsError || len(p.asked) > 0 {
		t.Errorf("asked %d times: %s", len(p.asked), r.StructuredContent)
	}
}
