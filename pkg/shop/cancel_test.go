package shop_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

func cancelAt(s shop.Service) string { return storetest.Services + "/" + string(s.ID) + "/cancel" }

// cancel previews a cancellation and asks for it.
func (l life) cancel(t *testing.T, s shop.Service, when string) (preview, answer storetest.Answer) {
	t.Helper()
	preview = l.Call(t, http.MethodGet, cancelAt(s)+"?ends="+when, nil)
	expectStatus(t, preview, http.StatusOK)
	answer = l.Call(t, http.MethodPost, cancelAt(s), map[string]any{"ends": when, "token": preview.Text("token"), "idempotencyKey": "cancel"})
	return preview, answer
}

// TestCancelRefunds ends a server after 10 of 28 days: 18 of them come back, once, as the
// preview has said, and a repetition gets the same answer.
func TestCancelRefunds(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.buy(t, nil)
	l.pass(t, 10*days, 6*time.Hour)
	preview, answer := l.cancel(t, s, "now")
	expectStatus(t, answer, http.StatusOK)
	refund := int64(2000 * 18 / 28)
	expectSame(t, "previewed", preview.Get("refundMinor"), any(float64(refund)))
	expectSame(t, "refunded", answer.Get("service", "billing", "refundedMinor"), any(float64(refund)))
	expectSame(t, "balance", l.balance(t), 10_000-2000+refund)
	again := l.Call(t, http.MethodPost, cancelAt(s), map[string]any{"ends": "now", "token": preview.Text("token"), "idempotencyKey": "cancel"})
	expectSame(t, "the same bytes", string(again.Body), string(answer.Body))
	other := l.Call(t, http.MethodPost, cancelAt(s), map[string]any{"ends": "now", "token": preview.Text("token"), "idempotencyKey": "another"})
	expectStatus(t, other, http.StatusConflict)
	l.Work(t)
	expectSame(t, "running", l.running(t), 0)
	expectSame(t, "balance at last", l.balance(t), 10_000-2000+refund)
	l.verify(t)
}

// TestCancelAtTheEnd ends a server with its month, and refunds nothing; until then it can
// be taken back.
func TestCancelAtTheEnd(t *testing.T) {
	t.Parallel()
	for _, takenBack := range []bool{false, true} {
		l := newLife(t, 10_000)
		s := l.buy(t, nil)
		preview, answer := l.cancel(t, s, "end_of_term")
		expectStatus(t, answer, http.StatusOK)
		expectSame(t, "ends", preview.Text("endsAt"), s.Bill.PaidUntil.Format(time.RFC3339))
		expectSame(t, "renews", answer.Get("service", "billing", "autoRenew"), any(false))
		if takenBack {
			back := l.Call(t, http.MethodPost, storetest.Services+"/"+string(s.ID)+"/renewal", map[string]any{"autoRenew": true})
			expectStatus(t, back, http.StatusOK)
		}
		l.pass(t, 29*days, 6*time.Hour)
		now := l.now(t, s.ID)
		if takenBack {
			expectSame(t, "status", now.Status, shop.ServiceActive)
			expectSame(t, "balance", l.balance(t), 6000)
		} else {
			expectSame(t, "why", now.End.Reason, shop.EndCanceled)
			expectSame(t, "running", l.running(t), 0)
			expectSame(t, "balance", l.balance(t), 8000)
			expectSame(t, "events", l.events(t), []string{"service_cancel", "end_warning", "end_warning", "service_end"})
		}
		l.verify(t)
	}
}

// TestTokenIsOfItsPreview refuses a token of another service, of another moment to end,
// one that is too old, and one of before a renewal.
func TestTokenIsOfItsPreview(t *testing.T) {
	t.Parallel()
	l := newLife(t, 0)
	s, other := l.buy(t, nil), l.buy(t, nil)
	token := l.Call(t, http.MethodGet, cancelAt(s)+"?ends=now", nil).Text("token")
	refused := func(what string, of shop.Service, when, token string) {
		t.Helper()
		answer := l.Call(t, http.MethodPost, cancelAt(of), map[string]any{"ends": when, "token": token})
		if answer.Status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", what, answer.Status, answer.Body)
		}
	}
	refused("of another service", other, "now", token)
	refused("of another moment", s, "end_of_term", token)
	refused("changed", s, "now", strings.ToUpper(token[:8])+token[8:])
	refused("cut short", s, "now", token[:len(token)-1])
	refused("nothing", s, "now", "x")
	l.Clock.Advance(15 * time.Minute)
	refused("too old", s, "now", token)
	l.Clock.Advance(s.Bill.PaidUntil.Sub(l.Clock.Now()) - time.Minute)
	token = l.Call(t, http.MethodGet, cancelAt(s)+"?ends=now", nil).Text("token")
	l.Clock.Advance(2 * time.Minute)
	l.Live(t)
	refused("from before a renewal", s, "now", token)
	expectSame(t, "running", l.running(t), 2)
}

// TestCancelOfAProtectedService asks the members; their consent ends the server.
func TestCancelOfAProtectedService(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.buy(t, nil)
	_, err := l.Shop.Protect(t.Context(), l.Agent.Account(), s.ID, true)
	expectOK(t, err)
	_, answer := l.cancel(t, s, "now")
	expectStatus(t, answer, http.StatusForbidden)
	expectSame(t, "code", answer.Text("code"), "approval_required")
	expectSame(t, "running", l.running(t), 1)
	l.Clock.Advance(10 * time.Hour)
	owner := shop.Caller{Account: l.Agent.Account(), Person: "psn_1"}
	_, err = l.Shop.Approve(t.Context(), owner, id.Approval(answer.Text("approvalId")), "")
	expectOK(t, err)
	l.Work(t)
	expectSame(t, "running", l.running(t), 0)
	expectSame(t, "refund", l.now(t, s.ID).End.Refund, int64(2000*(28*24-10)/(28*24)))
	l.verify(t)
}

// TestWhatCannotBeCancelled is refused with what to do instead.
func TestWhatCannotBeCancelled(t *testing.T) {
	t.Parallel()
	l := newLife(t, 0)
	l.Shop.Kick = nil
	s := l.buy(t, nil)
	answer := l.Call(t, http.MethodGet, cancelAt(s)+"?ends=now", nil)
	expectStatus(t, answer, http.StatusConflict)
	expectSame(t, "while it is made", answer.Text("code"), "action_in_progress")
	l.Work(t)
	expectStatus(t, l.Call(t, http.MethodPost, storetest.Services+"/"+string(s.ID)+"/server/restart", nil), http.StatusAccepted)
	expectSame(t, "while it restarts", l.Call(t, http.MethodGet, cancelAt(s)+"?ends=now", nil).Text("code"), "action_in_progress")
	l.Work(t)
	_, answer = l.cancel(t, s, "now")
	expectStatus(t, answer, http.StatusOK)
	expectSame(t, "again", l.Call(t, http.MethodGet, cancelAt(s)+"?ends=now", nil).Text("code"), "service_not_ready")
	renewal := l.Call(t, http.MethodPost, storetest.Services+"/"+string(s.ID)+"/renewal", map[string]any{"autoRenew": true})
	expectSame(t, "renewed", renewal.Text("code"), "service_not_ready")
}
