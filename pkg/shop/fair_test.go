package shop_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// owes is a store of jobs and their services, and of nothing else.
type owes struct {
	shop.JobStore
	mu   sync.Mutex
	jobs map[shop.JobRef]shop.Job
}

func (o *owes) add(account id.Account, n int, due time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for range n {
		job := shop.Job{
			ID: id.Job(fmt.Sprintf("job_%06d", len(o.jobs))), Account: account, Version: 1, Service: "svc_1", ServiceType: "slow",
			Intent: shop.Intent{Action: shop.ActionCreate}, Status: shop.JobDue, DueAt: due, CreatedAt: due,
		}
		o.jobs[shop.JobRef{Account: account, Job: job.ID}] = job
	}
}

// DueJobs lists the longest due first.
func (o *owes) DueJobs(_ context.Context, now time.Time) ([]shop.JobRef, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	var due []shop.Job
	for _, job := range o.jobs {
		if job.Status == shop.JobDue && !job.DueAt.After(now) {
			due = append(due, job)
		}
	}
	slices.SortFunc(due, func(a, b shop.Job) int {
		return cmp.Or(a.DueAt.Compare(b.DueAt), cmp.Compare(a.ID, b.ID))
	})
	refs := make([]shop.JobRef, len(due))
	for i, job := range due {
		refs[i] = shop.JobRef{Account: job.Account, Job: job.ID}
	}
	return refs, nil
}

func (o *owes) Job(_ context.Context, ref shop.JobRef) (shop.Job, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.jobs[ref], nil
}

func (o *owes) Service(_ context.Context, account id.Account, service id.Service) (shop.Service, error) {
	return shop.Service{ID: service, Account: account, ServiceType: "slow", Status: shop.ServiceProvisioning}, nil
}

func (o *owes) Commit(_ context.Context, c shop.Change) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, job := range c.Jobs {
		o.jobs[shop.JobRef{Account: job.Account, Job: job.ID}] = job
	}
	return nil
}

// slow is a provider that answers nobody, which takes as long as a call may take.
type slow struct {
	begun    func(id.Account)
	mu       sync.Mutex
	under    map[id.Account]int
	together map[id.Account]int // the most calls at once
}

func (s *slow) Perform(ctx context.Context, _ shop.Service, job shop.Job) (shop.Outcome, error) {
	s.begun(job.Account)
	s.mu.Lock()
	s.under[job.Account]++
	s.together[job.Account] = max(s.together[job.Account], s.under[job.Account])
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock()
	s.under[job.Account]--
	s.mu.Unlock()
	return shop.Outcome{}, errors.New("no answer")
}

// One account has thousands of jobs at a provider that does not answer; another one
// buys a server in the middle of that. Its job begins within a tick, a round and a call.
func TestAStormStarvesNobody(t *testing.T) {
	t.Parallel()
	const (
		storm, quiet = id.Account("acc_storm"), id.Account("acc_quiet")
		tick         = 250 * time.Millisecond
		atOnce       = 8
		most         = 26 * time.Second
	)
	for _, arrives := range []time.Duration{0, 3 * time.Second, time.Minute} {
		t.Run(arrives.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				store := &owes{jobs: make(map[shop.JobRef]shop.Job)}
				store.add(storm, 5000, start.Add(-time.Hour))
				var at time.Duration = -1
				provider := &slow{under: make(map[id.Account]int), together: make(map[id.Account]int), begun: func(account id.Account) {
					if account == quiet {
						at = time.Since(start)
					}
				}}
				w := &shop.Worker{
					Store: store, Now: time.Now, AtOnce: atOnce, Log: slog.New(slog.DiscardHandler),
					Fulfilments: map[string]shop.Fulfilment{"slow": provider},
				}
				bought := time.AfterFunc(arrives, func() { store.add(quiet, 1, time.Now()) })
				defer bought.Stop()
				for at < 0 && time.Since(start) < 10*time.Minute {
					time.Sleep(tick)
					if _, err := w.RunDue(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if waited := at - arrives; at < 0 || waited > most {
					t.Errorf("bought after %v, begun after %v", arrives, at)
				}
				if n := provider.together[storm]; n != atOnce/2 {
					t.Errorf("%d calls at once for one account", n)
				}
			})
		})
	}
}
