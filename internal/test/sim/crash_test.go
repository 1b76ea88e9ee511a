package sim

import (
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// TestEveryCrashPoint buys two servers, of which the provider refuses one, and
// restarts the other. The process dies at one point, and then at each pair of
// points, before or after any single write or provider call. Whoever was waiting
// asks again; workers and their leases do the rest.
func TestEveryCrashPoint(t *testing.T) {
	t.Parallel()
	none := buyAndRestart(t, refusing, nil)
	if len(none.broken) > 0 || none.points == 0 {
		t.Fatalf("without a crash: %d points, %q", none.points, none.broken)
	}
	// The points of a run are numbered as it meets them, so those behind a crash
	// are of the run with that crash.
	var firsts, pairs [][]int
	for i := range none.points {
		firsts = append(firsts, []int{i})
	}
	var mu sync.Mutex
	eachOf(firsts, func(crashes []int) {
		points := crash(t, refusing, crashes)
		mu.Lock()
		defer mu.Unlock()
		for j := crashes[0] + 1; j < points; j++ {
			pairs = append(pairs, []int{crashes[0], j})
		}
	})
	// The order in which they were found is of no use, and differs.
	slices.SortFunc(pairs, slices.Compare)
	switch {
	case *allPairs:
	case os.Getenv("CI") == "true":
		pairs = everyNth(pairs, 4)
	default:
		pairs = everyNth(pairs, 7)
	}
	eachOf(pairs, func(crashes []int) { crash(t, refusing, crashes) })
	t.Logf("%d points, %d pairs", len(firsts), len(pairs))
}

// TestEveryCrashPointOfSilence is the same with a provider that makes the second
// server and never says so. It is given up, paid back, and deleted.
func TestEveryCrashPointOfSilence(t *testing.T) {
	t.Parallel()
	none := buyAndRestart(t, silent, nil)
	if len(none.broken) > 0 || none.points == 0 {
		t.Fatalf("without a crash: %d points, %q", none.points, none.broken)
	}
	var points [][]int
	for i := range none.points {
		points = append(points, []int{i})
	}
	eachOf(points, func(crashes []int) { crash(t, silent, crashes) })
	t.Logf("%d points", len(points))
}

// crash runs the scenario with these crashes, and returns its number of points.
func crash(t *testing.T, how unwilling, crashes []int) int {
	run := buyAndRestart(t, how, crashes)
	if len(run.broken) > 0 {
		t.Errorf("with crashes at %v of %d points:\n%s\nafter\n%s", crashes, run.points,
			strings.Join(run.broken, "\n"), strings.Join(run.trace, "\n"))
	}
	return run.points
}

// allPairs is what make proof asks for.
var allPairs = flag.Bool("pairs", false, "all pairs of crashes, and not only every fourth or seventh")

func everyNth[T any](all []T, n int) []T {
	var some []T
	for i := 0; i < len(all); i += n {
		some = append(some, all[i])
	}
	return some
}

// eachOf calls do for each, on all CPUs.
func eachOf[T any](all []T, do func(T)) {
	work := make(chan T)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for one := range work {
				do(one)
			}
		})
	}
	for _, one := range all {
		work <- one
	}
	close(work)
	workers.Wait()
}

// scenario is a run in which processes die at numbered points: two for each call,
// before it and after it.
type scenario struct {
	*world
	crashes []int
	points  int
}

// unwilling is how the provider does not deliver the second server.
type unwilling int

const (
	refusing unwilling = iota
	silent
)

func buyAndRestart(t *testing.T, how unwilling, crashes []int) *scenario {
	s := &scenario{world: newWorld(t, 1), crashes: crashes}
	s.decide = s.die
	isSecond := func(spec server.Spec) bool { return strings.HasSuffix(spec.Hostname, "-2") }
	if how == refusing {
		s.refuses = isSecond
	} else {
		s.silent = isSecond
	}
	m := s.model
	agent := m.agents[0]
	f := m.newFunding(agent.Account(), 100_000)
	s.until("funded", func() bool { return f.done }, func() *process { return s.pay(f, traits{}) })
	s.ask(m.askQuote(agent, s.catalog.Items[0].ID, 2))
	if len(m.quotes) == 1 {
		// The agent's own process tries the jobs, and may die there too.
		buy := m.askBuyQuote(agent, m.quotes[0].ID)
		s.until("bought", func() bool { return buy.settled }, func() *process { return s.deliver(buy, traits{kick: true}) })
	}
	s.workUntilDone()
	for _, active := range s.activeServices() {
		s.ask(m.askRestart(agent, active.ID))
	}
	s.workUntilDone()
	// A reconciler would hide a server that nobody has deleted.
	s.checkOutcome()
	s.settle()
	s.check()
	return s
}

// die counts the points, and has the process die where it shall.
func (s *scenario) die(c call) verdict {
	if c.kind == callSleep {
		return verdict{}
	}
	n := s.points
	s.points += 2
	switch {
	case slices.Contains(s.crashes, n):
		s.note("dies before %s", c.name)
		return verdict{moment: before, err: errDead, dies: true}
	case slices.Contains(s.crashes, n+1):
		s.note("dies after %s", c.name)
		return verdict{moment: after, err: errDead, dies: true}
	}
	return verdict{}
}

func (s *scenario) ask(r *request) {
	s.until(r.operation+" answered", func() bool { return r.settled }, func() *process { return s.deliver(r, traits{}) })
}

// until tries again, with a new process, until it is so.
func (s *scenario) until(what string, isSo func() bool, try func() *process) {
	for range 1 + len(s.crashes) {
		if !isSo() {
			s.step++
			s.run(try())
		}
	}
	if !isSo() {
		s.breaks("a retry succeeds", "it is not %s", what)
	}
}

func (s *scenario) activeServices() []shop.Service {
	services, _, err := s.table.Services(context.Background(), s.model.agents[0].Account(), shop.Page{Limit: 10})
	if err != nil {
		s.breaks("services can be read", "%v", err)
	}
	return slices.DeleteFunc(services, func(one shop.Service) bool { return one.Status != shop.ServiceActive })
}

// checkOutcome: whatever died, the end is the one of a run without a crash.
func (s *scenario) checkOutcome() {
	books := s.books(s.model.agents[0].Account())
	got := fmt.Sprint(len(books.Purchases), " purchase, ", len(books.Entries), " entries, ", len(s.cloud.all()), " server, ", len(s.cloud.executed), " restart")
	if want := "1 purchase, 3 entries, 1 server, 1 restart"; got != want {
		s.breaks("a crash changes nothing", "there are %s, not %s", got, want)
	}
}
