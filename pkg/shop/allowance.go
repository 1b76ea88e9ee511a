package shop

import (
	"context"
	"time"

	"agentstore/pkg/money"
)

// Allowance is what an agent has to spend, and what is about to be charged.
type Allowance struct {
	Wallet Wallet
	// Held is what purchases that are under way hold, or wait for an approval.
	Held money.Money
	// Rooms are what the limits leave the agent. MaySpend is the most that a
	// purchase may cost now: the least of what they leave, and of what is free.
	Rooms    []Room
	MaySpend money.Money
	Upcoming Upcoming
}

// Room is how much one rule of one layer leaves.
type Room struct {
	Layer Layer
	Rule  Rule
	// Limit and Left are money in its minor unit, or services where the rule is about
	// those. A rule without a limit, such as a freeze, leaves nothing.
	Limit *int64
	Left  int64
	// ResetsAt is when it leaves more by itself; zero for never.
	ResetsAt time.Time
}

// OfServices reports whether the figures are of services.
func (r Room) OfServices() bool { return r.Rule == RuleLiveServices }

// Asks reports whether what is above the limit is not refused: a person is asked.
func (r Room) Asks() bool { return Check{Rule: r.Rule}.asks() }

// Allowance reads what the caller, an agent, may spend.
func (s *Shop) Allowance(ctx context.Context, caller Caller) (a Allowance, err error) {
	var bounds Budgets
	err = parallel(
		func() (err error) { a, err = s.WalletAndUpcoming(ctx, caller); return err },
		func() (err error) { bounds, err = budgets(ctx, s.Store, caller.Agent); return err },
	)
	if err != nil {
		return Allowance{}, err
	}
	now := s.Now()
	a.Rooms = roomsOf(bounds, a.Wallet.Balance.Currency, now)
	a.MaySpend = a.maySpend()
	return a, nil
}

func (a Allowance) maySpend() money.Money {
	most := a.Wallet.Free()
	for _, r := range a.Rooms {
		if !r.OfServices() && !r.Asks() {
			most.Minor = min(most.Minor, r.Left)
		}
	}
	return most
}

// WalletAndUpcoming reads the wallet of the caller's account, and what is charged next
// for the services that they see.
func (s *Shop) WalletAndUpcoming(ctx context.Context, caller Caller) (a Allowance, err error) {
	var questions int64
	err = parallel(
		func() (err error) { a.Wallet, questions, err = s.WalletAndQuestions(ctx, caller); return err },
		func() (err error) { a.Upcoming, err = s.Upcoming(ctx, caller); return err },
	)
	a.Held = a.Wallet.OnHold()
	a.Held.Minor += questions
	a.Upcoming.Total.Currency = a.Wallet.Balance.Currency
	return a, err
}

// roomsOf are what both layers leave, of one currency.
func roomsOf(bounds Budgets, currency money.Currency, now time.Time) (all []Room) {
	nothing := Offer{Quantity: 1, Price: Price{Total: money.Money{Currency: currency}}}
	for i, layer := range []Layer{LayerAccount, LayerAgent} {
		budget := bounds.both()[i]
		if budget.Policy.Frozen {
			all = append(all, Room{Layer: layer, Rule: RuleFrozen})
		}
		if h := budget.Policy.Hours; h != nil && !h.Open(now) {
			all = append(all, Room{Layer: layer, Rule: RuleHours, ResetsAt: h.next(now)})
		}
		c := checker{layer: layer, budget: budget, offer: nothing, now: now}
		c.limits()
		for _, check := range c.checks {
			all = append(all, check.room())
		}
	}
	return all
}

// room is what the check of a limit leaves.
func (c Check) room() Room {
	r := Room{Layer: c.Layer, Rule: c.Rule, ResetsAt: c.ResetsAt}
	if c.Services != nil {
		r.Limit, r.Left = &c.Services.Limit, c.Services.Left
	} else {
		r.Limit, r.Left = &c.Money.Limit.Minor, c.Money.Left.Minor
	}
	return r
}
