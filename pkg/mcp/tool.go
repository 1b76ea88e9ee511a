package mcp

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
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
		slices.SortFunc(tools, func(a, b *sdk.Tool) int { return strings.Compare(a.Name, b.Name) })
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
		InputSchema:  encode(brief(keyed(o))),
		OutputSchema: encode(withProblem(o.Output())),
		Annotations:  annotations(o),
	}
}

// keyed is the input of an operation as a tool: what needs an idempotency key says so in
// its schema, for a model has no header to put it in.
func keyed(o api.Operation) *schema.Schema {
	input := *o.FullInput()
	if o.Effect == api.Buys {
		input.Required = append(slices.Clone(input.Required), "idempotencyKey")
	}
	return &input
}

// brief leaves out the form of identifiers and of idempotency keys, which come from
// answers, and of which a model makes nothing: the operation is held to it all the same.
func brief(input *schema.Schema) *schema.Schema {
	out := *input
	out.Properties = maps.Clone(input.Properties)
	for name, member := range out.Properties {
		if strings.HasSuffix(name, "Id") || strings.HasSuffix(name, "Key") {
			formless := *member
			formless.Pattern, formless.MaxLength = "", nil
			out.Properties[name] = &formless
		}
	}
	return &out
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
	return &sdk.ToolAnnotations{
		ReadOnlyHint:    o.Effect == api.Reads,
		DestructiveHint: &erases,
		// A purchase has an idempotency key among its arguments; other writes may go
		// without one, and happen again.
		IdempotentHint: o.Effect == api.Reads || o.Effect == api.Buys,
		OpenWorldHint:  &beyond,
	}
}

// withProblem lets the schema of an answer describe an error as well: clients check
// the structured content of both against it. A name that both have is described only
// for the answer.
func withProblem(s *schema.Schema) *schema.Schema {
	out := *share(s)
	answer := &schema.Schema{Required: s.Required}
	for _, name := range problemMembers() {
		if member, both := out.Properties[name]; both {
			if answer.Properties == nil {
				answer.Properties = make(map[string]*schema.Schema)
			}
			answer.Properties[name] = member
			delete(out.Properties, name) // of the copy that share has made
		}
	}
	out.Required = nil
	out.If = &schema.Schema{Required: []string{"code", "requestId"}}
	out.Else = answer
	return &out
}

// problemMembers are those of every error; see api.Problem.
func problemMembers() []string {
	return []string{"type", "title", "status", "detail", "code", "param", "errors", "fixes", "retryable", "retryAfterSeconds", "requestId"}
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
