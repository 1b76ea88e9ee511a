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
	problem := schema.Object(append([]schema.Field{
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
		schema.Required("fixes", &schema.Schema{Type: "array", Items: text(""), MinItems: new(1), Description: "What to do next."}),
		schema.Required("retryable", schema.Boolean("Whether the same request may succeed later.")),
		schema.Optional("retryAfterSeconds", schema.Integer("How long to wait before trying again.", 1, 3600)),
		schema.Required("requestId", text("Names the request, for support.")),
	}, moreMembers(text)...)...)
	problem.AdditionalProperties = nil // a later version may say more
	return schema.Named("Problem", problem)
}

func exampleProblem() any {
	refused := fault.Invalid(fault.Problem{Code: fault.InvalidInput, Param: "$.quantity", Detail: "must be at least 1"}).Fix("Send a quantity from 1 to 10.")
	var example any
	_ = json.Unmarshal(api.Problem(refused, "req_01KG9YS7G0J9Q3V5T1B7N2M4K6"), &example) // it was just written
	return example
}

// moreMembers are those that some codes have besides.
func moreMembers(text func(string) *schema.Schema) []schema.Field {
	minor := func(description string) *schema.Schema {
		return &schema.Schema{Type: "integer", Format: schema.Int64, Description: description + ", in the minor unit of currency."}
	}
	count := func(description string) *schema.Schema {
		return &schema.Schema{Type: "integer", Description: description}
	}
	moment := func(description string) *schema.Schema {
		return &schema.Schema{Type: "string", Format: "date-time", Description: description}
	}
	return []schema.Field{
		schema.Optional("priceMinor", minor("insufficient_funds: the price")),
		schema.Optional("balanceMinor", minor("insufficient_funds: what the wallet holds")),
		schema.Optional("shortfallMinor", minor("insufficient_funds: what is missing")),
		schema.Optional("heldMinor", minor("insufficient_funds: what is held for purchases under way, where there are any")),
		schema.Optional("limitMinor", minor("spend_limit_exceeded: what the rule allows")),
		schema.Optional("spentMinor", minor("spend_limit_exceeded: what is spent")),
		schema.Optional("leftMinor", minor("spend_limit_exceeded: what is left")),
		schema.Optional("currency", text("Lower-case ISO 4217 code of the amounts.")),
		schema.Optional("layer", text("spend_limit_exceeded and policy_violation: whose policy it is, account or agent.")),
		schema.Optional("rule", text("spend_limit_exceeded and policy_violation: the rule of that policy.")),
		schema.Optional("limit", count("The most that a limit of services, or of open questions, allows.")),
		schema.Optional("spent", count("How many services run.")),
		schema.Optional("left", count("How many services may be added.")),
		schema.Optional("allowed", &schema.Schema{Type: "array", Items: text(""), Description: "policy_violation: the only ones that may be bought."}),
		schema.Optional("resetsAt", moment("When the limit will allow more by itself.")),
		schema.Optional("missingScope", text("insufficient_scope: what the key lacks.")),
		schema.Optional("neededRole", text("insufficient_role: the lowest role that may do it.")),
		schema.Optional("purchaseId", text("quote_already_used: by which purchase.")),
		schema.Optional("actionId", text("action_in_progress: which one.")),
		schema.Optional("approvalId", text("The approval that is asked for.")),
		schema.Optional("approvalUrl", text("Where a member decides about it.")),
		schema.Optional("subjectId", text("What the first request with the idempotency key has made.")),
		schema.Optional("approvalStatus", text("What has become of it.")),
	}
}
