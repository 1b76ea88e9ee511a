package verify_test

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// books is an account in which everything that can be in good order is: a used
// and an open quote, a purchase in which one unit of three failed, a restart that
// is done and one that is under way, a job that is owed, and the records of
// purchase, quote and action. Its servers run for an hour.
type books struct {
	shop.Books
	now   time.Time
	grace time.Duration
}

// goodBooks makes them with a real store, and returns copies.
func goodBooks(t *testing.T) func(*testing.T) books {
	t.Helper()
	s := running{storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: 30_000})}
	s.refuseOne()
	open := s.Quote(t)
	order := storetest.Order()
	order["quantity"], order["idempotencyKey"] = 3, "quote"
	used := s.do(t, storetest.Quotes, order).Text("quote", "id")
	if open == "" || used == "" {
		t.Fatal("there are no quotes")
	}
	s.do(t, storetest.Purchases, map[string]any{"quoteId": used, "idempotencyKey": "the purchase"})
	s.settle(t)
	holdings := s.holdings(t)
	s.restart(t, holdings[0], "restart 1")
	s.settle(t)
	s.Clock.Advance(time.Hour)
	s.restart(t, holdings[1], "restart 2")

	found, err := s.Table.Books(t.Context(), s.Agent.Account())
	must(t, err)
	found.Holdings = s.holdings(t)
	text, err := json.Marshal(found)
	must(t, err)
	return func(t *testing.T) books {
		t.Helper()
		b := books{now: s.Clock.Now(), grace: s.Reconciler.Grace}
		must(t, json.Unmarshal(text, &b.Books))
		// As if all were together, so that a case that changes a status need not move its
		// row. See list.
		b.Together, b.Labelings = true, nil
		return b
	}
}

// running is a store whose jobs wait for the test to work on them.
type running struct{ *storetest.Store }

// refuseOne has the provider refuse the first server.
func (s running) refuseOne() {
	provider, refused := app.Servers(app.Config{}, s.Table, s.Clock.Now), false
	s.Worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: perform(func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
		if !refused {
			refused = true
			return shop.Outcome{}, &shop.Refusal{Reason: "no capacity"}
		}
		return provider.Perform(ctx, service, job)
	})}
}

// perform is a fulfilment of one function.
type perform func(context.Context, shop.Service, shop.Job) (shop.Outcome, error)

func (p perform) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	return p(ctx, service, job)
}

// do posts a body, which must be taken.
func (s running) do(t *testing.T, path string, body map[string]any) storetest.Answer {
	t.Helper()
	a := s.Call(t, http.MethodPost, path, body)
	if a.Status >= http.StatusBadRequest {
		t.Fatalf("POST %s: %d %s", path, a.Status, a.Body)
	}
	return a
}

func (s running) restart(t *testing.T, of shop.Holding, key string) {
	t.Helper()
	s.do(t, storetest.Services+"/"+string(of.Service)+"/server/restart", map[string]any{"idempotencyKey": key})
}

// settle works until no job is owed.
func (s running) settle(t *testing.T) {
	t.Helper()
	for range 40 {
		s.Work(t)
		owed, err := s.Table.DueJobs(t.Context(), s.Clock.Now().AddDate(1, 0, 0))
		must(t, err)
		if len(owed) == 0 {
			return
		}
		s.Clock.Advance(5 * time.Minute)
	}
	t.Fatal("jobs are still owed")
}

func (s running) holdings(t *testing.T) []shop.Holding {
	t.Helper()
	holdings, err := app.Servers(app.Config{}, s.Table, s.Clock.Now).Holdings(t.Context())
	must(t, err)
	return holdings
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func cents(minor int64) money.Money { return money.Money{Minor: minor, Currency: "usd"} }

// The parts of the books that a test breaks.

func (b *books) failedService() *shop.Service {
	return b.service(func(s shop.Service) bool { return s.Status == shop.ServiceFailed })
}

func (b *books) idleService() *shop.Service {
	return b.service(func(s shop.Service) bool { return s.Status == shop.ServiceActive && s.Current == nil })
}

func (b *books) busyService() *shop.Service {
	return b.service(func(s shop.Service) bool { return s.Current != nil })
}

func (b *books) service(is func(shop.Service) bool) *shop.Service {
	return &b.Services[slices.IndexFunc(b.Services, is)]
}

func (b *books) quote(used bool) *shop.Quote {
	return &b.Quotes[slices.IndexFunc(b.Quotes, func(q shop.Quote) bool { return (q.Purchase != "") == used })]
}

func (b *books) action(status shop.ActionStatus) *shop.Action {
	return &b.Actions[slices.IndexFunc(b.Actions, func(a shop.Action) bool { return a.Status == status })]
}

func (b *books) job(status shop.JobStatus) *shop.Job {
	return &b.Jobs[slices.IndexFunc(b.Jobs, func(j shop.Job) bool { return j.Status == status })]
}

func (b *books) record(subject string) *shop.Record {
	return &b.Records[slices.IndexFunc(b.Records, func(r shop.Record) bool { return strings.HasPrefix(r.Subject, subject) })]
}

// dropUnit takes a unit out of the purchase.
func (b *books) dropUnit(service id.Service) {
	b.Purchases[0].Services = slices.DeleteFunc(b.Purchases[0].Services, func(unit shop.ServiceRef) bool { return unit.ID == service })
}

// dropService takes a service away, and its server with it.
func (b *books) dropService(service id.Service) {
	b.Services = slices.DeleteFunc(b.Services, func(s shop.Service) bool { return s.ID == service })
	b.Holdings = slices.DeleteFunc(b.Holdings, func(h shop.Holding) bool { return h.Service == service })
}

// orphan is another server, of nobody.
func (b *books) orphan() shop.Holding {
	h := b.Holdings[0]
	h.Service = "svc_x"
	return h
}

// book adds an entry as a wallet would.
func (b *books) book(kind shop.EntryKind, cause string, minor int64) {
	booking, err := b.Wallet.Book(kind, cause, cents(minor), "", b.now)
	if err != nil {
		panic(err)
	}
	b.Wallet = booking.Wallet
	b.Entries = append(b.Entries, booking.Entry)
}

// approve has the purchase be one that a member has decided about.
func (b *books) approve(status shop.ApprovalStatus) *shop.Approval {
	p := &b.Purchases[0]
	p.Approval = &shop.ApprovalRef{ID: "apr_1", ExpiresAt: b.now}
	b.Approvals = append(b.Approvals, shop.Approval{
		ID: "apr_1", Agent: p.Agent, Purchase: p.ID, Status: status, ExpiresAt: b.now, DecidedBy: "psn_1", DecidedAt: p.CreatedAt,
	})
	return &b.Approvals[len(b.Approvals)-1]
}

// park adds a purchase that waits for a member, with its record.
func (b *books) park(purchase shop.PurchaseStatus, approval shop.ApprovalStatus) *shop.Approval {
	b.Purchases = append(b.Purchases, shop.Purchase{
		ID: "pur_x", Agent: b.Purchases[0].Agent, Status: purchase, Approval: &shop.ApprovalRef{ID: "apr_x", ExpiresAt: b.now},
	})
	b.Records = append(b.Records, shop.Record{Subject: "pur_x"})
	a := shop.Approval{ID: "apr_x", Agent: b.Purchases[0].Agent, Purchase: "pur_x", Status: approval, ExpiresAt: b.now}
	if approval != shop.ApprovalPending {
		a.DecidedBy = "psn_1"
	}
	b.Approvals = append(b.Approvals, a)
	return &b.Approvals[len(b.Approvals)-1]
}

// hold parks a purchase that holds a cent, which is still counted or has come back.
func (b *books) hold(purchase shop.PurchaseStatus, approval shop.ApprovalStatus) *shop.Approval {
	a := b.park(purchase, approval)
	a.Held = true
	p := &b.Purchases[len(b.Purchases)-1]
	p.Held, p.CreatedAt, p.Offer.Quantity, p.Offer.Price.Total = true, b.Purchases[0].CreatedAt, 1, cents(1)
	b.book(shop.EntryPurchase, "purchase:pur_x", -1)
	if purchase != shop.PurchasePendingApproval {
		b.book(shop.EntryRefund, "refund:pur_x", 1)
		return a
	}
	for i := range b.Budgets {
		sum := &b.Budgets[i].Spending.Sums[0]
		sum.TotalMinor, sum.DayMinor, sum.MonthMinor = sum.TotalMinor+1, sum.DayMinor+1, sum.MonthMinor+1
		b.Budgets[i].Spending.LiveServices++
	}
	return a
}

// label gives a service a label, by which so many lists find it.
func (b *books) label(lists int) {
	service := &b.Services[0]
	service.Labels = []string{"ci"}
	for range lists {
		b.Labelings = append(b.Labelings, shop.Labeling{Service: service.ID, Label: "ci"})
	}
}

// list has the first service be found by its status in so many lists, and by its agent.
func (b *books) list(lists int) {
	b.Together = false
	for _, services := range [][]shop.Service{b.Services, b.OwnServices} {
		for i := range services {
			services[i].Listed = "" // an earlier version has written them
		}
		if len(services) > 0 {
			services[0].Listed = services[0].Status
		}
	}
	service := b.Services[0]
	status, _ := shop.StatusLabel(service.Status)
	for range lists {
		b.Labelings = append(b.Labelings, shop.Labeling{Service: service.ID, Label: status, Outlook: service.Outlook()})
	}
	if !service.Agent.SeesOwn() {
		b.Labelings = append(b.Labelings, shop.Labeling{Service: service.ID})
	}
}

// many adds a cancellation of a service that lives, which began that long ago.
func (b *books) many(state shop.MatchState, ago time.Duration) *shop.ManyCancellation {
	alive := slices.IndexFunc(b.Services, func(s shop.Service) bool { return !s.Status.Ended() })
	b.Cancellations = append(b.Cancellations, shop.ManyCancellation{
		ID: "can_1", CreatedAt: b.now.Add(-ago), DueAt: b.now, Matches: []shop.Match{{Service: b.Services[alive].ID, State: state}},
	})
	return &b.Cancellations[0]
}

// ownAgent sees its own alone.
const ownAgent id.Agent = "agt_01JDEM00000000000000000000UGENT1"

// own has the purchase and its services be of an agent that sees its own alone,
// with the copies that it lists.
func (b *books) own() {
	b.Purchases[0].Agent, b.Budgets[1].Agent = ownAgent, ownAgent
	for i := range b.Services {
		b.Services[i].Agent = ownAgent
	}
	b.OwnPurchases, b.OwnServices = slices.Clone(b.Purchases), slices.Clone(b.Services)
	b.OwnPurchases[0].Offer.Configuration = []byte{}
}
