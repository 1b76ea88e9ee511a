package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/money"
)

type object = map[string]any

// member is a call that must be answered with the status.
func member(t *testing.T, b *storetest.Browser, method, path string, body any, status int) storetest.Answer {
	t.Helper()
	a := b.Call(t, method, storetest.Account+path, body)
	if a.Status != status {
		t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.Status, status, a.Body)
	}
	return a
}

// A person makes an agent, gives it a key and a policy, approves what it asks for,
// and takes the key away again: the whole of what the account API is for.
func TestAccountFlow(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
		b := s.Owner(t)
		me := member(t, b, http.MethodGet, "", nil, 200)
		if me.Text("me", "role") != "owner" || me.Text("account", "checkoutAgentId") == "" {
			t.Errorf("the account is %s", me.Body)
		}
		agent := member(t, b, http.MethodPost, "/agents", object{"name": "deployer"}, 201).Text("agent", "id")
		key := member(t, b, http.MethodPost, "/agents/"+agent+"/keys", object{
			"name": "ci", "scopes": []string{"catalog:read", "quotes:write", "purchases:write", "purchases:read", "services:read", "servers:reinstall"},
		}, 201)
		s.Key = key.Text("secret")
		member(t, b, http.MethodPut, "/agents/"+agent+"/policy", object{
			"limits": []any{object{"currency": "usd", "approvalAboveMinor": 2000, "perDayMinor": 5000}}, "regions": []string{"eu-west"},
		}, 200)

		quote := s.Call(t, http.MethodPost, storetest.Quotes, storetest.Order())
		if quote.Get("spendCheck", "approvalRequired") != true || quote.Get("spendCheck", "allowed") != true {
			t.Errorf("the check is %s", quote.Body)
		}
		parked := s.Buy(t, quote.Text("quote", "id"), "one")
		if parked.Status != 201 || parked.Text("purchase", "status") != "pending_approval" {
			t.Fatalf("the purchase is %s", parked.Body)
		}
		approval := parked.Text("purchase", "approvalId")
		if got := parked.Text("purchase", "approvalUrl"); got != s.URL+"/approvals/"+approval {
			t.Errorf("the address is %s", got)
		}
		question := member(t, b, http.MethodGet, "/approvals/"+approval, nil, 200)
		if question.Get("purchase", "totalPriceMinor") != 2400.0 || question.Text("approval", "agentId") != agent {
			t.Errorf("the question is %s", question.Body)
		}
		done := member(t, b, http.MethodPost, "/approvals/"+approval+"/approve", object{"note": "go on"}, 200)
		if done.Text("approval", "status") != "approved" || done.Text("purchase", "status") != "completed" {
			t.Errorf("approved is %s", done.Body)
		}
		member(t, b, http.MethodPost, "/approvals/"+approval+"/approve", nil, 409)
		status := s.Call(t, http.MethodGet, storetest.Purchases+"/"+parked.Text("purchase", "id"), nil)
		if status.Text("purchase", "status") != "completed" {
			t.Errorf("the agent sees %s", status.Body)
		}
		service := status.Text("purchase", "services", 0, "id")

		member(t, b, http.MethodPut, "/services/"+service+"/protection", object{"protection": []string{"reinstall"}}, 200)
		refused := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/reinstall", object{"image": "debian-12"})
		if refused.Code() != "approval_required" {
			t.Fatalf("the reinstall is answered with %s", refused.Body)
		}
		member(t, b, http.MethodPost, "/approvals/"+refused.Text("approvalId")+"/approve", nil, 200)
		actions := s.Call(t, http.MethodGet, storetest.Services+"/"+service+"/actions", nil)
		if actions.Text("actions", 0, "type") != "reinstall" {
			t.Errorf("the actions are %s", actions.Body)
		}

		wallet := member(t, b, http.MethodGet, "/wallet", nil, 200)
		ledger := member(t, b, http.MethodGet, "/ledger", nil, 200)
		if wallet.Get("wallet", "balanceMinor") != 97_600.0 || ledger.Get("entries", 0, "amountMinor") != -2400.0 {
			t.Errorf("the wallet is %s, the ledger %s", wallet.Body, ledger.Body)
		}
		budget := member(t, b, http.MethodGet, "/agents/"+agent+"/policy", nil, 200)
		if budget.Get("spending", "sums", 0, "dayMinor") != 2400.0 || budget.Get("spending", "liveServices") != 1.0 {
			t.Errorf("the spending is %s", budget.Body)
		}

		keyID := key.Text("key", "id")
		rotated := member(t, b, http.MethodPost, "/agents/"+agent+"/keys/"+keyID+"/rotate", object{"overlapHours": 1}, 201)
		if a := s.Call(t, http.MethodGet, storetest.Services, nil); a.Status != 200 {
			t.Errorf("during the overlap the old key gets %s", a.Body)
		}
		s.Clock.Advance(time.Hour)
		if a := s.Call(t, http.MethodGet, storetest.Services, nil); a.Status != 401 {
			t.Errorf("after the overlap the old key gets %s", a.Body)
		}
		s.Key = rotated.Text("secret")
		b = s.Owner(t) // who revokes a key has logged in lately
		member(t, b, http.MethodDelete, "/agents/"+agent+"/keys/"+rotated.Text("key", "id"), nil, 200)
		if a := s.Call(t, http.MethodGet, storetest.Services, nil); a.Status != 401 {
			t.Errorf("the revoked key gets %s", a.Body)
		}

		trail := member(t, b, http.MethodGet, "/audit?limit=100", nil, 200)
		for _, want := range []string{"agent_create", "key_create", "agent_policy_set", "approval_approve", "purchase_create", "protection_set", "key_revoke"} {
			if !strings.Contains(string(trail.Body), `"operation":"`+want+`"`) {
				t.Errorf("%s is not in the trail: %s", want, trail.Body)
			}
		}
		if strings.Contains(string(trail.Body), key.Text("secret")) {
			t.Error("the trail holds a key")
		}
	})
}
