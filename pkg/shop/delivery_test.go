package shop_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

const (
	// startFunds is what a wallet holds before a purchase, unitPrice the share of
	// one unit of it; both in cents.
	startFunds = 30_000
	unitPrice  = 2_400
	// leaseTime keeps other workers from a claimed job.
	leaseTime = 2 * time.Minute
)

// delivery is a store whose jobs wait for a test to work on them.
type delivery struct {
	till
	provider storetest.Provider
}

func newDelivery(t *testing.T, engine dynamotest.Engine) delivery {
	t.Helper()
	s := storetest.New(t, engine, storetest.Options{NoKick: true, Funds: startFunds})
	d := delivery{till{s, s.Agent.Account()}, s.Provider()}
	d.deliver(d.provider.Perform)
	return d
}

func onEachDelivery(t *testing.T, run func(t *testing.T, s delivery)) {
	t.Helper()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) { run(t, newDelivery(t, engine)) })
}

// fulfil is a fulfilment of one function.
type fulfil func(context.Context, shop.Service, shop.Job) (shop.Outcome, error)

func (f fulfil) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	return f(ctx, service, job)
}

func (s delivery) deliver(f fulfil) {
	s.Worker.Fulfilments = map[string]shop.Fulfilment{storetest.ServiceType: f}
}

// instead does something else for the jobs of one type.
func (s delivery) instead(of shop.ActionName, f fulfil) {
	s.deliver(func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
		if job.Intent.Action == of {
			return f(ctx, service, job)
		}
		return s.provider.Perform(ctx, service, job)
	})
}

// refuse refuses to create.
func (s delivery) refuse() {
	s.instead(shop.ActionCreate, func(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
		return shop.Outcome{}, &shop.Refusal{Reason: "no capacity"}
	})
}

// faulty is another worker of the store, whose table has faults.
func (s delivery) faulty(faults dynamotest.Faults) *shop.Worker {
	worker := *s.Worker
	worker.Store = dynamo.New(s.Engine.With(faults.Inject), s.Name)
	return &worker
}

// order buys that many units at startFunds and unitPrice.
func (s delivery) order(t *testing.T, units int) shop.Purchase {
	t.Helper()
	order := storetest.Order()
	order["quantity"], order["idempotencyKey"] = units, "the purchase"
	answer := s.Call(t, "POST", storetest.Purchases, order)
	expectStatus(t, answer, 201)
	return s.purchaseNow(t, id.Purchase(answer.Text("purchase", "id")))
}

func (s delivery) purchaseNow(t *testing.T, purchaseID id.Purchase) shop.Purchase {
	t.Helper()
	purchase, err := s.Table.Purchase(t.Context(), s.account, purchaseID)
	expectOK(t, err)
	return purchase
}

func (s delivery) serviceNow(t *testing.T, serviceID id.Service) shop.Service {
	t.Helper()
	service, err := s.Table.Service(t.Context(), s.account, serviceID)
	expectOK(t, err)
	return service
}

// deleteRef is the job that deletes what the provider has for a service.
func (s delivery) deleteRef(serviceID id.Service) shop.JobRef {
	return shop.JobRef{Account: s.account, Job: id.Job("job_delete_" + string(serviceID))}
}

func (s delivery) jobNow(t *testing.T, ref shop.JobRef) shop.Job {
	t.Helper()
	job, err := s.Table.Job(t.Context(), ref)
	expectOK(t, err)
	return job
}

// settleAll works until no job is owed.
func (s delivery) settleAll(t *testing.T) {
	t.Helper()
	const rounds = 40
	for range rounds {
		s.Work(t)
		owed, err := s.Table.DueJobs(t.Context(), s.Clock.Now().AddDate(1, 0, 0))
		expectOK(t, err)
		if len(owed) == 0 {
			return
		}
		s.Clock.Advance(5 * time.Minute)
	}
	t.Fatal("jobs are still owed")
}

// held is what the provider runs.
func (s delivery) held(t *testing.T) []shop.ServiceKey {
	t.Helper()
	holdings, err := s.provider.Holdings(t.Context())
	expectOK(t, err)
	keys := []shop.ServiceKey{}
	for _, h := range holdings {
		keys = append(keys, h.ServiceKey)
	}
	return keys
}

// addresses are those that the provider has given away.
func (s delivery) addresses(t *testing.T) int {
	t.Helper()
	n := 0
	expectOK(t, dynamo.Documents{Table: s.Table}.Each(t.Context(), "address/", func(mock.Document) error {
		n++
		return nil
	}))
	return n
}

// runBehind has the provider run something for a service behind the store's back.
func (s delivery) runBehind(t *testing.T, serviceID id.Service) {
	t.Helper()
	s.provider.Make(t, shop.ServiceKey{Account: s.account, Service: serviceID})
}

// verify holds the account to every promise of the store.
func (s delivery) verify(t *testing.T) {
	t.Helper()
	books, err := s.Table.Books(t.Context(), s.account)
	expectOK(t, err)
	books.Holdings, err = s.provider.Holdings(t.Context())
	expectOK(t, err)
	if diff := cmp.Diff([]verify.Finding(nil), verify.Account(books, s.Clock.Now(), s.Reconciler.Grace)); diff != "" {
		t.Errorf("findings (-want +got):\n%s", diff)
	}
}
