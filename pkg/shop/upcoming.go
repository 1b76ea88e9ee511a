package shop

import (
	"cmp"
	"context"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/sorting"
)

const (
	// upcomingFor is how far ahead a wallet tells what renews.
	upcomingFor = 30 * day
	// upcomingServices is of how many services the services themselves are read, the newest
	// first. Of the others their outlooks are.
	upcomingServices = 200
	// upcomingNamed is how many charges are named.
	upcomingNamed = 5
)

// Upcoming is what is charged in the next days for services that are renewed.
type Upcoming struct {
	Until time.Time
	// Services is how many are charged, and Total what all their charges come to.
	Services int
	Total    money.Money
	// First are the first charges, one of each service.
	First []UpcomingCharge
	// Complete: there are no more services than were looked at.
	Complete bool
}

// UpcomingCharge is the next charge of a service.
type UpcomingCharge struct {
	Service id.Service
	At      time.Time
	Minor   int64
}

// Upcoming reads what is charged for the services that the caller sees.
func (s *Shop) Upcoming(ctx context.Context, caller Caller) (Upcoming, error) {
	var services []Service
	var next Cursor
	var foretold []Foretold
	var whole bool
	err := parallel(
		func() (err error) {
			services, next, err = s.Services(ctx, caller, Page{Limit: upcomingServices})
			return err
		},
		func() (err error) {
			foretold, whole, err = s.Store.Foretold(ctx, caller.Account, caller.Agent)
			return err
		},
	)
	if err != nil {
		return Upcoming{}, err
	}
	now := s.Now()
	u := upcomingOf(withForetold(services, foretold, now), now)
	u.Complete = next == "" || whole
	return u, nil
}

// withForetold adds the services that are known by their outlook alone: as they are if
// everything is paid that has been due until now.
func withForetold(services []Service, foretold []Foretold, now time.Time) []Service {
	read := make(map[id.Service]bool, len(services))
	for _, s := range services {
		read[s.ID] = true
	}
	for _, f := range foretold {
		if !read[f.Service] {
			services = append(services, f.Outlook.at(now).service(f.Service))
		}
	}
	return services
}

// upcomingOf is what is charged for some services. They have one currency, which is that
// of the wallet.
func upcomingOf(services []Service, now time.Time) Upcoming {
	u := Upcoming{Until: now.Add(upcomingFor)}
	for _, service := range services {
		charges := service.charges(u.Until, now)
		if charges.Count == 0 {
			continue
		}
		u.Services++
		u.Total.Currency = service.Bill.Renewal.Currency
		u.Total.Minor += charges.Minor
		u.First = append(u.First, charges.First)
	}
	sorting.By(u.First, func(a, b UpcomingCharge) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Service, b.Service))
	})
	u.First = u.First[:min(len(u.First), upcomingNamed)]
	return u
}

// Charges are the renewals of a service until a time.
type Charges struct {
	First UpcomingCharge // the zero value for none
	Count int
	Minor int64 // of all
}

// charges are those that are due until a time, as the worker makes them where each is
// paid.
func (s Service) charges(until, now time.Time) (c Charges) {
	if s.RenewsAt().IsZero() || s.Lease.IsExpired() {
		return c
	}
	for bill := s.Bill; !bill.PaidUntil.After(until) && !s.Lease.over(bill.PaidUntil); c.Count++ {
		_, end := bill.Term.around(s.CreatedAt, bill.PaidUntil)
		end = s.Lease.within(end)
		minor := bill.charge(s.CreatedAt, end)
		if c.Count == 0 {
			c.First = UpcomingCharge{s.ID, bill.PaidUntil, minor}
		}
		c.Minor += minor
		bill = bill.paid(s.CreatedAt, end, minor, now)
	}
	return c
}

// over reports whether the lease has ended at a time.
func (l *Lease) over(at time.Time) bool { return l != nil && !l.ExpiresAt.After(at) }
