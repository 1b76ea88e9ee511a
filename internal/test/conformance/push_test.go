//lint:file-ignore SA1019 The suite asks for sampling and logging, which SEP-2577 deprecates.

package conformance

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

const (
	promptInput  = `{"type": "object", "properties": {"prompt": {"type": "string"}}, "required": ["prompt"]}`
	messageInput = `{"type": "object", "properties": {"message": {"type": "string"}}, "required": ["message"]}`
)

// addPushingTools adds the tools that send something to the client while they
// are called. That they try it keeps the list of expected failures honest: it
// is the stack that cannot, not the tools.
func addPushingTools(server *sdk.Server) {
	addTool(server, "test_tool_with_logging", noInput, logging)
	addTool(server, "test_logging_tool", noInput, logging)
	addTool(server, "test_tool_with_progress", noInput, progressing)
	addTool(server, "test_sampling", promptInput, sampling)
	addTool(server, "test_elicitation", messageInput, eliciting(`{
		"type": "object",
		"properties": {"username": {"type": "string"}, "email": {"type": "string"}},
		"required": ["username", "email"]
	}`))
	addTool(server, "test_elicitation_sep1034_defaults", noInput, eliciting(defaultsSchema))
	addTool(server, "test_elicitation_sep1330_enums", noInput, eliciting(enumsSchema))
	addTool(server, "test_reconnection", noInput, reconnecting)
	addTool(server, "test_streaming_elicitation", noInput, answering(text("No request was sent.")))
	addTool(server, "test_missing_capability", noInput, requiringSampling)
}

func logging(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	for _, step := range []string{"Tool execution started", "Tool processing data", "Tool execution completed"} {
		if err := r.Session.Log(ctx, &sdk.LoggingMessageParams{Level: "info", Data: step}); err != nil {
			return nil, err
		}
	}
	return answering(text("Logged."))(ctx, r)
}

func progressing(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	for _, progress := range []float64{0, 50, 100} {
		err := r.Session.NotifyProgress(ctx, &sdk.ProgressNotificationParams{
			ProgressToken: r.Params.GetProgressToken(), Progress: progress, Total: 100,
		})
		if err != nil {
			return nil, err
		}
	}
	return answering(text("Done."))(ctx, r)
}

func sampling(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	answer, err := r.Session.CreateMessage(ctx, sample("What do you say?"))
	if err != nil {
		return nil, err
	}
	return answering(text("LLM response:"), answer.Content)(ctx, r)
}

func sample(question string) *sdk.CreateMessageParams {
	return &sdk.CreateMessageParams{
		Messages:  []*sdk.SamplingMessage{{Role: "user", Content: text(question)}},
		MaxTokens: 100,
	}
}

func eliciting(schema string) sdk.ToolHandler {
	return func(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		answer, err := r.Session.Elicit(ctx, elicitation("Please tell.", schema))
		if err != nil {
			return nil, err
		}
		return answering(text(fmt.Sprintf("User response: action=%s, content=%v", answer.Action, answer.Content)))(ctx, r)
	}
}

func elicitation(message, schema string) *sdk.ElicitParams {
	return &sdk.ElicitParams{Message: message, RequestedSchema: json.RawMessage(schema)}
}

// reconnecting closes its own stream, so that the client comes back for the
// result (SEP-1699). There is no stream to close in an answer of plain JSON.
func reconnecting(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	if r.Extra.CloseSSEStream != nil {
		r.Extra.CloseSSEStream(sdk.CloseSSEStreamArgs{})
	}
	return answering(text("Reconnected."))(ctx, r)
}

// requiringSampling refuses clients that did not declare sampling (SEP-2575).
func requiringSampling(ctx context.Context, r *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	if declared := r.ClientCapabilities(); declared != nil && declared.Sampling != nil {
		return answering(text("The client can sample."))(ctx, r)
	}
	data, err := json.Marshal(sdk.MissingRequiredClientCapabilityData{
		RequiredCapabilities: &sdk.ClientCapabilities{Sampling: &sdk.SamplingCapabilities{}},
	})
	if err != nil {
		return nil, err
	}
	return nil, &jsonrpc.Error{
		Code:    sdk.CodeMissingRequiredClientCapabilities,
		Message: "The client did not declare the capability sampling.",
		Data:    data,
	}
}

// defaultsSchema has a default of each primitive type (SEP-1034).
const defaultsSchema = `{
	"type": "object",
	"properties": {
		"name": {"type": "string", "default": "John Doe"},
		"age": {"type": "integer", "default": 30},
		"score": {"type": "number", "default": 95.5},
		"status": {"type": "string", "enum": ["active", "inactive", "pending"], "default": "active"},
		"verified": {"type": "boolean", "default": true}
	}
}`

// enumsSchema has each form of an enumeration (SEP-1330).
const enumsSchema = `{
	"type": "object",
	"properties": {
		"untitledSingle": {"type": "string", "enum": ["option1", "option2", "option3"]},
		"titledSingle": {"type": "string", "oneOf": [
			{"const": "value1", "title": "First"}, {"const": "value2", "title": "Second"}, {"const": "value3", "title": "Third"}
		]},
		"legacyEnum": {"type": "string", "enum": ["opt1", "opt2", "opt3"], "enumNames": ["One", "Two", "Three"]},
		"untitledMulti": {"type": "array", "items": {"type": "string", "enum": ["option1", "option2", "option3"]}},
		"titledMulti": {"type": "array", "items": {"anyOf": [
			{"const": "value1", "title": "First"}, {"const": "value2", "title": "Second"}, {"const": "value3", "title": "Third"}
		]}}
	}
}`
