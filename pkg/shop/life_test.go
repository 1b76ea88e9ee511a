package shop_test

import (
	"errors"
	"net/http"
	"slices"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// life is a store in which time passes.
type life struct{ *storetest.Store }

func newLife(t *testing.T, funds int64) life {
	t.Helper()
	return life{storetest.New(t, dynamotest.Embedded(t), storetest.Options{Funds: funds})}
}

// buy buys one server at 20.00 a month, as much as is said of it being changed.
func (l life) buy(t *testing.T, more map[string]any) shop.Service {
	t.Helper()
	order := storetest.Order()
	order["idempotencyKey"] = l.Shop.IDs.ULID()
	order["configuration"].(map[string]any)["backupsEnabled"] = false
	for name, value := range more {
		order[name] = value
	}
	answer := l.Call(t, http.MethodPost, storetest.Purchases, order)
	expectStatus(t, answer, http.StatusCreated)
	return l.now(t, id.Service(answer.Text("service", "id")))
}

func (l life) now(t *testing.T, service id.Service) shop.Service {
	t.Helper()
	s, err := l.Table.Service(t.Context(), l.Agent.Account(), service)
	expectOK(t, err)
	return s
}

// pass lets time pass, in steps in which the store does what is due.
func (l life) pass(t *testing.T, d, step time.Duration) {
	t.Helper()
	for until := l.Clock.Now().Add(d); l.Clock.Now().Before(until); {
		l.Clock.Advance(min(step, until.Sub(l.Clock.Now())))
		l.Live(t)
	}
}

func (l life) balance(t *testing.T) int64 {
	t.Helper()
	w, err := l.Table.Wallet(t.Context(), l.Agent.Account())
	expectOK(t, err)
	return w.Balance.Minor
}

// events are the operations of the trail, the oldest first, besides purchases and
// funding.
func (l life) events(t *testing.T) (operations []string) {
	t.Helper()
	events, _, err := l.Table.Trail(t.Context(), l.Agent.Account(), shop.TrailFilter{}, shop.Page{Limit: 100})
	expectOK(t, err)
	for _, e := range slices.Backward(events) {
		if e.Operation != "purchase_create" && e.Operation != "wallet_funding" {
			operations = append(operations, e.Operation)
		}
	}
	return operations
}

// verify has the books checked, and what the provider runs.
func (l life) verify(t *testing.T) {
	t.Helper()
	books, err := l.Table.Books(t.Context(), l.Agent.Account())
	expectOK(t, err)
	books.Holdings, err = l.Reconciler.Inventories["server"].Holdings(t.Context())
	expectOK(t, err)
	for _, f := range verify.Account(books, l.Clock.Now(), l.Reconciler.Grace) {
		t.Error(f)
	}
}

func (l life) running(t *testing.T) int {
	t.Helper()
	holdings, err := l.Reconciler.Inventories["server"].Holdings(t.Context())
	expectOK(t, err)
	return len(holdings)
}

const days = 24 * time.Hour

// TestServiceIsRenewed charges a month at each end of one, after two warnings.
func TestServiceIsRenewed(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.buy(t, nil)
	expectSame(t, "paid until", s.Bill.PaidUntil, shop.Term{Months: 1}.End(s.CreatedAt))
	l.pass(t, 62*days, 6*time.Hour)
	expectSame(t, "balance", l.balance(t), 10_000-3*2000)
	expectSame(t, "events", l.events(t), []string{
		"renewal_warning", "renewal_warning", "service_renew", "renewal_warning", "renewal_warning", "service_renew",
	})
	s = l.now(t, s.ID)
	expectSame(t, "status", s.Status, shop.ServiceActive)
	expectSame(t, "bill", s.BillStatus(l.Clock.Now()), shop.BillActive)
	l.verify(t)
}

// TestUnpaidServiceEnds goes through the whole schedule of a service that nobody pays:
// it runs for 72 hours, is stopped for 7 days, and is deleted.
func TestUnpaidServiceEnds(t *testing.T) {
	t.Parallel()
	l := newLife(t, 2000)
	s := l.buy(t, nil)
	l.Clock.Advance(s.Bill.PaidUntil.Sub(l.Clock.Now()))
	expect := func(what string, status shop.ServiceStatus, bill shop.BillStatus, power string, running int) {
		t.Helper()
		l.Live(t)
		now := l.now(t, s.ID)
		got := l.Call(t, http.MethodGet, storetest.Services+"/"+string(s.ID), nil).Text("service", "server", "powerState")
		if now.Status != status || now.BillStatus(l.Clock.Now()) != bill || got != power || l.running(t) != running {
			t.Errorf("%s it is %s, its bill %s, %s, and %d run", what, now.Status, now.BillStatus(l.Clock.Now()), got, l.running(t))
		}
		l.verify(t)
	}
	expect("when it is due", shop.ServiceActive, shop.BillPastDue, "running", 1)
	l.pass(t, 72*time.Hour-time.Second, time.Hour)
	expect("in its grace", shop.ServiceActive, shop.BillPastDue, "running", 1)
	l.Clock.Advance(time.Second)
	expect("after its grace", shop.ServiceSuspended, shop.BillSuspended, "stopped", 1)
	l.pass(t, 7*days-time.Second, time.Hour)
	expect("while it is suspended", shop.ServiceSuspended, shop.BillSuspended, "stopped", 1)
	l.Clock.Advance(time.Second)
	expect("in the end", shop.ServiceCanceled, shop.BillEnded, "stopped", 0)
	expectSame(t, "why", l.now(t, s.ID).End.Reason, shop.EndUnpaid)
	expectSame(t, "balance", l.balance(t), 0)
	expectSame(t, "events", l.events(t), []string{
		"renewal_failed", "renewal_failed", "renewal_failed", "renewal_failed", "renewal_failed", "service_suspend", "service_end",
	})
	l.pass(t, 40*days, days)
	l.verify(t)
}

// TestPaymentUndoes pays at each point until a service is deleted: it is charged for the
// whole time, and runs.
func TestPaymentUndoes(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]time.Duration{
		"in the grace": 30 * time.Hour, "while it is suspended": 5 * days, "in the last second": 10*days - time.Second,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, 2000)
			s := l.buy(t, nil)
			l.Clock.Advance(s.Bill.PaidUntil.Sub(l.Clock.Now()))
			l.pass(t, after, time.Hour)
			l.Fund(t, l.Agent.Account(), 2500)
			l.pass(t, 2*time.Hour, time.Minute)
			now := l.now(t, s.ID)
			expectSame(t, "status", now.Status, shop.ServiceActive)
			expectSame(t, "bill", now.BillStatus(l.Clock.Now()), shop.BillActive)
			expectSame(t, "paid until", now.Bill.PaidUntil, shop.Term{Months: 2}.End(s.CreatedAt))
			expectSame(t, "balance", l.balance(t), 500)
			expectSame(t, "running", l.running(t), 1)
			l.verify(t)
		})
	}
}

// TestLimitStopsRenewal: limits of the account bind renewals, those of the agent do not.
func TestLimitStopsRenewal(t *testing.T) {
	t.Parallel()
	total := int64(3000)
	for name, tt := range map[string]struct {
		agent bool
		want  shop.BillStatus
	}{"the account's": {false, shop.BillPastDue}, "the agent's": {true, shop.BillActive}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, 10_000)
			s := l.buy(t, nil)
			l.limit(t, tt.agent, shop.Policy{Limits: []shop.Limit{{Currency: "usd", Total: &total}}})
			l.Clock.Advance(s.Bill.PaidUntil.Sub(l.Clock.Now()))
			l.Live(t)
			now := l.now(t, s.ID)
			expectSame(t, "bill", now.BillStatus(l.Clock.Now()), tt.want)
			expectSame(t, "declined", now.Bill.Declined != "", tt.want == shop.BillPastDue)
			l.verify(t)
		})
	}
}

func (l life) limit(t *testing.T, agent bool, policy shop.Policy) {
	t.Helper()
	b := shop.Budget{Account: l.Agent.Account(), Version: 1, Policy: policy}
	if agent {
		b.Agent = l.Agent
	}
	before, err := l.Table.Budget(t.Context(), b.Account, b.Agent)
	if errors.Is(err, shop.ErrNotFound) {
		before, err = shop.Budget{Account: b.Account, Agent: b.Agent}, nil
	}
	expectOK(t, err)
	before.Version++
	before.Policy = policy
	expectOK(t, l.Table.Commit(t.Context(), shop.Change{Budgets: []shop.Budget{before}, At: l.Clock.Now()}))
}

// TestOldServicesAreAdopted gives a schedule to a service of a store that charged for no
// renewals: nothing is charged for what has passed, and the next term is.
func TestOldServicesAreAdopted(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	s := l.buy(t, nil)
	old := l.now(t, s.ID)
	old.Version++
	old.Bill, old.DueAt = shop.Bill{Renewal: old.Bill.Renewal, PaidUntil: old.Bill.PaidUntil}, time.Time{}
	expectOK(t, l.Table.Commit(t.Context(), shop.Change{Services: []shop.Service{old}, At: l.Clock.Now()}))
	l.pass(t, 70*days, days)
	expectSame(t, "charged for what nobody has scheduled", l.balance(t), 8000)
	expectOK(t, l.Worker.AdoptServices(t.Context()))
	third := shop.Term{Months: 3}.End(s.CreatedAt)
	expectSame(t, "paid until", l.now(t, s.ID).Bill.PaidUntil, third)
	l.pass(t, third.Sub(l.Clock.Now()), days)
	expectSame(t, "balance", l.balance(t), 6000)
	expectOK(t, l.Worker.AdoptServices(t.Context()))
	expectSame(t, "once", l.balance(t), 6000)
}
