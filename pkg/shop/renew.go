package shop

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// RenewalCause is the cause of the entry that pays for a service for a time. A time is
// paid once, because the entry is written with the version of the service that it was due
// in.
func RenewalCause(s id.Service, from, until time.Time) string {
	return fmt.Sprintf("renewal:%s:%d-%d", s, from.Unix(), until.Unix())
}

// renew charges what is due of a service: all terms that have begun, or as many as the
// wallet and the limits of the account allow. With none it goes on with the schedule.
func (w *Worker) renew(ctx context.Context, s Service, now time.Time) (*Change, error) {
	var funds Wallet
	var bounds Budget
	err := parallel(
		func() (err error) { funds, err = wallet(ctx, w.Store, s.Account); return err },
		func() (err error) { bounds, err = budget(ctx, w.Store, s.Account, ""); return err },
	)
	if err != nil {
		return nil, err
	}
	from, d := s.Bill.PaidUntil, s.dues(funds, bounds, now)
	nothing := d.bill.PaidUntil.Equal(from)
	if nothing && s.Lease.expires(now) {
		return w.expire(ctx, s, now)
	}
	if nothing {
		if d.refusal == fault.ApprovalRequired && !s.asked() {
			return w.askRenewal(ctx, s, bounds.Policy, now)
		}
		s.Bill.Declined = d.refusal
		return w.decline(ctx, s, now)
	}
	question, err := questionOf(ctx, w.Store, s) // the policy asks it no more
	if err != nil {
		return nil, err
	}
	s.Bill = d.bill
	change, err := w.charged(s, funds, bounds, from, d.total, now)
	if err == nil {
		change.Also = question.over(now)
	}
	return change, err
}

// dues are the terms of a service that have begun and can be paid.
type dues struct {
	bill  Bill // once they are paid
	total money.Money
	// refusal is why the next one cannot be paid; empty where all are.
	refusal fault.Code
}

// dues are what of a service is charged now with what the wallet holds.
func (s Service) dues(funds Wallet, bounds Budget, now time.Time) dues {
	d := dues{bill: s.Bill, total: money.Money{Currency: s.Bill.Renewal.Currency}}
	for d.bill.overdue(now) && !s.Lease.over(d.bill.PaidUntil) {
		_, end := d.bill.Term.around(s.CreatedAt, d.bill.PaidUntil)
		end = s.Lease.within(end)
		minor := d.bill.charge(s.CreatedAt, end)
		if d.bill.asks(bounds.Policy, minor) {
			d.refusal = fault.ApprovalRequired
			break
		}
		if d.refusal = payable(funds, bounds, money.Money{Minor: d.total.Minor + minor, Currency: d.total.Currency}, now); d.refusal != "" {
			break
		}
		d.bill = d.bill.paid(s.CreatedAt, end, minor, now)
		d.total.Minor += minor
	}
	d.bill.Declined = d.refusal
	return d
}

// payable refuses a charge that the wallet does not hold, or for which a limit of the
// account leaves too little. A freeze and other rules are about what is bought.
func payable(w Wallet, b Budget, charge money.Money, now time.Time) fault.Code {
	if charge.Minor > 0 && (w.Free().Minor < charge.Minor || w.Balance.Currency != charge.Currency) {
		return fault.InsufficientFunds
	}
	if !withinSums(b, charge, now).Allowed() {
		return fault.SpendLimitExceeded
	}
	return ""
}

// withinSums says what the limits of the account for a day, a month and in total say to a
// charge.
func withinSums(b Budget, charge money.Money, now time.Time) SpendCheck {
	c := checker{layer: LayerAccount, budget: b, offer: Offer{Price: Price{Total: charge}}, now: now}
	c.limits()
	return SpendCheck{Checks: slices.DeleteFunc(c.checks, func(c Check) bool { return !c.Rule.sums() })}
}

// charged is what a charge writes: the service with its bill, the wallet with an entry,
// the budget of the account, and an event. Of an agent's own limits a renewal takes
// nothing: it is the account's act.
func (w *Worker) charged(s Service, funds Wallet, bounds Budget, from time.Time, total money.Money, now time.Time) (*Change, error) {
	change, err := w.told(s, "service_renew", now)
	if err != nil || total.Minor == 0 {
		return change, err // the month has reached its ceiling, or it costs nothing
	}
	return change, s.payRenewal(change, funds, bounds, from, total)
}

// payRenewal adds to a change what the renewal of a service is paid with.
func (s Service) payRenewal(change *Change, funds Wallet, bounds Budget, from time.Time, total money.Money) error {
	negative, err := total.Neg()
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%s until %s", s.DisplayName, s.Bill.PaidUntil.Format(time.RFC3339))
	booking, err := funds.Book(EntryRenewal, RenewalCause(s.ID, from, s.Bill.PaidUntil), negative, note, change.At)
	if errors.Is(err, ErrInsufficient) || errors.Is(err, money.ErrCurrency) {
		return ErrConflict // it was there when it was looked at
	}
	if err != nil {
		return err
	}
	booking.Entry.Service, booking.Low = s.ID, bounds.Policy.LowBalance
	spent, err := bounds.spend(total, 0, change.At)
	if err != nil {
		return err
	}
	change.Booking, change.Budgets = booking.of(s.Agent, s.Item), []Budget{spent}
	return nil
}

// decline goes on with the schedule of a bill that is not paid: a charge that has failed,
// a suspension, the end.
func (w *Worker) decline(ctx context.Context, s Service, now time.Time) (*Change, error) {
	s.Bill.Step = max(s.Bill.Step, s.Bill.warnings(now)) // of what has happened nobody is warned
	step, at, more := s.Bill.next()
	if !more || now.Before(at) {
		return w.postpone(s, now)
	}
	if step.kind == stepDelete {
		return w.finish(ctx, s, EndUnpaid, now, now)
	}
	operation := "renewal_failed"
	if step.kind == stepSuspend {
		operation = "service_suspend"
	}
	s.Bill.Step++
	return w.told(s, operation, now)
}
