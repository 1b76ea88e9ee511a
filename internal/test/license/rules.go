package license

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// Rules implements shop.Product.
type Rules struct{}

// Plan is what an item offers.
type Plan struct {
	Editions []string `json:"editions"`
	MaxSeats int      `json:"maxSeats"`
	// ByHand: a license is not delivered at once, and can be refused.
	ByHand bool `json:"byHand"`
}

// State is a license. Its shape is shape.
type State struct {
	Number    string `json:"number"`
	Edition   string `json:"edition"`
	Seats     int    `json:"seats"`
	Rotations int    `json:"rotations"`
	Rotating  bool   `json:"rotating"`
	Suspended bool   `json:"suspended"`
	// Extending is what is being added.
	Extending *extension `json:"extending,omitempty"`
}

const (
	shape                   = 1
	maxSeats                = 100
	lineSeats shop.LineKind = "seats"
)

type configuration struct {
	Edition           string `json:"edition"`
	Seats             int    `json:"seats"`
	BillingTermMonths int    `json:"billingTermMonths"`
	Holder            string `json:"holder,omitempty"` // see Holder
}

type supported struct {
	Editions []string `json:"supportedEditions"`
}

func schemaOf(editions []string, most int) *schema.Schema {
	return schema.Object(
		schema.Required("edition", schema.Enum("The edition.", editions...)),
		schema.Required("seats", schema.Integer("How many may use it.", 1, most)),
		schema.Required("billingTermMonths", schema.Integer("Months paid in advance.", 1, 36)),
		schema.Optional(holder, holderSchema()),
	)
}

// NamesSSHKeys implements shop.Product.
func (Rules) NamesSSHKeys(map[string]any) bool { return false }

// ResolveSSHKeys implements shop.Product.
func (Rules) ResolveSSHKeys(c map[string]any, _ shop.SSHKeys) (map[string]any, []fault.Problem) {
	return c, nil
}

// Defaults implements shop.Product.
func (Rules) Defaults() map[string]any { return nil }

func planOf(item shop.Item) (Plan, error)   { return product.Unpack[Plan](item.Plan, shape) }
func stateOf(data shop.Data) (State, error) { return product.Unpack[State](data, shape) }
func pack(value any) (shop.Data, error)     { return product.Pack(shape, value) }
func show[T any](data shop.Data) (json.RawMessage, error) {
	value, err := product.Unpack[T](data, shape)
	if err != nil {
		return nil, err
	}
	return strictjson.Encode(value)
}

func parsePlan(file json.RawMessage) (shop.Data, []string) {
	plan, err := product.Strict[Plan](file)
	if err == nil && (len(plan.Editions) == 0 || plan.MaxSeats < 1) {
		err = fmt.Errorf("needs editions and maxSeats")
	}
	data, packed := pack(plan)
	for _, e := range []error{err, packed} {
		if e != nil {
			return shop.Data{}, []string{e.Error()}
		}
	}
	return data, nil
}

// Requirements implements shop.Product.
func (Rules) Requirements(item shop.Item) (c shop.Configurable, err error) {
	plan, err := planOf(item)
	if err != nil {
		return c, err
	}
	s := schemaOf(plan.Editions, plan.MaxSeats)
	c.RequiredFields = s.Required
	c.Schema, _ = json.Marshal(s)
	c.Example, _ = json.Marshal(configuration{Edition: plan.Editions[0], Seats: 1, BillingTermMonths: item.Terms[0].Months})
	c.More, _ = json.Marshal(supported{plan.Editions})
	return c, nil
}

// Configure implements shop.Product.
func (Rules) Configure(item shop.Item, input map[string]any, _ int, reference func() id.Personal) (c shop.Configured, problems []fault.Problem, err error) {
	plan, err := planOf(item)
	if err != nil {
		return c, nil, err
	}
	if problems := schema.Check(schemaOf(plan.Editions, plan.MaxSeats), "$.configuration", input); len(problems) > 0 {
		return c, problems, nil
	}
	if input, c.Personal, err = takeHolder(input, reference); err != nil {
		return c, nil, err
	}
	c.JSON, err = json.Marshal(input)
	return c, nil, err
}

func read(text json.RawMessage) (c configuration, err error) {
	err = json.Unmarshal(text, &c)
	return c, err
}

// Choices implements shop.Product.
func (Rules) Choices(text json.RawMessage) (map[string]string, error) {
	c, err := read(text)
	return map[string]string{editions: c.Edition}, err
}

// Price implements shop.Product: a seat costs what the item does.
func (Rules) Price(item shop.Item, text json.RawMessage, quantity int) (shop.Price, error) {
	c, err := read(text)
	if err != nil {
		return shop.Price{}, err
	}
	term, ok := item.Term(c.BillingTermMonths)
	if !ok {
		return shop.Price{}, fmt.Errorf("license: %s has no term of %d months", item.ID, c.BillingTermMonths)
	}
	unit := money.Money{Minor: item.Price.Minor * int64(term.Months*c.Seats), Currency: item.Price.Currency}
	total := money.Money{Minor: unit.Minor * int64(quantity), Currency: unit.Currency}
	return shop.Price{
		Lines: []shop.Line{{Kind: lineSeats, Description: fmt.Sprintf("%d seats", c.Seats), Quantity: quantity, Unit: unit, Amount: total}},
		Total: total, Renewal: total, Term: term,
	}, nil
}

// Units implements shop.Product.
func (Rules) Units(item shop.Item, text json.RawMessage, quantity int) ([]shop.Unit, error) {
	c, err := read(text)
	if err != nil {
		return nil, err
	}
	plan, err := planOf(item)
	if err != nil {
		return nil, err
	}
	units := make([]shop.Unit, quantity)
	for i := range units {
		number := "LK-" + rand.Text()
		state, err := pack(State{Number: number, Edition: c.Edition, Seats: c.Seats})
		if err != nil {
			return nil, err
		}
		units[i] = shop.Unit{DisplayName: number, Configuration: text, State: state, Delivered: !plan.ByHand}
	}
	return units, nil
}

// Created implements shop.Product.
func (Rules) Created(data shop.Data, _ shop.Ending) (shop.Data, error) { return data, nil }

// Actions implements shop.Product.
func (Rules) Actions() []shop.ActionType {
	return []shop.ActionType{Rotate().ActionType, Extend().ActionType, Reduce().ActionType, Switch().ActionType}
}

// Provides implements shop.Product: there is no provider.
func (Rules) Provides(string, string) bool { return true }

// Reads implements shop.Product.
func (Rules) Reads() []shop.ReadType { return []shop.ReadType{Usage().ReadType} }

// ShowPlan implements shop.Product.
func (Rules) ShowPlan(data shop.Data) (json.RawMessage, error) { return show[Plan](data) }

// Facets implements shop.Product.
func (Rules) Facets(data shop.Data) (map[string][]string, error) {
	plan, err := product.Unpack[Plan](data, shape)
	return map[string][]string{"editions": plan.Editions}, err
}

// ShowState implements shop.Product.
func (Rules) ShowState(data shop.Data) (json.RawMessage, error) { return show[State](data) }

type rotation struct {
	Reason string `json:"reason"`
}

func begin(data shop.Data, input json.RawMessage) (shop.Data, error) {
	var in rotation
	if err := json.Unmarshal(input, &in); err != nil {
		return shop.Data{}, err
	}
	if in.Reason == "impossible" {
		return shop.Data{}, fault.New(fault.PolicyViolation, "Nothing is rotated for such a reason.").Fix("Give another reason.")
	}
	s, err := stateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	s.Rotating = true
	return pack(s)
}

// Suspended implements shop.Product: nobody can stop a license.
func (Rules) Suspended(data shop.Data) (shop.Data, error) { return data, nil }

// Resumed implements shop.Product.
func (Rules) Resumed(data shop.Data) (shop.Data, error) { return data, nil }

// Lost implements shop.Product: nothing else ends with a license.
func (Rules) Lost(shop.Data) ([]string, error) { return nil, nil }

// RetainPersonal implements shop.Product: the licensee is known for some time after the end.
func (Rules) RetainPersonal() time.Duration { return Retained }

// Retained is how long the data about the licensee is kept.
const Retained = 30 * 24 * time.Hour

func settle(data shop.Data, ending shop.Ending) (shop.Data, error) {
	s, err := stateOf(data)
	if err != nil {
		return shop.Data{}, err
	}
	s.Rotating = false
	if ending == shop.Succeeded {
		s.Rotations++
	}
	return pack(s)
}

type used struct {
	Number    string `json:"number"`
	Seats     int    `json:"seats,omitempty"`
	Rotations int    `json:"rotations,omitempty"`
}

func usage(service shop.Service, input json.RawMessage) (json.RawMessage, error) {
	var in struct {
		Unit string `json:"unit"`
	}
	if len(input) > 0 {
		if err := json.Unmarshal(input, &in); err != nil {
			return nil, err
		}
	}
	s, err := stateOf(service.State)
	if err != nil {
		return nil, err
	}
	out := used{Number: s.Number}
	if slices.Contains([]string{"", "seats"}, in.Unit) {
		out.Seats = s.Seats
	}
	if slices.Contains([]string{"", "rotations"}, in.Unit) {
		out.Rotations = s.Rotations
	}
	return strictjson.Encode(out)
}

func look(data shop.Data) (product.Look, error) {
	s, err := stateOf(data)
	return product.Look{
		Summary: fmt.Sprintf("%d seats", s.Seats),
		Facts:   []product.Fact{{Label: "Number", Value: s.Number}, {Label: "Seats", Value: fmt.Sprint(s.Seats)}},
	}, err
}
