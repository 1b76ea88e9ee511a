package conformance

import (
	"context"
	"encoding/json"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"
)

// noInput is the input schema of a tool without arguments.
const noInput = `{"type": "object"}`

func addTool(server *sdk.Server, name, input string, handler sdk.ToolHandler) {
	server.AddTool(&sdk.Tool{Name: name, Description: "Part of the suite.", InputSchema: json.RawMessage(input)}, handler)
}

func addTools(server *sdk.Server) {
	addTool(server, "test_simple_text", noInput, answering(text("This is a simple text response for testing.")))
	addTool(server, "test_image_content", noInput, answering(image()))
	addTool(server, "test_audio_content", noInput, answering(audio()))
	addTool(server, "test_embedded_resource", noInput, answering(embedded("test://embedded-resource")))
	addTool(server, "test_multiple_content_types", noInput,
		answering(text("Multiple content types test:"), image(), embedded("test://mixed-content-resource")))
	addTool(server, "test_error_handling", noInput, failing)
	addTool(server, "json_schema_2020_12_tool", richInput, answering(text("The schema was accepted.")))
	addTool(server, "test_x_mcp_header", headerInput, answering(text("The headers agree with the arguments.")))
}

func answering(content ...sdk.Content) sdk.ToolHandler {
	return func(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
		return &sdk.CallToolResult{Content: content}, nil
	}
}

func failing(context.Context, *sdk.CallToolRequest) (*sdk.CallToolResult, error) {
	return &sdk.CallToolResult{
		IsError: true,
		Content: []sdk.Content{text("This tool intentionally returns an error for testing")},
	}, nil
}

// richInput uses the vocabulary of JSON Schema 2020-12 that tools/list must
// pass on as it is (SEP-1613, SEP-2106).
const richInput = `{
	"$schema": "https://json-schema.org/draft/2020-12/schema",
	"type": "object",
	"$defs": {
		"address": {
			"$anchor": "addressDef",
			"type": "object",
			"properties": {"street": {"type": "string"}, "city": {"type": "string"}}
		}
	},
	"properties": {
		"name": {"type": "string"},
		"address": {"$ref": "#/$defs/address"},
		"contactMethod": {"type": "string", "enum": ["phone", "email"]},
		"phone": {"type": "string"},
		"email": {"type": "string"}
	},
	"allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
	"if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
	"then": {"required": ["phone"]},
	"else": {"required": ["email"]},
	"additionalProperties": false
}`

// headerInput has an argument that a client repeats in the header
// Mcp-Param-Region (SEP-2243).
const headerInput = `{
	"type": "object",
	"properties": {
		"region": {"type": "string", "x-mcp-header": "Region"},
		"level": {"type": "integer"}
	}
}`
