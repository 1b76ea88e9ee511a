package api

import (
	"context"
	"encoding/json"
	"net/http"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// ofProduct is the part of the table that a product brings: each of its actions and
// reads.
func ofProduct(p product.Product) []Operation {
	var table []Operation
	words := p.Words()
	for _, a := range words.Actions {
		if a.Charge != nil {
			table = append(table, ActionQuoteOf(p.Type, a))
			continue
		}
		table = append(table, ActionOf(p.Type, a))
	}
	for _, r := range words.Reads {
		table = append(table, ReadOf(p.Type, r))
	}
	return table
}

// ActionOf begins an action of the product with that service type.
func ActionOf(serviceType string, a product.Action) Operation {
	errors := append([]fault.Code{
		fault.NotFound, fault.ActionInProgress, fault.ServiceNotReady, fault.IdempotencyConflict, fault.IdempotencyInFlight,
	}, a.Errors...)
	if a.Protectable {
		errors = append(errors, fault.ApprovalRequired, fault.ApprovalLimitReached)
	}
	effect := Acts
	if a.Erases {
		effect = Erases
	}
	return Operation{
		Name: serviceType + "_" + string(a.Name), Title: a.Title, Summary: a.Summary, Description: a.Description,
		Method: post, Path: productPath(serviceType, string(a.Name)),
		Scope: a.Scope, Effect: effect, Opens: a.Opens, Status: http.StatusAccepted,
		Input:   productInput(serviceType, append(a.Input, keyField())),
		answers: output[acceptedAnswer],
		Errors:  errors,
		Example: productExample(a.Example),
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in productArguments, request shop.Request[shop.Accepted]) (shop.Response, error) {
			return s.Act(ctx, caller, in.Service, serviceType, shop.Intent{Action: a.Name, Input: in.Input}, request)
		}, wireAccepted),
	}
}

// ReadOf reads something of services of that type.
func ReadOf(serviceType string, r product.Read) Operation {
	return Operation{
		Name: serviceType + "_" + r.Name, Title: r.Title, Summary: r.Summary, Description: r.Description,
		Method: get, Path: productPath(serviceType, r.Name),
		Scope: r.Scope, Effect: Reads, Remote: r.Remote(), Status: http.StatusOK,
		Input:   productInput(serviceType, r.Input),
		answers: func(product.Shelf) *schema.Schema { return r.Output },
		Errors:  append([]fault.Code{fault.NotFound, fault.ServiceNotReady}, r.Errors...),
		Example: productExample(r.Example),
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in productArguments) (json.RawMessage, error) {
			return s.Read(ctx, caller, in.Service, serviceType, r.ReadType, in.Input)
		}),
	}
}

func productPath(serviceType, name string) string {
	return "/v1/agent/services/{serviceId}/" + serviceType + "/" + name
}

func productInput(serviceType string, fields []schema.Field) *schema.Schema {
	service := schema.Required("serviceId", idSchema("A service of type "+serviceType+"."))
	return schema.Object(append([]schema.Field{service}, fields...)...)
}

// productExample adds the service to the input of an example.
func productExample(e product.Example) Example {
	input, _ := extend(serviceArguments{exampleServiceID}, json.RawMessage(e.Input)) // an identifier always encodes
	return Example{Input: string(input), Output: e.Output}
}

// productArguments are a service, and what only its product reads.
type productArguments struct {
	Service id.Service
	Input   json.RawMessage // a JSON object; empty where there is nothing
}

// UnmarshalJSON implements json.Unmarshaler.
func (a *productArguments) UnmarshalJSON(text []byte) error {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return err
	}
	if err := json.Unmarshal(members["serviceId"], &a.Service); err != nil {
		return err
	}
	delete(members, "serviceId")
	if len(members) == 0 {
		return nil
	}
	var err error
	a.Input, err = json.Marshal(members)
	return err
}

type acceptedAnswer struct {
	ServiceID string `json:"serviceId"`
	Status    string `json:"status" jsonschema:"accepted: the action has begun"`
	ActionID  string `json:"actionId" jsonschema:"pass it to action_get"`
	state     member
}

// MarshalJSON implements json.Marshaler.
func (a acceptedAnswer) MarshalJSON() ([]byte, error) {
	type own acceptedAnswer
	return join(own(a), a.state)
}

func wireAccepted(a shop.Accepted, v view) acceptedAnswer {
	return acceptedAnswer{string(a.Service.ID), "accepted", string(a.Action.ID), v.stateOf(a.Service)}
}
