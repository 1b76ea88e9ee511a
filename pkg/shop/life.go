package shop

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/semaphore"

	"agentstore/pkg/id"
)

// RunServices takes the step that is due of each service, of those of each account in
// turn: a warning, a charge, a suspension, its end. It goes on after a failure, but begins
// none after roundTime. It returns how many services it found. Two that take the same step of a service at once
// do it once: each step is one transaction that replaces the version which it was
// decided on.
func (w *Worker) RunServices(ctx context.Context) (int, error) {
	begun := w.Now()
	due, err := w.Store.DueServices(ctx, begun)
	if err != nil {
		return 0, err
	}
	// Those of one account one after the other: they are charged to one wallet.
	services := newBacklog(dueTogether(due), func(keys []ServiceKey) id.Account { return keys[0].Account }, 1)
	hands := max(1, servicesAtOnce*w.AtOnce)
	places := semaphore.NewWeighted(int64(hands))
	err = workOn(ctx, w, hands, begun, services, func(keys []ServiceKey) error {
		taken := int64(min(len(keys), hands))
		if err := places.Acquire(ctx, taken); err != nil {
			return err
		}
		defer places.Release(taken)
		return w.RunTogether(ctx, keys)
	})
	return len(due), err
}

// RunAllServices is RunServices until nothing is due, or the deadline of the context is
// near.
func (w *Worker) RunAllServices(ctx context.Context) (int, error) {
	for all := 0; ; {
		found, err := w.RunServices(ctx)
		all += found
		if deadline, ok := ctx.Deadline(); err != nil || found == 0 || ok && time.Until(deadline) < roundTime {
			return all, err
		}
	}
}

// servicesAtOnce is how many times AtOnce services are worked on at once: they wait for the
// table alone, and not for providers. Those that are charged together count one by one, so
// that they write to the index of what is due no faster than others.
const servicesAtOnce = 8

// stepsAtOnce bounds the steps of one service in one round: after an outage several are
// due, such as those of a bill and that of a lease.
const stepsAtOnce = 8

// RunService takes the steps of one service that are due.
func (w *Worker) RunService(ctx context.Context, key ServiceKey) error {
	ctx = NoRequest(ctx)
	for range stepsAtOnce {
		more, err := w.step(ctx, key)
		if !more || err != nil {
			return err
		}
	}
	return nil
}

// step takes the next step of a service, and reports whether another may be due.
func (w *Worker) step(ctx context.Context, key ServiceKey) (more bool, err error) {
	err = retryOnConflict(ctx, w.Sleep, func(int) error {
		service, err := w.Store.Service(ctx, key.Account, key.Service)
		if errors.Is(err, ErrNotFound) {
			more = false
			return nil
		}
		if err != nil {
			return err
		}
		now := w.Now()
		if service, err = w.scheduled(ctx, service, now); err != nil {
			return err
		}
		change, err := w.due(ctx, service, now)
		if more = change != nil; !more || err != nil {
			return err
		}
		err = w.commit(ctx, *change)
		next := change.Services[0].DueAt
		more = !next.IsZero() && !next.After(now)
		return err
	})
	if errors.Is(err, ErrConflict) {
		return false, nil // somebody else changes it: it stays due
	}
	return more, err
}

// commit writes a step, and waits where the table has had too much to write: what it is about
// is one of many that are due.
func (w *Worker) commit(ctx context.Context, change Change) error {
	payer := w.payer()
	return payer.patiently(ctx, func() error {
		end, err := payer.commit(ctx, change)
		end(ctx)
		return err
	})
}

// due decides the step of a service that is due; nil for none.
func (w *Worker) due(ctx context.Context, s Service, now time.Time) (*Change, error) {
	step, at, more := s.Bill.next()
	ready := more && !now.Before(at)
	switch {
	case s.DueAt.IsZero() || s.DueAt.After(now):
		return nil, nil
	case s.Status.Ended():
		return w.forget(ctx, s, now)
	case w.rebills(s): // its price is about to change, or is given back
		return w.postpone(s, now)
	case s.Lease.expires(now) && !s.Lease.ExpiresAt.After(s.Bill.PaidUntil):
		return w.expire(ctx, s, now)
	case s.Bill.Ends && s.Bill.overdue(now):
		return w.finish(ctx, s, EndCanceled, now, now)
	case s.Current == nil && s.mismatched(now):
		return w.next(s, now)
	case s.Bill.overdue(now) && !s.Lease.IsExpired():
		return w.renew(ctx, s, now)
	case ready && step.kind == stepWarn:
		return w.warn(ctx, s, now)
	case ready:
		return w.decline(ctx, s, now)
	default: // what was due was done otherwise
		return w.postpone(s, now)
	}
}

// next writes the next version of a service, with its next moment. One that should not
// run begins to stop, and one that should run again to go on.
func (w *Worker) next(s Service, now time.Time) (*Change, error) {
	change := &Change{At: now}
	if s.Current == nil && s.mismatched(now) {
		if err := w.turn(&s, change); err != nil {
			return nil, err
		}
	}
	change.Services = []Service{s.changed(now)}
	return change, nil
}

// told is next with an event.
func (w *Worker) told(s Service, operation string, now time.Time) (*Change, error) {
	change, err := w.next(s, now)
	if err == nil {
		change.Event = w.event(s, operation, now)
	}
	return change, err
}

// postpone only writes when the service is to be looked at again.
func (w *Worker) postpone(s Service, now time.Time) (*Change, error) {
	change, err := w.next(s, now)
	if err != nil {
		return nil, err
	}
	if later := &change.Services[0]; !later.DueAt.IsZero() && !later.DueAt.After(now) {
		later.DueAt = now.Add(busyCheck)
	}
	return change, nil
}

// event is what the store itself has done with a service.
func (w *Worker) event(s Service, operation string, now time.Time) *Event {
	return &Event{ID: w.IDs.Event(), Account: s.Account, Operation: operation, Subject: string(s.ID), At: now}
}

// warn tells the members that a service is charged, or ends, soon, and whether the wallet
// holds what is charged until then.
func (w *Worker) warn(ctx context.Context, s Service, now time.Time) (*Change, error) {
	operation := "renewal_warning"
	if s.Bill.Ends {
		operation = "end_warning"
	}
	low, err := w.tooLow(ctx, s, now)
	if err != nil {
		return nil, err
	}
	s.Bill.Step = s.Bill.warnings(now)
	change, err := w.told(s, operation, now)
	if err == nil {
		change.Event.Low = low
	}
	return change, err
}

// AdoptServices gives those services a schedule that a version of the store has written
// which knew none.
func (w *Worker) AdoptServices(ctx context.Context) error {
	keys, err := w.Store.UnscheduledServices(ctx)
	errs := []error{err}
	for _, key := range keys {
		errs = append(errs, w.RunService(ctx, key))
	}
	return errors.Join(errs...)
}

// scheduled is the service as it is looked at: one without a schedule is due now.
func (w *Worker) scheduled(ctx context.Context, s Service, now time.Time) (Service, error) {
	lives := s.Status.Lives()
	switch {
	case lives && s.Bill.Term == (Term{}):
		return w.adopt(ctx, s, now)
	case lives && s.DueAt.IsZero():
		s.DueAt = now
	}
	return s, nil
}

// adopt makes the bill of a service that was bought before the store charged for
// renewals. Nothing is charged for the time until now.
func (w *Worker) adopt(ctx context.Context, s Service, now time.Time) (Service, error) {
	purchase, err := w.Store.Purchase(ctx, s.Account, s.Purchase)
	if err != nil {
		return s, err
	}
	renewal := s.Bill.Renewal
	s.Bill = newBill(purchase.Offer, s.CreatedAt)
	s.Bill.Renewal = renewal
	if s.Bill.overdue(now) {
		s.Bill.PaidFrom, s.Bill.PaidUntil = s.Bill.Term.around(s.CreatedAt, now)
		s.Bill.Paid, s.Bill.PaidAt = 0, now
	}
	s.Bill = s.Bill.warned(now)
	s.DueAt = now
	return s, nil
}
