package shop

import (
	"context"
	"errors"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// CancellationKey names a cancellation of many.
type CancellationKey struct {
	Account      id.Account
	Cancellation id.Cancellation
}

// manyRetry is when those that were busy are tried again.
const manyRetry = time.Minute

// RunCancellations goes on with the cancellations of many that are due, with those of each
// account in turn. It returns how many it found.
func (w *Worker) RunCancellations(ctx context.Context) (int, error) {
	begun := w.Now()
	due, err := w.Store.DueCancellations(ctx, begun)
	if err != nil {
		return 0, err
	}
	keys := newBacklog(due, func(key CancellationKey) id.Account { return key.Account }, 1)
	return len(due), workOn(ctx, w, w.AtOnce, begun, keys, func(key CancellationKey) error { return w.runCancellation(ctx, key, begun) })
}

// runCancellation ends what matches, until roundTime has passed since begun, and writes
// how far it has come. A worker that dies before leaves services that have ended, which
// the next one finds so; two at once end each service once, by its version.
func (w *Worker) runCancellation(ctx context.Context, key CancellationKey, begun time.Time) error {
	ctx = NoRequest(ctx)
	c, err := w.Store.ManyCancellation(ctx, key.Account, key.Cancellation)
	if errors.Is(err, ErrNotFound) || err == nil && (c.DueAt.IsZero() || c.DueAt.After(w.Now())) {
		return nil
	}
	if err != nil {
		return err
	}
	c.Matches = slices.Clone(c.Matches)
	if err := w.matchFrozen(ctx, &c); err != nil {
		return err
	}
	var failures []error
	for i := range c.Matches {
		if c.Matches[i].State != MatchOpen || w.Now().Sub(begun) >= roundTime {
			continue
		}
		if err := w.endMatch(ctx, c, &c.Matches[i]); err != nil {
			failures = append(failures, err)
		}
	}
	c.Version++
	c.UpdatedAt = w.Now()
	c.DueAt = time.Time{}
	if c.Count(MatchOpen) > 0 {
		c.DueAt = c.UpdatedAt.Add(manyRetry)
		if c.UpdatedAt.Sub(begun) >= roundTime {
			c.DueAt = c.UpdatedAt // there was no time for all
		}
	}
	end, err := w.payer().commit(ctx, Change{Cancellation: &c, At: c.UpdatedAt})
	end(ctx)
	if errors.Is(err, ErrConflict) {
		err = nil // another worker has come as far
	}
	return errors.Join(append(failures, err)...)
}

// matchFrozen adds what an agent has bought at the moment of the freeze that began the
// cancellation: what was under way then is committed by now, or never will be.
func (w *Worker) matchFrozen(ctx context.Context, c *ManyCancellation) error {
	if c.Froze == 0 {
		return nil
	}
	if err := w.payer().settleBudget(ctx, Seat{c.Account, c.Matching.Agent}, every); err != nil {
		return err
	}
	b, err := budget(ctx, w.Store, c.Account, c.Matching.Agent)
	if err != nil {
		return err
	}
	unchanged := b.Version == c.Froze // nothing can have been bought since
	for page := (Page{Limit: MaxPage, Agent: c.Matching.Agent}); ; {
		services, next, err := w.Store.Services(ctx, c.Account, page)
		if err != nil {
			return err
		}
		older := next == ""
		for _, s := range services {
			known := slices.ContainsFunc(c.Matches, func(m Match) bool { return m.Service == s.ID })
			if !known && !s.Status.Ended() && (unchanged || !s.CreatedAt.After(c.CreatedAt)) {
				c.Matches = append(c.Matches, matchOf(s))
			}
			older = older || s.CreatedAt.Before(c.CreatedAt.Add(-frozenMargin))
		}
		if older {
			c.Froze = 0
			return nil
		}
		page.After = next
	}
}

// frozenMargin is how long before a freeze a purchase was made, at the least, that nobody
// can have missed: much longer than a request takes, and than clocks differ.
const frozenMargin = 10 * time.Minute

// endMatch ends one service, if that can be done now. One that cannot stays open.
func (w *Worker) endMatch(ctx context.Context, c ManyCancellation, m *Match) error {
	err := retryOnConflict(ctx, w.Sleep, func(int) error {
		s, err := w.Store.Service(ctx, c.Account, m.Service)
		if err != nil {
			return err
		}
		now := w.Now()
		switch {
		case s.Status.Ended():
			m.ended(s)
			return nil
		case (c.By.Person == "" || c.Heeds) && protects(s, Intent{Action: ActionCancel}):
			m.State, m.Code = MatchKept, fault.ApprovalRequired
			return nil
		case cancellable(s) != nil && now.Sub(c.CreatedAt) > FinalWithin:
			m.State, m.Code = MatchKept, fault.ActionInProgress
			return nil
		case cancellable(s) != nil:
			return nil
		}
		change, err := w.closeMatch(ctx, c, *m, s, now)
		if err != nil {
			return err
		}
		end, err := w.payer().commit(ctx, *change)
		end(ctx)
		if err == nil {
			m.ended(change.Services[0])
		}
		return err
	})
	if errors.Is(err, ErrConflict) {
		return nil // somebody else changes it: it stays open
	}
	return err
}

// closeMatch is the end of a service. What is unused counts from the preview on; of a
// term that was charged since, from now on.
func (w *Worker) closeMatch(ctx context.Context, c ManyCancellation, m Match, s Service, now time.Time) (*Change, error) {
	closes := closing{service: s, reason: EndCanceled, until: c.PreviewedAt}
	if !s.Bill.PaidUntil.Equal(m.PaidUntil) || s.Bill.Paid != m.Paid {
		closes.until = now.UTC().Truncate(time.Second)
	}
	if err := closes.read(ctx, w.Store); err != nil {
		return nil, err
	}
	change, err := closes.change(now)
	if err != nil {
		return nil, err
	}
	change.Event = w.event(s, "service_cancel", now)
	change.Event.Actor = c.By
	return change, nil
}

// ended is the match of a service that has ended, by this or otherwise.
func (m *Match) ended(s Service) {
	m.State = MatchEnded
	if s.End != nil {
		m.Refund = money.Money{Minor: s.End.Refund, Currency: s.Bill.Renewal.Currency}
	}
}
