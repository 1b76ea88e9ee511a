//lint:file-ignore SA1019 The suite asks for sampling and roots, which SEP-2577 deprecates.

package conformance

import (
	"context"
	"fmt"
	"strings"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	nameSchema    = `{"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}`
	colorSchema   = `{"type": "object", "properties": {"color": {"type": "string"}}, "required": ["color"]}`
	confirmSchema = `{"type": "object", "properties": {"ok": {"type": "boolean"}}, "required": ["ok"]}`
	contextSchema = `{"type": "object", "properties": {"context": {"type": "string"}}, "required": ["context"]}`
)

// addAskingTools adds the tools that answer with a question, which the client
// answers by calling again (SEP-2322).
func addAskingTools(server *sdk.Server) {
	addTool(server, "test_input_required_result_elicitation", noInput, askingName)
	addTool(server, "test_input_required_result_sampling", noInput, askingModel)
	addTool(server, "test_input_required_result_list_roots", noInput, askingRoots)
	addTool(server, "test_input_required_result_request_state", noInput, askingConfirmation)
	addTool(server, "test_input_required_result_tampered_state", noInput, askingConfirmation)
	addTool(server, "test_input_required_result_multiple_inputs", noInput, askingAll)
	addTool(server, "test_input_required_result_multi_round", noInput, askingTwice)
	addTool(server, "test_input_required_result_capabilities", noInput, askingWhatIsDeclared)
}

func asking(state string, questions sdk.InputRequestMap) (*sdk.CallToolResult, error) {
	return &sdk.CallToolResult{InputRequests: questions, RequestState: state}, nil
}

func askingName(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	if name := field(accepted(r.Params.InputResponses, "user_name"), "name"); name != "" {
		return answering(text("Hello, "+name+"!"))(ctx, r)
	}
	return asking("", sdk.InputRequestMap{"user_name": elicitation("What is your name?", nameSchema)})
}

func askingModel(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	if content := sampled(r.Params.InputResponses, "capital_question"); content != nil {
		return answering(content...)(ctx, r)
	}
	return asking("", sdk.InputRequestMap{"capital_question": sample("What is the capital of France?")})
}

func askingRoots(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	if roots, ok := r.Params.InputResponses["client_roots"].(*sdk.ListRootsResult); ok {
		return answering(text(fmt.Sprintf("There are %d roots.", len(roots.Roots))))(ctx, r)
	}
	return asking("", sdk.InputRequestMap{"client_roots": &sdk.ListRootsParams{}})
}

// askingConfirmation takes no other state than the one that it gave.
func askingConfirmation(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	const given = "confirmation"
	switch {
	case r.Params.RequestState != "" && r.Params.RequestState != given:
		return nil, &jsonrpc.Error{Code: jsonrpc.CodeInvalidParams, Message: "This requestState was not given by this server."}
	case r.Params.RequestState == given && accepted(r.Params.InputResponses, "confirm") != nil:
		return answering(text("state-ok"))(ctx, r)
	}
	return asking(given, sdk.InputRequestMap{"confirm": elicitation("Please confirm.", confirmSchema)})
}

func askingAll(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	answers := r.Params.InputResponses
	name := field(accepted(answers, "user_name"), "name")
	roots, _ := answers["client_roots"].(*sdk.ListRootsResult)
	greeting := sampled(answers, "greeting")
	if name != "" && roots != nil && greeting != nil {
		return answering(append(greeting, text(name))...)(ctx, r)
	}
	return asking("all", sdk.InputRequestMap{
		"user_name":    elicitation("What is your name?", nameSchema),
		"greeting":     sample("Generate a greeting."),
		"client_roots": &sdk.ListRootsParams{},
	})
}

// askingTwice keeps the first answer in the state, for nothing else lasts from
// one call to the next.
func askingTwice(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	answers := r.Params.InputResponses
	if name, ok := strings.CutPrefix(r.Params.RequestState, "name="); ok {
		return answering(text(name+" likes "+field(accepted(answers, "step2"), "color")))(ctx, r)
	}
	if name := field(accepted(answers, "step1"), "name"); name != "" {
		return asking("name="+name, sdk.InputRequestMap{"step2": elicitation("What is your favorite color?", colorSchema)})
	}
	return asking("begun", sdk.InputRequestMap{"step1": elicitation("What is your name?", nameSchema)})
}

func askingWhatIsDeclared(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	declared := r.ClientCapabilities()
	questions := sdk.InputRequestMap{}
	if declared != nil && declared.Elicitation != nil {
		questions["user_name"] = elicitation("What is your name?", nameSchema)
	}
	if declared != nil && declared.Sampling != nil {
		questions["greeting"] = sample("Generate a greeting.")
	}
	if len(questions) == 0 || len(r.Params.InputResponses) > 0 {
		return answering(text("There is nothing to ask."))(ctx, r)
	}
	return asking("", questions)
}

// accepted is what the user filled in, or nil without an accepted answer.
func accepted(answers sdk.InputResponseMap, question string) map[string]any {
	if answer, ok := answers[question].(*sdk.ElicitResult); ok && answer.Action == "accept" {
		return answer.Content
	}
	return nil
}

// field is a filled in string, or empty.
func field(content map[string]any, name string) string {
	value, _ := content[name].(string)
	return value
}

// sampled is what the client's model said, or nil without an answer.
func sampled(answers sdk.InputResponseMap, question string) []sdk.Content {
	if answer, ok := answers[question].(*sdk.CreateMessageWithToolsResult); ok {
		return answer.Content
	}
	return nil
}
