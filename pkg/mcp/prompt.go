package mcp

import (
	"cmp"
	"context"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/pkg/product"
)

// addPrompts makes the prompts of all products.
func addPrompts(server *sdk.Server, shelf product.Shelf) {
	for _, p := range shelf {
		for _, text := range p.Words().Prompts {
			addPrompt(server, text)
		}
	}
}

func addPrompt(server *sdk.Server, p product.Prompt) {
	absent := make(map[string]string)
	var arguments []*sdk.PromptArgument
	for _, a := range p.Arguments {
		arguments = append(arguments, &sdk.PromptArgument{
			Name: a.Name, Title: a.Title, Description: a.Description, Required: a.Absent == "",
		})
		absent[a.Name] = a.Absent
	}
	server.AddPrompt(&sdk.Prompt{
		Name: p.Name, Title: p.Title, Description: p.Description, Arguments: arguments,
	}, prompt(p.Text, absent))
}

// prompt fills arguments into a text. Those that are optional have words for when
// they are absent.
func prompt(text string, absent map[string]string) sdk.PromptHandler {
	return func(_ context.Context, r *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
		var values []string
		for _, name := range placeholders(text) {
			value := cmp.Or(r.Params.Arguments[name], absent[name])
			if value == "" {
				return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "the argument " + name + " is required"}
			}
			values = append(values, "{{"+name+"}}", value)
		}
		return &sdk.GetPromptResult{Messages: []*sdk.PromptMessage{
			{Role: "user", Content: &sdk.TextContent{Text: strings.NewReplacer(values...).Replace(text)}},
		}}, nil
	}
}

func placeholders(text string) []string {
	var names []string
	for _, part := range strings.Split(text, "{{")[1:] {
		name, _, _ := strings.Cut(part, "}}")
		names = append(names, name)
	}
	return names
}
