package sorting_test

import (
	"cmp"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"agentstore/pkg/sorting"
)

// It sorts as package slices does.
func TestSort(t *testing.T) {
	t.Parallel()
	type pair struct{ by, place int }
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfN(rapid.IntRange(0, 9), 0, 60).Draw(t, "numbers")
		pairs := make([]pair, len(numbers))
		for i, n := range numbers {
			pairs[i] = pair{n, i}
		}
		compare := func(a, b pair) int { return cmp.Compare(a.by, b.by) }
		want := slices.Clone(pairs)
		slices.SortStableFunc(want, compare)
		sorting.By(pairs, compare)
		if !slices.Equal(pairs, want) {
			t.Fatalf("%v, want %v", pairs, want)
		}
	})
	if got := sorting.Collect(maps.Keys(map[int]bool{3: true, 1: true, 2: true}), cmp.Compare[int]); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("sorted: %v", got)
	}
}
