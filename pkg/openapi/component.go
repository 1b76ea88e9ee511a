package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
)

// components are the schemas that have a name, each written down once: code
// generators make one type of each.
type components struct {
	schemas  map[string]*schema.Schema
	names    map[string]string // by the text of the schema
	examples map[string]any
	// problems are the codes whose response is written down once.
	problems map[fault.Code]bool
}

func newComponents() components {
	return components{make(map[string]*schema.Schema), make(map[string]string), make(map[string]any), make(map[fault.Code]bool)}
}

// learn takes in the named schemas inside a schema, and the schema. An example of it,
// which may be nil, is one of what is inside as well. The error is about a name that
// stands for two schemas.
func (c components) learn(s *schema.Schema, example any) error {
	members, _ := example.(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		if err := c.learn(s.Properties[name], members[name]); err != nil {
			return err
		}
	}
	if s.Items != nil {
		items, _ := example.([]any)
		if err := c.learn(s.Items, first(items)); err != nil {
			return err
		}
	}
	for _, one := range s.OneOf {
		if err := c.learn(one, nil); err != nil {
			return err
		}
	}
	if s.Title == "" {
		return nil
	}
	if other, known := c.schemas[s.Title]; known && text(other) != text(s) {
		return fmt.Errorf("openapi: %s is the name of two schemas: %s and %s", s.Title, text(other), text(s))
	}
	c.schemas[s.Title] = s
	if _, named := c.names[text(s)]; !named {
		c.names[text(s)] = s.Title
	}
	if _, has := c.examples[s.Title]; !has && example != nil {
		c.examples[s.Title] = example
	}
	return nil
}

func first(items []any) any {
	if len(items) == 0 {
		return nil
	}
	return items[0]
}

// refer is the schema with references in place of what has a name, also where it was
// made without one.
func (c components) refer(s *schema.Schema) *schema.Schema {
	if name, named := c.names[text(s)]; named {
		return &schema.Schema{Ref: "#/components/schemas/" + name, Description: s.Description}
	}
	return c.inside(s)
}

func (c components) inside(s *schema.Schema) *schema.Schema {
	out := *s
	out.Title = ""
	out.Properties = maps.Clone(s.Properties)
	for name, member := range s.Properties {
		out.Properties[name] = c.refer(member)
	}
	if s.Items != nil {
		out.Items = c.refer(s.Items)
	}
	out.OneOf = slices.Clone(s.OneOf)
	for i, one := range s.OneOf {
		out.OneOf[i] = c.refer(one)
	}
	return &out
}

// all are the components as the document has them.
func (c components) all() map[string]*schema.Schema {
	out := make(map[string]*schema.Schema)
	for name, s := range c.schemas {
		component := c.inside(s)
		component.Description = ""
		if example, has := c.examples[name]; has {
			component.Examples = []any{example}
		}
		out[name] = component
	}
	return out
}

// text tells schemas apart. The words about the use of one stay beside the reference
// (OpenAPI 3.1.1, section 4.8.24).
func text(s *schema.Schema) string {
	plain := *s
	plain.Title, plain.Description = "", ""
	text, err := json.Marshal(&plain)
	if err != nil {
		panic(err) // an operation whose schema is none
	}
	return string(text)
}
