package shop

import (
	"cmp"
	"sync"
	"time"

	"agentstore/pkg/sorting"
)

// Schedule is what happens around the end of a term that is paid, until the next one is.
type Schedule struct {
	// Warn is how long before the end members are warned.
	Warn []time.Duration
	// Retry is how long after the end a charge that has failed is tried again.
	Retry []time.Duration
	// Grace is how long after the end the service goes on, and Suspended how long after
	// that it is kept until it is deleted.
	Grace, Suspended time.Duration
}

const day = 24 * time.Hour

// The steps of the schedules of items that have none of their own. They are put in order
// once, because whatever is done with a service looks at them.
var (
	monthlySteps = sync.OnceValue(Schedule{
		Warn: []time.Duration{7 * day, day}, Retry: []time.Duration{time.Hour, 6 * time.Hour, day, 2 * day},
		Grace: 3 * day, Suspended: 7 * day,
	}.steps)
	hourlySteps = sync.OnceValue(Schedule{
		Retry: []time.Duration{time.Hour, 6 * time.Hour, day, 2 * day}, Grace: 6 * time.Hour, Suspended: day,
	}.steps)
)

// stepKind is one thing that happens around the end of a term.
type stepKind int

const (
	stepWarn stepKind = iota
	stepCharge
	stepSuspend
	stepDelete
)

// billStep is a step, and how long after the end of the term it is due.
type billStep struct {
	kind  stepKind
	after time.Duration
}

// steps are in the order in which they are due. Charges that would be due after the
// service is deleted are none.
func (s Schedule) steps() []billStep {
	steps := []billStep{{stepCharge, 0}, {stepSuspend, s.Grace}, {stepDelete, s.Grace + s.Suspended}}
	for _, before := range s.Warn {
		steps = append(steps, billStep{stepWarn, -before})
	}
	for _, after := range s.Retry {
		if after < s.Grace+s.Suspended {
			steps = append(steps, billStep{stepCharge, after})
		}
	}
	sorting.By(steps, func(a, b billStep) int {
		return cmp.Or(cmp.Compare(a.after, b.after), cmp.Compare(a.kind, b.kind))
	})
	return steps
}
