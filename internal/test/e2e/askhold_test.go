package e2e

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
)

// wallet expects what a member reads of the wallet.
func (s askers) expectWallet(t *testing.T, balance, held int) {
	t.Helper()
	w := member(t, s.owner, http.MethodGet, "/wallet", nil, 200)
	if w.Get("wallet", "balanceMinor") != float64(balance) || w.Get("wallet", "heldMinor") != float64(held) {
		t.Errorf("the wallet has %s, want %d and %d held", w.Body, balance, held)
	}
}

// A policy has questions hold their money: both sides are told, the wallet shows it, and
// it comes back with each way of saying no.
func TestQuestionsHoldTheirMoney(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		if off := member(t, s.owner, http.MethodGet, "/policy", nil, 200); off.Get("policy", "holdForApproval") != nil {
			t.Errorf("it is not off: %s", off.Body)
		}
		member(t, s.owner, http.MethodPut, "/policy", object{"holdForApproval": true}, 200)
		if on := member(t, s.owner, http.MethodGet, "/policy", nil, 200); on.Get("policy", "holdForApproval") != true {
			t.Errorf("it is not on: %s", on.Body)
		}
		_, first := s.park(t, "first")
		if fixes, _ := first.Get("fixes").([]any); len(fixes) == 0 || !strings.Contains(fixes[0].(string), "The price is held") || first.Get("obstacle") != nil {
			t.Errorf("the agent is told %s", first.Body)
		}
		s.expectWallet(t, quotedPrice, quotedPrice)
		approval := first.Text("purchase", "approvalId")
		if q := member(t, s.owner, http.MethodGet, "/approvals/"+approval, nil, 200); q.Get("approval", "held") != true || q.Get("obstacle") != nil {
			t.Errorf("the question is %s", q.Body)
		}
		if page := s.owner.Open(t, "/approvals/"+approval); !strings.Contains(page.Body, "Its price is taken from the wallet already") {
			t.Errorf("the page says %s", page.Body)
		}
		_, second := s.park(t, "second")
		s.expectWallet(t, 0, 2*quotedPrice)
		if third := s.Buy(t, s.Quote(t), "third"); third.Code() != "insufficient_funds" {
			t.Errorf("a third holds %s", third.Body)
		}
		s.approve(t, approval, 200)
		s.expectStands(t, first, "completed", "approved", 0)
		s.expectWallet(t, 0, quotedPrice)
		s.deny(t, second.Text("purchase", "approvalId"), 200)
		s.expectStands(t, second, "denied", "denied", quotedPrice)

		_, third := s.park(t, "again")
		denied := member(t, s.owner, http.MethodPost, "/agents/"+s.agent+"/approvals/deny", object{}, 200)
		if denied.Text("denied", 0, "id") != third.Text("purchase", "approvalId") || denied.Text("denied", 0, "status") != "denied" {
			t.Errorf("denied are %s", denied.Body)
		}
		s.expectWallet(t, quotedPrice, 0)

		_, fourth := s.park(t, "until it is over")
		s.wait(t, 24*time.Hour)
		s.expectStands(t, fourth, "expired", "expired", 0)
		s.expectWallet(t, 0, quotedPrice) // until the worker comes
		must(t, s.Worker.SettleHolds(t.Context()))
		s.expectStands(t, fourth, "expired", "expired", quotedPrice)
		s.expectWallet(t, quotedPrice, 0)
		if again := s.Call(t, http.MethodGet, storetest.Purchases+"/"+fourth.Text("purchase", "id"), nil); again.Get("purchase", "refundedMinor") != nil {
			t.Errorf("what was never bought is refunded: %s", again.Body)
		}
	})
}
