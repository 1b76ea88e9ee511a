//go:build !race

// The race detector slows down what is guarded and what is handed over, and so
// changes the ratio.

package app

import (
	"testing"
	"time"
)

// TestRequestCost holds the store to a small multiple of a bare mux. The
// benchmark above tells the times; a test cannot, because machines differ.
func TestRequestCost(t *testing.T) {
	const most = 20
	for _, c := range costs(t) {
		x := ratio(c.store, c.bare)
		// A bare mux runs in one goroutine, and the store in several: a busy machine
		// slows down the one more than the other.
		for tries := 1; x > most && tries < 6; tries++ {
			x = min(x, ratio(c.store, c.bare))
		}
		if x > most {
			t.Errorf("%s costs %.1f times as much as a bare mux, and may cost %d times as much", c.name, x, most)
		} else {
			t.Logf("%s costs %.1f times as much as a bare mux", c.name, x)
		}
	}
}

// ratio compares the best of many short runs, taken in turn: whatever else the
// machine does can only make a run slower.
func ratio(a, b func()) float64 {
	const rounds, calls = 10, 500
	best := [2]time.Duration{time.Hour, time.Hour}
	for range rounds {
		for i, f := range [2]func(){a, b} {
			started := time.Now()
			for range calls {
				f()
			}
			best[i] = min(best[i], time.Since(started))
		}
	}
	return float64(best[0]) / float64(best[1])
}
