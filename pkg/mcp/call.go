package mcp

import (
	"context"
	"encoding/json"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// call is one call of a tool.
type call struct {
	*exchange
	operation api.Operation
	input     func() *schema.Schema // everything known about it
	request   *sdk.CallToolRequest
}

func (c call) do(ctx context.Context) (*sdk.CallToolResult, error) {
	return web.Do(ctx, c.store, web.Call[*sdk.CallToolResult]{
		Operation: c.operation,
		Caller:    func() (shop.Caller, error) { return c.caller(c.operation) },
		Arguments: c.arguments,
		Answer: func(caller shop.Caller, args api.Arguments) (*sdk.CallToolResult, error) {
			return c.answer(ctx, caller, args)
		},
	})
}

func (c call) answer(ctx context.Context, caller shop.Caller, args api.Arguments) (_ *sdk.CallToolResult, err error) {
	if args.Confirmation, err = c.confirmation(ctx, caller, args); err != nil {
		return nil, err
	}
	args.Interactive = c.confirmable() && c.canAsk()
	answer, err := c.operation.Call(ctx, c.store.Shop, caller, args)
	if fault.Is(err, fault.ApprovalRequired) && args.Interactive {
		return c.ask(ctx, caller, args, fault.From(err))
	}
	if err != nil {
		return nil, err
	}
	return good(answer), nil
}

// arguments reads those of the call faithfully, and checks them as REST checks its own. A call without any
// has an empty object; some hosts say null for that.
func (c call) arguments() (api.Arguments, error) {
	text := c.request.Params.Arguments
	if len(text) == 0 || string(text) == "null" {
		text = json.RawMessage("{}")
	}
	values, err := api.Decode(text)
	if err != nil {
		return api.Arguments{}, err
	}
	return c.operation.Arguments(faithful(c.input(), values).(map[string]any), "")
}

// replayed marks a result that is the first answer of a write once more, as the
// header Idempotent-Replayed does.
const replayed = "agentstore/idempotentReplayed"

// good is the body of the operation, as structured content and as text for
// clients that know no other.
func good(a api.Answer) *sdk.CallToolResult {
	result := body(a.Body)
	if a.Replayed {
		result.Meta = sdk.Meta{replayed: true}
	}
	return result
}

// problem is the error object of the store, in the same two forms.
func problem(e *fault.Error, requestID string) *sdk.CallToolResult {
	result := body(api.Problem(e, requestID))
	result.IsError = true
	return result
}

func body(text []byte) *sdk.CallToolResult {
	return &sdk.CallToolResult{
		Content:           []sdk.Content{&sdk.TextContent{Text: string(text)}},
		StructuredContent: json.RawMessage(text),
	}
}
