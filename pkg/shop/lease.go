package shop

import (
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/period"
)

// Lease is how long a service may live, whatever is paid. It is fixed by the quote and
// written in the transaction of the purchase, and protection does not stop it.
type Lease struct {
	ExpiresAt time.Time
	OnExpiry  OnExpiry
	// Expired: what OnExpiry says was begun.
	Expired bool
}

// OnExpiry is what happens with a service whose lease has expired.
type OnExpiry string

// The ways in which a lease ends. A stopped service is kept, and not renewed: it enters
// its grace when its term ends.
const (
	ExpiryStop   OnExpiry = "stop"
	ExpiryDelete OnExpiry = "delete"
)

// The bounds of a lease, from the moment of its quote.
const (
	minLease = time.Hour
	maxYears = 5
)

// LeaseOrder is the lease that is asked for: for a while from the purchase on, or until
// a moment.
type LeaseOrder struct {
	After    period.Period // zero for a moment
	At       time.Time     // zero for a while
	OnExpiry OnExpiry
}

// ends is when a lease expires that begins at a time.
func (o LeaseOrder) ends(begin time.Time) time.Time {
	if o.At.IsZero() {
		return o.After.After(begin)
	}
	return o.At.UTC()
}

// lease is the lease of what is bought at a time; nil without an order.
func (o *LeaseOrder) lease(at time.Time) *Lease {
	if o == nil {
		return nil
	}
	return &Lease{ExpiresAt: o.ends(at), OnExpiry: o.OnExpiry}
}

// param is the field that asks for it.
func (o LeaseOrder) param() string {
	if o.At.IsZero() {
		return "$.expiresAfter"
	}
	return "$.expiresAt"
}

// LeaseFrom is the lease of what is bought by the offer at a time; nil for none.
func (o Offer) LeaseFrom(at time.Time) *Lease { return o.Lease.lease(at) }

// check refuses a lease that is over before it begins, and one that nobody means.
func (o *LeaseOrder) check(now time.Time) error {
	if o == nil {
		return nil
	}
	param, ends := o.param(), o.ends(now)
	switch {
	case ends.Before(now.Add(minLease).Truncate(time.Second)):
		return fault.InvalidParam(param, "must leave the service an hour at least").
			Fix("Send %s of at least an hour from now.", param)
	case ends.After(period.AddMonths(now, 12*maxYears)):
		return fault.InvalidParam(param, "must be within %d years", maxYears).
			Fix("Send an earlier %s, or none: a service without one is renewed until it is cancelled.", param)
	}
	return nil
}

// expires reports whether the lease ends now.
func (l *Lease) expires(now time.Time) bool {
	return l != nil && !l.Expired && !now.Before(l.ExpiresAt)
}

// IsExpired reports whether the lease has ended and left the service.
func (l *Lease) IsExpired() bool { return l != nil && l.Expired }

// within is a moment, or the end of the lease if that is earlier.
func (l *Lease) within(at time.Time) time.Time {
	if l != nil && l.ExpiresAt.Before(at) {
		return l.ExpiresAt
	}
	return at
}

// RefundAt is what would come back of the term that is paid when the lease ends of what
// is bought at a time, in the minor unit, for all units: nothing where it is only stopped.
// A lease that is longer than the first term has its last charge end with it.
func (o Offer) RefundAt(at time.Time, lease Lease) int64 {
	if lease.OnExpiry != ExpiryDelete || o.Action != nil {
		return 0
	}
	return newBill(o, at).unused(lease.ExpiresAt) * int64(o.Quantity)
}
