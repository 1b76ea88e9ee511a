package shop_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/period"
	"agentstore/pkg/shop"
)

func leaseAt(s shop.Service) string { return storetest.Services + "/" + string(s.ID) + "/lease" }

// extend asks to extend a lease.
func (l life) extend(t *testing.T, s shop.Service, body map[string]any) storetest.Answer {
	t.Helper()
	return l.Call(t, http.MethodPost, leaseAt(s), body)
}

// extended extends a lease, and returns what the answer says of the renewals.
func (l life) extended(t *testing.T, s shop.Service, body map[string]any) (count, total int64) {
	t.Helper()
	answer := l.extend(t, s, body)
	expectStatus(t, answer, http.StatusOK)
	return int64(answer.Get("renewals", "count").(float64)), int64(answer.Get("renewals", "totalMinor").(float64))
}

// renewals are how many entries of the ledger are renewals, and their sum.
func (l life) renewals(t *testing.T) (count, sum int64) {
	t.Helper()
	entries, err := l.Table.Ledger(t.Context(), l.Agent.Account())
	expectOK(t, err)
	for _, e := range entries {
		if e.Kind == shop.EntryRenewal {
			count, sum = count+1, sum-e.Amount.Minor
		}
	}
	return count, sum
}

// TestExtensionMovesTheEnd: at the old end nothing happens, and at the new one the server
// is deleted. Nothing is charged but the renewals, which are what the answer has said.
func TestExtensionMovesTheEnd(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		lease, by string // from the purchase; from three days later
		count     int64
	}{
		"within the month that is paid":        {"P7D", "P14D", 0},
		"beyond it":                            {"P7D", "P30D", 1},
		"by whole months":                      {"P7D", "P4M", 4},
		"after the last charge was prorated":   {"P1M10D", "P2M", 2},
		"far":                                  {"P7D", "P1Y", 12},
		"to the end of the month that is paid": {"P7D", "P25D", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, 1_000_000)
			s := l.leased(t, map[string]any{"expiresAfter": tt.lease})
			old := s.Lease.ExpiresAt
			l.pass(t, 3*days, 6*time.Hour)
			before := l.balance(t)
			count, total := l.extended(t, s, map[string]any{"expiresAfter": tt.by})
			expectSame(t, "count", count, tt.count)
			expectSame(t, "balance after it", l.balance(t), before)
			now := l.now(t, s.ID)
			if now.DueAt.Equal(old) {
				t.Error("it is still due at its old end")
			}
			by, err := period.Parse(tt.by)
			expectOK(t, err)
			expectSame(t, "new end", now.Lease.ExpiresAt, by.After(l.Clock.Now()))
			l.pass(t, old.Sub(l.Clock.Now())+time.Minute, 6*time.Hour)
			expectSame(t, "running after the old end", l.running(t), 1)
			l.pass(t, now.Lease.ExpiresAt.Sub(l.Clock.Now())-time.Second, 6*time.Hour)
			expectSame(t, "running in the last second", l.running(t), 1)
			l.Clock.Advance(time.Second)
			l.Live(t)
			l.Work(t)
			now = l.now(t, s.ID)
			expectSame(t, "status", now.Status, shop.ServiceCanceled)
			expectSame(t, "why", now.End.Reason, shop.EndExpired)
			expectSame(t, "running at the end", l.running(t), 0)
			charges, sum := l.renewals(t)
			expectSame(t, "renewals", charges, count)
			expectSame(t, "what they came to", sum, total)
			l.verify(t)
		})
	}
}

// TestExtensionTellsTheRefund: what the answer says comes back at the new end.
func TestExtensionTellsTheRefund(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.leased(t, map[string]any{"expiresAfter": "P7D"})
	answer := l.extend(t, s, map[string]any{"expiresAfter": "P14D"})
	expectSame(t, "refund", answer.Get("refundMinor"), any(float64(1000)))
	stopped := l.extend(t, s, map[string]any{"expiresAfter": "P15D", "onExpiry": "stop", "dryRun": true})
	expectSame(t, "refund of what is only stopped", stopped.Get("refundMinor"), any(float64(0)))
	l.pass(t, 14*days, 6*time.Hour)
	expectSame(t, "came back", l.now(t, s.ID).End.Refund, int64(1000))
	l.verify(t)
}

// TestExtensionAfterAProratedCharge extends a server whose second month was charged only
// until its lease ends: the rest of that month is charged then, and nothing twice.
func TestExtensionAfterAProratedCharge(t *testing.T) {
	t.Parallel()
	l := newLife(t, 1_000_000)
	s := l.leased(t, map[string]any{"expiresAfter": "P1M10D"})
	l.pass(t, 30*days, 6*time.Hour) // February has 28
	now := l.now(t, s.ID)
	expectSame(t, "paid until", now.Bill.PaidUntil, s.Lease.ExpiresAt)
	_, first := l.renewals(t)
	end := period.AddMonths(s.CreatedAt, 3)
	count, total := l.extended(t, s, map[string]any{"expiresAt": end.Format(time.RFC3339)})
	expectSame(t, "count", count, 2)
	l.pass(t, end.Sub(l.Clock.Now()), 6*time.Hour)
	charges, sum := l.renewals(t)
	expectSame(t, "renewals", charges, 3)
	expectSame(t, "the rest", sum-first, total)
	// A month in two parts costs a month, each part rounded up.
	if sum < 4000 || sum > 4001 {
		t.Errorf("two months cost %d", sum)
	}
	expectSame(t, "why", l.now(t, s.ID).End.Reason, shop.EndExpired)
	l.verify(t)
}

// TestExtensionByTheHour extends an hourly server twice, the second time in its last second.
func TestExtensionByTheHour(t *testing.T) {
	t.Parallel()
	l := life{storetest.New(t, dynamotest.Embedded(t), storetest.Options{Funds: 1000, Catalog: []byte(byTheHour)})}
	needs := l.Call(t, http.MethodGet, "/v1/agent/catalog/cat_hourly/checkout-requirements", nil)
	bought := l.Call(t, http.MethodPost, storetest.Purchases, map[string]any{
		"quoteId": l.Call(t, http.MethodPost, storetest.Quotes, map[string]any{
			"catalogItemId": "cat_hourly", "configuration": needs.Get("configurationExample"), "expiresAfter": "PT1H",
		}).Text("quote", "id"), "idempotencyKey": "hourly",
	})
	expectStatus(t, bought, http.StatusCreated)
	s := l.now(t, id.Service(bought.Text("service", "id")))
	l.pass(t, 30*time.Minute, time.Minute)
	l.extended(t, s, map[string]any{"expiresAfter": "PT1H"})
	l.pass(t, time.Hour-time.Second, time.Minute)
	paid, before := l.renewals(t)
	expectSame(t, "paid until the first new end", paid, 1)
	count, total := l.extended(t, s, map[string]any{"expiresAfter": "PT2H"})
	expectSame(t, "count", count, 3) // half an hour, an hour, and half an hour but a second
	l.pass(t, time.Second, time.Second)
	expectSame(t, "running after its last second", l.running(t), 1)
	l.pass(t, 2*time.Hour-time.Second, time.Minute)
	expectSame(t, "why", l.now(t, s.ID).End.Reason, shop.EndExpired)
	charges, sum := l.renewals(t)
	expectSame(t, "renewals", charges-paid, count)
	expectSame(t, "what they came to", sum-before, total)
	l.verify(t)
}

// TestExtensionHasAStoppedServiceGoOn extends a server that its lease has stopped, before its
// month ends and after it: it runs again within the minute, and is charged within the hour.
func TestExtensionHasAStoppedServiceGoOn(t *testing.T) {
	t.Parallel()
	for _, after := range []time.Duration{10 * days, 30 * days, 32 * days} {
		l := newLife(t, 10_000)
		s := l.leased(t, map[string]any{"expiresAfter": "P7D", "onExpiry": "stop"})
		l.pass(t, after, time.Hour)
		expectSame(t, "status", l.now(t, s.ID).Status, shop.ServiceSuspended)
		count, _ := l.extended(t, s, map[string]any{"expiresAfter": "P30D"})
		l.Live(t)
		now := l.now(t, s.ID)
		expectSame(t, "status after it", now.Status, shop.ServiceActive)
		expectSame(t, "how it ends", now.Lease.OnExpiry, shop.ExpiryStop)
		l.pass(t, time.Hour, time.Hour)
		expectSame(t, "bill", l.now(t, s.ID).BillStatus(l.Clock.Now()), shop.BillActive)
		l.pass(t, 30*days-time.Hour, time.Hour)
		expectSame(t, "status at its end", l.now(t, s.ID).Status, shop.ServiceSuspended)
		charges, _ := l.renewals(t)
		expectSame(t, "renewals", charges, count)
		l.verify(t)
	}
}

// TestExtensionIsRefused for what nobody means, and where there is nothing to extend.
func TestExtensionIsRefused(t *testing.T) {
	t.Parallel()
	l := newLife(t, 1_000_000)
	leased := l.leased(t, map[string]any{"expiresAfter": "P7D"})
	at := func(d time.Duration) string { return l.Clock.Now().Add(d).Format(time.RFC3339) }
	for name, tt := range map[string]struct {
		body  map[string]any
		param string
	}{
		"nothing":            {nil, "$.expiresAfter"},
		"both":               {map[string]any{"expiresAfter": "P9D", "expiresAt": at(9 * days)}, "$.expiresAt"},
		"the past":           {map[string]any{"expiresAt": at(-time.Second)}, "$.expiresAt"},
		"under an hour":      {map[string]any{"expiresAfter": "PT59M59S"}, "$.expiresAfter"},
		"over five years":    {map[string]any{"expiresAfter": "P5YT1S"}, "$.expiresAfter"},
		"only what happens":  {map[string]any{"onExpiry": "stop"}, "$.onExpiry"},
		"an earlier end":     {map[string]any{"expiresAfter": "P6D"}, "$.expiresAfter"},
		"the same end":       {map[string]any{"expiresAt": leased.Lease.ExpiresAt.Format(time.RFC3339)}, "$.expiresAt"},
		"an unknown end":     {map[string]any{"expiresAfter": "P9D", "onExpiry": "sell"}, "$.onExpiry"},
		"a key that is long": {map[string]any{"expiresAfter": "P9D", "idempotencyKey": strings.Repeat("k", 256)}, "$.idempotencyKey"},
	} {
		answer := l.extend(t, leased, tt.body)
		if answer.Status != http.StatusBadRequest || !strings.Contains(string(answer.Body), `"param":"`+tt.param+`"`) {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Body)
		}
	}
	refused := func(name string, s shop.Service, status int, code string) {
		t.Helper()
		for _, dry := range []bool{true, false} {
			answer := l.extend(t, s, map[string]any{"expiresAfter": "P2M", "dryRun": dry})
			expectSame(t, name+": status", answer.Status, status)
			expectSame(t, name+": code", answer.Code(), code)
		}
	}
	refused("no lease", l.buy(t, nil), 409, "service_not_ready")
	refused("none", shop.Service{ID: "svc_none"}, 404, "not_found")
	unrenewed := l.leased(t, map[string]any{"expiresAfter": "P7D"})
	expectStatus(t, l.Call(t, http.MethodPost, storetest.Services+"/"+string(unrenewed.ID)+"/renewal", map[string]any{"autoRenew": false}), 200)
	refused("not renewed", unrenewed, 409, "service_not_ready")
	l.extended(t, unrenewed, map[string]any{"expiresAfter": "P14D"}) // within the month that is paid
	canceled := l.leased(t, map[string]any{"expiresAfter": "P7D"})
	_, answer := l.cancel(t, canceled, "now")
	expectStatus(t, answer, 200)
	refused("cancelled", canceled, 409, "service_not_ready")
	l.Clock.Advance(7 * days)
	refused("expired, and not deleted yet", leased, 409, "service_not_ready")
	l.Live(t)
	refused("expired", leased, 409, "service_not_ready")
	expectSame(t, "events", slices.Contains(l.events(t), "service_end"), true)
	l.verify(t)
}

// TestExtensionHappensOnce: a repetition gets the same answer, a dry run writes nothing, and
// each extension has its event.
func TestExtensionHappensOnce(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.leased(t, map[string]any{"expiresAfter": "P7D"})
	dry := l.extend(t, s, map[string]any{"expiresAfter": "P1M", "dryRun": true, "idempotencyKey": "one"})
	expectStatus(t, dry, http.StatusOK)
	expectSame(t, "after a dry run", l.now(t, s.ID), s)
	first := l.extend(t, s, map[string]any{"expiresAfter": "P1M", "idempotencyKey": "one"})
	expectStatus(t, first, http.StatusOK)
	expectSame(t, "what the dry run has said", string(dry.Body), string(first.Body))
	l.Clock.Advance(time.Hour)
	again := l.extend(t, s, map[string]any{"expiresAfter": "P1M", "idempotencyKey": "one"})
	expectSame(t, "the same bytes", string(again.Body), string(first.Body))
	other := l.extend(t, s, map[string]any{"expiresAfter": "P2M", "idempotencyKey": "one"})
	expectSame(t, "another request with the key", other.Code(), "idempotency_conflict")
	expectSame(t, "end", l.now(t, s.ID).Lease.ExpiresAt.Format(time.RFC3339), first.Text("service", "lease", "expiresAt"))
	expectSame(t, "events", slices.DeleteFunc(l.events(t), func(o string) bool { return o != "service_extend" }), []string{"service_extend"})
	l.verify(t)
}

// TestPolicyBoundsExtensions: what an agent has bought lives no longer than its policy
// says, counted from the purchase, however often and by whichever agent it is extended. A
// member may, unless the account says so too.
func TestPolicyBoundsExtensions(t *testing.T) {
	t.Parallel()
	const longest = 2 * 86400
	l := newLife(t, 100_000)
	s := l.leased(t, map[string]any{"expiresAfter": "P1D"})
	l.limit(t, true, shop.Policy{MaxLease: period.Period{Seconds: longest}})
	l.Clock.Advance(20 * time.Hour)
	latest := period.Period{Seconds: longest}.After(s.CreatedAt)
	to := func(at time.Time) map[string]any { return map[string]any{"expiresAt": at.Format(time.RFC3339)} }
	refused := func(name string, answer storetest.Answer, layer string) {
		t.Helper()
		expectSame(t, name, fmt.Sprint(answer.Status, " ", answer.Code(), " ", answer.Text("rule"), " ", answer.Text("layer")), "403 policy_violation lease "+layer)
	}
	tooLong := l.extend(t, s, to(latest.Add(time.Second)))
	refused("a second too long", tooLong, "agent")
	if fix := tooLong.Text("fixes", 0); !strings.Contains(fix, latest.Format(time.RFC3339)) {
		t.Errorf("the fix is %q", fix)
	}
	refused("only stopped", l.extend(t, s, map[string]any{"expiresAt": latest.Format(time.RFC3339), "onExpiry": "stop"}), "agent")
	dry := to(latest.Add(time.Second))
	dry["dryRun"] = true
	refused("a dry run", l.extend(t, s, dry), "agent")
	expectStatus(t, l.extend(t, s, to(latest.Add(-time.Hour))), http.StatusOK)

	colleague := l.Shop.IDs.Agent(l.Agent.Account())
	own := l.Key
	l.Key = l.NewKey(t, colleague, app.Shelf().Rules().Scopes()...)
	refused("by another agent", l.extend(t, s, to(latest.Add(time.Second))), "agent")
	expectStatus(t, l.extend(t, s, to(latest.Add(-time.Minute))), http.StatusOK)
	l.Key = own

	l.limit(t, true, shop.Policy{})
	l.limit(t, false, shop.Policy{MaxLease: period.Period{Seconds: longest}})
	refused("by the policy of the account", l.extend(t, s, to(latest.Add(time.Second))), "account")
	l.limit(t, false, shop.Policy{Frozen: true})
	frozen := l.extend(t, s, to(latest))
	expectSame(t, "frozen", frozen.Code()+" "+frozen.Text("rule"), "policy_violation frozen")
	l.limit(t, false, shop.Policy{})
	expectStatus(t, l.extend(t, s, to(latest.Add(day))), http.StatusOK)
	l.verify(t)
}

// TestExtensionRestsOnThePolicies: a policy that changes after it was read binds all the same.
func TestExtensionRestsOnThePolicies(t *testing.T) {
	t.Parallel()
	for _, ofAgent := range []bool{false, true} {
		l := newLife(t, 10_000)
		s := l.leased(t, map[string]any{"expiresAfter": "P1D"})
		l.between(func() { l.limit(t, ofAgent, shop.Policy{MaxLease: period.Period{Seconds: 86400}}) })
		_, err := l.extendBy(t, s, period.Period{Seconds: 7 * 86400})
		if !fault.Is(err, fault.PolicyViolation) {
			t.Errorf("the policy of the agent %t: %v", ofAgent, err)
		}
		expectSame(t, "lease", *l.now(t, s.ID).Lease, *s.Lease)
		l.verify(t)
	}
}

// between has something happen once, between what the shop reads next and what it writes.
func (l life) between(happens func()) {
	now := l.Shop.Now
	once := sync.OnceFunc(happens)
	l.Shop.Now = func() time.Time {
		at := now()
		once()
		return at
	}
}

// extendBy extends a lease without what is around the shop.
func (l life) extendBy(t *testing.T, s shop.Service, after period.Period) (shop.Response, error) {
	t.Helper()
	caller := shop.Caller{Account: l.Agent.Account(), Agent: l.Agent, Confirm: func(context.Context) error { return nil }}
	return l.Shop.Extend(t.Context(), caller, s.ID, shop.LeaseOrder{After: after}, shop.Request[shop.Extension]{
		Operation: "service_extend", Encode: func(e shop.Extension) ([]byte, error) { return json.Marshal(e) },
	})
}

// TestExpiryOvertakesAnExtension ends a lease after an extension has read the service in
// its last second: the extension is refused, and the service ends once.
func TestExpiryOvertakesAnExtension(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.leased(t, map[string]any{"expiresAfter": "P7D"})
	l.pass(t, 7*days-time.Second, 6*time.Hour)
	l.between(func() {
		l.Clock.Advance(time.Second)
		l.Live(t)
	})
	_, err := l.extendBy(t, s, period.Period{Seconds: 86400})
	if !fault.Is(err, fault.ServiceNotReady) {
		t.Errorf("%v, and the lease was over", err)
	}
	expectSame(t, "why", l.now(t, s.ID).End.Reason, shop.EndExpired)
	expectSame(t, "running", l.running(t), 0)
	l.verify(t)
}

// TestExtensionOvertakesAnExpiry extends a lease in its last second, after the worker has
// read the service and before it ends it.
func TestExtensionOvertakesAnExpiry(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.leased(t, map[string]any{"expiresAfter": "P7D"})
	l.pass(t, 7*days-time.Second, 6*time.Hour)
	now := l.Worker.Now
	extend := sync.OnceFunc(func() {
		_, err := l.extendBy(t, s, period.Period{Seconds: 86400})
		expectOK(t, err)
		l.Clock.Advance(time.Second)
	})
	l.Worker.Now = func() time.Time {
		extend()
		return now()
	}
	expectOK(t, l.Worker.RunService(t.Context(), shop.ServiceKey{Account: s.Account, Service: s.ID}))
	expectSame(t, "status", l.now(t, s.ID).Status, shop.ServiceActive)
	l.Worker.Now = now
	l.pass(t, day-2*time.Second, time.Hour)
	expectSame(t, "running in the last second", l.running(t), 1)
	l.pass(t, time.Second, time.Second)
	expectSame(t, "why", l.now(t, s.ID).End.Reason, shop.EndExpired)
	l.verify(t)
}

// TestExtensionRacesTheExpiry: exactly one of both wins, whichever it is.
func TestExtensionRacesTheExpiry(t *testing.T) {
	t.Parallel()
	l := newLife(t, 1_000_000)
	for range 40 {
		s := l.leased(t, map[string]any{"expiresAfter": "PT1H"})
		l.Live(t)
		l.Clock.Advance(s.Lease.ExpiresAt.Sub(l.Clock.Now()) - time.Second)
		var err error
		var both sync.WaitGroup
		both.Go(func() { _, err = l.extendBy(t, s, period.Period{Seconds: 7200}) })
		both.Go(func() {
			l.Clock.Advance(time.Second)
			l.Live(t)
		})
		both.Wait()
		l.Live(t)
		now := l.now(t, s.ID)
		if err == nil != (now.Status == shop.ServiceActive) || err != nil && !fault.Is(err, fault.ServiceNotReady) {
			t.Fatalf("the extension: %v, and the service is %s", err, now.Status)
		}
		l.Clock.Advance(3 * time.Hour)
		l.Live(t)
		expectSame(t, "status at last", l.now(t, s.ID).Status, shop.ServiceCanceled)
	}
	l.verify(t)
}
