package shop

import (
	"context"
	"errors"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// Budget is a policy and what was spent under it: of an account, or of one of its
// agents. A purchase replaces exactly the version that it was checked against, so
// that purchases at the same time cannot pass a limit together, and none can pass
// a policy that has just changed.
type Budget struct {
	Account  id.Account
	Agent    id.Agent // empty: the account's own
	Version  int      // 0: nothing was written yet
	Policy   Policy
	Spending Spending
	// Epoch is raised when the rights of an agent end early, as by the revocation of a
	// key, and Ended names the keys that were ended recently.
	Epoch     int
	Ended     []EndedKey
	UpdatedAt time.Time
	// Held is set while purchases hold what they spend, see Held. Then the version
	// counts only changes of the policy and the epoch.
	Held *Held
	// Move is what a change has added to the spending, or taken off; nil for a change of
	// the policy or the epoch.
	Move *Move
}

// Move is what one change adds to the spending in a budget, or takes off.
type Move struct {
	Minor    int64 // never negative
	Services int
	// Back: it is given back. OfDay and OfMonth tell whether it was spent on the day and
	// in the month that the sums are of.
	Back           bool
	OfDay, OfMonth bool
}

// Spending is what was spent, one sum for each currency, and how many services run.
type Spending struct {
	Sums         []Sum
	LiveServices int
}

// Sum is what was spent in one currency: on a day and in a month of UTC, and in
// total. The sums of a past day or month no longer count.
type Sum struct {
	Currency   money.Currency
	Day        string // as 2026-01-31
	DayMinor   int64
	Month      string // as 2026-01
	MonthMinor int64
	TotalMinor int64
}

func dayOf(t time.Time) string   { return t.UTC().Format("2006-01-02") }
func monthOf(t time.Time) string { return t.UTC().Format("2006-01") }

// Sum is the sum of a currency, as it is stored.
func (s Spending) Sum(c money.Currency) Sum {
	for _, kept := range s.Sums {
		if kept.Currency == c {
			return kept
		}
	}
	return Sum{Currency: c}
}

// On is the sum that counts at a time. A day or month that has begun by the clock of
// another machine stays begun; otherwise a slow clock would forget what was spent in
// it.
func (s Spending) On(c money.Currency, now time.Time) Sum {
	sum := s.Sum(c)
	if day := dayOf(now); sum.Day < day {
		sum.Day, sum.DayMinor = day, 0
	}
	if month := monthOf(now); sum.Month < month {
		sum.Month, sum.MonthMinor = month, 0
	}
	return sum
}

// spend is the budget after a purchase. Its errors are those of package money.
func (b Budget) spend(price money.Money, services int, now time.Time) (Budget, error) {
	sum := b.Spending.On(price.Currency, now)
	sum.DayMinor += price.Minor // no more than the total, which is checked
	sum.MonthMinor += price.Minor
	b.Move = &Move{Minor: price.Minor, Services: services, OfDay: true, OfMonth: true}
	return b.next(sum, price, services, now)
}

// GiveBack is the budget after part of a purchase made at that time was given back.
// What was spent on a day or in a month that has passed stays spent there.
func (b Budget) GiveBack(share money.Money, services int, bought, now time.Time) (Budget, error) {
	negative, err := share.Neg()
	if err != nil {
		return Budget{}, err
	}
	sum := b.Spending.On(share.Currency, now)
	if b.Held != nil {
		sum = b.Spending.Sum(share.Currency) // the day and month go on only with a hold
	}
	b.Move = &Move{
		Minor: share.Minor, Services: services, Back: true,
		OfDay: dayOf(bought) == sum.Day, OfMonth: monthOf(bought) == sum.Month,
	}
	if b.Move.OfDay {
		sum.DayMinor -= share.Minor
	}
	if b.Move.OfMonth {
		sum.MonthMinor -= share.Minor
	}
	return b.next(sum, negative, -services, now)
}

// next is the next version of the budget, with an amount added to the total of a
// sum.
func (b Budget) next(sum Sum, amount money.Money, services int, now time.Time) (Budget, error) {
	total, err := money.Money{Minor: sum.TotalMinor, Currency: sum.Currency}.Add(amount)
	if err != nil {
		return Budget{}, err
	}
	sum.TotalMinor = total.Minor
	if b.Held == nil {
		b.Version++
	}
	b.UpdatedAt = now
	b.Spending = Spending{Sums: b.Spending.with(sum), LiveServices: b.Spending.LiveServices + services}
	return b, nil
}

// with is the sums with one replaced or added.
func (s Spending) with(sum Sum) []Sum {
	sums := make([]Sum, 0, len(s.Sums)+1)
	for _, kept := range s.Sums {
		if kept.Currency != sum.Currency {
			sums = append(sums, kept)
		}
	}
	return append(sums, sum)
}

// BudgetReader reads budgets.
type BudgetReader interface {
	// Budget returns ErrNotFound. Without an agent it is the account's own.
	Budget(context.Context, id.Account, id.Agent) (Budget, error)
}

// Budgets are the two that bound an agent: its account's and its own.
type Budgets struct{ Account, Agent Budget }

// both are the two, the account's first.
func (b Budgets) both() [2]Budget { return [2]Budget{b.Account, b.Agent} }

// budgets reads both budgets that bound an agent at the same time; one that was
// never written is empty.
func budgets(ctx context.Context, store BudgetReader, agent id.Agent) (b Budgets, err error) {
	account := agent.Account()
	err = parallel(
		func() (err error) { b.Account, err = budget(ctx, store, account, ""); return err },
		func() (err error) { b.Agent, err = budget(ctx, store, account, agent); return err },
	)
	return b, err
}

// fundsReader reads what money moves in.
type fundsReader interface {
	WalletReader
	BudgetReader
}

// fundsOf reads the wallet of an agent's account and both budgets at the same time.
func fundsOf(ctx context.Context, store fundsReader, agent id.Agent) (w Wallet, b Budgets, err error) {
	err = parallel(
		func() (err error) { w, err = wallet(ctx, store, agent.Account()); return err },
		func() (err error) { b, err = budgets(ctx, store, agent); return err },
	)
	return w, b, err
}

// giveBack is GiveBack of both.
func (b Budgets) giveBack(share money.Money, services int, bought, now time.Time) (lowered []Budget, err error) {
	for _, one := range b.both() {
		if one, err = one.GiveBack(share, services, bought, now); err != nil {
			return nil, err
		}
		lowered = append(lowered, one)
	}
	return lowered, nil
}

func budget(ctx context.Context, store BudgetReader, account id.Account, agent id.Agent) (Budget, error) {
	b, err := store.Budget(ctx, account, agent)
	if errors.Is(err, ErrNotFound) {
		return Budget{Account: account, Agent: agent}, nil
	}
	return b, err
}
