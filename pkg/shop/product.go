package shop

import (
	"encoding/json"
	"errors"
	"maps"
	"reflect"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// Product is what one kind of merchandise brings to the checkout, which knows
// nothing else about it. Configurations, plans and states are JSON that only their
// product reads. Errors that are not a *fault.Error are internal.
type Product interface {
	// Requirements describes the configuration that the item takes.
	Requirements(Item) (Configurable, error)
	// Configure checks a configuration for that many units and returns it, or every
	// problem that it has. Their params start with $.configuration. Reference makes
	// the identifier that stands for what is about people, the same one each time.
	Configure(item Item, configuration map[string]any, quantity int, reference func() id.Personal) (Configured, []fault.Problem, error)
	// NamesSSHKeys reports whether a configuration names any of the account's SSH keys, by
	// name or by id, as far as can be seen without them. ResolveSSHKeys puts the keys in their
	// place, or says which names there are; the order is what it was, and its input stays.
	NamesSSHKeys(configuration map[string]any) bool
	ResolveSSHKeys(configuration map[string]any, keys SSHKeys) (map[string]any, []fault.Problem)
	// Defaults are what absent members of a configuration stand for, as JSON decodes
	// them.
	Defaults() map[string]any
	// Choices are what a configuration says that policies may limit, by name, such as
	// regions.
	Choices(configuration json.RawMessage) (map[string]string, error)
	// Price prices what Configure returned.
	Price(item Item, configuration json.RawMessage, quantity int) (Price, error)
	// Units are the services that a purchase brings, one for each unit, with what the
	// product knows about them.
	Units(item Item, configuration json.RawMessage, quantity int) ([]Unit, error)
	// Created is the state of a service once its creation has ended.
	Created(state Data, ending Ending) (Data, error)
	// Suspended is the state of a service that was stopped because it is not paid or its
	// lease has ended, and Resumed that of one that goes on.
	Suspended(state Data) (Data, error)
	Resumed(state Data) (Data, error)
	// Lost names what ends with a service besides itself and its data, such as copies of it.
	Lost(state Data) ([]string, error)
	// RetainPersonal is how long what an order says about people is kept after the last of
	// its services has ended.
	RetainPersonal() time.Duration
	// Actions are what can be done with a service.
	Actions() []ActionType
	// Reads are what can be read of a service besides its state.
	Reads() []ReadType
	// Provides reports whether the services that come from a provider, named as in the
	// catalog, have the action or the read of that name.
	Provides(provider, name string) bool
	// ShowPlan and ShowState encode a plan and a state as answers show them: as one
	// JSON object.
	ShowPlan(Data) (json.RawMessage, error)
	ShowState(Data) (json.RawMessage, error)
	// Facets are what a plan has to choose by, by name, such as regions.
	Facets(plan Data) (map[string][]string, error)
}

// Data is JSON that only its product reads, in a shape that the product numbers: it
// must be able to read whatever it has ever written.
type Data struct {
	Shape int
	JSON  json.RawMessage
}

// Configurable describes the configuration of an item.
type Configurable struct {
	RequiredFields []string
	OptionalFields []string
	Schema         json.RawMessage // JSON Schema 2020-12
	Example        json.RawMessage
	// More is a JSON object with whatever else the product says, such as what the item
	// supports.
	More json.RawMessage
}

// Price is what a number of units costs.
type Price struct {
	Lines []Line
	// Total is due now: the sum of the lines.
	Total money.Money
	// Back goes to the wallet once the action that is bought has succeeded; without a
	// currency where nothing does. The total is zero then.
	Back money.Money
	// Renewal is due again at the end of each term.
	Renewal money.Money
	Term    Term
}

// Line is one line of a quote.
type Line struct {
	Kind        LineKind
	Description string
	Quantity    int
	Unit        money.Money
	Amount      money.Money
}

// LineKind tells what a line is for. A product may have more of its own.
type LineKind string

// The kinds of line that products share. A discount is negative.
const (
	LineBase     LineKind = "base"
	LineDiscount LineKind = "term_discount"
	LineSetup    LineKind = "setup"
	// LineUnused is what was paid for the rest of a term in which a service changes, and is
	// negative.
	LineUnused LineKind = "unused"
	// LineCredit is what is given back later, and so is not set off against anything now.
	LineCredit LineKind = "credit"
)

// Unit is one service before it exists, as its product sees it.
type Unit struct {
	DisplayName   string
	Configuration json.RawMessage
	State         Data
	// Delivered: there is nothing to create, and the service is active at once.
	Delivered bool
}

// Products are the kinds of merchandise, by service type.
type Products map[string]Product

// Find returns the product of a service type. Its error is internal.
func (p Products) Find(serviceType string) (Product, error) {
	product, ok := p[serviceType]
	if !ok {
		return nil, errors.New("shop: no product sells service type " + serviceType)
	}
	return product, nil
}

// WithoutDefaults is a configuration without what its absence says as well: two
// requests that differ in nothing else ask for the same. For whose item it is, is not
// known yet: a member stays if products differ about its default.
func (p Products) WithoutDefaults(configuration map[string]any) map[string]any {
	out := maps.Clone(configuration)
	maps.DeleteFunc(out, func(name string, value any) bool {
		implied := false
		for _, product := range p {
			unsaid, has := product.Defaults()[name]
			if has && !reflect.DeepEqual(unsaid, value) {
				return false
			}
			implied = implied || has
		}
		return implied
	})
	return out
}

// types are the service types in alphabetical order.
func (p Products) types() []string { return slices.Sorted(maps.Keys(p)) }

// action finds what can be done with services of a type.
func (p Products) action(serviceType string, name ActionName) (ActionType, bool) {
	product, ok := p[serviceType]
	if !ok {
		return ActionType{}, false
	}
	actions := product.Actions()
	i := slices.IndexFunc(actions, func(a ActionType) bool { return a.Name == name })
	if i < 0 {
		return ActionType{}, false
	}
	return actions[i], true
}

// choices are what an action that costs money chooses.
func (p Products) choices(serviceType string, configuration json.RawMessage, intent Intent) (map[string]string, error) {
	kind, _ := p.action(serviceType, intent.Action)
	if kind.Choices == nil {
		return nil, nil
	}
	return kind.Choices(configuration, intent.Input)
}

// Scopes lists all that keys may have: those of the store, and those of the
// products.
func (p Products) Scopes() []Scope {
	scopes := StoreScopes()
	for _, kind := range p.types() {
		for _, action := range p[kind].Actions() {
			scopes = append(scopes, action.Scope)
		}
		for _, read := range p[kind].Reads() {
			scopes = append(scopes, read.Scope)
		}
	}
	return EachOnce(scopes)
}

// EachOnce drops duplicates from a list.
func EachOnce[T comparable](list []T) []T {
	var once []T
	for _, v := range list {
		if !slices.Contains(once, v) {
			once = append(once, v)
		}
	}
	return once
}

// Capability is the name of an action together with the type of its services, as
// licence:rotate.
func Capability(serviceType string, action ActionName) string {
	return serviceType + ":" + string(action)
}

// Capabilities names what can be done with the services of a type that come from a
// provider: what both the product and the provider have.
func (p Products) Capabilities(serviceType, provider string) []string {
	names := []string{}
	for _, action := range p.provided(serviceType, provider) {
		names = append(names, Capability(serviceType, action.Name))
	}
	return names
}

// Common are those of the capabilities that every item of the type has.
func (p Products) Common(serviceType, provider string) []string {
	names := []string{}
	for _, action := range p.provided(serviceType, provider) {
		if !action.Optional {
			names = append(names, Capability(serviceType, action.Name))
		}
	}
	return names
}

func (p Products) provided(serviceType, provider string) []ActionType {
	product, ok := p[serviceType]
	if !ok {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(product.Actions()), func(a ActionType) bool { return !product.Provides(provider, string(a.Name)) })
}

// provides reports whether a service has the action or the read of that name.
func (p Products) provides(s Service, name string) bool {
	product, ok := p[s.ServiceType]
	return ok && product.Provides(s.Resource.Provider, name)
}

// Protectable lists the actions that services of a type can be protected against. An
// agent's protected action waits for a member.
func (p Products) Protectable(serviceType string) []ActionName {
	names := []ActionName{ActionCancel}
	if product, ok := p[serviceType]; ok {
		for _, action := range product.Actions() {
			if action.Protectable {
				names = append(names, action.Name)
			}
		}
	}
	return names
}
