package shop

import (
	"context"
	"fmt"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// End is how a service has ended.
type End struct {
	Reason EndReason
	At     time.Time
	// Refund is what was given back of the term that was paid, in the minor unit.
	Refund int64
}

// EndReason says why a service has ended.
type EndReason string

// The reasons.
const (
	EndCanceled EndReason = "canceled" // somebody has cancelled it, or its renewal
	EndExpired  EndReason = "expired"  // its lease was over
	EndUnpaid   EndReason = "unpaid"   // it was not paid, and its grace is over
)

// EndCause is the cause of the entry that gives back what is unused of a service that has
// ended.
func EndCause(s id.Service) string { return "end:" + string(s) }

// closing is a service that ends, and what else is concerned.
type closing struct {
	service Service
	reason  EndReason
	// until is the moment up to which it is paid for; what was paid beyond it is refunded.
	until  time.Time
	funds  Wallet
	bounds Budgets
	// question is what the members were asked about its renewal.
	question openQuestion
}

// finish ends a service that the store ends by itself, and that is paid for until then.
func (w *Worker) finish(ctx context.Context, s Service, reason EndReason, until, now time.Time) (*Change, error) {
	c := closing{service: s, reason: reason, until: until}
	if err := c.read(ctx, w.Store); err != nil {
		return nil, err
	}
	change, err := c.change(now)
	if err != nil {
		return nil, err
	}
	change.Event = w.event(s, "service_end", now)
	return change, nil
}

func (c *closing) read(ctx context.Context, store closingReader) error {
	return parallel(
		func() (err error) { c.funds, c.bounds, err = fundsOf(ctx, store, c.service.Agent); return err },
		func() (err error) { c.question, err = questionOf(ctx, store, c.service); return err },
	)
}

// closingReader reads what the end of a service concerns.
type closingReader interface {
	fundsReader
	questionReader
}

// change is what the end of a service writes: the service, its running action as failed,
// the job that has its provider delete it, the refund, and the budgets, in which it lives
// no more.
func (c closing) change(now time.Time) (*Change, error) {
	s := c.service
	change := &Change{At: now}
	refund := money.Money{Minor: s.Bill.unused(c.until), Currency: s.Bill.Renewal.Currency}
	if s.Current != nil {
		change.Actions = []Action{s.Current.finish("The service has ended.", now)}
	}
	s.Status, s.Current, s.Resource.Operation = ServiceCanceled, nil, ""
	s.End = &End{c.reason, now, refund.Minor}
	change.Services = []Service{s.changed(now)}
	change.Also = c.question.over(now)
	if s.Resource.Provider != "" {
		change.Jobs = []Job{deleteJob(s.Account, s.ID, s.ServiceType, now)}
	}
	if refund.Minor > 0 {
		note := fmt.Sprintf("%s ended, paid until %s", s.DisplayName, s.Bill.PaidUntil.Format(time.RFC3339))
		booking, err := c.funds.Book(EntryRefund, EndCause(s.ID), refund, note, now)
		if err != nil {
			return nil, err
		}
		booking.Entry.Service = s.ID
		change.Booking = booking.of(s.Agent, s.Item)
	}
	budgets, err := c.bounds.unused(s, refund, 1, s.Bill.PaidAt, now)
	change.Budgets = budgets
	return change, err
}

// first reports whether the term that is paid is that of the purchase.
func (b Bill) first(created time.Time) bool {
	return !b.PaidUntil.After(b.Term.end(created, 1))
}
