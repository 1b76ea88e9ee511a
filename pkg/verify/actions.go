package verify

import (
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
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

// renewals: a service renews at the price of the last that was bought for it and did
// not fail.
func (a *account) renewals() {
	succeeded := make(map[id.Action]time.Time)
	for _, action := range a.Actions {
		if action.Status == shop.ActionSucceeded {
			succeeded[action.ID] = action.StartedAt
		}
	}
	type last struct {
		at     time.Time
		prices map[money.Money]bool // more than one where a clock has stood still
	}
	renewals := make(map[id.Service]last)
	for _, p := range a.Purchases {
		for _, unit := range p.Services {
			at, price := time.Time{}, p.Offer.Price.Renewal
			price.Minor /= int64(p.Offer.Quantity)
			if p.Offer.Action != nil {
				begun, done := succeeded[p.Action]
				if !done {
					continue
				}
				at = begun
			}
			l := renewals[unit.ID]
			if l.prices == nil || at.After(l.at) {
				l = last{at, make(map[money.Money]bool)}
			}
			if !at.Before(l.at) {
				l.prices[price] = true
			}
			renewals[unit.ID] = l
		}
	}
	for _, s := range a.Services {
		l := renewals[s.ID]
		a.want(l.prices == nil || l.prices[s.Bill.Renewal], "a service renews at what was bought", string(s.ID), "it renews at %s, bought was %v", s.Bill.Renewal, l.prices)
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
