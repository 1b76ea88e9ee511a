package shop_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/period"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// quoted quotes a server with a lease, and returns the answer.
func (l life) quoted(t *testing.T, lease map[string]any) storetest.Answer {
	t.Helper()
	order := storetest.Order()
	order["configuration"].(map[string]any)["backupsEnabled"] = false
	for name, value := range lease {
		order[name] = value
	}
	return l.Call(t, http.MethodPost, storetest.Quotes, order)
}

// leased buys a server with a lease.
func (l life) leased(t *testing.T, lease map[string]any) shop.Service {
	t.Helper()
	quote := l.quoted(t, lease)
	expectStatus(t, quote, http.StatusCreated)
	answer := l.Call(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote.Text("quote", "id"), "idempotencyKey": l.Shop.IDs.ULID()})
	expectStatus(t, answer, http.StatusCreated)
	return l.now(t, id.Service(answer.Text("service", "id")))
}

// TestLeaseIsChecked has every lease that nobody means refused, with the field at fault.
func TestLeaseIsChecked(t *testing.T) {
	t.Parallel()
	l := newLife(t, 0)
	at := func(d time.Duration) string { return l.Clock.Now().Add(d).Format(time.RFC3339) }
	for name, tt := range map[string]struct {
		lease map[string]any
		param string
	}{
		"both":                  {map[string]any{"expiresAfter": "P1D", "expiresAt": at(days)}, "$.expiresAt"},
		"the past":              {map[string]any{"expiresAt": at(-time.Second)}, "$.expiresAt"},
		"under an hour, after":  {map[string]any{"expiresAfter": "PT59M59S"}, "$.expiresAfter"},
		"under an hour, at":     {map[string]any{"expiresAt": at(59 * time.Minute)}, "$.expiresAt"},
		"over five years":       {map[string]any{"expiresAfter": "P5YT1S"}, "$.expiresAfter"},
		"far over five years":   {map[string]any{"expiresAfter": "P9999Y9999M9999W99999DT999999H99999999M999999999S"}, "$.expiresAfter"},
		"no duration":           {map[string]any{"expiresAfter": "a day"}, "$.expiresAfter"},
		"no time":               {map[string]any{"expiresAt": "tomorrow"}, "$.expiresAt"},
		"only what happens":     {map[string]any{"onExpiry": "stop"}, "$.onExpiry"},
		"an unknown end":        {map[string]any{"expiresAfter": "P1D", "onExpiry": "sell"}, "$.onExpiry"},
		"a fraction of seconds": {map[string]any{"expiresAfter": "PT3600.5S"}, "$.expiresAfter"},
	} {
		answer := l.quoted(t, tt.lease)
		if answer.Status != http.StatusBadRequest || !strings.Contains(string(answer.Body), `"param":"`+tt.param+`"`) {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Body)
		}
	}
	for _, lease := range []map[string]any{{"expiresAfter": "PT1H"}, {"expiresAt": at(time.Hour)}, {"expiresAfter": "P5Y"}} {
		expectStatus(t, l.quoted(t, lease), http.StatusCreated)
	}
}

// TestLeaseEnds deletes a server when its lease ends, and gives back what is unused of the
// month; the quote has said how much.
func TestLeaseEnds(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	quote := l.quoted(t, map[string]any{"expiresAfter": "P7D"})
	s := l.leased(t, map[string]any{"expiresAfter": "P7D"})
	expectSame(t, "expires", s.Lease.ExpiresAt, s.CreatedAt.Truncate(time.Second).Add(7*days))
	l.pass(t, 7*days-time.Second, 5*time.Minute)
	expectSame(t, "in its last second", l.running(t), 1)
	l.Clock.Advance(time.Second)
	l.Live(t)
	s = l.now(t, s.ID)
	expectSame(t, "status", s.Status, shop.ServiceCanceled)
	expectSame(t, "why", s.End.Reason, shop.EndExpired)
	expectSame(t, "running", l.running(t), 0)
	expectSame(t, "refund", s.End.Refund, int64(2000*21/28))
	expectSame(t, "the refund of the quote", quote.Get("quote", "lease", "refundMinor"), any(float64(s.End.Refund)))
	expectSame(t, "balance", l.balance(t), 10_000-2000+s.End.Refund)
	l.verify(t)
}

// TestLeaseIsRenewed renews a server until its lease ends in its second month; that month
// is charged by its share.
func TestLeaseIsRenewed(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.leased(t, map[string]any{"expiresAfter": "P1M10D"})
	l.pass(t, 30*days, 6*time.Hour) // February has 28
	month := int64(31 * days / time.Second)
	share := (2000*int64(10*days/time.Second) + month - 1) / month
	expectSame(t, "balance", l.balance(t), 10_000-2000-share)
	expectSame(t, "paid until", l.now(t, s.ID).Bill.PaidUntil, s.Lease.ExpiresAt)
	expectSame(t, "renews", l.now(t, s.ID).RenewsAt().IsZero(), true)
	l.pass(t, 30*days, 6*time.Hour)
	expectSame(t, "why", l.now(t, s.ID).End.Reason, shop.EndExpired)
	expectSame(t, "refund", l.now(t, s.ID).End.Refund, int64(0))
	l.verify(t)
}

// TestLateRenewalEndsWithTheLease: where nobody worked while a term and the lease ended, the
// time until the end of the lease is charged, and the server is deleted.
func TestLateRenewalEndsWithTheLease(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.leased(t, map[string]any{"expiresAfter": "P1M10D"})
	l.Clock.Advance(60 * days)
	l.Live(t)
	now := l.now(t, s.ID)
	expectSame(t, "why", now.End.Reason, shop.EndExpired)
	expectSame(t, "paid until", now.Bill.PaidUntil, s.Lease.ExpiresAt)
	expectSame(t, "running", l.running(t), 0)
	month := int64(31 * days / time.Second)
	share := (2000*int64(10*days/time.Second) + month - 1) / month
	expectSame(t, "balance", l.balance(t), 10_000-2000-share)
	l.verify(t)
}

// TestStoppedServiceIsNotRenewed stops a server when its lease ends. It is kept, enters
// its grace when its month ends, and is deleted in the end.
func TestStoppedServiceIsNotRenewed(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.leased(t, map[string]any{"expiresAfter": "P7D", "onExpiry": "stop"})
	l.pass(t, 7*days, time.Hour)
	now := l.now(t, s.ID)
	expectSame(t, "status", now.Status, shop.ServiceSuspended)
	expectSame(t, "bill", now.BillStatus(l.Clock.Now()), shop.BillActive)
	expectSame(t, "running", l.running(t), 1)
	l.pass(t, 21*days+10*days, time.Hour)
	now = l.now(t, s.ID)
	expectSame(t, "why", now.End.Reason, shop.EndUnpaid)
	expectSame(t, "running", l.running(t), 0)
	expectSame(t, "balance", l.balance(t), 8000)
	l.verify(t)
}

// TestProtectionDoesNotStopExpiry has a protected server end with its lease.
func TestProtectionDoesNotStopExpiry(t *testing.T) {
	t.Parallel()
	l := newLife(t, 0)
	s := l.leased(t, map[string]any{"expiresAfter": "PT1H"})
	_, err := l.Shop.Protect(t.Context(), l.Agent.Account(), s.ID, true)
	expectOK(t, err)
	l.pass(t, time.Hour, time.Minute)
	expectSame(t, "running", l.running(t), 0)
	l.verify(t)
}

// TestLeaseEndsWhileBusy ends a lease while the provider reinstalls the server: it is
// deleted all the same, and the action ends without it.
func TestLeaseEndsWhileBusy(t *testing.T) {
	t.Parallel()
	l := newLife(t, 0)
	l.Shop.Kick = nil
	s := l.leased(t, map[string]any{"expiresAfter": "PT1H"})
	l.Work(t)
	real := l.Worker.Fulfilments[server.ServiceType]
	l.Worker.Fulfilments[server.ServiceType] = performs(func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
		if job.Intent.Action == "reinstall" {
			return shop.Outcome{Service: service}, &shop.Pending{After: time.Minute}
		}
		return real.Perform(ctx, service, job)
	})
	l.pass(t, time.Hour-time.Second, time.Minute)
	expectStatus(t, l.Call(t, http.MethodPost, storetest.Services+"/"+string(s.ID)+"/server/reinstall", map[string]any{"image": "debian-12"}), http.StatusAccepted)
	l.Work(t)
	l.Clock.Advance(time.Second)
	l.Live(t)
	expectSame(t, "running", l.running(t), 0)
	l.pass(t, 2*time.Hour, time.Minute)
	now := l.now(t, s.ID)
	expectSame(t, "status", now.Status, shop.ServiceCanceled)
	expectSame(t, "busy", now.Current == nil, true)
	actions, _, err := l.Table.Actions(t.Context(), l.Agent.Account(), s.ID, shop.Page{Limit: 10})
	expectOK(t, err)
	expectSame(t, "action", actions[0].Status, shop.ActionFailed)
	l.verify(t)
}

// performs is a fulfilment of one function.
type performs func(context.Context, shop.Service, shop.Job) (shop.Outcome, error)

func (p performs) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	return p(ctx, service, job)
}

// TestPolicyDemandsALease lets an agent buy nothing that lives longer than a day.
func TestPolicyDemandsALease(t *testing.T) {
	t.Parallel()
	l := newLife(t, 0)
	l.limit(t, true, shop.Policy{MaxLease: period.Period{Seconds: 86400}})
	order := storetest.Order()
	order["idempotencyKey"] = "without a lease"
	answer := l.Call(t, http.MethodPost, storetest.Purchases, order)
	expectStatus(t, answer, http.StatusForbidden)
	expectSame(t, "code", answer.Text("code"), "policy_violation")
	expectSame(t, "rule", answer.Text("rule"), "lease")
	for name, tt := range map[string]struct {
		lease   map[string]any
		allowed bool
	}{
		"a day":               {map[string]any{"expiresAfter": "PT24H"}, true},
		"a second longer":     {map[string]any{"expiresAfter": "PT24H1S"}, false},
		"a day, then stopped": {map[string]any{"expiresAfter": "PT24H", "onExpiry": "stop"}, false},
		"at a moment":         {map[string]any{"expiresAt": l.Clock.Now().Add(day).Format(time.RFC3339)}, true},
		"none":                {nil, false},
	} {
		quote := l.quoted(t, tt.lease)
		expectSame(t, name, quote.Get("spendCheck", "allowed"), any(tt.allowed))
		bought := l.Call(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": quote.Text("quote", "id"), "idempotencyKey": name})
		expectSame(t, name+", bought", bought.Status == http.StatusCreated, tt.allowed)
	}
}

const day = 24 * time.Hour
