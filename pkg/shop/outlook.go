package shop

import (
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// Outlook is what says when a service is charged next and how much, and what follows as
// long as it is paid and nobody changes anything. It is kept where services are found by
// their status, so that what all of an account are charged is read without the services.
// A renewal that is paid follows from it, so that nothing is written there: what is, is
// every other change.
type Outlook struct {
	CreatedAt time.Time
	Term      Term
	Renewal   money.Money
	PaidUntil time.Time
	// Ceiling, Month and MonthPaid are those of the bill.
	Ceiling, MonthPaid int64
	Month              time.Time
	// Ends: there is no renewal.
	Ends bool
	// LeaseEnds and Expired are those of the lease; zero for none.
	LeaseEnds time.Time
	Expired   bool
	// Late: the term that began at PaidUntil was not paid when the service was written.
	// Nothing follows until it is.
	Late bool
}

// Foretold is a service that lives, by its outlook.
type Foretold struct {
	Service id.Service
	Outlook Outlook
}

// Outlook is that of a service as it is written.
func (s Service) Outlook() Outlook {
	o := Outlook{
		CreatedAt: s.CreatedAt, Term: s.Bill.Term, Renewal: s.Bill.Renewal, PaidUntil: s.Bill.PaidUntil,
		Ends: s.Bill.Ends, Late: s.Bill.overdue(s.UpdatedAt),
	}
	if s.Bill.Ceiling > 0 {
		o.Ceiling, o.MonthPaid, o.Month = s.Bill.Ceiling, s.Bill.MonthPaid, s.Bill.Month
	}
	if s.Lease != nil {
		o.LeaseEnds, o.Expired = s.Lease.ExpiresAt, s.Lease.Expired
	}
	return o
}

// service is as much of a service as its charges are counted by.
func (o Outlook) service(of id.Service) Service {
	s := Service{ID: of, Status: ServiceActive, CreatedAt: o.CreatedAt, Bill: Bill{
		Term: o.Term, Renewal: o.Renewal, PaidUntil: o.PaidUntil, Ceiling: o.Ceiling, MonthPaid: o.MonthPaid, Month: o.Month, Ends: o.Ends,
	}}
	if !o.LeaseEnds.IsZero() {
		s.Lease = &Lease{ExpiresAt: o.LeaseEnds, Expired: o.Expired}
	}
	return s
}

// at is the outlook once all terms are paid that begin until a time.
func (o Outlook) at(until time.Time) Outlook {
	s := o.service("")
	if o.Late || s.RenewsAt().IsZero() || s.Lease.IsExpired() || o.Term == (Term{}) {
		return o
	}
	if end := s.Lease.within(until); o.Term.Hours > 0 {
		// Of the months before nothing counts any more, and their hours are many.
		if begin, _ := (Term{Months: 1}).around(o.CreatedAt, end); begin.After(s.Bill.PaidUntil) {
			s.Bill.PaidUntil, s.Bill.Month, s.Bill.MonthPaid = begin, begin, 0
		}
	}
	for !s.Bill.PaidUntil.After(until) && !s.Lease.over(s.Bill.PaidUntil) {
		_, end := s.Bill.Term.around(o.CreatedAt, s.Bill.PaidUntil)
		end = s.Lease.within(end)
		s.Bill = s.Bill.paid(o.CreatedAt, end, s.Bill.charge(o.CreatedAt, end), until)
	}
	o.PaidUntil = s.Bill.PaidUntil
	if o.Ceiling > 0 {
		o.MonthPaid, o.Month = s.Bill.MonthPaid, s.Bill.Month
	}
	return o
}

// Foretells reports whether the other outlook follows from this one by renewals that were
// paid.
func (o Outlook) Foretells(other Outlook) bool {
	then := o.at(other.PaidUntil.Add(-1))
	return then.CreatedAt.Equal(other.CreatedAt) && then.Term == other.Term && then.Renewal == other.Renewal && then.PaidUntil.Equal(other.PaidUntil) &&
		then.Ceiling == other.Ceiling && then.MonthPaid == other.MonthPaid && then.Month.Equal(other.Month) &&
		then.Ends == other.Ends && then.LeaseEnds.Equal(other.LeaseEnds) && then.Expired == other.Expired && then.Late == other.Late
}
