package license

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// Switch makes a license one of another item. What is unused is set off against it.
func Switch() product.Action {
	return product.Action{
		ActionType: shop.ActionType{
			Name: "switch", Scope: "licenses:extend", Protectable: true,
			Begin: beginSwitch, Charge: switched, Settle: settleSwitch,
			Exchange: &shop.Exchange{Param: "catalogItemId", Check: checkSwitch}, Bought: stateOfSwitched,
		},
		Title: "Quote another item", Summary: "Get the price of another item for a license.",
		Description: "What is unused of this one is set off.",
		Input:       []schema.Field{schema.Required("catalogItemId", schema.Identifier("The item.", 64))},
		Errors:      []fault.Code{fault.SoldOut},
		Example:     product.Example{Input: `{"catalogItemId":"cat_compose"}`},
	}
}

func checkSwitch(service shop.Service, _, to shop.Item, _ json.RawMessage) error {
	c, err := read(service.Configuration)
	if err != nil {
		return err
	}
	s, err := stateOf(service.State)
	if err != nil {
		return err
	}
	plan, err := planOf(to)
	if err != nil {
		return err
	}
	if _, ok := to.Term(c.BillingTermMonths); !ok || s.Seats > plan.MaxSeats || !slices.Contains(plan.Editions, s.Edition) {
		return fault.InvalidParam("$.catalogItemId", "must be an item with the edition, the seats and the term of the license").Fix("Choose another item.")
	}
	return nil
}

func switched(service shop.Service, to shop.Item, _ json.RawMessage, at time.Time) (c shop.Charge, err error) {
	s, err := stateOf(service.State)
	if err != nil {
		return c, err
	}
	renewal, err := to.Price.Times(s.Seats * max(service.Bill.Term.Months, 1))
	if err != nil {
		return c, err
	}
	rest, err := service.Rest(renewal, at)
	if err != nil {
		return c, err
	}
	unused, err := service.Unused(at).Neg()
	if err != nil {
		return c, err
	}
	c.Lines = []shop.Line{
		{Kind: lineSeats, Description: fmt.Sprintf("%d seats of %s, the rest of the term", s.Seats, to.Name), Quantity: 1, Unit: rest, Amount: rest},
		{Kind: shop.LineUnused, Description: "Unused of what was paid", Quantity: 1, Unit: unused, Amount: unused},
	}
	c.Renewal = &renewal
	c.Total, err = rest.Add(unused)
	return c, err
}

func beginSwitch(data shop.Data, _ json.RawMessage) (shop.Data, error) {
	s, err := stateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	return pack(s)
}

func settleSwitch(data shop.Data, _ shop.Ending) (shop.Data, error) { return data, nil }

// stateOfSwitched has a number of the new item.
func stateOfSwitched(data shop.Data, _ shop.Item, offer shop.Offer) (shop.Data, error) {
	s, err := stateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	s.Number = "LK-" + offer.Item.SKU
	return pack(s)
}
