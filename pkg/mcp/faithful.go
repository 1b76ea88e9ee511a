package mcp

import (
	"strconv"
	"strings"

	"agentstore/pkg/schema"
	"agentstore/pkg/strictjson"
)

// faithful reads what models send instead of what a schema says, where it can mean one
// thing only: null for what is absent, and texts of numbers, booleans, objects and
// arrays. Strict modes of tool calls make them send null (OpenAI, "Structured outputs":
// all fields must be required), and have only texts in an enum (Gemini API, Schema).
// Everything else stays as it is, for the operation to refuse.
func faithful(s *schema.Schema, value any) any {
	switch v := value.(type) {
	case map[string]any:
		return members(s, v)
	case []any:
		if s == nil || s.Items == nil {
			return v
		}
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = faithful(s.Items, item)
		}
		return items
	case string:
		return fromText(s, v)
	default:
		return value
	}
}

func members(s *schema.Schema, object map[string]any) map[string]any {
	out := make(map[string]any, len(object))
	for name, value := range object {
		if value != nil {
			out[name] = faithful(memberOf(s, name), value)
		}
	}
	return out
}

// memberOf is the schema of a member: that of the object, or of the first of its
// alternatives that has one; nil where none is known.
func memberOf(s *schema.Schema, name string) *schema.Schema {
	if s == nil {
		return nil
	}
	if member := s.Properties[name]; member != nil {
		return member
	}
	for _, alternative := range s.AnyOf {
		if member := memberOf(alternative, name); member != nil {
			return member
		}
	}
	return nil
}

// fromText is the value of which the text is the JSON, if the schema wants a value of
// that type; otherwise the text.
func fromText(s *schema.Schema, text string) any {
	if s == nil {
		return text
	}
	isJSON := false
	switch s.Type {
	case "integer":
		isJSON = isWhole(text)
	case "boolean":
		isJSON = text == "true" || text == "false"
	case "object":
		isJSON = strings.HasPrefix(text, "{")
	case "array":
		isJSON = strings.HasPrefix(text, "[")
	}
	if !isJSON {
		return text
	}
	// As an argument, so that it is read as strictly as one.
	object, err := strictjson.Object([]byte(`{"value":` + text + `}`))
	if value, has := object["value"]; err == nil && has && len(object) == 1 {
		return faithful(s, value)
	}
	return text
}

// isWhole reports whether a text is a whole number in the one way to write it.
func isWhole(text string) bool {
	n, err := strconv.ParseInt(text, 10, 64)
	return err == nil && strconv.FormatInt(n, 10) == text
}
