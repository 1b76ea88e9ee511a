package api

import (
	"context"
	"net/http"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// Members see of purchases and services what an agent sees that sees the whole
// account.

// AccountServiceList lists services.
func AccountServiceList() Operation {
	return forMembers(ServiceList(), "account_service_list", account+"/services")
}

// AccountServiceGet reads a service.
func AccountServiceGet() Operation {
	return forMembers(ServiceGet(), "account_service_get", account+"/services/{serviceId}")
}

// AccountActionList lists the actions of a service.
func AccountActionList() Operation {
	return forMembers(ActionList(), "account_action_list", account+"/services/{serviceId}/actions")
}

// AccountActionGet reads an action.
func AccountActionGet() Operation {
	o := forMembers(ActionGet(), "account_action_get", account+"/services/{serviceId}/actions/{actionId}")
	o.Description += " The secret of an action is shown once, to the member who began it."
	return o
}

func forMembers(o Operation, name, path string) Operation {
	o.Name, o.Path = name, path
	o.TokenScope, o.Scope, o.Role = o.Scope, "", shop.RoleViewer
	o.Description = "The same as for agents. Members see the whole account."
	o.Example = Example{}
	return o
}

// ProtectionSet protects a service of a store that sells what is on the shelf.
func ProtectionSet(shelf product.Shelf) Operation {
	var actions []string
	for _, name := range shelf.ActionNames(true) {
		actions = append(actions, string(name))
	}
	return Operation{
		Name: "protection_set", Title: "Protect a service",
		Summary:     "Set which actions agents may take on a service only with a member's approval.",
		Description: "The whole list is replaced: an empty one protects against nothing. It is checked in the same write as the action.",
		Method:      put, Path: account + "/services/{serviceId}/protection",
		Role: shop.RoleOperator, TokenScope: shop.ScopeProtectionSet, FreshLogin: true, Effect: Acts, Status: http.StatusOK,
		Input: schema.Object(
			schema.Required("serviceId", idSchema("The id of a service.")),
			schema.Required("protection", schema.List("The actions.", schema.Enum("An action.", actions...), len(actions))),
		),
		answers: output[serviceAnswer], Errors: []fault.Code{fault.NotFound},
		Replaces: "account_service_get",
		call: replaces(wireWholeService, keeps(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in protectionArguments) (shop.Service, error) {
			return s.SetProtection(ctx, caller, in.Service, in.Protection)
		}, wireOneService)),
	}
}

type protectionArguments struct {
	Service    id.Service        `json:"serviceId"`
	Protection []shop.ActionName `json:"protection"`
}
