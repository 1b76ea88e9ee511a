package dashboard_test

import (
	"net/http"
	"net/url"
	"testing"
	"time"

	"agentstore/pkg/dynamo/dynamotest"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/storetest"
)

// parked is a store with somebody whose agent asks for a purchase.
func parked(t *testing.T) (*storetest.Store, *storetest.Browser, storetest.Answer) {
	t.Helper()
	s := storetest.New(t, dynamotest.Minidyn(t), storetest.Options{DemoCredit: money.Money{Minor: 5000, Currency: "usd"}})
	b := s.LogIn(t, name, email)
	agent := id.Agent(b.Call(t, http.MethodPost, storetest.Account+"/agents", map[string]any{"name": "a"}).Text("agent", "id"))
	most := map[string]any{"limits": []any{map[string]any{"currency": "usd", "approvalAboveMinor": 0}}}
	b.Call(t, http.MethodPut, storetest.Account+"/policy", most)
	s.Key = s.NewKey(t, agent, shop.Scopes()...)
	asked := s.Buy(t, s.Quote(t), "k")
	if asked.Text("purchase", "status") != "pending_approval" {
		t.Fatalf("the purchase is %s", asked.Body)
	}
	return s, b, asked
}

// path is where the agent says that a person decides.
func path(t *testing.T, s *storetest.Store, asked storetest.Answer) string {
	t.Helper()
	address, err := url.Parse(asked.Text("purchase", "approvalUrl"))
	if err != nil || address.Scheme+"://"+address.Host != s.URL {
		t.Fatalf("the address is %s, %v", address, err)
	}
	return address.Path
}

func TestApprove(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	at := path(t, s, asked)
	page := b.Open(t, at)
	expectPage(t, page, http.StatusOK, "VPS Micro", "24.00 usd", "deploy-node-01", "about every purchase above 0 usd", "Approve", "Deny")
	expectPage(t, b.Send(t, at, url.Values{"decision": {"approve"}, "note": {"go <on>"}}), http.StatusOK, "It is approved.", "go &lt;on&gt;")
	expectPage(t, b.Send(t, at, url.Values{"decision": {"deny"}}), http.StatusConflict, "approval_decided")
	if a := s.Call(t, http.MethodGet, storetest.Purchases+"/"+asked.Text("purchase", "id"), nil); a.Text("purchase", "status") != "completed" {
		t.Errorf("the purchase is %s", a.Body)
	}
}

func TestDeny(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	expectPage(t, b.Send(t, path(t, s, asked), url.Values{"decision": {"deny"}}), http.StatusOK, "It is denied.")
	if a := s.Call(t, http.MethodGet, storetest.Purchases+"/"+asked.Text("purchase", "id"), nil); a.Text("purchase", "status") != "denied" {
		t.Errorf("the purchase is %s", a.Body)
	}
}

func TestApprovalIsNotForEverybody(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	at := path(t, s, asked)
	stranger := s.LogIn(t, "Bob", "bob@example.com")
	expectPage(t, stranger.Open(t, at), http.StatusNotFound, "not_found")
	expectPage(t, stranger.Send(t, at, url.Values{"decision": {"approve"}}), http.StatusNotFound, "not_found")
	expectPage(t, b.Send(t, at, url.Values{"decision": {"maybe"}}), http.StatusBadRequest, "must be approve or deny")

	invited := b.Call(t, http.MethodPost, storetest.Account+"/invitations", map[string]any{"email": "eve@example.com", "role": "viewer"})
	viewer := s.LogIn(t, "Eve", "eve@example.com")
	link, err := url.Parse(invited.Text("link"))
	if err != nil {
		t.Fatal(err)
	}
	viewer.Send(t, link.Path, nil)
	expectPage(t, viewer.Open(t, at), http.StatusOK, "an operator or an owner decides")
	expectPage(t, viewer.Send(t, at, url.Values{"decision": {"approve"}}), http.StatusForbidden, "insufficient_role")

	s.Clock.Advance(24 * time.Hour)
	again := s.LogIn(t, name, email)
	expectPage(t, again.Open(t, at), http.StatusOK, "It is expired.")
	expectPage(t, again.Send(t, at, url.Values{"decision": {"approve"}}), http.StatusConflict, "approval_decided")
}
