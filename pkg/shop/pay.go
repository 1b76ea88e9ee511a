package shop

import (
	"cmp"
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// payer commits changes that move money: it holds first what the wallet and the
// budgets that hold want held.
type payer struct {
	store HoldStore
	ids   id.Maker
	now   func() time.Time
	sleep sleeper
	// oneByOne: what could be done side by side is done one after the other.
	oneByOne bool
	// ends are those of its process.
	ends *Ends
}

// holds are those of one change.
type holds struct {
	id      id.Hold
	account id.Account
	// currency is that of the wallet.
	currency money.Currency
	wallet   *WalletStep
	budgets  []BudgetStep
	// seen is the wallet as it was read.
	seen Wallet
	// crowded are those items that others crowd.
	crowded []heldRow
}

// commit writes a change, and returns what ends its holds, which is to be called in
// any case and may be called later. Where the change has lost a wallet or a budget to
// another, that holds from now on. It returns ErrConflict.
func (h payer) commit(ctx context.Context, change Change) (end func(context.Context), err error) {
	held := h.split(&change)
	if held == nil {
		change.noteLow()
		err := h.store.Commit(ctx, change)
		h.lost(ctx, change, err)
		return func(context.Context) {}, err
	}
	h.ends.begin(held.account, held.id)
	if err := h.take(ctx, held, &change); err != nil {
		h.over(ctx, held)
		return func(context.Context) {}, err
	}
	change.noteLow()
	err = h.patiently(ctx, func() error { return h.store.Commit(ctx, change) })
	if err == nil {
		return func(ctx context.Context) { h.end(ctx, held) }, nil
	}
	// Of some errors nobody knows whether it was committed: undo finds out.
	h.undo(ctx, held)
	h.over(NoRequest(context.WithoutCancel(ctx)), held)
	h.lost(ctx, change, err)
	return func(context.Context) {}, err
}

// lost has hold from now on what a change was lost for.
func (h payer) lost(ctx context.Context, change Change, err error) {
	var lost *Contended
	if errors.As(err, &lost) {
		h.contend(ctx, change, lost)
	}
}

// split takes out of a change what is held first; nil where nothing is.
func (h payer) split(change *Change) *holds {
	held := &holds{}
	if b := change.Booking; b != nil && b.Wallet.Held != nil {
		held.seen = b.Wallet
		held.seen.Version-- // before the entry
		held.account, held.currency = b.Wallet.Account, b.Entry.Amount.Currency
		held.wallet = &WalletStep{
			Account: held.account, Begin: &Hold{Minor: b.Entry.Amount.Minor}, Free: min(b.Entry.Amount.Minor, 0),
			Contended: b.Wallet.Held.contended(), At: change.At,
		}
	}
	var others []Budget
	for _, b := range change.Budgets {
		if !b.spends() {
			others = append(others, b)
			continue
		}
		held.account = b.Account
		held.budgets = append(held.budgets, BudgetStep{
			Budget: b, Begin: &Hold{Minor: b.Move.Minor, Services: b.Move.Services, Day: b.Spending.Sum(b.Held.Currency).Day},
			Contended: b.Held.contended(), At: change.At,
		})
	}
	if held.account == "" {
		return nil
	}
	held.id = h.ids.Hold()
	change.Budgets = others
	change.Proof = &HoldProof{Account: held.account, ID: held.id, At: change.At}
	return held
}

// open are the open holds of a change's wallet and budgets, as they were read.
func (s *holds) open() map[heldRow][]Hold {
	rows := make(map[heldRow][]Hold)
	if s.wallet != nil {
		rows[heldRow{wallet: true}] = s.seen.Held.Open
	}
	for _, b := range s.budgets {
		rows[heldRow{agent: b.Budget.Agent}] = b.Budget.Held.Open
	}
	return rows
}

// take opens all holds of a change side by side, and gives up those that were opened
// where one was not.
func (h payer) take(ctx context.Context, held *holds, change *Change) error {
	if err := h.prepare(ctx, held); err != nil {
		return err
	}
	var steps []func() error
	for i := range held.budgets {
		step := &held.budgets[i]
		step.Begin.ID = held.id
		steps = append(steps, func() error { return h.takeBudget(ctx, *step) })
		if a := change.Authority; a != nil && a.Agent == step.Budget.Agent {
			seatless := *a // the hold is on the condition of the same epoch
			seatless.Agent = ""
			change.Authority = &seatless
		}
	}
	if held.wallet != nil {
		held.wallet.Begin.ID = held.id
		booking := *change.Booking
		change.Booking = &booking
		steps = append(steps, func() (err error) {
			booking.Wallet, err = h.takeWallet(ctx, held)
			if err != nil {
				return err
			}
			booking.Entry.Number, booking.Entry.Balance = booking.Wallet.Version, booking.Wallet.Balance
			held.wallet.Begin.Number, held.wallet.Begin.Balance = booking.Wallet.Version, &booking.Wallet.Balance.Minor
			return nil
		})
	}
	err := h.run(steps)
	if err != nil {
		h.undo(ctx, held)
		return err
	}
	CountOne(ctx, Holds)
	return nil
}

// prepare learns what can be ended with what is about to begin, and waits for a place in
// the wallet.
func (h payer) prepare(ctx context.Context, held *holds) error {
	rows := held.open()
	h.learn(ctx, held.account, rows)
	for row, open := range rows {
		if h.ends.crowded(open) != nil {
			held.crowded = append(held.crowded, row)
		}
	}
	if held.wallet == nil {
		return nil
	}
	return h.place(ctx, held)
}

// place waits until the wallet has a place, for about a second. It returns ErrFull.
// Whether there is one is read: a failed write costs as much as one that succeeds, and
// those who wait would keep the others from ending their holds.
func (h payer) place(ctx context.Context, held *holds) error {
	for try := 0; !h.hasPlace(held.seen); try++ {
		if try == mostLooks {
			return ErrFull
		}
		if try == triesOfPlace {
			_ = h.settleWallet(ctx, held.account, h.abandoned)
		}
		if err := h.look(ctx, held); err != nil {
			return err
		}
	}
	return nil
}

func (h payer) hasPlace(w Wallet) bool {
	if w.Held == nil {
		return true
	}
	open := 0
	for _, o := range w.Held.Open {
		if !h.ends.committed(o.ID) {
			open++
		}
	}
	return open < MaxWalletHolds
}

// look reads the wallet once more, after a while. A request that waits for others does
// not use up its calls: it would be refused for their number.
func (h payer) look(ctx context.Context, held *holds) (err error) {
	if Tired(ctx) {
		return ErrFull
	}
	CountOne(ctx, Waits)
	if err = h.sleep.wait(ctx, placeWait/2+rand.N(placeWait)); err != nil {
		return err
	}
	held.seen, err = wallet(NoRequest(ctx), h.store, held.account)
	if err == nil && held.seen.Held != nil {
		h.learn(ctx, held.account, map[heldRow][]Hold{{wallet: true}: held.seen.Held.Open})
	}
	return err
}

// takeWallet opens the hold of the wallet, and carries what is left there.
func (h payer) takeWallet(ctx context.Context, held *holds) (after Wallet, err error) {
	step, row := *held.wallet, heldRow{wallet: true}
	for {
		step.Before = held.seen.Version + MaxSinceRead
		step.Committed = h.ends.take(held.account, row)
		err = h.patiently(ctx, func() (err error) { after, err = h.store.StepWallet(ctx, step); return err })
		if err == nil {
			return after, nil
		}
		h.ends.leave(held.account, row, step.Committed...)
		if !errors.Is(err, ErrFull) {
			return after, err
		}
		// It was read too long ago.
		if err := h.look(ctx, held); err != nil {
			return after, err
		}
		if err := h.place(ctx, held); err != nil {
			return after, err
		}
	}
}

const (
	// placeWait is how long a wallet is left alone, on average, that has no place: about
	// as long as a hold is open.
	placeWait = 20 * time.Millisecond
	// triesOfPlace is after how many places that others were quicker to take abandoned
	// holds may be why there are so few.
	triesOfPlace = 5
	// mostLooks is how often somebody looks for a place.
	mostLooks = 60
)

// patiently repeats a step that DynamoDB throttles: a single item takes only so many
// writes a second, and those who want more of them queue here.
func (h payer) patiently(ctx context.Context, step func() error) (err error) {
	for try := range patience {
		if err = step(); !fault.Is(err, fault.RateLimited) || Tired(ctx) {
			return err
		}
		if err := h.sleep.pause(ctx, try); err != nil {
			return err
		}
	}
	return err
}

// patience is how often a step is tried: for about two seconds.
const patience = 20

func (h payer) run(steps []func() error) error {
	if !h.oneByOne {
		return parallel(steps...)
	}
	var errs []error
	for _, step := range steps {
		errs = append(errs, step())
	}
	return cmp.Or(errs...)
}

func (h payer) takeBudget(ctx context.Context, step BudgetStep) error {
	kept, sum := step.Budget.Held, step.Budget.Spending.Sum(step.Budget.Held.Currency)
	if kept.Day != sum.Day || kept.Month != sum.Month {
		// Whoever comes second finds the day begun.
		if err := h.store.RollBudget(ctx, step.Budget, sum.Day, sum.Month); err != nil && !errors.Is(err, ErrConflict) {
			return err
		}
	}
	row := heldRow{agent: step.Budget.Agent}
	step.Committed = h.ends.take(step.Budget.Account, row)
	err := h.patiently(ctx, func() error { return h.store.StepBudget(ctx, step) })
	if err != nil {
		h.ends.leave(step.Budget.Account, row, step.Committed...)
	}
	return err
}

// end ends the hold of a credit whose change is committed, and leaves the others to
// whoever updates the wallet and the budgets next. What fails here is settled later.
func (h payer) end(ctx context.Context, held *holds) {
	ctx = NoRequest(context.WithoutCancel(ctx))
	for _, s := range held.budgets {
		h.ends.leave(held.account, heldRow{agent: s.Budget.Agent}, *s.Begin)
	}
	if w := held.wallet; w != nil {
		if w.Begin.leavable() {
			h.ends.leave(held.account, heldRow{wallet: true}, *w.Begin)
		} else {
			_ = h.endWallet(ctx, held.account, *w.Begin)
		}
	}
	h.over(ctx, held)
}

// endWallet ends a hold whose entry is in the ledger. What has come in can be spent
// from now on.
func (h payer) endWallet(ctx context.Context, account id.Account, hold Hold) error {
	return h.patiently(ctx, func() error {
		_, err := h.store.StepWallet(ctx, WalletStep{Account: account, End: &hold, Free: max(hold.Minor, 0), At: h.now()})
		return err
	})
}

// contend has the wallet and the budgets that a change has lost hold from now on. The
// account's budget does so with its wallet, and before it. Where that fails, whoever
// loses next tries again.
func (h payer) contend(ctx context.Context, change Change, lost *Contended) {
	if change.Booking == nil {
		return
	}
	wallet := change.Booking.Wallet
	for _, agent := range lost.Budgets {
		if agent != "" {
			_ = h.holdBudget(ctx, wallet, agent, change.Budgets)
		} else {
			lost.Wallet = true
		}
	}
	if !lost.Wallet || wallet.Held != nil {
		return
	}
	if h.holdBudget(ctx, wallet, "", change.Budgets) == nil {
		_ = h.store.HoldWallet(ctx, wallet.Account, h.now())
	}
}

// holdBudget has a budget hold, unless it was lost to another policy or to the end of a
// key.
func (h payer) holdBudget(ctx context.Context, wallet Wallet, agent id.Agent, decided []Budget) error {
	b, err := budget(ctx, h.store, wallet.Account, agent)
	if err != nil || b.Held != nil {
		return err
	}
	for _, before := range decided {
		if before.Agent == agent && (before.Epoch != b.Epoch || !reflect.DeepEqual(before.Policy, b.Policy)) {
			return ErrConflict
		}
	}
	return h.store.HoldBudget(ctx, b, wallet.Balance.Currency, h.now())
}
