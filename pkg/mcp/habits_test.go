package mcp_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
)

// TestHabits: the flow of the contract succeeds with each habit that models have, and
// what they so send is the same request.
func TestHabits(t *testing.T) {
	t.Parallel()
	for name, habit := range map[string]func(*jsonschema.Schema, any) any{
		"none":                          func(_ *jsonschema.Schema, input any) any { return input },
		"null for what is absent":       withNulls,
		"texts of numbers and booleans": func(_ *jsonschema.Schema, input any) any { return asTexts(input) },
		"texts of objects":              func(_ *jsonschema.Schema, input any) any { return textsOfObjects(input.(object)) },
		"all at once": func(s *jsonschema.Schema, input any) any {
			return textsOfObjects(asTexts(withNulls(s, input)).(object))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			replayBy(t, func(_ string, s *jsonschema.Schema, input object) object { return habit(s, input).(object) })
		})
	}
}

// replayBy replays the contract with changed inputs, and makes each purchase again in
// the words of the contract, by REST.
func replayBy(t *testing.T, change func(tool string, s *jsonschema.Schema, input object) object) {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	tools := listTools(t)
	call := contract.MCP(connect(t, s, s.Key, nil))
	contract.Replay(t, func(tb testing.TB, tool string, input map[string]any) map[string]any {
		tb.Helper()
		answer := call(tb, tool, change(tool, inputOf(t, tools[tool].InputSchema), input))
		if tool == "purchase_create" {
			again := byREST(t, s, tool, input)
			if text := encodeAny(t, answer); again.Header.Get("Idempotent-Replayed") != "true" || text != encodeAny(t, decodeAny(t, again.Body)) {
				t.Errorf("REST answers %d %s, want the same as MCP", again.Status, again.Body)
			}
		}
		return answer
	})
}

func inputOf(t *testing.T, input any) *jsonschema.Schema {
	t.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal([]byte(encodeAny(t, input)), &s); err != nil {
		t.Fatal(err)
	}
	return &s
}

func encodeAny(t *testing.T, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func decodeAny(t *testing.T, text []byte) (value any) {
	t.Helper()
	if err := json.Unmarshal(text, &value); err != nil {
		t.Fatal(err)
	}
	return value
}

// withNulls gives every member that the schema knows, at every depth.
func withNulls(s *jsonschema.Schema, input any) any {
	given, isObject := input.(object)
	if !isObject || s == nil {
		return input
	}
	out := maps.Clone(given)
	for name, member := range s.Properties {
		out[name] = withNulls(member, given[name])
	}
	return out
}

// asTexts turns numbers and booleans into texts.
func asTexts(input any) any {
	switch v := input.(type) {
	case object:
		out := object{}
		for name, value := range v {
			out[name] = asTexts(value)
		}
		return out
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case int:
		return strconv.Itoa(v)
	case bool:
		return strconv.FormatBool(v)
	default:
		return input
	}
}

func textsOfObjects(input object) object {
	out := object{}
	for name, value := range input {
		if inner, isObject := value.(object); isObject {
			text, _ := json.Marshal(inner) // it came from JSON
			value = string(text)
		}
		out[name] = value
	}
	return out
}

// TestUnfaithfulTextsAreRefused: what can mean something else is not read as a number.
func TestUnfaithfulTextsAreRefused(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, changes := range []object{
		{"quantity": "1.0"},
		{"quantity": "one"},
		{"quantity": " 1"},
		{"quantity": "01"},
		{"quantity": "1e0"},
		{"quantity": ""},
		{"quantity": "0x1"},
		{"backupsEnabled": "yes"},
		{"backupsEnabled": "TRUE"},
		{"backupsEnabled": 1},
		{"configuration": `{"hostname":"a"},"quantity":2`},
		{"configuration": `{"hostname":`},
		{"configuration": "null"},
		{"configuration": "[]"},
		{"hostname": nil},
	} {
		result := use(t, s, "quote_create", order(changes))
		if code := codeOf(t, result); code != "invalid_input" {
			t.Errorf("%v: %s", changes, result.StructuredContent)
		}
	}
}

func codeOf(t *testing.T, r result) string {
	t.Helper()
	var problem struct{ Code string }
	if err := json.Unmarshal(r.StructuredContent, &problem); err != nil {
		t.Fatal(err)
	}
	return problem.Code
}

// TestStrictModes: tools/list can be converted to what strict modes of tool calls
// accept, and a call that is valid under the conversion succeeds.
func TestStrictModes(t *testing.T) {
	t.Parallel()
	for name, mode := range map[string]struct {
		schema func(*testing.T, *jsonschema.Schema) *jsonschema.Schema
		input  func(converted *jsonschema.Schema, input any) any
	}{
		"OpenAI":    {openAI, withNulls},
		"Anthropic": {anthropic, func(_ *jsonschema.Schema, input any) any { return input }},
		"Gemini":    {gemini, textsWhereAsked},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, tool := range listTools(t) {
				mode.schema(t, inputOf(t, tool.InputSchema))
			}
			replayBy(t, func(tool string, s *jsonschema.Schema, input object) object {
				converted := mode.schema(t, s)
				changed := mode.input(converted, any(input)).(object)
				resolved, err := converted.Resolve(nil)
				if err != nil {
					t.Fatal(err)
				}
				if err := resolved.Validate(decodeAny(t, []byte(encodeAny(t, changed)))); err != nil {
					t.Errorf("%s: %v is not valid in this mode: %v", tool, changed, err)
				}
				return changed
			})
		})
	}
}

// convert copies a schema, and each below it.
func convert(s *jsonschema.Schema, change func(*jsonschema.Schema)) *jsonschema.Schema {
	out := *s
	out.Properties = make(map[string]*jsonschema.Schema, len(s.Properties))
	for name, member := range s.Properties {
		out.Properties[name] = convert(member, change)
	}
	if s.Properties == nil {
		out.Properties = nil
	}
	if s.Items != nil {
		out.Items = convert(s.Items, change)
	}
	change(&out)
	return &out
}

// openAI follows "Structured outputs", supported schemas: every member is required, and
// one that may be absent may be null; every object is closed.
func openAI(t *testing.T, s *jsonschema.Schema) *jsonschema.Schema {
	t.Helper()
	out := convert(s, func(s *jsonschema.Schema) {
		if s.Type != "object" {
			return
		}
		expectClosed(t, s)
		for name, member := range s.Properties {
			if !slices.Contains(s.Required, name) {
				nullable := *member
				nullable.Type, nullable.Types = "", []string{member.Type, "null"}
				if nullable.Enum != nil {
					nullable.Enum = append(slices.Clone(nullable.Enum), nil)
				}
				s.Properties[name] = &nullable
			}
		}
		s.Required = slices.Sorted(maps.Keys(s.Properties))
	})
	if out.AnyOf != nil || out.OneOf != nil || depthOf(out) > 10 {
		t.Errorf("the root has alternatives, or is too deep: %s", encodeAny(t, s))
	}
	return out
}

// anthropic follows "Strict tool use": objects are closed, and bounds of numbers and
// texts go.
func anthropic(t *testing.T, s *jsonschema.Schema) *jsonschema.Schema {
	t.Helper()
	return convert(s, func(s *jsonschema.Schema) {
		if s.Type == "object" {
			expectClosed(t, s)
		}
		s.Minimum, s.Maximum, s.MinLength, s.MaxLength, s.MaxItems, s.Pattern, s.Default = nil, nil, nil, nil, nil, "", nil
	})
}

// gemini follows the Schema object of the Gemini API: an enum has texts, and there is no
// additionalProperties.
func gemini(t *testing.T, s *jsonschema.Schema) *jsonschema.Schema {
	t.Helper()
	return convert(s, func(s *jsonschema.Schema) {
		if s.AdditionalProperties != nil {
			s.AdditionalProperties = nil
		}
		if s.Enum != nil && s.Type != "string" {
			s.Type = "string"
			for i, value := range s.Enum {
				s.Enum[i] = fmt.Sprint(value)
			}
		}
		s.Default, s.Pattern = nil, ""
	})
}

func expectClosed(t *testing.T, s *jsonschema.Schema) {
	t.Helper()
	if encodeAny(t, s.AdditionalProperties) != "false" || s.AnyOf != nil || s.OneOf != nil || s.AllOf != nil || s.If != nil {
		t.Errorf("an object that no strict mode takes: %s", encodeAny(t, s))
	}
}

func depthOf(s *jsonschema.Schema) int {
	deepest := 0
	for _, member := range s.Properties {
		deepest = max(deepest, depthOf(member))
	}
	if s.Items != nil {
		deepest = max(deepest, depthOf(s.Items))
	}
	return deepest + 1
}

// textsWhereAsked turns what the schema wants as text into one.
func textsWhereAsked(s *jsonschema.Schema, input any) any {
	given, isObject := input.(object)
	if !isObject {
		if s != nil && s.Type == "string" {
			return asTexts(input)
		}
		return input
	}
	out := object{}
	for name, value := range given {
		out[name] = textsWhereAsked(s.Properties[name], value)
	}
	return out
}
