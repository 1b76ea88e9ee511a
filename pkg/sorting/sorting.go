// Package sorting sorts by one copy of the algorithm for all types. Package slices has one
// for each, which the pages alone would link thirty times.
package sorting

import (
	"iter"
	"slices"
	"sort"
)

// By sorts by cmp, and leaves what is equal as it stands.
func By[S ~[]T, T any](s S, cmp func(a, b T) int) { sort.Stable(sortable[T]{s, cmp}) }

// Collect collects what comes, and sorts it.
func Collect[T any](all iter.Seq[T], cmp func(a, b T) int) []T {
	s := slices.Collect(all)
	By(s, cmp)
	return s
}

type sortable[T any] struct {
	s   []T
	cmp func(a, b T) int
}

func (b sortable[T]) Len() int           { return len(b.s) }
func (b sortable[T]) Less(i, j int) bool { return b.cmp(b.s[i], b.s[j]) < 0 }
func (b sortable[T]) Swap(i, j int)      { b.s[i], b.s[j] = b.s[j], b.s[i] }
