package server

import (
	"encoding/json"
	"fmt"

	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// Price prices a checked configuration. Everything is computed for one server
// and then multiplied, so that a share of a purchase is always a whole amount:
// base = price a month * months, or the price of an hour; backups = a percentage of the base; discount =
// a percentage of both; the setup fee is paid once.
func (Rules) Price(item shop.Item, configuration json.RawMessage, quantity int) (shop.Price, error) {
	var c Configuration
	if err := json.Unmarshal(configuration, &c); err != nil {
		return shop.Price{}, err
	}
	term, ok := item.Term(c.BillingTermMonths)
	if item.Hourly() {
		term, ok = item.Terms[0], true
	}
	if !ok {
		return shop.Price{}, fmt.Errorf("server: %s has no term of %d months", item.ID, c.BillingTermMonths)
	}
	offer, err := offerOf(item)
	if err != nil {
		return shop.Price{}, err
	}
	unit, err := priceUnit(item, offer.plan, c, term)
	if err != nil {
		return shop.Price{}, err
	}
	return unit.times(quantity, term)
}

// lineBackups is what backups cost.
const lineBackups shop.LineKind = "backups"

// unitPrice is what one server costs; an amount of zero does not apply.
type unitPrice struct {
	plan                           Plan
	item                           shop.Item
	base, backups, discount, setup money.Money
}

func priceUnit(item shop.Item, plan Plan, c Configuration, term shop.Term) (u unitPrice, err error) {
	zero := money.Money{Currency: item.Price.Currency}
	u = unitPrice{plan: plan, item: item, backups: zero, discount: zero, setup: item.SetupFee}
	if u.base, err = item.Price.Times(max(term.Months, term.Hours)); err != nil {
		return u, err
	}
	if c.BackupsEnabled {
		if u.backups, err = u.base.Percent(plan.BackupsPercent); err != nil {
			return u, err
		}
	}
	full, err := u.base.Add(u.backups)
	if err != nil {
		return u, err
	}
	u.discount, err = full.Percent(-term.DiscountPercent)
	return u, err
}

func (u unitPrice) times(quantity int, term shop.Term) (shop.Price, error) {
	p := shop.Price{
		Total:   money.Money{Currency: u.base.Currency},
		Renewal: money.Money{Currency: u.base.Currency},
		Term:    term,
	}
	for _, l := range []struct {
		kind        shop.LineKind
		description string
		unit        money.Money
	}{
		{shop.LineBase, u.item.Name + ", " + length(term), u.base},
		{lineBackups, fmt.Sprintf("Backups, %d %% of the base price", u.plan.BackupsPercent), u.backups},
		{shop.LineDiscount, fmt.Sprintf("Discount of %d %% for paying %s in advance", term.DiscountPercent, length(term)), u.discount},
		{shop.LineSetup, "Setup, once", u.setup},
	} {
		if l.unit.Minor == 0 && l.kind != shop.LineBase {
			continue
		}
		amount, err := l.unit.Times(quantity)
		if err != nil {
			return p, err
		}
		p.Lines = append(p.Lines, shop.Line{Kind: l.kind, Description: l.description, Quantity: quantity, Unit: l.unit, Amount: amount})
		if p.Total, err = p.Total.Add(amount); err != nil {
			return p, err
		}
		if l.kind != shop.LineSetup {
			if p.Renewal, err = p.Renewal.Add(amount); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

func length(t shop.Term) string {
	switch {
	case t.Hours > 0:
		return "1 hour"
	case t.Months == 1:
		return "1 month"
	default:
		return fmt.Sprintf("%d months", t.Months)
	}
}
