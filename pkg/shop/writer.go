package shop

import (
	"cmp"
	"context"
	"errors"
	"time"
)

// writer writes what callers do: Shop and People both write only through it.
type writer struct{ payer }

func (s *Shop) writer() writer {
	return writer{payer{s.Store, s.IDs, s.Now, s.Sleep, s.OneByOne, cmp.Or(s.Ends, new(Ends))}}
}

func (p *People) writer() writer {
	return writer{payer{p.Store, p.IDs, p.Now, p.Sleep, false, new(Ends)}}
}

func (s *Shop) update(ctx context.Context, caller Caller, try func(Caller) error) error {
	return s.writer().update(ctx, caller, try)
}

func (p *People) update(ctx context.Context, caller Caller, try func(Caller) error) error {
	return p.writer().update(ctx, caller, try)
}

func (s *Shop) commit(ctx context.Context, caller Caller, change Change) error {
	return s.writer().commit(ctx, caller, change)
}

func (p *People) commit(ctx context.Context, caller Caller, change Change) error {
	return p.writer().commit(ctx, caller, change)
}

// update is write for what people do: the idempotency key, if there is one, is the
// caller's. A try reads, decides and commits, for a caller who is confirmed. It returns
// busy when it has lost too many races.
func (w writer) update(ctx context.Context, caller Caller, try func(Caller) error) error {
	err := w.retryOnConflict(ctx, caller, func(caller Caller) error {
		if caller.Confirm != nil {
			if err := caller.Confirm(ctx); err != nil {
				return err
			}
		}
		return w.tryOnce(ctx, caller, try)
	})
	switch err = final(err); {
	case !errors.Is(err, ErrConflict):
		return err
	case errors.Is(err, ErrInFlight) && caller.once != nil:
		return errInFlight(caller.once.request.Key)
	default:
		return errBusy()
	}
}

// retryOnConflict has each try of a write check its caller itself. It returns
// ErrConflict.
func (w writer) retryOnConflict(ctx context.Context, caller Caller, try func(Caller) error) error {
	return retryOnConflict(ctx, w.sleep, func(attempt int) error {
		if attempt > 0 {
			caller = caller.renewed(ctx)
		}
		return try(caller)
	})
}

// commit writes a change of the caller's, on their authority. Its event says what
// was done; who did it is added here, and so is the time, unless the change has one.
// It returns ErrConflict.
func (w writer) commit(ctx context.Context, caller Caller, change Change) error {
	end, err := w.begin(ctx, caller, change)
	end(ctx)
	return err
}

// begin is commit, and leaves it to the caller when the holds of the change end.
func (w writer) begin(ctx context.Context, caller Caller, change Change) (end func(context.Context), err error) {
	if change.Authority, err = caller.authority(); err != nil {
		return func(context.Context) {}, err
	}
	if change.At.IsZero() {
		change.At = w.now()
	}
	once := caller.once
	if once != nil && !once.done {
		if err := once.keep(caller, &change); err != nil {
			return func(context.Context) {}, err
		}
	}
	change.Event = w.event(caller, change.Event, change.At)
	for i, c := range change.Also {
		change.Also[i].Event = w.event(caller, c.Event, change.At)
	}
	end, err = w.payer.commit(ctx, change)
	if err == nil && once != nil && !once.done {
		once.kept(change.Record)
	}
	return end, err
}

// event is what the caller has done, or was refused, as the trail keeps it; nil
// where there is nothing to keep, or no account that has a trail.
func (w writer) event(caller Caller, what *Event, at time.Time) *Event {
	if what == nil {
		return nil
	}
	e := *what
	e.Account = cmp.Or(e.Account, caller.Account)
	if e.Account == "" {
		return nil
	}
	e.ID, e.Actor, e.At = w.ids.Event(), caller.actor(), at
	e.RequestID, e.Source = caller.RequestID, caller.Source
	return &e
}
