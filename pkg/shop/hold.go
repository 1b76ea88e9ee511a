package shop

import (
	"context"
	"errors"
	"fmt"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// Two transactions that write one item at the same moment cancel each other, so the
// purchases of one account would. Therefore a wallet or a budget that was lost to
// another transaction holds from then on, until nobody has contended for it for a
// while: a single update takes the amount out of what is free before the transaction
// of the purchase, which no longer contains the item, and another one ends the hold
// afterwards. Single updates of one item queue, and do not cancel each other.
//
// The hold of money that goes out has done all that it does when it began. So where
// there are many it stays after its change is committed, until somebody else's update
// carries its end: see Ends.
//
// A hold that nobody ends, because its process has died, is settled by the worker:
// what was committed stays, and anything else is given back.

// Held is the state of a wallet or budget that holds.
type Held struct {
	// Free is, of a wallet, what can be spent: the balance without the credits that are
	// still open.
	Free int64
	// Currency, Day and Month are, of a budget, those of the sum that its holds add to.
	Currency   money.Currency
	Day, Month string
	// Open are the holds that are not ended yet.
	Open []Hold
	// Begun is, of a budget, how many there ever were since it holds.
	Begun int
	// ContendedAt is when somebody last met a hold of somebody else.
	ContendedAt time.Time
}

// Hold is an amount that one change holds in one wallet or budget.
type Hold struct {
	// ID is shared by the holds of one change, and tells when it began.
	ID id.Hold
	// Minor is what the entry of a wallet moves, or what a budget counts as spent.
	Minor int64
	// Number is that of the entry in the ledger of a wallet.
	Number int
	// Balance is that after the entry; nil where it is not known.
	Balance *int64
	// Release: the hold takes back what another of the same ID has moved.
	Release bool
	// Services and Day are, of a budget, how many services the hold counts, and the day
	// that it counts for.
	Services int
	Day      string
}

const (
	// MaxWalletHolds is how many open holds a wallet has where nobody adds another one. With
	// more it would be larger than one write unit, and each of its updates twice as dear.
	MaxWalletHolds = 24
	// MaxSinceRead is how many may have been opened since a wallet was read by whoever adds
	// another: all who read it at the same moment find the same places.
	MaxSinceRead = 128
)

// HoldProof is written in the transaction of the change that its holds are for. So
// whoever finds a hold knows what has become of the change; and a change of which
// somebody has written that it is void can no longer be committed.
type HoldProof struct {
	Account id.Account
	ID      id.Hold
	Void    bool
	At      time.Time
}

// WalletStep is one update of a wallet that holds.
type WalletStep struct {
	Account id.Account
	// Begin opens a hold, which gets the next number of the ledger, and moves the
	// balance.
	Begin *Hold
	// Before is the number that the new hold's must be below; zero is no bound.
	Before int
	// End closes an open one.
	End *Hold
	// Committed are holds of money that went out, whose changes are committed. They are
	// open no longer, whether they were or not.
	Committed []Hold
	// Free is what is added to the free amount, which does not get below zero.
	Free int64
	// Contended: the wallet had other holds when it was read.
	Contended bool
	At        time.Time
}

// BudgetStep is one update of a budget that holds. Its conditions are those of the
// policy, in the version that was read.
type BudgetStep struct {
	Budget Budget
	// Begin opens a hold, and End closes an open one.
	Begin, End *Hold
	// Committed are holds whose changes are committed. They are open no longer, whether
	// they were or not.
	Committed []Hold
	// Undo: what the hold has counted is counted no longer.
	Undo      bool
	Contended bool
	At        time.Time
}

// ErrFull is an ErrConflict: a wallet has no place for another hold at this moment, or
// had none left when those were opened that it did not have when it was read.
var ErrFull = fmt.Errorf("%w: no place for another hold", ErrConflict)

// HoldStore changes single wallets and budgets outside of transactions. All of its
// writes return ErrConflict where their condition fails.
type HoldStore interface {
	WalletReader
	BudgetReader
	// HoldWallet has a wallet hold from now on, and FreeWallet no longer. The latter
	// needs one that was read with no hold open.
	HoldWallet(context.Context, id.Account, time.Time) error
	FreeWallet(context.Context, Wallet) error
	// HoldBudget has a budget hold from now on, in the version that was read; FreeBudget
	// no longer.
	HoldBudget(context.Context, Budget, money.Currency, time.Time) error
	FreeBudget(context.Context, Budget) error
	// StepWallet returns the wallet after the step, or ErrFull.
	StepWallet(context.Context, WalletStep) (Wallet, error)
	StepBudget(context.Context, BudgetStep) error
	// RollBudget begins another day or month of a budget that holds.
	RollBudget(ctx context.Context, b Budget, day, month string) error
	// HoldProof returns ErrNotFound; VoidHold writes a proof where there is none.
	// Committed reports what a proof says that may not be there yet for this reader: what
	// is committed stays so, and the opposite says nothing.
	HoldProof(context.Context, id.Account, id.Hold) (HoldProof, error)
	Committed(context.Context, id.Account, id.Hold) (bool, error)
	VoidHold(context.Context, HoldProof) error
	// Entry reads an entry of the ledger. It returns ErrNotFound.
	Entry(context.Context, id.Account, int) (Entry, error)
	// Record returns the record of an idempotency key, or ErrNotFound. It may have expired.
	Record(context.Context, RecordKey) (Record, error)
	// Commit writes all of a change or nothing. It returns ErrConflict.
	Commit(context.Context, Change) error
}

// Contended is an ErrConflict over wallets and budgets.
type Contended struct {
	Wallet  bool
	Budgets []id.Agent // empty for the account's own
}

func (c *Contended) Error() string { return "shop: other transactions want the same money" }

// Is reports that nothing was written.
func (c *Contended) Is(target error) bool { return target == ErrConflict }

// unsettled is the refusal of a purchase for which too little is left while others hold
// some of it: they may give it back. It is an ErrConflict as long as the purchase can
// start over, and then the refusal.
type unsettled struct{ refusal error }

func (u *unsettled) Error() string        { return u.refusal.Error() }
func (u *unsettled) Unwrap() error        { return u.refusal }
func (u *unsettled) Is(target error) bool { return target == ErrConflict }

// final is an error after the last try: what may have been settled by another is now a
// refusal.
func final(err error) error {
	var open *unsettled
	if errors.As(err, &open) {
		return open.refusal
	}
	return err
}

// short reports whether an error refuses a purchase for want of what others hold.
func (b basket) short(err error) bool {
	contended := b.funds.Held.contended() || b.bounds.Account.Held.contended() || b.bounds.Agent.Held.contended()
	return contended && (fault.Is(err, fault.InsufficientFunds) || fault.Is(err, fault.SpendLimitExceeded))
}

// spends reports whether a change spends under a budget that holds.
func (b Budget) spends() bool { return b.Held != nil && b.Move != nil && !b.Move.Back }

// contended reports whether others have holds open.
func (h *Held) contended() bool { return h != nil && len(h.Open) > 0 }
