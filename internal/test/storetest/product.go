package storetest

import (
	"encoding/json"
	"maps"
	"testing"

	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// Tests of what is true of every product take one from here, by what they need of
// it: they need not know which it is.

// ServiceType is the type of the services that Order buys.
const ServiceType = server.ServiceType

// Harmless is an action that those services cannot be protected against.
func Harmless() shop.Intent {
	return shop.Intent{Action: server.Restart().Name, Input: json.RawMessage(`{}`)}
}

// Protectable is an action that they can be protected against. After a failure of it
// they are not usable.
func Protectable() shop.Intent {
	return shop.Intent{Action: server.Reinstall().Name, Input: json.RawMessage(`{"image":"debian-12"}`)}
}

// Otherwise is Protectable with another input.
func Otherwise() shop.Intent {
	return shop.Intent{Action: server.Reinstall().Name, Input: json.RawMessage(`{"image":"ubuntu-24.04"}`)}
}

// Operation is the name of the operation that asks for an action.
func Operation(intent shop.Intent) string { return ServiceType + "_" + string(intent.Action) }

// ActionPath is where a service is asked for an action.
func ActionPath[T ~string](service T, intent shop.Intent) string {
	return Services + "/" + string(service) + "/" + ServiceType + "/" + string(intent.Action)
}

// ActionBody is what it is asked with, beside an idempotency key.
func ActionBody(tb testing.TB, intent shop.Intent) map[string]any {
	tb.Helper()
	body := map[string]any{}
	must(tb, json.Unmarshal(intent.Input, &body))
	return body
}

// Protect protects a service of the store's account against everything that it can
// be protected against.
func (s *Store) Protect(tb testing.TB, service id.Service) {
	tb.Helper()
	_, err := s.Shop.Protect(tb.Context(), s.Agent.Account(), service, true)
	must(tb, err)
}

// Delivered is a service with what its provider gives, an address.
func Delivered(service shop.Service, address string) (shop.Service, error) {
	state, err := server.StateOf(service.State)
	if err != nil {
		return service, err
	}
	state.PublicIPv4 = address
	service.State, err = state.Data()
	return service, err
}

// Address is what the provider has given to a service.
func Address(tb testing.TB, service shop.Service) string {
	tb.Helper()
	return stateOf(tb, service).PublicIPv4
}

// Usable reports whether a service is as its owner wants it, by its state.
func Usable(tb testing.TB, service shop.Service) bool {
	tb.Helper()
	state := stateOf(tb, service)
	return state.ProvisioningStatus == server.ProvisioningReady && state.PowerState == server.PowerRunning
}

func stateOf(tb testing.TB, service shop.Service) server.State {
	tb.Helper()
	state, err := server.StateOf(service.State)
	must(tb, err)
	return state
}

// Asked is Order for that many units, as the shop takes it.
func Asked(quantity int) shop.Order {
	order := Order()
	configuration := maps.Clone(order["configuration"].(map[string]any))
	configuration["billingTermMonths"] = 1.0
	return shop.Order{Item: id.Item(order["catalogItemId"].(string)), Quantity: quantity, Configuration: configuration}
}

// Choice is something that a configuration of Order's item chooses, and that
// policies may limit.
type Choice struct {
	Limit  string // the name in policies
	Member string // of the configuration
	Values []string
}

// Choices are all of them.
func Choices() []Choice {
	return []Choice{
		{"regions", "region", []string{"eu-west", "us-east"}},
		{"images", "image", []string{"debian-12", "ubuntu-24.04"}},
	}
}

// Configuration is one for Order's item, without anything that it can do without.
// Each service has the name as its display name, with a number where there are more.
func Configuration(name string, months int) map[string]any {
	configuration := map[string]any{"hostname": name, "backupsEnabled": false, "billingTermMonths": float64(months)}
	for _, choice := range Choices() {
		configuration[choice.Member] = choice.Values[0]
	}
	return configuration
}

// Rules are those of the product.
func Rules() shop.Product { return app.Shelf().Rules()[ServiceType] }
