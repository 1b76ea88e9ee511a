package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func expectSame(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	hundred := make([]time.Duration, 100)
	for i := range hundred {
		hundred[i] = time.Duration(i + 1)
	}
	for _, tt := range []struct {
		sorted        []time.Duration
		percent, want int
	}{
		{nil, 99, 0},
		{hundred[:1], 50, 1},
		{hundred[:2], 50, 1},
		{hundred[:3], 50, 2},
		{hundred[:3], 99, 3},
		{hundred, 50, 50},
		{hundred, 99, 99},
		{hundred, 100, 100},
		{hundred, 0, 1},
	} {
		if got := percentile(tt.sorted, tt.percent); got != time.Duration(tt.want) {
			t.Errorf("%d %% of %d are within %d, want %d", tt.percent, len(tt.sorted), got, tt.want)
		}
	}
}

// The tenths go by the ends of the pairs, in whatever order they were begun.
func TestResult(t *testing.T) {
	t.Parallel()
	var pairs []pair
	for i := range 20 {
		ended := time.Duration(20-i) * 100 * time.Millisecond
		if i == 0 {
			ended += time.Second // the last takes longer
		}
		pairs = append(pairs, pair{took: time.Duration(i+1) * time.Millisecond, ended: ended})
	}
	pairs = append(pairs, pair{took: time.Hour, ended: time.Hour, refusal: "sold_out"})
	r := resultOf(pairs)
	expectSame(t, "rates", []float64{r.rate, r.first, r.last}, []float64{20.0 / 3, 10, 2 / 1.2})
	expectSame(t, "durations", []time.Duration{r.p50, r.p99}, []time.Duration{10 * time.Millisecond, 20 * time.Millisecond})
	expectSame(t, "refusals", r.refusals, map[string]int{"sold_out": 1})
}

func TestTable(t *testing.T) {
	t.Parallel()
	this := result{
		connections: 8, accounts: 2, bought: []int{60, 40}, rate: 949, first: 1000, last: 900.04,
		p50: 1500 * time.Microsecond, p99: 12 * time.Millisecond, refusals: map[string]int{"b": 2, "a": 1}, inactive: 3,
		before: size{1_000_000, 20_000_000}, after: size{2_000_000, 22_500_000},
	}
	inMemory := result{connections: 1, accounts: 1, rate: 10}
	got := table([]row{{this, {rate: 1000}}, {inMemory}})
	want := `| connections | accounts | pairs a second | first tenth | last tenth | p50 | p99 | refused | not active | disk a pair | disk | memory a pair | memory | parent's pairs a second | of the parent's |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |
| 8 | 2 | 949.0 | 1000.0 | 900.0 | 1.5 ms | 12.0 ms | 1 a, 2 b | 3 | 10.0 kB | 2.0 MB | 25.0 kB | 22.5 MB | 1000.0 | 95 % |
| 1 | 1 | 10.0 | 0.0 | 0.0 | 0.0 ms | 0.0 ms | 0 | 0 | - | - | - | - |  |  |
`
	expectSame(t, "table", got, want)
	if alone := table([]row{{inMemory}}); strings.Contains(alone, "parent") {
		t.Errorf("without a parent:\n%s", alone)
	}
}

func TestVerdict(t *testing.T) {
	t.Parallel()
	parent := result{rate: 1000}
	if err := verdict([]row{{{rate: 950}, parent}, {{rate: 1}}}); err != nil {
		t.Error(err)
	}
	err := verdict([]row{{{rate: 949, connections: 8, accounts: 32}, parent}})
	if err == nil || err.Error() != "8 connections, 32 accounts: 94.9 % of the parent's rate, and 95 % is the least" {
		t.Error(err)
	}
}
