package shop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/sorting"
)

const (
	// holdTime is after how long a hold is taken for abandoned. It is longer than a
	// request takes; one that takes longer is only lost, because what is undone can no
	// longer be committed.
	holdTime = 15 * time.Second
	// calmTime is how long nobody must have contended for what holds, until it holds no
	// longer.
	calmTime = time.Minute
	// ProofLifetime is how long a proof is kept, which is long after all of its holds have
	// ended. proofMargin is how much earlier nothing is taken for not committed any more
	// because it has no proof.
	ProofLifetime = 7 * 24 * time.Hour
	proofMargin   = 24 * time.Hour
)

// Seat names a budget: that of an agent or, without one, of the account.
type Seat struct {
	Account id.Account
	Agent   id.Agent
}

// undo gives back what a change holds that was not committed.
func (h payer) undo(ctx context.Context, held *holds) {
	ctx = NoRequest(context.WithoutCancel(ctx))
	for try := range undoTries {
		if h.tryUndo(ctx, held) == nil || h.sleep.pause(ctx, try) != nil {
			return
		}
	}
}

// undoTries is how often a process tries to undo or end what it holds. What is left is
// settled later.
const undoTries = 4

func (h payer) tryUndo(ctx context.Context, held *holds) error {
	mine := func(o Hold) bool { return o.ID == held.id }
	var settle []func() error
	if w := held.wallet; w != nil {
		settle = append(settle, func() error {
			if w.Begin.Number > 0 {
				return h.settleHold(ctx, held.account, held.currency, *w.Begin)
			}
			return h.settleWallet(ctx, held.account, mine) // perhaps it was opened
		})
	}
	for _, s := range held.budgets {
		settle = append(settle, func() error { return h.settleBudget(ctx, Seat{held.account, s.Budget.Agent}, mine) })
	}
	return h.run(settle)
}

// committed finds out what has become of the change of a hold, and makes sure that it
// stays so.
func (h payer) committed(ctx context.Context, account id.Account, hold id.Hold) (bool, error) {
	if h.now().Sub(hold.MadeAt()) >= ProofLifetime-proofMargin {
		proof, err := h.store.HoldProof(ctx, account, hold)
		if err != nil {
			return false, fmt.Errorf("shop: the proof of the hold %s of %s may have been deleted: %w", hold, account, err)
		}
		return !proof.Void, nil
	}
	for try := range patience {
		err := h.patiently(ctx, func() error {
			return h.store.VoidHold(ctx, HoldProof{Account: account, ID: hold, Void: true, At: h.now()})
		})
		if !errors.Is(err, ErrConflict) {
			return false, err
		}
		proof, err := h.store.HoldProof(ctx, account, hold)
		if !errors.Is(err, ErrNotFound) {
			return !proof.Void, err
		}
		// The change is being written at this moment.
		if err := h.sleep.pause(ctx, try); err != nil {
			return false, err
		}
	}
	return false, ErrConflict
}

// settleBudget ends some of the holds of a budget.
func (h payer) settleBudget(ctx context.Context, seat Seat, some func(Hold) bool) error {
	b, err := budget(ctx, h.store, seat.Account, seat.Agent)
	if err != nil || b.Held == nil {
		return err
	}
	rest, errs := h.settleCommitted(ctx, seat.Account, heldRow{agent: seat.Agent}, b.Held.Open, some)
	for _, open := range rest {
		committed, err := h.committed(ctx, seat.Account, open.ID)
		if err == nil {
			err = h.store.StepBudget(ctx, BudgetStep{Budget: b, End: &open, Undo: !committed, At: h.now()})
		}
		errs = append(errs, unlessConflict(err))
	}
	return errors.Join(errs...)
}

// settleWallet ends some of the holds of a wallet, in the order of their entries: each
// balance follows from the one before.
func (h payer) settleWallet(ctx context.Context, account id.Account, some func(Hold) bool) error {
	w, err := wallet(ctx, h.store, account)
	if err != nil || w.Held == nil {
		return err
	}
	rest, errs := h.settleCommitted(ctx, account, heldRow{wallet: true}, w.Held.Open, some)
	sorting.By(rest, func(a, b Hold) int { return cmp.Compare(a.Number, b.Number) })
	for _, o := range rest {
		errs = append(errs, unlessConflict(h.settleHold(ctx, account, w.Balance.Currency, o)))
	}
	return errors.Join(errs...)
}

// settleCommitted ends at once what is proved to be committed and went out, and returns
// what else there is to settle.
func (h payer) settleCommitted(ctx context.Context, account id.Account, row heldRow, open []Hold, some func(Hold) bool) (rest []Hold, errs []error) {
	var ids []id.Hold
	for _, o := range open {
		if some(o) {
			rest = append(rest, o)
			ids = append(ids, o.ID)
		}
	}
	committed, err := h.proven(ctx, account, ids)
	errs = append(errs, err)
	var done []Hold
	rest = slices.DeleteFunc(rest, func(o Hold) bool {
		ended := committed[o.ID] && o.leavable()
		if ended {
			done = append(done, o)
		}
		return ended
	})
	for some := range slices.Chunk(done, mostCarried) {
		errs = append(errs, unlessConflict(h.drop(ctx, account, row, some)))
	}
	return rest, errs
}

func unlessConflict(err error) error {
	if errors.Is(err, ErrConflict) {
		return nil // somebody else has just done it
	}
	return err
}

// settleHold ends a hold of a wallet. What came to nothing has two entries, one for
// the hold and one for its release: the number of the first was given away, and the
// ledger has no gaps.
func (h payer) settleHold(ctx context.Context, account id.Account, c money.Currency, o Hold) error {
	if o.Release {
		return h.release(ctx, account, c, o)
	}
	var committed bool
	var bounds Budget
	err := h.run([]func() error{
		func() (err error) { committed, err = h.committed(ctx, account, o.ID); return err },
		func() (err error) { bounds, err = budget(ctx, h.store, account, ""); return err },
	})
	if err != nil {
		return err
	}
	if committed {
		return h.endWallet(ctx, account, o)
	}
	if err := h.fill(ctx, account, c, o, bounds.Policy.LowBalance); err != nil {
		return err
	}
	release := Hold{ID: o.ID, Minor: -o.Minor, Release: true}
	w, err := h.store.StepWallet(ctx, WalletStep{Account: account, End: &o, Begin: &release, At: h.now()})
	if err != nil {
		return err
	}
	release.Number, release.Balance = w.Version, &w.Balance.Minor
	return h.release(ctx, account, c, release)
}

// release writes the entry of a release, and ends it.
func (h payer) release(ctx context.Context, account id.Account, c money.Currency, o Hold) error {
	if err := h.fill(ctx, account, c, o, nil); err != nil {
		return err
	}
	return h.endWallet(ctx, account, o)
}

// fill writes the entry of a hold that came to nothing, or of its release, unless it
// is there. Members want to hear of a balance below low.
func (h payer) fill(ctx context.Context, account id.Account, c money.Currency, o Hold, low *int64) error {
	amount := money.Money{Minor: o.Minor, Currency: c}
	balance, err := h.balanceAfter(ctx, account, amount, o)
	if err != nil {
		return err
	}
	e := Entry{
		Account: account, Number: o.Number, Kind: EntryPurchase, Cause: HoldCause(o.ID), Amount: amount, Balance: balance,
		Note: "Held for what was not carried out", At: o.ID.MadeAt(),
	}
	if o.Release {
		e.At = h.now()
		e.Kind, e.Cause, e.Note = EntryRefund, ReleaseCause(o.ID), "Released: it was not carried out"
	}
	change := Change{Booking: &Booking{Wallet: Wallet{Account: account, Held: &Held{}}, Entry: e, Low: low}, At: h.now()}
	change.Event = h.heldLow(change.Booking, change.At)
	change.noteLow()
	err = h.patiently(ctx, func() error { return h.store.Commit(ctx, change) })
	if errors.Is(err, ErrConflict) {
		written, err := h.store.Entry(ctx, account, o.Number)
		if err == nil && written.Cause != e.Cause || errors.Is(err, ErrNotFound) {
			return ErrConflict // the transaction has met another one
		}
		return err
	}
	return err
}

// balanceAfter is the balance after the entry of a hold. Where nobody knows it any
// more it follows from the entry before, which may still be under way: then this one
// is settled after it.
func (h payer) balanceAfter(ctx context.Context, account id.Account, amount money.Money, o Hold) (money.Money, error) {
	balance := money.Money{Currency: amount.Currency}
	if o.Balance != nil {
		balance.Minor = *o.Balance
		return balance, nil
	}
	if o.Number > 1 {
		before, err := h.store.Entry(ctx, account, o.Number-1)
		if err != nil {
			return balance, err
		}
		balance = before.Balance
	}
	return balance.Add(amount)
}

// HoldCause is the cause of the entry of a hold that came to nothing.
func HoldCause(h id.Hold) string { return "hold:" + string(h) }

// ReleaseCause is the cause of the entry that takes it back.
func ReleaseCause(h id.Hold) string { return "release:" + string(h) }

// SettleHolds ends the holds that nobody has ended, has what nobody contends for any more
// hold no longer, and gives back what questions hold that nobody has answered. It goes on after a failure.
func (w *Worker) SettleHolds(ctx context.Context) error {
	return errors.Join(w.settleHolds(ctx, w.payer().abandoned), w.expireQuestions(ctx))
}

// SettleAllHolds is SettleHolds for a store whose only process has just started: whoever
// held something has died.
func (w *Worker) SettleAllHolds(ctx context.Context) error {
	return w.settleHolds(ctx, every)
}

func (w *Worker) settleHolds(ctx context.Context, some func(Hold) bool) error {
	seats, err := w.Store.Holding(ctx)
	errs := []error{err}
	for _, seat := range seats {
		errs = append(errs, w.payer().settleSeat(ctx, seat, some))
	}
	return errors.Join(errs...)
}

func (w *Worker) payer() payer { return payer{w.Store, w.IDs, w.Now, w.Sleep, w.OneByOne, new(Ends)} }

// settleSeat settles a budget, and with that of an account its wallet.
func (h payer) settleSeat(ctx context.Context, seat Seat, some func(Hold) bool) error {
	now := h.now()
	if err := h.settleBudget(ctx, seat, some); err != nil {
		return err
	}
	if seat.Agent == "" {
		if err := h.settleWallet(ctx, seat.Account, some); err != nil {
			return err
		}
	}
	return unlessConflict(h.calm(ctx, seat, now))
}

func every(Hold) bool { return true }

func (h payer) abandoned(o Hold) bool { return h.now().Sub(o.ID.MadeAt()) >= holdTime }

// calm has a budget that is quiet hold no longer, and before that of an account its
// wallet.
func (h payer) calm(ctx context.Context, seat Seat, now time.Time) error {
	b, err := budget(ctx, h.store, seat.Account, seat.Agent)
	if err != nil || b.Held == nil || !b.Held.quiet(now) {
		return err
	}
	if seat.Agent == "" {
		w, err := wallet(ctx, h.store, seat.Account)
		if err != nil || w.Held != nil && !w.Held.quiet(now) {
			return err
		}
		if w.Held != nil {
			if err := h.store.FreeWallet(ctx, w); err != nil {
				return err
			}
		}
	}
	return h.store.FreeBudget(ctx, b)
}

// quiet reports whether nobody has contended for a while.
func (h Held) quiet(now time.Time) bool {
	return len(h.Open) == 0 && now.Sub(h.ContendedAt) >= calmTime
}

// settleOpen ends whatever is open in a budget that has just changed: what it was held
// for is committed by now, or never will be. So nothing that was decided under the
// policy or with the key before is written after this has returned.
func (w writer) settleOpen(ctx context.Context, seat Seat) error {
	return w.settleBudget(ctx, seat, every)
}
