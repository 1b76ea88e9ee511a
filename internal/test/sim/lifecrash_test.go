package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"agentstore/pkg/period"
	"agentstore/pkg/shop"
)

// TestEveryCrashPointOfALife has a server live for a month and ten days: it is charged for
// a second month, is stopped because that is not paid, goes on when it is, and ends with
// its lease. The process dies at one point, and at pairs of points.
func TestEveryCrashPointOfALife(t *testing.T) {
	t.Parallel()
	everyCrash(t, 2, wholeLife)
}

// everyCrash runs a scenario without a crash, with one at each of its points, and with
// every nth pair of them in CI, half as many otherwise.
func everyCrash(t *testing.T, nth int, run func(t *testing.T, crashes []int) *scenario) {
	t.Helper()
	none := run(t, nil)
	if len(none.broken) > 0 || none.points == 0 {
		t.Fatalf("without a crash: %d points, %q\n%s", none.points, none.broken, strings.Join(none.trace, "\n"))
	}
	var firsts, pairs [][]int
	for i := range none.points {
		firsts = append(firsts, []int{i})
	}
	var mu sync.Mutex
	crashed := func(crashes []int) int {
		run := run(t, crashes)
		if len(run.broken) > 0 {
			t.Errorf("with crashes at %v of %d points:\n%s\nafter\n%s", crashes, run.points, strings.Join(run.broken, "\n"), strings.Join(run.trace, "\n"))
		}
		return run.points
	}
	eachOf(firsts, func(crashes []int) {
		points := crashed(crashes)
		mu.Lock()
		defer mu.Unlock()
		for j := crashes[0] + 1; j < points; j++ {
			pairs = append(pairs, []int{crashes[0], j})
		}
	})
	slices.SortFunc(pairs, slices.Compare)
	switch {
	case *allPairs:
	case os.Getenv("CI") == "true":
		pairs = everyNth(pairs, nth)
	default:
		pairs = everyNth(pairs, 2*nth)
	}
	eachOf(pairs, func(crashes []int) { crashed(crashes) })
	t.Logf("%d points, %d pairs", len(firsts), len(pairs))
}

func wholeLife(t *testing.T, crashes []int) *scenario {
	s := &scenario{world: newWorld(t, 1), crashes: crashes}
	s.decide = s.die
	s.catalog.Items[0].Schedule = &shop.Schedule{Warn: []time.Duration{time.Hour}, Retry: []time.Duration{time.Hour}, Grace: 2 * time.Hour, Suspended: 9 * time.Hour}
	s.putCatalog()
	m := s.model
	agent, item := m.agents[0], s.catalog.Items[0]
	pay := func(minor int64) {
		f := m.newFunding(agent.Account(), minor)
		s.until("funded", func() bool { return f.done }, func() *process { return s.pay(f, traits{}) })
	}
	pay(item.Price.Minor)
	s.ask(m.ask(agent, quoteCreate, "leased", func(ctx context.Context, p *process, r *request) (shop.Response, error) {
		o := order(item.ID, 1)
		o.Lease = &shop.LeaseOrder{After: period.Period{Months: 1, Seconds: 10 * 86400}, OnExpiry: shop.ExpiryDelete}
		o.Labels = []string{"run=42"}
		return p.shop.CreateQuote(ctx, r.caller(), o, once[shop.Quoted](r))
	}))
	if len(m.quotes) == 1 {
		s.ask(m.askBuyQuote(agent, m.quotes[0].ID))
	}
	s.workUntilDone()
	s.pass(28*24*time.Hour + 3*time.Hour) // it is stopped
	pay(item.Price.Minor)
	s.pass(2 * time.Hour)
	s.pass(10 * 24 * time.Hour)
	books := s.books(agent.Account())
	got := fmt.Sprint(len(books.Purchases), " purchase, ", len(books.Entries), " entries, ", len(s.cloud.all()), " servers, ", books.Services[0].End)
	month, part := int64(31*86400), int64(10*86400)
	price := item.Price.Minor - item.Price.Share(month-part, month).Minor
	if e := books.Services[0].End; e == nil || len(books.Entries) != 4 || len(s.cloud.all()) != 0 || books.Wallet.Balance.Minor != item.Price.Minor-price {
		s.breaks("a crash changes nothing", "there are %s, and %s", got, books.Wallet.Balance)
	}
	s.settle()
	s.check()
	return s
}

// pass lets time pass, with the scheduled work at each moment at which something is due.
func (s *scenario) pass(d time.Duration) {
	for until := s.clock.now().Add(d); s.clock.now().Before(until); {
		next := until
		services, _, err := s.table.Services(context.Background(), s.model.agents[0].Account(), shop.Page{Limit: 10})
		if err != nil {
			s.breaks("services can be read", "%v", err)
		}
		for _, one := range services {
			if !one.DueAt.IsZero() && one.DueAt.Before(next) {
				next = one.DueAt
			}
		}
		jobs, err := s.table.DueJobs(context.Background(), until)
		if err != nil {
			s.breaks("jobs can be read", "%v", err)
		}
		for _, ref := range jobs {
			if job, err := s.table.Job(context.Background(), ref); err == nil && job.DueAt.Before(next) {
				next = job.DueAt
			}
		}
		s.clock.advance(max(next.Sub(s.clock.now()), 0))
		s.step++
		before := s.points
		s.run(s.newProcess("schedule", traits{}, func(ctx context.Context, p *process) {
			_, err := p.worker.RunServices(ctx)
			_, jobs := p.worker.RunDue(ctx)
			s.note("schedule: %v", errors.Join(err, jobs))
		}))
		if s.points == before && !next.Equal(until) {
			s.clock.advance(time.Minute) // it was due, and somebody has it
		}
	}
}
