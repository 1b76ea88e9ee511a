package stack

import (
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/web"
)

type object = map[string]any

// memberFlow has somebody log in, make an agent that has to ask, approve what it buys,
// and look at what it has cost.
func memberFlow(t *testing.T, f *front) {
	b := (&storetest.Store{URL: f.URL}).NewBrowser(t)
	b.Transport = f.Client().Transport
	if page := b.LogIn(t, web.LoginPath, "Ada", "ada@example.com"); page.Status != http.StatusOK || !strings.Contains(page.Body, "Ada") {
		t.Fatalf("the login ends at %s with %d: %s", page.URL, page.Status, page.Body)
	}
	call := func(method, path string, body any, status int) storetest.Answer {
		t.Helper()
		answer := b.Call(t, method, storetest.Account+path, body)
		if answer.Status != status {
			t.Fatalf("%s %s: status %d, want %d: %s", method, path, answer.Status, status, answer.Body)
		}
		return answer
	}
	if me := call(http.MethodGet, "", nil, http.StatusOK); me.Text("me", "role") != "owner" {
		t.Errorf("the account is %s", me.Body)
	}
	made := call(http.MethodPost, "/agents", object{"name": "deployer"}, http.StatusCreated).Text("agent", "id")
	key := call(http.MethodPost, "/agents/"+made+"/keys", object{
		"name": "ci", "scopes": []string{"catalog:read", "quotes:write", "purchases:write", "purchases:read", "services:read"},
	}, http.StatusCreated).Text("secret")
	call(http.MethodPut, "/agents/"+made+"/policy", object{"limits": []any{object{"currency": "usd", "approvalAboveMinor": 2000}}}, http.StatusOK)

	a := agent{f, key}
	quote := a.call(t, http.MethodPost, storetest.Quotes, storetest.Order(), http.StatusCreated).Text("quote", "id")
	parked := a.call(t, http.MethodPost, storetest.Purchases, object{"quoteId": quote, "idempotencyKey": "ask first"}, http.StatusCreated)
	if parked.Text("purchase", "status") != "pending_approval" || !strings.HasPrefix(parked.Text("purchase", "approvalUrl"), f.URL+"/approvals/") {
		t.Fatalf("the purchase is %s", parked.Body)
	}
	approved := call(http.MethodPost, "/approvals/"+parked.Text("purchase", "approvalId")+"/approve", object{"note": "go on"}, http.StatusOK)
	if approved.Text("purchase", "status") != "completed" {
		t.Errorf("approved is %s", approved.Body)
	}
	if wallet := call(http.MethodGet, "/wallet", nil, http.StatusOK); wallet.Get("wallet", "balanceMinor") != 97_600.0 {
		t.Errorf("the wallet is %s", wallet.Body)
	}
	if trail := call(http.MethodGet, "/audit.csv", nil, http.StatusOK); !strings.Contains(string(trail.Body), "approval_approve") {
		t.Errorf("the trail is %s", trail.Body)
	}
	if page := b.Open(t, "/approvals/"+parked.Text("purchase", "approvalId")); page.Status != http.StatusOK || !strings.Contains(page.Body, "go on") {
		t.Errorf("the page of the approval is %d: %s", page.Status, page.Body)
	}
	call(http.MethodGet, "/credit-cards", nil, http.StatusNotFound)
	if wrong := call(http.MethodPatch, "/policy", object{}, http.StatusMethodNotAllowed); wrong.Header.Get("Allow") == "" {
		t.Errorf("the wrong method is answered with %v", wrong.Header)
	}
}
