package api

import (
	"context"
	"net/http"
	"slices"

	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// ActionQuoteOf gives a binding price for an action that costs money. purchase_create
// begins it.
func ActionQuoteOf(serviceType string, a product.Action) Operation {
	return Operation{
		Name: serviceType + "_" + string(a.Name) + "_quote", Title: a.Title, Summary: a.Summary,
		Description: a.Description + " It answers a quote and does nothing yet: to have it done, pass the quote's id to purchase_create before expiresAt.",
		Method:      post, Path: productPath(serviceType, string(a.Name)+"/quote"),
		Scope: a.Scope, Effect: Creates, Status: http.StatusCreated,
		Input:   productInput(serviceType, append(a.Input, keyField())),
		answers: output[quotedAnswer],
		Errors: append([]fault.Code{
			fault.NotFound, fault.ActionInProgress, fault.ServiceNotReady, fault.IdempotencyConflict, fault.IdempotencyInFlight,
		}, a.Errors...),
		Example: productExample(a.Example),
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in productArguments, request shop.Request[shop.Quoted]) (shop.Response, error) {
			return s.QuoteAction(ctx, caller, in.Service, serviceType, shop.Intent{Action: a.Name, Input: in.Input}, request)
		}, wireQuoted),
	}
}

// boughtActions are the actions that cost money.
func boughtActions(shelf product.Shelf) []product.Action {
	var actions []product.Action
	for _, p := range shelf {
		for _, a := range p.Words().Actions {
			if a.Charge != nil {
				actions = append(actions, a)
			}
		}
	}
	return actions
}

// beginErrors are the codes with which actions are refused once they are bought.
func beginErrors(shelf product.Shelf) []fault.Code {
	var codes []fault.Code
	for _, a := range boughtActions(shelf) {
		codes = slices.Concat(codes, []fault.Code{fault.ActionInProgress, fault.ServiceNotReady, fault.QuoteExpired}, a.Errors)
	}
	return codes
}

// ofBoughtActions leaves members out of a schema where no action is bought: models read
// it with every tool.
func ofBoughtActions(members ...string) func(*schema.Schema, product.Shelf) *schema.Schema {
	return func(s *schema.Schema, shelf product.Shelf) *schema.Schema {
		if len(boughtActions(shelf)) > 0 {
			return s
		}
		for _, name := range members {
			delete(s.Properties, name)
		}
		s.PropertyOrder = slices.DeleteFunc(s.PropertyOrder, func(name string) bool { return slices.Contains(members, name) })
		return s
	}
}
