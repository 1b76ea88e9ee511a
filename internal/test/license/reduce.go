package license

import (
	"encoding/json"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// Reduce takes seats from a license. It costs nothing and needs no quote: what is unused
// of them comes back.
func Reduce() product.Action {
	return product.Action{
		ActionType: shop.ActionType{
			Name: "reduce", Scope: "licenses:extend",
			Begin: beginReduction, Credit: credit, Settle: settleReduction,
		},
		Title: "Give seats back", Summary: "Take seats from a license.",
		Description: "What is unused of them comes back.",
		Input:       []schema.Field{schema.Required("seats", schema.Integer("How many fewer.", 1, maxSeats))},
		Errors:      []fault.Code{fault.PolicyViolation},
		Example:     product.Example{Input: `{"seats":1}`},
	}
}

// credit gives back the share of the seats, rounded down.
func credit(service shop.Service, _ shop.Item, input json.RawMessage, at time.Time) (c shop.Charge, err error) {
	less, err := extensionOf(input)
	if err != nil {
		return c, err
	}
	state, err := stateOf(service.State)
	if err != nil {
		return c, err
	}
	seats, of := int64(less.Seats), int64(state.Seats)
	back, err := service.Unused(at).Share(seats, of).Neg()
	if err != nil {
		return c, err
	}
	c.Lines = []shop.Line{{Kind: shop.LineUnused, Description: "Seats given back", Quantity: 1, Unit: back, Amount: back}}
	c.Total = back
	renewal := service.Bill.Renewal
	renewal.Minor -= renewal.Share(seats, of).Minor
	c.Renewal = &renewal
	return c, nil
}

func beginReduction(data shop.Data, input json.RawMessage) (shop.Data, error) {
	s, err := stateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	less, err := extensionOf(input)
	if err == nil && less.Seats >= s.Seats {
		err = fault.New(fault.PolicyViolation, "A license has at least one seat.").Fix("Cancel it with service_cancel.")
	}
	s.Extending = &extension{Seats: -less.Seats}
	if err != nil {
		return shop.Data{}, err
	}
	return pack(s)
}

func settleReduction(data shop.Data, ending shop.Ending) (shop.Data, error) {
	return settleExtension(data, ending)
}
