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

// PersonalGet reads what an order says about people.
func PersonalGet() Operation {
	return Operation{
		Name: "personal_get", Title: "Get personal data",
		Summary:     "Read what an order says about people.",
		Description: "Use it with the personalId of a quote, purchase or service. Not for the rest of the order.",
		Method:      get, Path: "/v1/agent/personal/{personalId}",
		Scope: shop.ScopePersonalRead, Effect: Reads, Status: http.StatusOK,
		Input:   schema.Object(personalField()),
		answers: output[personalAnswer],
		Errors:  []fault.Code{fault.NotFound},
		Example: Example{Input: `{"personalId":"` + examplePersonalID + `"}`, Output: examplePersonal},
		call: plain(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in personalArguments) (personalAnswer, error) {
			p, err := s.Personal(ctx, caller, in.Personal)
			return wirePersonal(p, viewBy(s, caller)), err
		}),
	}
}

// PersonalErase erases what an order says about people.
func PersonalErase() Operation {
	return Operation{
		Name: "personal_erase", Title: "Erase personal data",
		Summary:     "Erase what an order says about people, for ever.",
		Description: "Use it when they want to be forgotten. Not to cancel: the services stay.",
		Method:      post, Path: "/v1/agent/personal/{personalId}/erase",
		Scope: shop.ScopePersonalErase, Effect: Erases, Status: http.StatusOK,
		Input:   schema.Object(personalField(), keyField()),
		answers: output[personalAnswer],
		Errors:  []fault.Code{fault.NotFound, fault.IdempotencyConflict, fault.IdempotencyInFlight},
		Example: Example{Input: `{"personalId":"` + examplePersonalID + `"}`, Output: examplePersonalErased},
		call: writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in personalArguments, request shop.Request[shop.Personal]) (shop.Response, error) {
			return s.ErasePersonal(ctx, caller, in.Personal, request)
		}, wirePersonal),
	}
}

// AccountPersonalGet reads what an order says about people.
func AccountPersonalGet() Operation {
	return forMembers(PersonalGet(), "account_personal_get", account+"/personal/{personalId}")
}

// AccountPersonalErase erases what an order says about people.
func AccountPersonalErase() Operation {
	o := forBuyers(PersonalErase(), "account_personal_erase", account+"/personal/{personalId}/erase")
	o.FreshLogin = true
	return o
}

// ofPeople are those of the operations that there is a use for: there is none for any
// in a store that sells nothing with data about people.
func ofPeople(shelf product.Shelf, operations ...Operation) []Operation {
	if !shelf.Personal() {
		return nil
	}
	return operations
}

func personalField() schema.Field {
	return schema.Required("personalId", idSchema("The reference to the data."))
}

type personalArguments struct {
	Personal id.Personal `json:"personalId"`
}

type personalAnswer struct {
	Personal personalWire `json:"personal"`
}

type personalWire struct {
	ID     string              `json:"id"`
	Status shop.PersonalStatus `json:"status"`
	Data   json.RawMessage     `json:"data,omitempty" jsonschema:"absent once erased"`
}

func wirePersonal(p shop.Personal, _ view) personalAnswer {
	return personalAnswer{personalWire{string(p.ID), p.Status(), p.Data}}
}
