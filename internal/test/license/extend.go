package license

import (
	"encoding/json"
	"fmt"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/money"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// Extend adds seats to a license. They cost what the item does now, for the rest of the
// term, and the whole term at its renewal.
func Extend() product.Action {
	return product.Action{
		ActionType: shop.ActionType{
			Name: "extend", Scope: "licenses:extend", Protectable: true,
			Begin: beginExtension, Charge: charge, Choices: chosen, Settle: settleExtension,
		},
		Title: "Quote more seats", Summary: "Get the price of more seats for a license.",
		Description: "The seats are paid for the rest of the term.",
		Input: []schema.Field{
			schema.Required("seats", schema.Integer("How many more.", 0, maxSeats)),
			schema.Optional("edition", schema.Enum("The edition from now on.", "personal", "team")),
		},
		Example: product.Example{Input: `{"seats":2}`},
	}
}

type extension struct {
	Seats   int    `json:"seats"`
	Edition string `json:"edition,omitempty"`
}

func extensionOf(input json.RawMessage) (e extension, err error) {
	err = json.Unmarshal(input, &e)
	return e, err
}

func chosen(_, input json.RawMessage) (map[string]string, error) {
	e, err := extensionOf(input)
	if err != nil || e.Edition == "" {
		return nil, err
	}
	return map[string]string{editions: e.Edition}, nil
}

func charge(service shop.Service, item shop.Item, input json.RawMessage, at time.Time) (c shop.Charge, err error) {
	more, err := extensionOf(input)
	if err != nil {
		return c, err
	}
	bought, err := read(service.Configuration)
	if err != nil {
		return c, err
	}
	state, err := stateOf(service.State)
	if err != nil {
		return c, err
	}
	plan, err := planOf(item)
	if err != nil {
		return c, err
	}
	if state.Seats+more.Seats > plan.MaxSeats {
		return c, fault.InvalidParam("$.seats", "must be at most %d: the license has %d of %d", plan.MaxSeats-state.Seats, state.Seats, plan.MaxSeats).
			Fix("Ask for at most %d seats more.", plan.MaxSeats-state.Seats)
	}
	unit, err := item.Price.Times(bought.BillingTermMonths)
	if err != nil {
		return c, err
	}
	return extended(service, unit, bought.BillingTermMonths, more.Seats, at)
}

// extended charges for seats, of which one costs that much for a whole term.
func extended(service shop.Service, seat money.Money, months, seats int, at time.Time) (c shop.Charge, err error) {
	left, term := service.Left(at)
	unit, err := seat.Prorate(left, term)
	if err != nil {
		return c, err
	}
	if c.Total, err = unit.Times(seats); err != nil {
		return c, err
	}
	c.Lines = []shop.Line{{
		Kind: lineSeats, Description: fmt.Sprintf("%d seats for %d of %d seconds", seats, left, term),
		Quantity: seats, Unit: unit, Amount: c.Total,
	}}
	more, err := seat.Times(seats)
	if err != nil {
		return c, err
	}
	renewal, err := service.Bill.Renewal.Add(more)
	c.Renewal = &renewal
	return c, err
}

func beginExtension(data shop.Data, input json.RawMessage) (shop.Data, error) {
	s, err := stateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	e, err := extensionOf(input)
	if err != nil {
		return shop.Data{}, err
	}
	s.Extending = &e
	return pack(s)
}

func settleExtension(data shop.Data, ending shop.Ending) (shop.Data, error) {
	s, err := stateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	if e := s.Extending; e != nil && ending == shop.Succeeded {
		s.Seats += e.Seats
		if e.Edition != "" {
			s.Edition = e.Edition
		}
	}
	s.Extending = nil
	return pack(s)
}
