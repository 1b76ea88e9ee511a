package api

import (
	"context"
	"net/http"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// labelPattern is what a label may be: run=42, ci, team/web.
const labelPattern = "^[a-z0-9][a-z0-9._:/=-]{0,62}$"

// ServiceLabelsSet replaces what a service is found by.
func ServiceLabelsSet() Operation {
	return Operation{
		Name: "service_labels_set", Title: "Set labels",
		Summary:     "Replace what service_list finds a service by.",
		Description: "Use it to group what was bought. Not needed for new services: quote_create takes labels.",
		Method:      post, Path: "/v1/agent/services/{serviceId}/labels",
		Scope: shop.ScopeServicesLabel, Effect: Acts, Status: http.StatusOK,
		Input:   schema.Object(serviceField(), labelsField(), keyField()),
		answers: output[serviceAnswer],
		Errors:  []fault.Code{fault.NotFound, fault.IdempotencyConflict, fault.IdempotencyInFlight}, Replaces: "service_get",
		Example: Example{Input: `{"serviceId":"` + exampleServiceID + `","labels":["ci","run=42"]}`, Output: exampleLabelsSet},
		call: replaces(wireWholeService, writes(func(ctx context.Context, s *shop.Shop, caller shop.Caller, in labelsArguments, request shop.Request[shop.Service]) (shop.Response, error) {
			return s.SetLabels(ctx, caller, in.Service, in.Labels, request)
		}, wireOneService)),
	}
}

// AccountServiceLabelsSet replaces what a service is found by.
func AccountServiceLabelsSet() Operation {
	o := forBuyers(ServiceLabelsSet(), "account_service_labels_set", account+"/services/{serviceId}/labels")
	o.FreshLogin, o.Replaces = true, "account_service_get"
	return o
}

func labelSchema(description string) *schema.Schema {
	return schema.Pattern(description, labelPattern, 63)
}

func labelsSchema() *schema.Schema {
	return schema.List("What service_list finds it by, as run=42.", labelSchema(""), shop.MaxLabels)
}

func labelsField() schema.Field { return schema.Required("labels", labelsSchema()) }

func labelField() schema.Field {
	return schema.Optional("label", labelSchema("Only with this label."))
}

func boughtByField() schema.Field {
	return schema.Optional("agentId", idSchema("Only bought by this agent."))
}

type labelsArguments struct {
	serviceArguments
	Labels []string `json:"labels"`
}

type servicesArguments struct {
	pageArguments
	Label string   `json:"label"`
	Agent id.Agent `json:"agentId"`
}
