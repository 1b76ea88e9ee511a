package conformance

import (
	"context"
	"fmt"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

func addPrompts(server *sdk.Server) {
	addPrompt(server, "test_simple_prompt", text("This is a simple prompt for testing."))
	addPrompt(server, "test_prompt_with_image", image(), text("Please analyze the image above."))
	addPromptOf(server, "test_prompt_with_arguments", repeating, "arg1", "arg2")
	addPromptOf(server, "test_prompt_with_embedded_resource", embedding, "resourceUri")
	addPromptOf(server, "test_input_required_result_prompt", askingContext)
}

func addPrompt(server *sdk.Server, name string, content ...sdk.Content) {
	addPromptOf(server, name, func(context.Context, *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
		return prompting(content...)
	})
}

// addPromptOf adds a prompt that is made of the named arguments.
func addPromptOf(server *sdk.Server, name string, handler sdk.PromptHandler, arguments ...string) {
	prompt := &sdk.Prompt{Name: name, Description: "Part of the suite."}
	for _, argument := range arguments {
		prompt.Arguments = append(prompt.Arguments, &sdk.PromptArgument{Name: argument, Required: true})
	}
	server.AddPrompt(prompt, handler)
}

func prompting(content ...sdk.Content) (*sdk.GetPromptResult, error) {
	result := &sdk.GetPromptResult{}
	for _, c := range content {
		result.Messages = append(result.Messages, &sdk.PromptMessage{Role: "user", Content: c})
	}
	return result, nil
}

func repeating(_ context.Context, r *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
	arguments := r.Params.Arguments
	return prompting(text(fmt.Sprintf("Prompt with arguments: arg1='%s', arg2='%s'", arguments["arg1"], arguments["arg2"])))
}

func embedding(_ context.Context, r *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
	return prompting(embedded(r.Params.Arguments["resourceUri"]), text("Please process the embedded resource above."))
}

// askingContext is the prompt among those that answer with a question.
func askingContext(_ context.Context, r *sdk.GetPromptRequest) (*sdk.GetPromptResult, error) {
	if told := field(accepted(r.Params.InputResponses, "user_context"), "context"); told != "" {
		return prompting(text("Context: " + told))
	}
	return &sdk.GetPromptResult{InputRequests: sdk.InputRequestMap{
		"user_context": elicitation("Please provide context for the prompt.", contextSchema),
	}}, nil
}
