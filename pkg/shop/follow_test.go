package shop_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/shop"
)

// following runs Follow on a new job, in a time of its own: each wait is exact
// and takes none. The provider is pending for a while, and then works.
func following(t *testing.T, pending time.Duration, do func(t *testing.T, worker *shop.Worker, ref shop.JobRef)) *store {
	t.Helper()
	s := newStore(t, nil)
	ref, _ := s.oneJob(t)
	bought := s.Clock.Now()
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		worker := *s.Worker
		worker.Now = func() time.Time { return bought.Add(time.Since(begun)) }
		s.fulfil(func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
			if left := pending - time.Since(begun); left > 0 {
				return shop.Outcome{}, &shop.Pending{After: min(left, 5*time.Second)}
			}
			return works(ctx, service, job)
		})
		worker.Fulfilments = s.Worker.Fulfilments
		do(t, &worker, ref)
	})
	return s
}

func (s *store) expectOnly(t *testing.T, want shop.ServiceStatus) {
	t.Helper()
	services, _, err := s.Table.Services(context.Background(), s.account(), shop.Page{Limit: 2})
	expectOK(t, err)
	expectSame(t, "services", len(services), 1)
	expectSame(t, "status", services[0].Status, want)
}

func TestFollowWaitsAndFinishes(t *testing.T) {
	t.Parallel()
	s := following(t, 12*time.Second, func(t *testing.T, worker *shop.Worker, ref shop.JobRef) {
		begun := time.Now()
		expectOK(t, worker.Follow(t.Context(), ref))
		expectSame(t, "it took", time.Since(begun), 12*time.Second)
	})
	s.expectOnly(t, shop.ServiceActive)
}

// Follow leaves a job for later when another call of the provider, of 20
// seconds at most, might not fit into the time that is left.
func TestFollowStopsInTime(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		deadline, took time.Duration
		status         shop.ServiceStatus
	}{
		"no time for a wait":   {25*time.Second - time.Nanosecond, 0, shop.ServiceProvisioning},
		"time for one wait":    {25 * time.Second, 5 * time.Second, shop.ServiceProvisioning},
		"time for all of them": {32 * time.Second, 12 * time.Second, shop.ServiceActive},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := following(t, 12*time.Second, func(t *testing.T, worker *shop.Worker, ref shop.JobRef) {
				begun := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), test.deadline)
				defer cancel()
				expectOK(t, worker.Follow(ctx, ref))
				expectSame(t, "it took", time.Since(begun), test.took)
			})
			s.expectOnly(t, test.status)
		})
	}
}

func TestFollowStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	s := following(t, time.Hour, func(t *testing.T, worker *shop.Worker, ref shop.JobRef) {
		begun := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(7*time.Second, cancel)
		expectOK(t, worker.Follow(ctx, ref))
		expectSame(t, "it took", time.Since(begun), 7*time.Second)
	})
	s.expectOnly(t, shop.ServiceProvisioning)
}

// A job that is settled, or somebody else's, needs no following.
func TestFollowNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t, works)
	ref, _ := s.oneJob(t)
	s.Work(t)
	expectOK(t, s.Worker.Follow(t.Context(), ref))
	expectSame(t, "attempts", s.job(t, ref).Attempts, 1)
}

// A provider that does not answer is left after 20 seconds, and tried again.
func TestProviderHangs(t *testing.T) {
	t.Parallel()
	s := following(t, 0, func(t *testing.T, worker *shop.Worker, ref shop.JobRef) {
		worker.Fulfilments = map[string]shop.Fulfilment{storetest.ServiceType: perform(func(ctx context.Context, service shop.Service, _ shop.Job) (shop.Outcome, error) {
			<-ctx.Done()
			return shop.Outcome{}, ctx.Err()
		})}
		begun := time.Now()
		again, err := worker.Run(t.Context(), ref)
		expectOK(t, err)
		expectSame(t, "it took", time.Since(begun), 20*time.Second)
		expectSame(t, "again", again > 0, true)
	})
	s.expectOnly(t, shop.ServiceProvisioning)
}
