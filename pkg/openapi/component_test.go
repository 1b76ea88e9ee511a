package openapi_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"agentstore/pkg/schema"
)

const inComponents = "#/components/schemas/"

// whole is a schema of the document with components in place of the references to
// them, without their examples.
func (d document) whole(t *testing.T, text json.RawMessage) any {
	t.Helper()
	return d.resolved(t, decode(t, text))
}

func (d document) resolved(t *testing.T, value any) any {
	t.Helper()
	object, ok := value.(map[string]any)
	if !ok {
		return value
	}
	if name, ok := strings.CutPrefix(reference(object), inComponents); ok {
		component, ok := d.whole(t, d.Components.Schemas[name]).(map[string]any)
		if !ok {
			t.Fatalf("there is no component %s", name)
		}
		delete(component, "examples")
		if words, has := object["description"]; has {
			component["description"] = words
		}
		return component
	}
	out := maps.Clone(object)
	if members, ok := object["properties"].(map[string]any); ok {
		properties := make(map[string]any)
		for name, member := range members {
			properties[name] = d.resolved(t, member)
		}
		out["properties"] = properties
	}
	if items, ok := object["items"]; ok {
		out["items"] = d.resolved(t, items)
	}
	return out
}

func reference(schema map[string]any) string {
	ref, _ := schema["$ref"].(string)
	return ref
}

// plain is a schema of the table as JSON, without the names of components.
func plain(t *testing.T, s *schema.Schema) any {
	t.Helper()
	s = s.CloneSchemas()
	for inner := range inside(s) {
		inner.Title = ""
	}
	return decode(t, encode(t, s))
}

func inside(s *schema.Schema) func(func(*schema.Schema) bool) {
	return func(yield func(*schema.Schema) bool) {
		members := slices.Collect(maps.Values(s.Properties))
		if s.Items != nil {
			members = append(members, s.Items)
		}
		for _, member := range members {
			for inner := range inside(member) {
				if !yield(inner) {
					return
				}
			}
		}
		yield(s)
	}
}

// Generators of clients make a type of each component, and one more of each object
// that has no name, each time that it is there.
func TestEveryObjectIsAComponent(t *testing.T) {
	t.Parallel()
	whole := decode(t, text(t))
	components := whole.(map[string]any)["components"].(map[string]any)["schemas"].(map[string]any)
	eachSchema(whole, "", func(path string, s map[string]any) {
		if s["type"] != "object" || s["properties"] == nil {
			return
		}
		if name, ok := strings.CutPrefix(path, "/components/schemas/"); !ok || strings.Contains(name, "/") {
			t.Errorf("%s is an object without a name", path)
		}
	})
	seen := make(map[string]string)
	for name, component := range components {
		s := maps.Clone(component.(map[string]any))
		delete(s, "examples")
		text := string(encode(t, s))
		if other, twice := seen[text]; twice {
			t.Errorf("%s and %s are the same", name, other)
		}
		seen[text] = name
		if s["properties"] != nil && component.(map[string]any)["examples"] == nil {
			t.Errorf("%s has no example", name)
		}
	}
}

// An object without members would be one that has none: generators make an empty type
// of it.
func TestFreeObjectsSayThatTheyAreFree(t *testing.T) {
	t.Parallel()
	free := 0
	eachSchema(decode(t, text(t)), "", func(path string, s map[string]any) {
		if s["type"] != "object" || s["properties"] != nil {
			return
		}
		free++
		if s["additionalProperties"] != true {
			t.Errorf("%s has neither members nor room for any", path)
		}
	})
	if free == 0 {
		t.Error("there is none")
	}
}

// Each reference leads somewhere, and each component is used.
func TestReferences(t *testing.T) {
	t.Parallel()
	d := parse(t)
	used := make(map[string]bool)
	eachSchema(decode(t, text(t)), "", func(path string, s map[string]any) {
		name, ok := strings.CutPrefix(reference(s), inComponents)
		if !ok {
			return
		}
		used[name] = true
		if d.Components.Schemas[name] == nil {
			t.Errorf("%s refers to %s, which is not there", path, name)
		}
	})
	for name := range d.Components.Schemas {
		if !used[name] {
			t.Errorf("%s is not used", name)
		}
	}
}

func TestExamplesOfComponents(t *testing.T) {
	t.Parallel()
	d := parse(t)
	for name, component := range d.Components.Schemas {
		var s jsonschema.Schema
		if err := json.Unmarshal(encode(t, d.whole(t, component)), &s); err != nil {
			t.Fatal(err)
		}
		for _, example := range s.Examples {
			if err := resolve(t, s.CloneSchemas()).Validate(example); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// eachSchema visits every object of JSON that is not inside an example.
func eachSchema(value any, path string, visit func(string, map[string]any)) {
	switch v := value.(type) {
	case map[string]any:
		visit(path, v)
		for name, member := range v {
			if name != "example" && name != "examples" && name != "x-agentstore-example" {
				eachSchema(member, path+"/"+name, visit)
			}
		}
	case []any:
		for _, item := range v {
			eachSchema(item, path+"/-", visit)
		}
	}
}
