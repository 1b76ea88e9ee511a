package shop

import (
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
)

// Bill is what a service costs, and until when it is paid.
type Bill struct {
	// Term is how long a charge pays for, and Renewal what it costs.
	Term    Term
	Renewal money.Money
	// PaidFrom to PaidUntil is the time that the last charge has paid for, and Paid what
	// was paid for it: the basis of a refund. A setup fee is not in it.
	PaidFrom, PaidUntil time.Time
	Paid                int64
	// PaidAt is when it was paid.
	PaidAt time.Time
	// Ceiling is the most that is charged a month by the hour; zero is no ceiling. Of the
	// month that began at Month, MonthPaid is charged.
	Ceiling, MonthPaid int64
	Month              time.Time
	// Ends: there is no renewal, and the service ends at PaidUntil.
	Ends bool
	// Schedule is that of the item; nil for that of the term.
	Schedule *Schedule
	// Step is how many steps of the schedule were taken for PaidUntil.
	Step int
	// Declined is why the last charge has failed; empty where it has not.
	Declined fault.Code
	// Asked is the question to the members about the term that begins at PaidUntil; nil
	// where nobody was asked.
	Asked *RenewalAsked
}

// BillStatus says how a service stands with its bill.
type BillStatus string

// The statuses of a bill.
const (
	BillActive    BillStatus = "active"
	BillPastDue   BillStatus = "past_due"  // not paid, in its grace: the service goes on
	BillSuspended BillStatus = "suspended" // not paid, and the service is stopped until it is
	BillEnded     BillStatus = "ended"     // the service has ended, and is charged no more
)

// newBill is that of a service that was bought at that time for a share of a price.
func newBill(o Offer, at time.Time) Bill {
	price := o.Price
	renewal := money.Money{Minor: price.Renewal.Minor / int64(o.Quantity), Currency: price.Renewal.Currency}
	start := period.AddMonths(at, 0)
	return Bill{
		Term: price.Term, Renewal: renewal, PaidFrom: start, PaidUntil: price.Term.end(at, 1), Paid: renewal.Minor, PaidAt: at,
		Ceiling: o.Item.Ceiling, Month: start, MonthPaid: renewal.Minor, Schedule: o.Item.Schedule,
	}.warned(at)
}

// steps are those of its schedule.
func (b Bill) steps() []billStep {
	switch {
	case b.Schedule != nil:
		return b.Schedule.steps()
	case b.Term.Hours > 0:
		return hourlySteps()
	default:
		return monthlySteps()
	}
}

// warned is a bill of a term that has just been paid: no step is taken, but whatever
// there was to say before this moment is not said any more.
func (b Bill) warned(now time.Time) Bill {
	b.Step, b.Declined, b.Asked = b.warnings(now), "", nil
	return b
}

// warnings is how many warnings were due until now, whether they were given or not.
func (b Bill) warnings(now time.Time) int {
	for i, step := range b.steps() {
		if step.kind != stepWarn || b.PaidUntil.Add(step.after).After(now) {
			return i
		}
	}
	return 0 // there is a charge at least
}

// next is the step that comes next, and when; false where none is left.
func (b Bill) next() (step billStep, at time.Time, ok bool) {
	steps := b.steps()
	if b.Step >= len(steps) {
		return billStep{}, time.Time{}, false
	}
	step = steps[b.Step]
	return step, b.PaidUntil.Add(step.after), true
}

// overdue reports whether the term that was paid has ended.
func (b Bill) overdue(now time.Time) bool { return !now.Before(b.PaidUntil) }

// charge is what the time from PaidUntil to end costs, which lies in one term; created is
// when the service was bought. A part of a term is rounded up, as what is given back is
// rounded down.
func (b Bill) charge(created, end time.Time) int64 {
	begin, whole := b.Term.around(created, b.PaidUntil)
	unused := b.PaidUntil.Sub(begin) + whole.Sub(end)
	minor := b.Renewal.Minor - b.Renewal.Share(int64(unused/time.Second), int64(whole.Sub(begin)/time.Second)).Minor
	if b.Ceiling > 0 {
		minor = min(minor, max(b.Ceiling-b.monthPaid(created), 0))
	}
	return minor
}

// monthPaid is what is charged already in the month in which PaidUntil lies.
func (b Bill) monthPaid(created time.Time) int64 {
	if begin, _ := (Term{Months: 1}).around(created, b.PaidUntil); !begin.Equal(b.Month) {
		return 0
	}
	return b.MonthPaid
}

// paid is the bill after a charge for the time up to end.
func (b Bill) paid(created, end time.Time, minor int64, now time.Time) Bill {
	b.MonthPaid = b.monthPaid(created) + minor
	b.Month, _ = (Term{Months: 1}).around(created, b.PaidUntil)
	b.PaidFrom, b.PaidUntil, b.Paid, b.PaidAt = b.PaidUntil, end, minor, now
	return b.warned(now)
}

// added is the bill after more was paid for the rest of the term, from a time on.
func (b Bill) added(minor int64, at time.Time) Bill {
	at = period.AddMonths(at, 0)
	b.Paid = b.unused(at) + minor
	if at.After(b.PaidFrom) {
		b.PaidFrom = at
	}
	return b
}

// unused is what of the last charge was paid for the time from at on, in whole seconds,
// rounded down. Of an hour that has begun nothing is left.
func (b Bill) unused(at time.Time) int64 {
	left, whole := int64(b.PaidUntil.Sub(at)/time.Second), int64(b.PaidUntil.Sub(b.PaidFrom)/time.Second)
	if b.Term.Hours > 0 {
		left = (left - 1) / 3600 * 3600 // it begins with its first moment
	}
	if left <= 0 || whole <= 0 {
		return 0
	}
	return money.Money{Minor: b.Paid}.Share(min(left, whole), whole).Minor
}
