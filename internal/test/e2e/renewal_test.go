package e2e

import (
	"net/http"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
)

// The policy of the account has members asked about renewals, and that of an agent cannot.
// What is due is asked about once, is seen among the approvals, and is charged when a member
// approves it; a term that is denied is not.
func TestRenewalIsApproved(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		s.policy(t, object{})
		refused := member(t, s.owner, http.MethodPut, "/agents/"+s.agent+"/policy", object{"renewalApprovalAboveMinor": 0}, 400)
		if got := refused.Text("errors", 0, "param"); refused.Code() != "invalid_input" {
			t.Errorf("%s: %s", got, refused.Body)
		}
		service := s.Service(t)
		s.Work(t)
		billing := func() storetest.Answer {
			t.Helper()
			return member(t, s.owner, http.MethodGet, "/services/"+service, nil, 200)
		}
		price := billing().Get("service", "billing", "renewalPriceMinor").(float64)
		set := member(t, s.owner, http.MethodPut, "/policy", object{"renewalApprovalAboveMinor": price - 1}, 200)
		if got := set.Get("policy", "renewalApprovalAboveMinor"); got != price-1 {
			t.Errorf("the policy is %s", set.Body)
		}
		due := func() (approval string) {
			t.Helper()
			until, err := time.Parse(time.RFC3339, billing().Text("service", "billing", "paidUntil"))
			if err != nil {
				t.Fatal(err)
			}
			s.wait(t, until.Sub(s.Clock.Now()))
			for range 3 {
				s.Live(t)
				s.Clock.Advance(time.Minute)
			}
			list := member(t, s.owner, http.MethodGet, "/approvals?status=pending", nil, 200)
			if questions, _ := list.Get("approvals").([]any); len(questions) != 1 {
				t.Fatalf("the approvals are %s", list.Body)
			}
			if list.Text("approvals", 0, "action") != "renew" || list.Text("approvals", 0, "serviceId") != service || list.Get("approvals", 0, "input", "amountMinor") != price {
				t.Errorf("the question is %s", list.Body)
			}
			if got := billing(); got.Text("service", "billing", "status") != "past_due" {
				t.Errorf("the service is %s", got.Body)
			}
			return list.Text("approvals", 0, "id")
		}
		balance := func() any {
			return member(t, s.owner, http.MethodGet, "/wallet", nil, 200).Get("wallet", "balanceMinor")
		}
		before := balance().(float64)
		approval := due()
		if got := balance(); got != before {
			t.Errorf("before it is approved the wallet holds %v, want %v", got, before)
		}
		s.approve(t, approval, 200)
		s.approve(t, approval, 409)
		if got := balance(); got != before-price {
			t.Errorf("after it is approved the wallet holds %v, want %v", got, before-price)
		}
		if got := billing(); got.Text("service", "billing", "status") != "active" {
			t.Errorf("the service is %s", got.Body)
		}
		s.Fund(t, id.Agent(s.agent).Account(), int64(price))
		before = balance().(float64)
		s.deny(t, due(), 200)
		s.Clock.Advance(2 * time.Hour)
		s.Live(t)
		if got := balance(); got != before {
			t.Errorf("after it is denied the wallet holds %v, want %v", got, before)
		}
	})
}
