package shop

import (
	"time"

	"agentstore/pkg/period"
)

// Term is a billing term, paid in advance at a discount: some months, or an hour.
type Term struct {
	Months          int
	DiscountPercent int
	Hours           int
}

// end is when the k-th term of something that began at start ends: after whole months of
// the calendar from its first day, or after whole hours from its own minute.
func (t Term) end(start time.Time, k int) time.Time {
	if t.Hours > 0 {
		return period.AddMonths(start, 0).Add(time.Duration(k*t.Hours) * time.Hour)
	}
	return period.AddMonths(start, k*t.Months)
}

// End is when a term ends that begins at a time.
func (t Term) End(start time.Time) time.Time { return t.end(start, 1) }

// around are the ends of the terms of something that began at start between which a time
// lies; a time at an end begins the next term.
func (t Term) around(start, at time.Time) (begin, end time.Time) {
	if t.Hours > 0 {
		k := int(at.Sub(t.end(start, 0)) / (time.Duration(t.Hours) * time.Hour))
		return t.end(start, k), t.end(start, k+1)
	}
	// A service that was bought before its term was kept is looked at as if by the month.
	t.Months = max(t.Months, 1)
	// From below, because the ends of months are not evenly apart.
	k := max(int(at.Sub(start)/(31*24*time.Hour))/t.Months-1, 0)
	for !t.end(start, k+1).After(at) {
		k++
	}
	return t.end(start, k), t.end(start, k+1)
}
