package shop

import (
	"context"
	"time"
)

// forget erases what the order of a service that has ended says about people, once the time
// is over for which its product retains it. Where another service of the purchase lives, it
// is left to the end of that: whichever ends last sees that all others have.
func (w *Worker) forget(ctx context.Context, s Service, now time.Time) (*Change, error) {
	product, err := w.Products.Find(s.ServiceType)
	if err != nil {
		return nil, err
	}
	s.Version++
	s.DueAt = s.endedAt().Add(product.RetainPersonal())
	if s.DueAt.After(now) {
		return &Change{Services: []Service{s}, At: now}, nil
	}
	s.DueAt = time.Time{}
	change := &Change{Services: []Service{s}, At: now}
	needed, err := w.needsPersonal(ctx, s)
	if needed || err != nil {
		return change, err
	}
	personal, err := w.Store.Personal(ctx, s.Account, s.Personal)
	if err != nil {
		return nil, err
	}
	if personal.Status() == PersonalPresent {
		erased := personal.erase(now)
		change.Personal = &erased
		change.Event = w.event(s, "personal_erase", now)
		change.Event.Subject = string(s.Personal)
	}
	return change, nil
}

// needsPersonal reports whether another service of the purchase has not ended.
func (w *Worker) needsPersonal(ctx context.Context, s Service) (bool, error) {
	purchase, err := w.Store.Purchase(ctx, s.Account, s.Purchase)
	if err != nil {
		return false, err
	}
	for _, ref := range purchase.Services {
		if ref.ID == s.ID {
			continue
		}
		other, err := w.Store.Service(ctx, s.Account, ref.ID)
		if err != nil || !other.Status.Ended() {
			return err == nil, err
		}
	}
	return false, nil
}

// endedAt is when a service has ended, or was found to be undeliverable.
func (s Service) endedAt() time.Time {
	if s.End != nil {
		return s.End.At
	}
	return s.UpdatedAt
}
