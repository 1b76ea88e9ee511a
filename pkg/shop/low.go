package shop

import (
	"context"
	"time"
)

// Members can say below which balance they want to hear of it: LowBalance in the policy of
// the account. The entry of the ledger that takes the balance below it is the one whose
// event of the trail says so. So each crossing is told once, with the money, and writes
// nothing more.
//
// And whoever is warned of a renewal is told as well where the wallet does not hold what is
// charged until then, whatever LowBalance is.

// tooLow is the balance of a wallet that does not hold what the services of the account are
// charged until a term of one of them has ended, that one included; nil where it does, or
// where that service is not renewed.
func (w *Worker) tooLow(ctx context.Context, s Service, now time.Time) (*int64, error) {
	if s.RenewsAt().IsZero() {
		return nil, nil
	}
	var funds Wallet
	var services []Service
	err := parallel(
		func() (err error) { funds, err = wallet(ctx, w.Store, s.Account); return err },
		func() (err error) {
			services, _, err = w.Store.Services(ctx, s.Account, Page{Limit: upcomingServices})
			return err
		},
	)
	if err != nil {
		return nil, err
	}
	due := int64(0)
	for _, other := range services {
		due += other.charges(s.Bill.PaidUntil, now).Minor
	}
	if due <= funds.Free().Minor {
		return nil, nil
	}
	return &funds.Balance.Minor, nil
}

// eventLow is what the trail names such an event by, besides what was done. It is an
// operation of its own only for money that was held and released: nobody has done that.
const eventLow = "wallet_low"

// crosses reports whether the entry of a booking takes the balance below what members
// have set.
func (b *Booking) crosses() bool {
	if b == nil || b.Low == nil {
		return false
	}
	after := b.Entry.Balance.Minor
	return after < *b.Low && after-b.Entry.Amount.Minor >= *b.Low
}

// noteLow has the event of a change say that it takes the balance below what members have
// set.
func (c *Change) noteLow() {
	if c.Event == nil || !c.Booking.crosses() {
		return
	}
	event := *c.Event
	event.Low = &c.Booking.Entry.Balance.Minor
	c.Event = &event
}

// heldLow is the event for money that was held for what was not carried out; nil where it
// has not taken the balance below anything.
func (h payer) heldLow(b *Booking, now time.Time) *Event {
	if !b.crosses() {
		return nil
	}
	return &Event{ID: h.ids.Event(), Account: b.Entry.Account, Operation: eventLow, Subject: b.Entry.Cause, At: now}
}
