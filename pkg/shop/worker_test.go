package shop_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// The worker's promises: how often a job is tried, how long a claim keeps
// others off, and the bounds of the waits in between.
const (
	maxAttempts    = 10
	lease          = 2 * time.Minute
	firstBackoff   = 2 * time.Second
	longestBackoff = 5 * time.Minute
)

// perform is a fulfilment of one function.
type perform func(context.Context, shop.Service, shop.Job) (shop.Outcome, error)

func (p perform) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	return p(ctx, service, job)
}

var errOutage = errors.New("an outage")

// works is what a provider that works does.
func works(_ context.Context, service shop.Service, _ shop.Job) (shop.Outcome, error) {
	service, err := storetest.Delivered(service, "192.0.2.1")
	return shop.Outcome{Service: service}, err
}

func refuses(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
	return shop.Outcome{}, &shop.Refusal{Reason: "no capacity"}
}

func fails(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
	return shop.Outcome{}, errOutage
}

// calls counts the calls of a provider.
type calls struct{ atomic.Int64 }

func (c *calls) of(p perform) perform {
	return func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
		c.Add(1)
		return p(ctx, service, job)
	}
}

// newStore is an embedded store whose jobs wait for a test to work on them.
func newStore(t *testing.T, provider perform) *store {
	t.Helper()
	return newStoreOn(t, dynamotest.Embedded(t), provider)
}

func newStoreOn(t *testing.T, engine dynamotest.Engine, provider perform) *store {
	t.Helper()
	s := &store{storetest.New(t, engine, storetest.Options{NoKick: true})}
	s.fulfil(provider)
	return s
}

type store struct{ *storetest.Store }

func (s *store) fulfil(provider perform) {
	s.Worker.Fulfilments = map[string]shop.Fulfilment{storetest.ServiceType: provider}
}

// workerWith is another worker of the store, whose table has faults.
func (s *store) workerWith(faults dynamotest.Faults) *shop.Worker {
	worker := *s.Worker
	worker.Store = dynamo.New(s.Engine.With(faults.Inject), s.Name)
	return &worker
}

func (s *store) account() id.Account { return s.Agent.Account() }

// buy makes a purchase of that many units and returns it.
func (s *store) buy(t *testing.T, units int) shop.Purchase {
	t.Helper()
	order := storetest.Order()
	order["quantity"], order["idempotencyKey"] = units, "the purchase"
	answer := s.Call(t, "POST", storetest.Purchases, order)
	expectStatus(t, answer, 201)
	return s.purchase(t, id.Purchase(answer.Text("purchase", "id")))
}

func (s *store) purchase(t *testing.T, purchaseID id.Purchase) shop.Purchase {
	t.Helper()
	purchase, err := s.Table.Purchase(t.Context(), s.account(), purchaseID)
	expectOK(t, err)
	return purchase
}

func (s *store) service(t *testing.T, serviceID id.Service) shop.Service {
	t.Helper()
	service, err := s.Table.Service(t.Context(), s.account(), serviceID)
	expectOK(t, err)
	return service
}

func (s *store) job(t *testing.T, ref shop.JobRef) shop.Job {
	t.Helper()
	job, err := s.Table.Job(t.Context(), ref)
	expectOK(t, err)
	return job
}

// owed are the jobs that are not settled.
func (s *store) owed(t *testing.T) []shop.JobRef {
	t.Helper()
	jobs, err := s.Table.DueJobs(t.Context(), s.Clock.Now().AddDate(10, 0, 0))
	expectOK(t, err)
	return jobs
}

// oneJob buys one unit and returns its job and its service.
func (s *store) oneJob(t *testing.T) (shop.JobRef, id.Service) {
	t.Helper()
	purchase := s.buy(t, 1)
	owed := s.owed(t)
	expectSame(t, "jobs", len(owed), 1)
	return owed[0], purchase.Services[0].ID
}

// act asks for an action and returns its job.
func (s *store) act(t *testing.T, serviceID id.Service, intent shop.Intent) shop.JobRef {
	t.Helper()
	answer := s.Call(t, "POST", storetest.ActionPath(serviceID, intent), storetest.ActionBody(t, intent))
	expectStatus(t, answer, 202)
	owed := s.owed(t)
	expectSame(t, "jobs", len(owed), 1)
	return owed[0]
}

// active is the id of a service that runs.
func (s *store) active(t *testing.T) id.Service {
	t.Helper()
	provider := s.Worker.Fulfilments
	s.fulfil(works)
	_, serviceID := s.oneJob(t)
	s.Work(t)
	s.Worker.Fulfilments = provider
	return serviceID
}

// untilDue moves the clock to the time at which the job is due again.
func (s *store) untilDue(t *testing.T, ref shop.JobRef) {
	t.Helper()
	s.Clock.Advance(s.job(t, ref).DueAt.Sub(s.Clock.Now()))
}

func TestJobIsDone(t *testing.T) {
	t.Parallel()
	s := newStore(t, works)
	ref, serviceID := s.oneJob(t)
	s.Work(t)
	job, service := s.job(t, ref), s.service(t, serviceID)
	expectSame(t, "job", job.Status, shop.JobDone)
	expectSame(t, "attempts", job.Attempts, 1)
	expectSame(t, "status", service.Status, shop.ServiceActive)
	expectSame(t, "address", storetest.Address(t, service), "192.0.2.1")
	expectSame(t, "jobs left", len(s.owed(t)), 0)
}

// Of many workers that are told of a job at once, one works on it, and the
// others do not wait for it.
func TestJobIsClaimedOnce(t *testing.T) {
	t.Parallel()
	const workers = 16
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		var claimed calls
		othersAreBack := make(chan struct{})
		s := newStoreOn(t, engine, claimed.of(func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
			select {
			case <-othersAreBack:
			case <-ctx.Done():
			}
			return works(ctx, service, job)
		}))
		ref, serviceID := s.oneJob(t)
		back := make(chan error)
		for range workers {
			go func() {
				_, err := s.Worker.Run(t.Context(), ref)
				back <- err
			}()
		}
		for i := range workers {
			if i == workers-1 {
				close(othersAreBack)
			}
			if err := <-back; err != nil {
				t.Error(err)
			}
		}
		expectSame(t, "calls of the provider", claimed.Load(), int64(1))
		expectSame(t, "attempts", s.job(t, ref).Attempts, 1)
		expectSame(t, "status", s.service(t, serviceID).Status, shop.ServiceActive)
	})
}

// An outage of the provider is waited out, longer each time, and then forgotten.
func TestOutagePasses(t *testing.T) {
	t.Parallel()
	var tries calls
	s := newStore(t, tries.of(fails))
	ref, serviceID := s.oneJob(t)
	for attempt := 1; attempt < maxAttempts; attempt++ {
		s.Work(t)
		job := s.job(t, ref)
		expectSame(t, "attempts", job.Attempts, attempt)
		expectSame(t, "status", job.Status, shop.JobDue)
		expectSame(t, "last error", job.LastError, errOutage.Error())
		longest := min(firstBackoff<<attempt, longestBackoff) + time.Millisecond
		if wait := job.DueAt.Sub(s.Clock.Now()); wait <= 0 || wait > longest {
			t.Errorf("attempt %d is followed by a wait of %v, longest %v", attempt, wait, longest)
		}
		s.Work(t) // too early
		expectSame(t, "tries", tries.Load(), int64(attempt))
		s.untilDue(t, ref)
	}
	expectSame(t, "meanwhile", s.service(t, serviceID).Status, shop.ServiceProvisioning)

	s.fulfil(works)
	s.Work(t)
	service := s.service(t, serviceID)
	expectSame(t, "status", service.Status, shop.ServiceActive)
	expectSame(t, "failure", service.Failure, "")
	expectSame(t, "purchase", s.purchase(t, service.Purchase).Status, shop.PurchaseCompleted)
}

// A provider that never recovers is given up after a fixed number of tries, and
// the service and its purchase say so.
func TestOutageLasts(t *testing.T) {
	t.Parallel()
	const reason = "The create failed: the provider did not answer well after many attempts."
	var tries calls
	s := newStore(t, tries.of(fails))
	ref, serviceID := s.oneJob(t)
	bought := s.Clock.Now()
	for s.job(t, ref).Status == shop.JobDue {
		s.untilDue(t, ref)
		s.Work(t)
	}
	expectSame(t, "tries", tries.Load(), int64(maxAttempts))
	if took := s.Clock.Now().Sub(bought); took > 30*time.Minute {
		t.Errorf("it took %v", took)
	}

	job, service := s.job(t, ref), s.service(t, serviceID)
	expectSame(t, "job", job.Status, shop.JobFailed)
	expectSame(t, "last error", job.LastError, errOutage.Error())
	expectSame(t, "status", service.Status, shop.ServiceFailed)
	expectSame(t, "usable", storetest.Usable(t, service), false)
	expectSame(t, "failure", service.Failure, reason)
	purchase := s.purchase(t, service.Purchase)
	expectSame(t, "purchase", purchase.Status, shop.PurchaseFailed)
	expectSame(t, "its failure", purchase.Failure, reason)
	expectSame(t, "its units", purchase.Services, []shop.ServiceRef{{ID: serviceID, DisplayName: "deploy-node-01", Failed: true}})
	if !strings.Contains(s.Log.String(), `"level":"ERROR","msg":"job"`) {
		t.Errorf("the log does not tell:\n%s", s.Log)
	}
}

// A refusal is final: nobody asks again.
func TestRefusal(t *testing.T) {
	t.Parallel()
	const reason = "The create failed: no capacity."
	var tries calls
	s := newStore(t, tries.of(refuses))
	ref, serviceID := s.oneJob(t)
	s.Work(t)
	s.Clock.Advance(time.Hour)
	s.Work(t)
	expectSame(t, "tries of the create, and of the delete that follows", tries.Load(), int64(2))
	expectSame(t, "job", s.job(t, ref).Status, shop.JobFailed)
	service := s.service(t, serviceID)
	expectSame(t, "status", service.Status, shop.ServiceFailed)
	expectSame(t, "failure", service.Failure, reason)
	expectSame(t, "purchase's failure", s.purchase(t, service.Purchase).Failure, reason)
}

// A purchase says how much of it could not be delivered.
func TestSomeUnitsFail(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		failing []string
		want    shop.PurchaseStatus
	}{
		"none": {nil, shop.PurchaseCompleted},
		"one":  {[]string{"deploy-node-01-2"}, shop.PurchasePartiallyFailed},
		"two":  {[]string{"deploy-node-01-1", "deploy-node-01-3"}, shop.PurchasePartiallyFailed},
		"all":  {[]string{"deploy-node-01-1", "deploy-node-01-2", "deploy-node-01-3"}, shop.PurchaseFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			failing := make(map[string]bool)
			for _, host := range test.failing {
				failing[host] = true
			}
			s := newStore(t, func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
				if failing[service.DisplayName] {
					return refuses(ctx, service, job)
				}
				return works(ctx, service, job)
			})
			purchase := s.buy(t, 3)
			s.Work(t)
			purchase = s.purchase(t, purchase.ID)
			expectSame(t, "purchase", purchase.Status, test.want)
			for _, unit := range purchase.Services {
				expectSame(t, unit.DisplayName, unit.Failed, failing[unit.DisplayName])
			}
			expectSame(t, "failure", purchase.Failure != "", len(failing) > 0)
		})
	}
}

// Workers that fail the units of one purchase at the same time get in each
// other's way, but in the end all of it is told.
func TestUnitsFailAtOnce(t *testing.T) {
	t.Parallel()
	const units = 8
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := newStoreOn(t, engine, refuses)
		purchase := s.buy(t, units)
		for round := 0; len(s.owed(t)) > 0; round++ {
			if round > units {
				t.Fatalf("%d jobs are still owed", len(s.owed(t)))
			}
			s.runAtOnce(t, s.owed(t))
			s.Clock.Advance(lease)
		}
		purchase = s.purchase(t, purchase.ID)
		expectSame(t, "purchase", purchase.Status, shop.PurchaseFailed)
		for _, unit := range purchase.Services {
			expectSame(t, unit.DisplayName, unit.Failed, true)
			expectSame(t, "status", s.service(t, unit.ID).Status, shop.ServiceFailed)
		}
	})
}

func (s *store) runAtOnce(t *testing.T, jobs []shop.JobRef) {
	t.Helper()
	var done sync.WaitGroup
	for _, ref := range jobs {
		done.Go(func() {
			if _, err := s.Worker.Run(t.Context(), ref); err != nil {
				t.Error(err)
			}
		})
	}
	done.Wait()
}

// A provider that is not done yet is asked again when it says so, however often
// that is: waiting is no failure.
func TestPending(t *testing.T) {
	t.Parallel()
	const rounds = 2 * maxAttempts
	s := newStore(t, func(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
		return shop.Outcome{}, &shop.Pending{After: 7 * time.Second}
	})
	ref, serviceID := s.oneJob(t)
	for range rounds {
		again, err := s.Worker.Run(t.Context(), ref)
		expectOK(t, err)
		expectSame(t, "again after", again, 7*time.Second)
		job := s.job(t, ref)
		expectSame(t, "due", job.DueAt, s.Clock.Now().Add(7*time.Second))
		expectSame(t, "attempts", job.Attempts, 0)
		s.untilDue(t, ref)
	}
	s.fulfil(works)
	s.Work(t)
	expectSame(t, "status", s.service(t, serviceID).Status, shop.ServiceActive)
}

// A panic of the code that talks to a provider is a failure like any other.
func TestPanic(t *testing.T) {
	t.Parallel()
	s := newStore(t, func(context.Context, shop.Service, shop.Job) (shop.Outcome, error) { panic("a bug") })
	ref, serviceID := s.oneJob(t)
	again, err := s.Worker.Run(t.Context(), ref)
	expectOK(t, err)
	if again <= 0 {
		t.Error("nobody comes again")
	}
	if job := s.job(t, ref); job.Status != shop.JobDue || !strings.HasPrefix(job.LastError, "panic: a bug") {
		t.Errorf("the job is %+v", job)
	}
	expectSame(t, "status", s.service(t, serviceID).Status, shop.ServiceProvisioning)
}

func TestUnknownJob(t *testing.T) {
	t.Parallel()
	s := newStore(t, works)
	ref, _ := s.oneJob(t)
	for name, unknown := range map[string]shop.JobRef{
		"job":     {Account: ref.Account, Job: "job_unknown"},
		"account": {Account: "acc_unknown", Job: ref.Job},
		"nothing": {},
	} {
		again, err := s.Worker.Run(t.Context(), unknown)
		if again != 0 || !errors.Is(err, shop.ErrNotFound) {
			t.Errorf("unknown %s: %v, %v", name, again, err)
		}
	}
	expectSame(t, "the known one", s.job(t, ref).Version, 1)
}

// What the store does not fulfil is no work for ever.
func TestNoFulfilment(t *testing.T) {
	t.Parallel()
	s := newStore(t, works)
	s.Worker.Fulfilments = nil
	ref, serviceID := s.oneJob(t)
	s.Work(t)
	expectSame(t, "job", s.job(t, ref).Status, shop.JobFailed)
	expectSame(t, "failure", s.service(t, serviceID).Failure, "The create failed: the store does not fulfil "+storetest.ServiceType+".")
}

// One job that cannot be worked on does not keep the others.
func TestRunDueGoesOn(t *testing.T) {
	t.Parallel()
	s := newStore(t, works)
	purchase := s.buy(t, 3)
	broken := purchase.Services[1].ID
	found, err := s.workerWith(dynamotest.Faults{Before: func(_ string, input any) error {
		if strings.HasSuffix(sortKey(input), string(broken)) {
			return errOutage
		}
		return nil
	}}).RunDue(t.Context())
	expectSame(t, "found", found, 3)
	if !errors.Is(err, errOutage) {
		t.Errorf("the error is %v", err)
	}
	for _, unit := range purchase.Services {
		want := shop.ServiceActive
		if unit.ID == broken {
			want = shop.ServiceProvisioning
		}
		expectSame(t, fmt.Sprint("service ", unit.DisplayName), s.service(t, unit.ID).Status, want)
	}
	s.Clock.Advance(lease)
	s.Work(t)
	expectSame(t, "in the end", s.service(t, broken).Status, shop.ServiceActive)
}
