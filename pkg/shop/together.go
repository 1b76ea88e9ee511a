package shop

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/sorting"
)

// Services of one account that are due together are charged together: in one transaction,
// with one write of the wallet and one of the budget. What cannot be charged so, because
// it is not paid, has another step to take, or has changed meanwhile, takes its step by
// itself, the longest due first.

// mostTogether is how many services one transaction charges. Each is three items, or four
// where its agent has a copy, and a transaction takes a hundred.
const mostTogether = 24

// dueTogether puts the services that are due into groups of one account, in the order in
// which they are due.
func dueTogether(due []ServiceKey) [][]ServiceKey {
	var groups [][]ServiceKey
	last := make(map[id.Account]int) // the group of an account that has room
	for _, key := range due {
		n, begun := last[key.Account]
		if !begun || len(groups[n]) == mostTogether {
			n = len(groups)
			last[key.Account] = n
			groups = append(groups, nil)
		}
		groups[n] = append(groups[n], key)
	}
	return groups
}

// RunTogether takes the steps that are due of some services of one account. It goes on
// after a failure.
func (w *Worker) RunTogether(ctx context.Context, keys []ServiceKey) error {
	charged, err := w.chargeTogether(NoRequest(ctx), keys)
	errs := []error{err}
	for _, key := range keys {
		if !slices.Contains(charged, key.Service) {
			errs = append(errs, w.RunService(ctx, key))
		}
	}
	return errors.Join(errs...)
}

// chargeTogether charges those of some services of one account that can be, and returns
// those with which nothing more is due. It charges none where the account is crowded: then
// each holds its money by itself.
func (w *Worker) chargeTogether(ctx context.Context, keys []ServiceKey) ([]id.Service, error) {
	if len(keys) < 2 {
		return nil, nil
	}
	services, t, err := w.together(ctx, keys)
	if err != nil || t.funds.Held != nil || t.bounds.Held != nil {
		return nil, err
	}
	for _, s := range services {
		if err := t.charge(w, s); err != nil {
			return nil, err
		}
	}
	if len(t.change.Services) < 2 {
		return nil, nil
	}
	if err := w.commit(ctx, *t.change); err != nil {
		return nil, unlessConflict(err) // each takes its turn by itself
	}
	return t.settled, nil
}

// together reads the services that are there, the longest unpaid first, and what they are
// paid with.
func (w *Worker) together(ctx context.Context, keys []ServiceKey) ([]Service, together, error) {
	now := w.Now()
	t := together{now: now, change: &Change{At: now}}
	found := make([]Service, len(keys))
	account := keys[0].Account
	reads := []func() error{
		func() (err error) { t.funds, err = wallet(ctx, w.Store, account); return err },
		func() (err error) { t.bounds, err = budget(ctx, w.Store, account, ""); return err },
	}
	for i, key := range keys {
		reads = append(reads, func() (err error) {
			found[i], err = w.Store.Service(ctx, account, key.Service)
			if errors.Is(err, ErrNotFound) {
				return nil
			}
			return err
		})
	}
	err := w.payer().run(reads)
	services := slices.DeleteFunc(found, func(s Service) bool { return s.ID == "" })
	sorting.By(services, func(a, b Service) int {
		return cmp.Or(a.Bill.PaidUntil.Compare(b.Bill.PaidUntil), cmp.Compare(a.ID, b.ID))
	})
	t.version = t.bounds.Version
	return services, t, err
}

// together is a transaction that charges several services.
type together struct {
	now     time.Time
	funds   Wallet // after the charges until now
	bounds  Budget
	version int // of the budget as it was read
	change  *Change
	settled []id.Service
}

// charge adds the charge of a service, if it is due for one and it can be paid.
func (t *together) charge(w *Worker, s Service) error {
	if !s.onlyCharged(t.now) {
		return nil
	}
	from, d := s.Bill.PaidUntil, s.dues(t.funds, t.bounds, t.now)
	if d.refusal != "" || d.total.Minor == 0 || s.Bill.Asked != nil {
		return nil
	}
	s.Bill = d.bill
	if s.mismatched(t.now) {
		return nil // it begins an action
	}
	one := &Change{At: t.now}
	if err := s.payRenewal(one, t.funds, t.bounds, from, d.total); err != nil {
		return err
	}
	s = s.changed(t.now)
	if s.DueAt.After(t.now) {
		t.settled = append(t.settled, s.ID)
	}
	one.Event = w.event(s, "service_renew", t.now)
	one.noteLow()
	t.funds, t.bounds = one.Booking.Wallet, one.Budgets[0]
	t.bounds.Version = t.version
	if before := t.change.Booking; before != nil {
		one.Booking.Earlier = append(before.Earlier, before.Entry)
	}
	written := t.bounds
	written.Version++
	t.change.Booking, t.change.Budgets = one.Booking, []Budget{written}
	t.change.Services = append(t.change.Services, s)
	t.change.Also = append(t.change.Also, Change{Event: one.Event})
	return nil
}

// onlyCharged reports whether the step of a service that is due is a charge.
func (s Service) onlyCharged(now time.Time) bool {
	return s.Status.Lives() && s.Bill.Term != (Term{}) && !s.DueAt.IsZero() && !s.DueAt.After(now) && s.Bill.overdue(now) &&
		!bought(s) && !s.Bill.Ends && !s.Lease.expires(now) && !s.Lease.IsExpired() && (s.Current != nil || !s.mismatched(now))
}
