package mcp

import (
	"cmp"
	"context"
	_ "embed"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// The prompts, in which {{name}} stands for an argument.
var (
	//go:embed buy_server.md
	buyServer string
	//go:embed reinstall_server.md
	reinstallServer string
)

func addPrompts(server *sdk.Server) {
	server.AddPrompt(&sdk.Prompt{
		Name: "buy_server", Title: "Buy a server",
		Description: "Walks through buying one server: search, requirements, quote, purchase, and waiting until it is ready.",
		Arguments: []*sdk.PromptArgument{
			{Name: "purpose", Title: "Purpose", Description: "What the server is for, and how large it should be.", Required: true},
			{Name: "hostname", Title: "Host name", Description: "The host name of the server."},
			{Name: "region", Title: "Region", Description: "Where it should run, such as eu-west."},
			{Name: "budget", Title: "Budget", Description: "The most that it may cost a month, such as 25 USD."},
		},
	}, prompt(buyServer, map[string]string{
		"hostname": "a fitting one of your choice", "region": "the one nearest to its users", "budget": "not given: ask before you buy",
	}))
	server.AddPrompt(&sdk.Prompt{
		Name: "reinstall_server", Title: "Reinstall a server",
		Description: "Walks through erasing a server and installing another image, with the checks that belong before it.",
		Arguments: []*sdk.PromptArgument{
			{Name: "server", Title: "Server", Description: "The id or the host name of the server.", Required: true},
			{Name: "image", Title: "Image", Description: "The image to install, such as debian-12."},
		},
	}, prompt(reinstallServer, map[string]string{"image": "ask which of supportedImages"}))
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
