package mcp_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/jsonschema-go/jsonschema"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/fault"
)

// schemas are the two of each tool, by "<tool> in" and "<tool> out".
func schemas(t *testing.T) map[string]*jsonschema.Schema {
	t.Helper()
	out := make(map[string]*jsonschema.Schema)
	for name, tool := range listTools(t) {
		for way, raw := range map[string]any{" in": tool.InputSchema, " out": tool.OutputSchema} {
			text, err := json.Marshal(raw)
			if err != nil {
				t.Fatal(err)
			}
			s := new(jsonschema.Schema)
			if err := json.Unmarshal(text, s); err != nil {
				t.Fatalf("%s%s: %v", name, way, err)
			}
			out[name+way] = s
		}
	}
	return out
}

func resolve(t *testing.T, name string, s *jsonschema.Schema) *jsonschema.Resolved {
	t.Helper()
	resolved, err := s.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return resolved
}

// TestSchemasAreForModels: what clients and models are known to stumble over is
// not there.
func TestSchemasAreForModels(t *testing.T) {
	t.Parallel()
	for name, s := range schemas(t) {
		resolve(t, name, s)
		if s.Type != "object" || s.OneOf != nil || s.AnyOf != nil || s.AllOf != nil || s.Ref != "" {
			t.Errorf("%s: the root is not a plain object", name)
		}
		if s.Schema != "" && s.Schema != "https://json-schema.org/draft/2020-12/schema" {
			t.Errorf("%s is of the dialect %s", name, s.Schema)
		}
		walk("$", s, func(path string, s *jsonschema.Schema) {
			accepts := path == "$.status" && slices.Equal(s.Types, []string{"string", "integer"})
			if accepts && slices.Contains(accepting(), strings.TrimSuffix(name, " out")) {
				return // a text, and a number where it is the one of an error
			}
			if len(s.Types) > 0 || s.Type == "null" || slices.Contains(s.Enum, nil) {
				t.Errorf("%s: %s is a union of types, or null: %v", name, path, s.Types)
			}
			if s.Type == "" && s.Ref == "" {
				t.Errorf("%s: %s may be anything", name, path)
			}
			if s.Type == "array" && s.Items == nil {
				t.Errorf("%s: %s is an array of anything", name, path)
			}
		})
	}
}

// TestNoOpenInputs: strict modes of tool calls take no object whose members are not known.
func TestNoOpenInputs(t *testing.T) {
	t.Parallel()
	for name, s := range schemas(t) {
		walk("$", s, func(path string, member *jsonschema.Schema) {
			closed := member.AdditionalProperties != nil && member.AdditionalProperties.Not != nil
			if strings.HasSuffix(name, " in") && member.Type == "object" && !closed {
				t.Errorf("%s: %s may have any members", name, path)
			}
		})
	}
}

// TestAnswersAreOutlined: a client, and a model that writes a program, sees the members
// of an answer, and of its objects as far as they are always there, with their types.
func TestAnswersAreOutlined(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	for _, o := range api.Operations(app.Shelf()) {
		expectOutline(t, o.Name, all[o.Name+" out"], o.Output(), 2)
	}
}

func expectOutline(t *testing.T, path string, outline, answer *jsonschema.Schema, depth int) {
	t.Helper()
	if outline.Type != answer.Type && !slices.Contains(outline.Types, answer.Type) {
		t.Errorf("%s is of the type %s%v, want %s", path, outline.Type, outline.Types, answer.Type)
	}
	if depth == 0 {
		return
	}
	for name, member := range answer.Properties {
		if outline.Properties[name] == nil && depth == 1 && !slices.Contains(answer.Required, name) {
			continue // it is not always there
		}
		if outline.Properties[name] == nil {
			t.Errorf("%s has no %s", path, name)
			continue
		}
		expectOutline(t, path+"."+name, outline.Properties[name], member, depth-1)
	}
}

// accepting are the operations whose answers have a status of their own, accepted.
func accepting() []string {
	var names []string
	for _, o := range api.Operations(app.Shelf()) {
		if o.Status == http.StatusAccepted {
			names = append(names, o.Name)
		}
	}
	return names
}

// TestConfigurationHasFields: a model sees what a configuration says before it
// has asked for the requirements of an item.
func TestConfigurationHasFields(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	want := []string{"backupsEnabled", "billingTermMonths", "firewall", "hostname", "image", "region", "sshKeys", "userData"}
	for _, name := range []string{"quote_create in", "purchase_create in"} {
		configuration := all[name].Properties["configuration"]
		if got := slices.Sorted(maps.Keys(configuration.Properties)); !slices.Equal(got, want) {
			t.Errorf("%s: the configuration has %v, want %v", name, got, want)
		}
		if configuration.Description == "" || len(configuration.Required) == 0 {
			t.Errorf("%s: the configuration has no words, or nothing is required", name)
		}
	}
}

func TestExamplesAreValid(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	for _, o := range api.Operations(app.Shelf()) {
		expectValid(t, all, o.Name+" in", o.Example.Input)
		expectValid(t, all, o.Name+" out", o.Example.Output)
	}
}

// TestErrorsAreValid: clients hold the structured content of an error to the
// schema of the answer.
func TestErrorsAreValid(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	errors := []*fault.Error{fault.InvalidParam("$.image", "is required").Fix("Send it.").With("purchaseId", "pur_x")}
	for _, code := range fault.Codes() {
		errors = append(errors, fault.New(code, "No."), fault.New(code, "No.").After(time.Second).With("approvalUrl", "https://a/b"))
	}
	for _, o := range api.Operations(app.Shelf()) {
		for _, e := range errors {
			expectValid(t, all, o.Name+" out", string(api.Problem(e, "req_x")))
		}
	}
}

// TestAnswersAreHeld: what is neither an answer nor an error is not valid, so that the
// tests above say something.
func TestAnswersAreHeld(t *testing.T) {
	t.Parallel()
	all := schemas(t)
	for _, o := range api.Operations(app.Shelf()) {
		wrong := []string{`[]`, `null`}
		for name, member := range all[o.Name+" out"].Properties {
			wrong = append(wrong, `{"`+name+`":null}`)
			for nested := range member.Properties {
				wrong = append(wrong, `{"`+name+`":{"`+nested+`":null}}`)
			}
		}
		for _, text := range wrong {
			if valid(t, all, o.Name+" out", text) == nil {
				t.Errorf("%s takes %s", o.Name, text)
			}
		}
	}
}

func expectValid(t *testing.T, all map[string]*jsonschema.Schema, name, text string) {
	t.Helper()
	if err := valid(t, all, name, text); err != nil {
		t.Errorf("%s: %v: %s", name, err, text)
	}
}

func valid(t *testing.T, all map[string]*jsonschema.Schema, name, text string) error {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%s: %v: %s", name, err, text)
	}
	return resolve(t, name, all[name].CloneSchemas()).Validate(value)
}

// walk visits a schema, its definitions, its members and its items. The members
// of a good answer alone are members as well.
func walk(path string, s *jsonschema.Schema, visit func(string, *jsonschema.Schema)) {
	visit(path, s)
	members := maps.Clone(s.Properties)
	if s.Else != nil {
		maps.Copy(members, s.Else.Properties)
	}
	for name, member := range members {
		walk(path+"."+name, member, visit)
	}
	for name, member := range s.Defs {
		walk("$defs."+name, member, visit)
	}
	if s.Items != nil {
		walk(path+"[]", s.Items, visit)
	}
	for _, member := range slices.Concat(s.AnyOf, s.OneOf, s.AllOf) {
		walk(path+"|", member, visit)
	}
}
