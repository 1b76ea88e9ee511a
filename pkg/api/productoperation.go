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
	for _, a := range p.Actions {
		table = append(table, ActionOf(p, a))
	}
	for _, r := range p.Reads {
		table = append(table, ReadOf(p, r))
	}
	return table
}

// ActionOf begins an action of a product.
func ActionOf(p product.Product, a product.Action) Operation {
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
		Name: p.Type + "_" + string(a.Name), Title: a.Title, Summary: a.Summary, Description: a.Description,
		Method: post, Path: productPath(p, string(a.Name)),
		Scope: a.Scope, Effect: effect, Status: http.StatusAccepted,
		Input:   productInput(p, append(a.Input, keyField())),
		answers: output[acceptedAnswer],
		Errors:  errors,
		Example: productExample(a.Example),
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in productArguments, request shop.Request[shop.Accepted]) (shop.Response, error) {
			return s.Act(ctx, caller, in.Service, p.Type, shop.Intent{Action: a.Name, Input: in.Input}, request)
		}, wireAccepted),
	}
}

// ReadOf reads something of a product's services.
func ReadOf(p product.Product, r product.Read) Operation {
	return Operation{
		Name: p.Type + "_" + r.Name, Title: r.Title, Summary: r.Summary, Description: r.Description,
		Method: get, Path: productPath(p, r.Name),
		Scope: r.Scope, Effect: Reads, Status: http.StatusOK,
		Input:   productInput(p, r.Input),
		answers: func(product.Shelf) *schema.Schema { return r.Output },
		Errors:  append([]fault.Code{fault.NotFound, fault.ServiceNotReady}, r.Errors...),
		Example: productExample(r.Example),
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in productArguments) (json.RawMessage, error) {
			return s.Read(ctx, caller, in.Service, p.Type, r.ReadType, in.Input)
		}),
	}
}

func productPath(p product.Product, name string) string {
	return "/v1/agent/services/{serviceId}/" + p.Type + "/" + name
}

func productInput(p product.Product, fields []schema.Field) *schema.Schema {
	service := schema.Required("serviceId", idSchema("The id of a service of type "+p.Type+"."))
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
