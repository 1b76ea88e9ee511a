package openapi

import (
	"encoding/json"
	"slices"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
)

// problemSchema describes problem details (RFC 9457) as the store writes them.
func problemSchema() *schema.Schema {
	codes := make([]string, 0, len(fault.Codes()))
	for _, code := range fault.Codes() {
		codes = append(codes, string(code))
	}
	slices.Sort(codes)
	code := schema.Named("ErrorCode", schema.Enum("Stable: branch on this.", codes...))
	text := func(description string) *schema.Schema {
		return &schema.Schema{Type: "string", Description: description}
	}
	problem := schema.Object(
		schema.Required("type", &schema.Schema{Type: "string", Format: "uri", Description: "urn:agentstore:error: and the code."}),
		schema.Required("title", text("What the code means, in a few words.")),
		schema.Required("status", schema.Integer("The HTTP status.", 400, 599)),
		schema.Required("detail", text("What is wrong this time.")),
		schema.Required("code", code),
		schema.Optional("param", text("JSONPath (RFC 9535) of the first field at fault.")),
		schema.Optional("errors", &schema.Schema{
			Type: "array", Description: "One entry for each field at fault.",
			Items: schema.Named("ProblemField", schema.Object(
				schema.Required("param", text("JSONPath of the field.")),
				schema.Required("code", code),
				schema.Required("detail", text("What is wrong with it.")),
			)),
		}),
		schema.Required("fixes", &schema.Schema{Type: "array", Items: text(""), Description: "What to do next."}),
		schema.Required("retryable", schema.Boolean("Whether the same request may succeed later.")),
		schema.Optional("retryAfterSeconds", schema.Integer("How long to wait before trying again.", 1, 3600)),
		schema.Required("requestId", text("Names the request, for support.")),
	)
	problem.AdditionalProperties = nil // some codes say more, such as purchaseId
	return schema.Named("Problem", problem)
}

func exampleProblem() any {
	refused := fault.Invalid(fault.Problem{Code: fault.InvalidInput, Param: "$.quantity", Detail: "must be at least 1"}).Fix("Send a quantity from 1 to 10.")
	var example any
	_ = json.Unmarshal(api.Problem(refused, "req_01KG9YS7G0J9Q3V5T1B7N2M4K6"), &example) // it was just written
	return example
}
