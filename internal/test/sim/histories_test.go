package sim

import (
	"flag"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

var (
	oneSeed  = flag.Uint64("seed", 0, "the one history to run, with its trace")
	howMany  = flag.Int("histories", 0, "how many histories to run; 0 is 1000")
	firstOne = flag.Uint64("first", 1, "the seed of the first of the histories, of both kinds")
)

// TestHistories runs many histories, each on a new and empty store, on all CPUs.
func TestHistories(t *testing.T) {
	t.Parallel()
	if *oneSeed != 0 {
		w := simulate(t, *oneSeed)
		t.Logf("%s", strings.Join(w.trace, "\n"))
		return
	}
	count := *howMany
	if count == 0 {
		count = 1000 // make proof runs 10,000
	}
	began := time.Now()
	var next, failed atomic.Int64
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for n := next.Add(1); n <= int64(count) && failed.Load() < 5; n = next.Add(1) {
				if w := simulate(t, *firstOne+uint64(n)-1); len(w.broken) > 0 {
					failed.Add(1)
				}
			}
		})
	}
	workers.Wait()
	t.Logf("%d histories, %.0f a second", count, float64(count)/time.Since(began).Seconds())
}

func simulate(t *testing.T, seed uint64) *world {
	w := newWorld(t, seed)
	w.play()
	for _, b := range w.broken {
		t.Errorf("seed %d: %s", seed, b)
	}
	if len(w.broken) > 0 {
		t.Errorf("to run it again: go test ./internal/test/sim -run TestHistories -seed=%d", seed)
	}
	return w
}

// TestSameSeedSameHistory: without it a failure could not be looked at twice.
func TestSameSeedSameHistory(t *testing.T) {
	t.Parallel()
	for seed := uint64(1); seed <= 40; seed++ {
		first, second := newWorld(t, seed), newWorld(t, seed)
		first.play()
		second.play()
		if first.traceHash() != second.traceHash() {
			t.Errorf("seed %d has two histories:\n%s", seed, firstDifference(first.trace, second.trace))
		}
	}
}

func firstDifference(a, b []string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] + "\n" + b[i]
		}
	}
	return "one is longer"
}
