package mcp

import (
	"context"
	"encoding/json"
	"fmt"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// A call that needs a confirmation asks for it itself, if the client can do that
// (MCP 2026-07-28, "Multi Round-Trip Requests"): the result says what to ask, and
// the client makes the call again with the answer. Nobody knows whether a person has
// given it. So it is asked only about what the agent may do anyway, and replaces no
// member.

const (
	// confirmRevision is the first revision whose servers ask by their results.
	// Before it they would have to call the client, which a function cannot.
	confirmRevision = "2026-07-28"
	// question names what is asked in inputRequests and inputResponses.
	question = "consent"
	// consent is the field of the form.
	consent = "approve"
)

// confirmable reports whether the operation may need a confirmation: a purchase may,
// by the confirmAboveMinor of a policy.
func (c call) confirmable() bool { return c.operation.Effect == api.Buys }

// canAsk reports whether the client has declared that it can show a form. The SDK
// would ask any client.
func (c call) canAsk() bool {
	if c.request.ProtocolVersion() < confirmRevision {
		return false
	}
	client := c.request.ClientCapabilities()
	if client == nil || client.Elicitation == nil {
		return false
	}
	// Without modes it is forms (MCP, "Elicitation", capabilities).
	return client.Elicitation.Form != nil || client.Elicitation.URL == nil
}

// ask makes the client ask the person. The request state is the token of a
// confirmation, which the store binds to this call and this key.
func (c call) ask(ctx context.Context, caller shop.Caller, args api.Arguments, why *fault.Error) (*sdk.CallToolResult, error) {
	token, err := c.store.Shop.BeginConfirmation(ctx, caller, args.Call(c.store.Shop.Products))
	if err != nil {
		return nil, err
	}
	return &sdk.CallToolResult{
		InputRequests: sdk.InputRequestMap{question: &sdk.ElicitParams{
			Mode:            "form",
			Message:         fmt.Sprintf("%s %s\n\n%s wants to call %s with %s.", why.Detail, c.operation.Summary, caller.Agent, c.operation.Name, c.request.Params.Arguments),
			RequestedSchema: consentSchema,
		}},
		RequestState: token,
	}, nil
}

var consentSchema = json.RawMessage(`{"type":"object","properties":{"` + consent +
	`":{"type":"boolean","title":"Allow it","description":"Whether the agent may do this, once.","default":false}},"required":["` + consent + `"]}`)

// confirmation is the token that an answer of yes has confirmed; empty if nobody was
// asked.
func (c call) confirmation(ctx context.Context, caller shop.Caller, args api.Arguments) (string, error) {
	token := c.request.Params.RequestState
	if token == "" {
		return "", nil
	}
	if !c.confirmable() {
		return "", fault.InvalidParam("$.requestState", "belongs to no question: %s asks none", c.operation.Name).
			Fix("Make the call without requestState.")
	}
	answer, _ := c.request.Params.InputResponses[question].(*sdk.ElicitResult)
	if answer == nil {
		return "", fault.InvalidParam("$.inputResponses."+question, "is missing: it comes with requestState").
			Fix("Send the person's answer to the question, or make the call again without requestState.")
	}
	if approved, _ := answer.Content[consent].(bool); answer.Action == "accept" && approved {
		return token, nil
	}
	if err := c.store.Shop.DeclineConfirmation(ctx, caller, args.Call(c.store.Shop.Products), token); err != nil {
		return "", err
	}
	return "", fault.New(fault.ApprovalRequired, "The person has not allowed it. Nothing was done.").
		Fix("Do not try again, unless the person asks you to.")
}
