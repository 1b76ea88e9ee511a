package verify

import (
	"slices"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/sorting"
)

// actions: one that was bought and its purchase name each other, and end alike.
func (a *account) actions() {
	const promise = "a bought action is as its purchase"
	begun := make(map[id.Action]shop.Action)
	for _, action := range a.Actions {
		begun[action.ID] = action
	}
	for _, p := range a.Purchases {
		offered := p.Offer.Action
		if offered == nil || isOpen(p) {
			a.want(p.Action == "", promise, string(p.ID), "it has begun %s", p.Action)
			continue
		}
		action, known := begun[p.Action]
		a.want(known && action.Purchase == p.ID && action.Service == offered.Service, promise, string(p.ID), "the action %q is of %q, by %q", p.Action, action.Service, action.Purchase)
		a.want(len(p.Services) == 1 && p.Services[0].ID == offered.Service, promise, string(p.ID), "it names %v", p.Services)
		a.want((p.Status == shop.PurchaseFailed) == (action.Status == shop.ActionFailed), promise, string(p.ID), "it is %s, its action is %s", p.Status, action.Status)
		delete(begun, p.Action)
	}
	for _, action := range begun {
		a.want(action.Purchase == "", promise, string(action.ID), "the purchase %s does not name it", action.Purchase)
	}
}

// priced is a price of a service from a time on, and the item that it is of.
type priced struct {
	from    time.Time
	renewal money.Money
	item    id.Item // empty: the one before
}

// prices are those of each service, the first first: of what was bought, and of each
// action that has changed it since.
func (a *account) prices() map[id.Service][]priced {
	ended := make(map[id.Action]shop.Action)
	for _, action := range a.Actions {
		if action.Status == shop.ActionSucceeded {
			ended[action.ID] = action
		}
	}
	prices := make(map[id.Service][]priced)
	for _, p := range a.Purchases {
		for _, unit := range p.Services {
			one := priced{renewal: p.Offer.Price.Renewal, item: p.Offer.Item.ID}
			one.renewal.Minor /= int64(p.Offer.Quantity)
			if offered := p.Offer.Action; offered != nil {
				action, done := ended[p.Action]
				if !done {
					continue
				}
				one.from = action.FinishedAt
				if offered.From == "" {
					one.item = ""
				}
			}
			prices[unit.ID] = append(prices[unit.ID], one)
		}
	}
	for _, action := range ended {
		if action.Credit != nil && action.Purchase == "" {
			prices[action.Service] = append(prices[action.Service], priced{from: action.FinishedAt, renewal: action.Credit.Renewal})
		}
	}
	for service, list := range prices {
		sorting.By(list, func(a, b priced) int { return a.from.Compare(b.from) })
		for i := range list {
			if list[i].item == "" && i > 0 {
				list[i].item = list[i-1].item
			}
		}
		prices[service] = list
	}
	return prices
}

// at are the prices that a service may have had at a time: more than one where a clock
// has stood still.
func at(prices []priced, when time.Time) (found []priced) {
	for _, p := range prices {
		switch {
		case p.from.After(when):
		case len(found) > 0 && !p.from.Before(when) || len(found) > 0 && p.from.Equal(found[0].from):
			found = append(found, p)
		default:
			found = []priced{p}
		}
	}
	return found
}

// renewals: a service is of the item, and renews at the price, of the last that was bought
// for it and did not fail.
func (a *account) renewals() {
	all := a.prices()
	for _, s := range a.Services {
		prices := at(all[s.ID], a.now)
		same := func(p priced) bool { return p.renewal == s.Bill.Renewal }
		a.want(len(prices) == 0 || slices.ContainsFunc(prices, same), "a service renews at what was bought", string(s.ID), "it renews at %s, bought was %v", s.Bill.Renewal, prices)
		of := func(p priced) bool { return p.item == s.Item || p.item == "" }
		a.want(len(prices) == 0 || slices.ContainsFunc(prices, of), "a service is of what was bought", string(s.ID), "it is of %s, bought was %v", s.Item, prices)
	}
}

// credits: what an action gave back is what its purchase has promised, and nothing of an
// action that has not succeeded.
func (a *account) credits() {
	promised := make(map[id.Action]money.Money)
	for _, p := range a.Purchases {
		if p.Offer.Price.Back.Minor > 0 {
			promised[p.Action] = p.Offer.Price.Back
		}
	}
	for _, action := range a.Actions {
		var given money.Money
		if action.Credit != nil {
			given = action.Credit.Back
		}
		succeeded := action.Status == shop.ActionSucceeded
		a.want(succeeded || given.Minor == 0, "what is given back was promised", string(action.ID), "it is %s, and gave %s back", action.Status, given)
		a.want(!succeeded || action.Purchase == "" || promised[action.ID].Minor == given.Minor, "what is given back was promised", string(action.ID), "it gave %s back, and %s was promised", given, promised[action.ID])
	}
}

// refundCause is the cause with which the price of a unit, or of an action, is given
// back.
func refundCause(p shop.Purchase, unit shop.ServiceRef) string {
	if p.Offer.Action != nil {
		return shop.ActionRefundCause(p.Action)
	}
	return shop.RefundCause(unit.ID)
}
