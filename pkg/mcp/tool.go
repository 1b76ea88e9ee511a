package mcp

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
	"agentstore/pkg/sorting"
	"agentstore/pkg/web"
)

// addTools makes a tool of each operation. What the list says of them is written down
// when it is first asked for: a function that starts for a call has no use for it.
func addTools(server *sdk.Server, s web.Store) {
	operations := api.Operations(s.Shelf)
	for _, o := range operations {
		server.AddTool(&sdk.Tool{Name: o.Name, InputSchema: anyObject}, handler(o))
	}
	described := sync.OnceValue(func() []*sdk.Tool {
		tools := make([]*sdk.Tool, len(operations))
		for i, o := range operations {
			tools[i] = describe(o)
		}
		sorting.By(tools, func(a, b *sdk.Tool) int { return strings.Compare(a.Name, b.Name) })
		return tools
	})
	server.AddReceivingMiddleware(func(next sdk.MethodHandler) sdk.MethodHandler {
		return func(ctx context.Context, method string, r sdk.Request) (sdk.Result, error) {
			result, err := next(ctx, method, r)
			if list, isList := result.(*sdk.ListToolsResult); isList && err == nil {
				list.Tools = described()
			}
			return result, err
		}
	})
}

// anyObject stands for the schema of an input until the list is asked for; the
// operation checks what it is called with.
var anyObject = &schema.Schema{Type: "object"}

func describe(o api.Operation) *sdk.Tool {
	return &sdk.Tool{
		Name: o.Name, Title: o.Title, Description: o.Summary + " " + o.Description,
		InputSchema:  encode(inputOf(o)),
		OutputSchema: encode(outline(o.Output())),
		Annotations:  annotations(o),
	}
}

// inputOf is the input of an operation as a tool. A purchase says in its schema that it
// needs an idempotency key, for a model has no header to put it in; what its
// configuration means is said by quote_create.
func inputOf(o api.Operation) *schema.Schema {
	input := brief(o.FullInput())
	if o.Effect == api.Buys {
		input.Required = append(slices.Clone(input.Required), "idempotencyKey")
		wordless(input.Properties["configuration"])
	}
	return input
}

// encode writes a schema down once: the lists and each call look at it.
func encode(s *schema.Schema) json.RawMessage {
	text, err := json.Marshal(s)
	if err != nil {
		panic(err) // an operation whose schema is none
	}
	return text
}

// annotations say what a host needs to know before it lets a model call a tool
// (MCP, ToolAnnotations). Open-world is what reaches beyond the store, to where
// servers run.
func annotations(o api.Operation) *sdk.ToolAnnotations {
	erases := o.Effect == api.Erases
	beyond := o.Effect == api.Buys || o.Effect == api.Acts || erases
	if o.Effect == api.Reads {
		return &sdk.ToolAnnotations{ReadOnlyHint: true, IdempotentHint: true, OpenWorldHint: &beyond}
	}
	return &sdk.ToolAnnotations{
		DestructiveHint: &erases,
		// A purchase has an idempotency key among its arguments; other writes may go
		// without one, and happen again.
		IdempotentHint: o.Effect == api.Buys,
		OpenWorldHint:  &beyond,
	}
}

// handler carries out the operation of a tool. Whatever goes wrong is for the model
// to read, and so is part of the result.
func handler(o api.Operation) sdk.ToolHandler {
	input := sync.OnceValue(o.FullInput)
	return func(ctx context.Context, r *sdk.CallToolRequest) (result *sdk.CallToolResult, err error) {
		x := exchangeOf(ctx)
		failed := fault.Guard(func() error {
			c := call{exchange: x, operation: o, input: input, request: r}
			result, err = c.do(ctx)
			return err
		})
		x.called(o.Name, failed)
		if failed != nil {
			return problem(web.Translate(ctx, failed), x.requestID), nil
		}
		return result, nil
	}
}
