package shop

import "encoding/json"

// ActionName names an action among those of its product, as restart.
type ActionName string

// The store's own actions, for a purchase and for one that failed. No product has
// actions of these names.
const (
	ActionCreate ActionName = "create"
	ActionDelete ActionName = "delete"
)

// ActionType is one thing that can be done with the services of a product.
type ActionType struct {
	Name  ActionName
	Scope Scope
	// Protectable: a service can be protected against it.
	Protectable bool
	// Optional: not every item of the product has it, because not every provider does.
	Optional bool
	// From reports whether a service in that state can begin it; nil: in any state.
	From func(state Data) (bool, error)
	// Why says in words what keeps a service in a state from which it cannot begin, as
	// "it is stopped"; nil, where nothing is to be said.
	Why func(state Data) string
	// Begin is the state of a service as the action begins. The input is a JSON object,
	// already checked; an *fault.Error says what the service does not accept in it.
	Begin func(state Data, input json.RawMessage) (Data, error)
	// Charge is what it costs; nil is nothing. What costs money is quoted and then
	// bought, and begins with its purchase.
	Charge ChargeFunc
	// Credit is what a service costs less once an action has succeeded that costs nothing,
	// and needs no quote: a charge whose total is not above zero, of the state before it has
	// settled and without an item. Nil is as much as before.
	Credit ChargeFunc
	// Exchange is for an action that is bought, and makes the service one of another item;
	// nil: it stays one of the same.
	Exchange *Exchange
	// Bought is the state once an action that was bought has succeeded, with what depends on
	// the offer and on the item that the service was of, as it was bought. It comes before
	// Settle, and may be nil.
	Bought func(state Data, was Item, offer Offer) (Data, error)
	// Choices are what the input, or the configuration of the service, chooses that policies
	// may be about; nil is nothing. It is for an action that costs money.
	Choices func(configuration, input json.RawMessage) (map[string]string, error)
	// Settle is the state once the action has ended. After a success it starts from the
	// state that the fulfilment has returned.
	Settle func(state Data, ending Ending) (Data, error)
}

// Ending is how an action, or the creation of a service, has ended.
type Ending int

// The endings.
const (
	Succeeded Ending = iota + 1
	Failed           // permanently: the provider has refused it
	Unknown          // the provider has not said, however often it was asked
)

// because is what keeps the action from beginning, as the end of a sentence.
func (a ActionType) because(state Data) string {
	if a.Why == nil {
		return ""
	}
	return ": " + a.Why(state)
}

func (a ActionType) allows(state Data) (bool, error) {
	if a.From == nil {
		return true, nil
	}
	return a.From(state)
}
