package shop

import (
	"context"
	"errors"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// A policy may say that a question about a purchase holds its money: then the purchase is
// paid for, and counted against the limits, in the transaction that asks. Whoever
// approves it moves no money any more; whoever denies it gives it all back, and so does
// the worker where nobody has answered in time.

// HeldQuestion names an approval whose purchase is paid for.
type HeldQuestion struct {
	Account  id.Account
	Approval id.Approval
}

// QuestionStore is what ends the questions that hold their money.
type QuestionStore interface {
	// Approval and Waiting return ErrNotFound.
	Approval(context.Context, id.Account, id.Approval) (Approval, error)
	Waiting(context.Context, id.Account, id.Agent) (Waiting, error)
	// HeldQuestions nominates those that are over at a time, from an index that may lag.
	HeldQuestions(context.Context, time.Time) ([]HeldQuestion, error)
}

// HoldsQuestions reports whether what is asked under the policies holds its money.
func (b Budgets) HoldsQuestions() bool {
	return b.Account.Policy.HoldForApproval || b.Agent.Policy.HoldForApproval
}

// pay takes the price of a purchase, and counts it.
func (b basket) pay(p Purchase, change *Change) (err error) {
	if change.Booking, err = debit(b.funds, p); err != nil {
		return err
	}
	change.Booking.Low = b.bounds.Account.Policy.LowBalance
	return b.count(p.Offer.Price.Total, p.Offer.services(), p.UpdatedAt, change)
}

// count replaces both budgets, which so are as they were read until the commit.
func (b basket) count(price money.Money, services int, now time.Time, change *Change) error {
	for _, budget := range b.bounds.both() {
		spent, err := budget.spend(price, services, now)
		if err != nil {
			return err
		}
		change.Budgets = append(change.Budgets, spent)
	}
	return nil
}

// UnboughtCause is the cause of the entry that gives the price of a purchase back that
// nobody has approved.
func UnboughtCause(p id.Purchase) string { return "refund:" + string(p) }

// unbuy gives back what a question holds for a purchase that is not made.
func unbuy(ctx context.Context, store HoldStore, p Purchase, why string, change *Change) error {
	funds, bounds, err := fundsOf(ctx, store, p.Agent)
	if err != nil {
		return err
	}
	price := p.Offer.Price.Total
	booking, err := funds.Book(EntryRefund, UnboughtCause(p.ID), price, why, change.At)
	if err != nil {
		return err
	}
	change.Booking = booking.of(p.Agent, p.Offer.Item.ID)
	change.Budgets, err = bounds.giveBack(price, p.Offer.services(), p.CreatedAt, change.At)
	return err
}

// expireQuestions ends the questions that hold their money and that nobody has
// answered. It goes on after a failure.
func (w *Worker) expireQuestions(ctx context.Context) error {
	over, err := w.Store.HeldQuestions(ctx, w.Now())
	errs := []error{err}
	for _, q := range over {
		errs = append(errs, unlessConflict(w.expireQuestion(ctx, q)))
	}
	return errors.Join(errs...)
}

func (w *Worker) expireQuestion(ctx context.Context, q HeldQuestion) error {
	return retryOnConflict(ctx, w.Sleep, func(int) error {
		a, err := w.Store.Approval(ctx, q.Account, q.Approval)
		now := w.Now()
		if err != nil || !a.Held || a.Status != ApprovalPending || now.Before(a.ExpiresAt) {
			return err
		}
		var purchase Purchase
		var asked Waiting
		err = parallel(
			func() (err error) { purchase, err = w.Store.Purchase(ctx, a.Account, a.Purchase); return err },
			func() (err error) { asked, err = w.Store.Waiting(ctx, a.Account, a.Agent); return err },
		)
		if err != nil {
			return err
		}
		a.Version++
		a.Status = ApprovalExpired
		purchase.Version++
		purchase.Status, purchase.UpdatedAt = PurchaseExpired, now
		change := Change{Approval: &a, Purchase: &purchase, Waiting: asked.without(a.ID, now), At: now}
		if err := unbuy(ctx, w.Store, purchase, "Nobody has approved it in time", &change); err != nil {
			return err
		}
		end, err := w.payer().commit(ctx, change)
		end(ctx)
		return err
	})
}

// WalletAndQuestions reads the wallet of the account, and what its questions hold.
func (s *Shop) WalletAndQuestions(ctx context.Context, caller Caller) (w Wallet, held int64, err error) {
	err = parallel(
		func() (err error) { w, err = s.Wallet(ctx, caller); return err },
		func() (err error) { held, err = s.QuestionsHold(ctx, caller); return err },
	)
	return w, held, err
}

// QuestionsHold is what the questions of an account hold, in the currency of its wallet.
func (s *Shop) QuestionsHold(ctx context.Context, caller Caller) (minor int64, err error) {
	all, err := s.Store.AllWaiting(ctx, caller.Account)
	for _, w := range all {
		for _, q := range w.Questions {
			minor += q.HeldMinor
		}
	}
	return minor, err
}
