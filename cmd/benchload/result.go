package main

import "time"

// result is what a store has carried in one row.
type result struct {
	connections, accounts int
	bought                []int   // by account
	rate, first, last     float64 // pairs bought in a second: in all, and in the first and the last tenth
	p50, p99              time.Duration
	refusals              map[string]int // by code
	inactive              int            // services that were paid and are not active
	before, after         size
}

// resultOf reads the rates and the durations off the pairs. What was refused is not
// carried: it counts as a refusal alone.
func resultOf(pairs []pair) result {
	r := result{refusals: make(map[string]int)}
	var bought []pair
	for _, p := range pairs {
		if p.refusal == "" {
			bought = append(bought, p)
		} else {
			r.refusals[p.refusal]++
		}
	}
	ends := sorted(bought, func(p pair) time.Duration { return p.ended })
	took := sorted(bought, func(p pair) time.Duration { return p.took })
	r.p50, r.p99 = percentile(took, 50), percentile(took, 99)
	tenth := len(ends) / 10
	r.rate, r.first, r.last = rate(ends, 0, len(ends)), rate(ends, 0, tenth), rate(ends, len(ends)-tenth, len(ends))
	return r
}

// percentile is the smallest that so many percent of the sorted do not exceed; zero
// of none.
func percentile(sorted []time.Duration, percent int) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := (len(sorted)*percent + 99) / 100
	return sorted[max(rank, 1)-1]
}

// rate is how many pairs ended in a second, of those from one to another in the
// order of their ends.
func rate(ends []time.Duration, from, to int) float64 {
	if from >= to {
		return 0
	}
	var begun time.Duration
	if from > 0 {
		begun = ends[from-1]
	}
	return float64(to-from) / (ends[to-1] - begun).Seconds()
}

// row is what each build has carried of one row: this one, and its parent where
// there is one.
type row []result

// ratio is this build's rate beside its parent's.
func (r row) ratio() (float64, bool) {
	if len(r) < 2 || r[1].rate == 0 {
		return 0, false
	}
	return r[0].rate / r[1].rate, true
}
