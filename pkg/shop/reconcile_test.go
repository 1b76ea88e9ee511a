package shop_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// reconcile runs once and expects what it found.
func (s delivery) reconcile(t *testing.T, want shop.Drift) {
	t.Helper()
	got, err := s.Reconciler.Run(t.Context())
	expectOK(t, err)
	expectSame(t, "drift", got, want)
}

// active buys a unit that runs.
func (s delivery) active(t *testing.T) shop.ServiceKey {
	t.Helper()
	unit := s.order(t, 1).Services[0].ID
	s.Work(t)
	expectSame(t, "status", s.serviceNow(t, unit).Status, shop.ServiceActive)
	return shop.ServiceKey{Account: s.account, Service: unit}
}

// What comes up after its service was given up is deleted: not at once,
// for it might still be somebody's, but after the time of grace.
func TestOrphanOfAFailedService(t *testing.T) {
	t.Parallel()
	onEachDelivery(t, func(t *testing.T, s delivery) {
		s.refuse()
		unit := s.order(t, 1).Services[0].ID
		s.settleAll(t)
		failed := s.serviceNow(t, unit)
		s.runBehind(t, unit) // by a worker that had lost its lease
		orphan := shop.ServiceKey{Account: s.account, Service: unit}

		s.Clock.Advance(s.Reconciler.Grace - time.Millisecond)
		s.reconcile(t, shop.Drift{Holdings: 1})
		s.Work(t)
		expectSame(t, "held within grace", s.held(t), []shop.ServiceKey{orphan})

		s.Clock.Advance(time.Millisecond)
		s.reconcile(t, shop.Drift{Holdings: 1, Orphans: []shop.ServiceKey{orphan}})
		s.verifyFinds(t, "nothing is held without an owner") // until the job is done
		s.Work(t)
		expectSame(t, "held after grace", s.held(t), []shop.ServiceKey{})
		expectSame(t, "addresses", s.addresses(t), 0)
		s.reconcile(t, shop.Drift{})
		expectSame(t, "service", s.serviceNow(t, unit), failed)
		s.expectLedger(t, startFunds, -unitPrice, unitPrice)
		s.verify(t)
	})
}

// verifyFinds expects findings about one promise, and about no other.
func (s delivery) verifyFinds(t *testing.T, promise string) {
	t.Helper()
	books, err := s.Table.Books(t.Context(), s.account)
	expectOK(t, err)
	books.Holdings, err = s.provider.Holdings(t.Context())
	expectOK(t, err)
	found := []string{}
	for _, f := range verify.Account(books, s.Clock.Now(), s.Reconciler.Grace) {
		found = append(found, f.Promise)
	}
	expectSame(t, "findings", found, []string{promise})
}

func TestOrphanWithoutAnyService(t *testing.T) {
	t.Parallel()
	onEachDelivery(t, func(t *testing.T, s delivery) {
		unknown := shop.ServiceKey{Account: s.account, Service: "svc_01K00000000000000000000000"}
		s.runBehind(t, unknown.Service)
		s.Clock.Advance(s.Reconciler.Grace)
		now := s.Clock.Now()
		s.reconcile(t, shop.Drift{Holdings: 1, Orphans: []shop.ServiceKey{unknown}})
		expectSame(t, "delete job", s.jobNow(t, s.deleteRef(unknown.Service)), shop.Job{
			ID: s.deleteRef(unknown.Service).Job, Account: s.account, Version: 1, Service: unknown.Service, ServiceType: storetest.ServiceType,
			Intent: shop.Intent{Action: shop.ActionDelete}, Status: shop.JobDue, DueAt: now, CreatedAt: now,
		})
		expectSame(t, "log", s.logged("orphan"), []string{string(unknown.Service)})
		s.Work(t)
		expectSame(t, "held", s.held(t), []shop.ServiceKey{})
		s.verify(t)
	})
}

// logged are the services of the log lines with that message.
func (s delivery) logged(message string) []string {
	services := []string{}
	for line := range strings.Lines(s.Log.String()) {
		if strings.Contains(line, `"msg":"`+message+`"`) {
			_, rest, _ := strings.Cut(line, `"serviceId":"`)
			service, _, _ := strings.Cut(rest, `"`)
			services = append(services, service)
		}
	}
	return services
}

// A delete that was given up starts over, as often as it takes.
func TestOrphanIsTriedAgain(t *testing.T) {
	t.Parallel()
	onEachDelivery(t, func(t *testing.T, s delivery) {
		s.instead(shop.ActionDelete, func(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
			return shop.Outcome{}, errors.New("an outage")
		})
		orphan := shop.ServiceKey{Account: s.account, Service: "svc_01K00000000000000000000000"}
		s.runBehind(t, orphan.Service)
		s.Clock.Advance(s.Reconciler.Grace)
		drift := shop.Drift{Holdings: 1, Orphans: []shop.ServiceKey{orphan}}
		s.reconcile(t, drift)
		s.settleAll(t)
		failed := s.jobNow(t, s.deleteRef(orphan.Service))
		expectSame(t, "status", failed.Status, shop.JobFailed)

		s.Clock.Advance(24 * time.Hour)
		s.reconcile(t, drift)
		again := s.jobNow(t, s.deleteRef(orphan.Service))
		expectSame(t, "status", again.Status, shop.JobDue)
		expectSame(t, "due", again.DueAt, s.Clock.Now())
		expectSame(t, "attempts", again.Attempts, 0)
		expectSame(t, "begun", again.CreatedAt, s.Clock.Now())
		expectSame(t, "version", again.Version, failed.Version+1)
		s.verifyFinds(t, "nothing is held without an owner") // the new try is in time
		s.deliver(s.provider.Perform)
		s.Work(t)
		expectSame(t, "held", s.held(t), []shop.ServiceKey{})
		s.reconcile(t, shop.Drift{})
		s.verify(t)
	})
}

// While a delete is owed, more runs find the orphan and leave the job alone, be
// they one after the other or at once.
func TestOrphanIsDeletedOnce(t *testing.T) {
	t.Parallel()
	onEachDelivery(t, func(t *testing.T, s delivery) {
		orphan := shop.ServiceKey{Account: s.account, Service: "svc_01K00000000000000000000000"}
		s.runBehind(t, orphan.Service)
		s.Clock.Advance(s.Reconciler.Grace)
		drift := shop.Drift{Holdings: 1, Orphans: []shop.ServiceKey{orphan}}
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				got, err := s.Reconciler.Run(t.Context())
				if diff := cmp.Diff(drift, got); err != nil || diff != "" {
					t.Errorf("%v (-want +got):\n%s", err, diff)
				}
			})
		}
		all.Wait()
		job := s.jobNow(t, s.deleteRef(orphan.Service))
		expectSame(t, "version", job.Version, 1)
		s.Clock.Advance(time.Hour)
		s.reconcile(t, drift)
		expectSame(t, "delete job", s.jobNow(t, s.deleteRef(orphan.Service)), job)
	})
}

// What is gone is said so, and nothing is changed: only a person knows what its
// owner is owed.
func TestMissing(t *testing.T) {
	t.Parallel()
	onEachDelivery(t, func(t *testing.T, s delivery) {
		key := s.active(t)
		s.provider.Lose(t, key)
		before, err := s.Table.Books(t.Context(), s.account)
		expectOK(t, err)

		s.Clock.Advance(s.Reconciler.Grace - time.Millisecond)
		s.reconcile(t, shop.Drift{Services: 1})
		expectSame(t, "log", s.logged("missing"), []string{})
		s.Clock.Advance(time.Millisecond)
		s.reconcile(t, shop.Drift{Services: 1, Missing: []shop.ServiceKey{key}})
		expectSame(t, "log", s.logged("missing"), []string{string(key.Service)})

		after, err := s.Table.Books(t.Context(), s.account)
		expectOK(t, err)
		expectSame(t, "books", after, before)
		s.verifyFinds(t, "an active service is held at its provider")
	})
}

// What runs as it should is neither orphan nor missing, however old it is, and what
// is still being made belongs to its service.
func TestNothingDrifts(t *testing.T) {
	t.Parallel()
	onEachDelivery(t, func(t *testing.T, s delivery) {
		s.active(t)
		s.Clock.Advance(24 * time.Hour)
		s.reconcile(t, shop.Drift{Holdings: 1, Services: 1})
		s.verify(t)
	})
}

func TestProvisioningServiceIsNoOrphan(t *testing.T) {
	t.Parallel()
	s := newDelivery(t, dynamotest.Embedded(t))
	s.runBehind(t, s.order(t, 1).Services[0].ID)
	s.Clock.Advance(s.Reconciler.Grace)
	s.reconcile(t, shop.Drift{Holdings: 1})
}

// holdings is an inventory of one function.
type holdings func(context.Context) ([]shop.Holding, error)

func (h holdings) Holdings(ctx context.Context) ([]shop.Holding, error) { return h(ctx) }

func (s delivery) count(h holdings) {
	s.Reconciler.Inventories = map[string]shop.Inventory{storetest.ServiceType: h}
}

// The two sides are never read at the same moment. A service that is made in
// between drifts on neither, even without any grace.
func TestServiceMadeBetweenTheTwoListings(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		made func(list func() ([]shop.Holding, error), buy func()) ([]shop.Holding, error)
		want shop.Drift
	}{
		{"before the provider's", func(list func() ([]shop.Holding, error), buy func()) ([]shop.Holding, error) {
			buy()
			return list()
		}, shop.Drift{Holdings: 1}},
		{"after the provider's", func(list func() ([]shop.Holding, error), buy func()) ([]shop.Holding, error) {
			defer buy()
			return list()
		}, shop.Drift{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newDelivery(t, dynamotest.Embedded(t))
			s.Reconciler.Grace = 0
			s.count(func(ctx context.Context) ([]shop.Holding, error) {
				return tt.made(func() ([]shop.Holding, error) { return s.provider.Holdings(ctx) }, func() { s.active(t) })
			})
			s.reconcile(t, tt.want)
		})
	}
}

// lagging is a store whose index nominates what it is told to.
type lagging struct {
	shop.ReconcileStore
	live []shop.ServiceKey
}

func (l lagging) LiveServices(context.Context) ([]shop.ServiceKey, error) { return l.live, nil }

// The index only nominates: what it still says of a service that is no longer
// active, or never was, is not believed, and what it does not yet say of one
// that runs does no harm.
func TestIndexThatLags(t *testing.T) {
	t.Parallel()
	onEachDelivery(t, func(t *testing.T, s delivery) {
		s.refuse()
		failed := s.order(t, 1).Services[0].ID
		s.settleAll(t)
		s.Clock.Advance(24 * time.Hour)
		stale := []shop.ServiceKey{
			{Account: s.account, Service: failed},
			{Account: s.account, Service: "svc_01K00000000000000000000000"},
		}
		s.Reconciler.Store = lagging{s.Table, stale}
		s.reconcile(t, shop.Drift{Services: 2})
	})
}

func TestIndexThatDoesNotKnowAServiceYet(t *testing.T) {
	t.Parallel()
	s := newDelivery(t, dynamotest.Embedded(t))
	s.active(t)
	s.Clock.Advance(24 * time.Hour)
	s.Reconciler.Store = lagging{s.Table, nil}
	s.reconcile(t, shop.Drift{Holdings: 1})
	s.Work(t)
	expectSame(t, "held", len(s.held(t)), 1)
}

// Without a full list of holdings nothing is known to be missing.
func TestProviderThatDoesNotAnswer(t *testing.T) {
	t.Parallel()
	s := newDelivery(t, dynamotest.Embedded(t))
	s.active(t)
	s.Clock.Advance(24 * time.Hour)
	outage := errors.New("an outage")
	s.count(func(context.Context) ([]shop.Holding, error) { return nil, outage })
	drift, err := s.Reconciler.Run(t.Context())
	expectSame(t, "error", errors.Is(err, outage), true)
	expectSame(t, "missing", len(drift.Missing), 0)
	expectSame(t, "log", s.logged("missing"), []string{})
}

// blind is a store that cannot read one service.
type blind struct {
	shop.ReconcileStore
	service id.Service
	err     error
}

func (b blind) Service(ctx context.Context, account id.Account, service id.Service) (shop.Service, error) {
	if service == b.service {
		return shop.Service{}, b.err
	}
	return b.ReconcileStore.Service(ctx, account, service)
}

// What cannot be read is left alone, and does not keep the others waiting.
func TestServiceThatCannotBeRead(t *testing.T) {
	t.Parallel()
	s := newDelivery(t, dynamotest.Embedded(t))
	const dark, orphan id.Service = "svc_01K00000000000000000000001", "svc_01K00000000000000000000002"
	s.runBehind(t, dark)
	s.runBehind(t, orphan)
	s.Clock.Advance(s.Reconciler.Grace)
	unreadable := errors.New("unreadable")
	s.Reconciler.Store = blind{s.Table, dark, unreadable}
	drift, err := s.Reconciler.Run(t.Context())
	expectSame(t, "error", errors.Is(err, unreadable), true)
	expectSame(t, "drift", drift, shop.Drift{Holdings: 2, Orphans: []shop.ServiceKey{{Account: s.account, Service: orphan}}})
	_, err = s.Table.Job(t.Context(), s.deleteRef(dark))
	expectSame(t, "no job", errors.Is(err, shop.ErrNotFound), true)
}
