package local

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// noJobs is a table without due jobs. It counts how often it is asked.
type noJobs struct {
	shop.JobStore
	asked, lives atomic.Int64
	err          error
	wait         time.Duration
}

func (n *noJobs) DueJobs(ctx context.Context, _ time.Time) ([]shop.JobRef, error) {
	n.asked.Add(1)
	select {
	case <-time.After(n.wait):
		return nil, n.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// DueServices: nothing lives. It counts how often it is asked.
func (n *noJobs) DueServices(context.Context, time.Time) ([]shop.ServiceKey, error) {
	n.lives.Add(1)
	return nil, nil
}

// UnscheduledServices: nothing lives.
func (*noJobs) UnscheduledServices(context.Context) ([]shop.ServiceKey, error) { return nil, nil }

// DueCancellations: nothing is cancelled.
func (*noJobs) DueCancellations(context.Context, time.Time) ([]shop.CancellationKey, error) {
	return nil, nil
}

// Holding: nothing holds.
func (*noJobs) Holding(context.Context) ([]shop.Seat, error) { return nil, nil }

// HeldQuestions: none holds anything.
func (*noJobs) HeldQuestions(context.Context, time.Time) ([]shop.HeldQuestion, error) {
	return nil, nil
}

// noServices is a table without services. It counts how often it is asked.
type noServices struct {
	shop.ReconcileStore
	asked, swept atomic.Int64
	err          error
}

// sweep counts as well.
func (n *noServices) sweep(context.Context) error {
	n.swept.Add(1)
	return n.err
}

func (n *noServices) LiveServices(context.Context) ([]shop.ServiceKey, error) {
	n.asked.Add(1)
	return nil, n.err
}

// start works until stop is called, which returns when the work has ended.
func start(t *testing.T, jobs *noJobs, services *noServices, log *strings.Builder) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	logger := slog.New(slog.NewJSONHandler(log, nil))
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		Work(ctx,
			&shop.Worker{Store: jobs, Now: time.Now, Log: logger},
			&shop.Reconciler{Store: services, Now: time.Now, Log: logger},
			services.sweep, logger)
	}()
	return func() {
		cancel()
		<-ended
	}
}

func expectCount(t *testing.T, what string, got *atomic.Int64, want int64) {
	t.Helper()
	if got.Load() != want {
		t.Errorf("%s: %d times, want %d", what, got.Load(), want)
	}
}

// It looks for due jobs at each tick, compares once a quarter of an hour, and stops when it
// is told to.
func TestWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var jobs noJobs
		var services noServices
		var log strings.Builder
		stop := start(t, &jobs, &services, &log)
		time.Sleep(reconcileEvery - time.Millisecond)
		expectCount(t, "due jobs in nearly a quarter of an hour", &jobs.asked, int64(reconcileEvery/tick)-1)
		expectCount(t, "services in nearly a quarter of an hour", &services.asked, 0)
		time.Sleep(tick)
		expectCount(t, "due jobs in a quarter of an hour and a tick", &jobs.asked, int64(reconcileEvery/tick))
		expectCount(t, "services in a quarter of an hour and a tick", &services.asked, 1)
		expectCount(t, "lives in a quarter of an hour and a tick", &jobs.lives, int64(reconcileEvery/liveEvery))
		expectCount(t, "sweeps in a quarter of an hour and a tick", &services.swept, int64(reconcileEvery/sweepEvery))
		stop()
		before := jobs.asked.Load()
		time.Sleep(time.Hour)
		expectCount(t, "due jobs after the end", &jobs.asked, before)
	})
}

// A failure is said and does not end the work.
func TestWorkGoesOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jobs, services := noJobs{err: errors.New("no jobs today")}, noServices{err: errors.New("no services today")}
		var log strings.Builder
		stop := start(t, &jobs, &services, &log)
		time.Sleep(2*reconcileEvery + time.Millisecond)
		stop()
		expectCount(t, "services", &services.asked, 2)
		if strings.Count(log.String(), "no jobs today") != int(jobs.asked.Load()) || strings.Count(log.String(), "no services today") != int(services.asked.Load()+services.swept.Load()) {
			t.Errorf("asked %d times for jobs; the log is %s", jobs.asked.Load(), log.String())
		}
	})
}

// What was begun is finished: stopping does not cancel it.
func TestWorkIsFinished(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jobs := noJobs{wait: time.Second, err: errors.New("at the end")}
		var log strings.Builder
		stop := start(t, &jobs, &noServices{}, &log)
		time.Sleep(tick + time.Millisecond)
		began := time.Now()
		stop()
		if waited := time.Since(began); waited != time.Second-time.Millisecond {
			t.Errorf("stopping took %v", waited)
		}
		if !strings.Contains(log.String(), "at the end") {
			t.Errorf("the log is %s", log.String())
		}
	})
}

// What does not end by itself is cut off: the store stops within a bounded time.
func TestWorkIsCutOff(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		jobs := noJobs{wait: time.Hour}
		var log strings.Builder
		stop := start(t, &jobs, &noServices{}, &log)
		time.Sleep(tick + time.Millisecond)
		began := time.Now()
		stop()
		if waited := time.Since(began); waited != finishTime {
			t.Errorf("stopping took %v", waited)
		}
		if !strings.Contains(log.String(), context.Canceled.Error()) {
			t.Errorf("the log is %s", log.String())
		}
	})
}

// bought is a store with a job for each unit of a purchase.
func bought(t *testing.T, units int) (s *storetest.Store, jobs []shop.JobRef) {
	t.Helper()
	s = storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true})
	order := storetest.Order()
	order["quantity"], order["idempotencyKey"] = units, "k"
	s.Call(t, "POST", storetest.Purchases, order)
	jobs, err := s.Table.DueJobs(t.Context(), s.Clock.Now())
	if err != nil || len(jobs) != units {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	return s, jobs
}

func statuses(t *testing.T, s *storetest.Store) map[shop.ServiceStatus]int {
	t.Helper()
	services, _, err := s.Table.Services(t.Context(), s.Agent.Account(), shop.Page{Limit: shop.MaxPage})
	if err != nil {
		t.Fatal(err)
	}
	n := make(map[shop.ServiceStatus]int)
	for _, service := range services {
		n[service.Status]++
	}
	return n
}

// A caller who hangs up does not stop the work for a purchase that was made.
func TestKickOutlivesItsCaller(t *testing.T) {
	t.Parallel()
	s, jobs := bought(t, 3)
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	kick(s.Worker, slog.New(slog.DiscardHandler))(gone, jobs)
	if n := statuses(t, s); n[shop.ServiceActive] != 3 {
		t.Errorf("the services are %v", n)
	}
}

// A job that fails is said, and does not keep the others back.
func TestKickGoesOn(t *testing.T) {
	t.Parallel()
	s, jobs := bought(t, 2)
	var log strings.Builder
	missing := shop.JobRef{Account: s.Agent.Account(), Job: "job_x"}
	kick(s.Worker, slog.New(slog.NewJSONHandler(&log, nil)))(t.Context(), append([]shop.JobRef{missing}, jobs...))
	if n := statuses(t, s); n[shop.ServiceActive] != 2 {
		t.Errorf("the services are %v", n)
	}
	if !strings.Contains(log.String(), `"jobId":"job_x"`) || strings.Count(log.String(), "\n") != 1 {
		t.Errorf("the log is %s", log.String())
	}
}

// The demo's wallet is filled once, however often the store starts, and with what.
func TestFundDemo(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Funds: -1})
	demo := app.Shop(app.Config{}, s.Table)
	w, err := FundDemo(t.Context(), demo, money.Money{})
	if err != nil || w.Version != 0 || w.Account != demoAgent.Account() || w.Balance.String() != "0" {
		t.Errorf("without a credit the wallet is %+v, %v", w, err)
	}
	credit := money.Money{Minor: math.MaxInt64, Currency: "eur"}
	for _, c := range []money.Money{credit, credit, {Minor: 1, Currency: "usd"}, {}} {
		w, err := FundDemo(t.Context(), demo, c)
		if err != nil || w.Balance != credit || w.Version != 1 || w.Account != demoAgent.Account() || !id.ValidAgent(demoAgent) {
			t.Errorf("the wallet is %+v, %v", w, err)
		}
	}
}
