package mcp

import (
	"maps"
	"math"
	"slices"

	"agentstore/pkg/schema"
)

// The list of tools goes into the context of every model that is to use one, and has to
// be short. The OpenAPI document and the refusals of the store say the rest.

// brief is the schema of an input without the form and the length of texts, of which
// models make little: a text that has another form is refused, with a fix.
func brief(input *schema.Schema) *schema.Schema {
	out := *input
	if input.Type == "string" {
		out.Pattern, out.MinLength, out.MaxLength, out.Not = "", nil, nil, nil
	}
	if input.Maximum != nil && *input.Maximum >= math.MaxInt32 {
		out.Maximum = nil // which is what a client can hold
	}
	if input.Items != nil {
		out.Items = brief(input.Items)
		out.Items.Description = "" // the list has one
	}
	out.Properties = maps.Clone(input.Properties)
	for name, member := range out.Properties {
		out.Properties[name] = brief(member)
	}
	return &out
}

// wordless takes the descriptions of the members away, and what they are by default.
func wordless(s *schema.Schema) {
	for _, member := range s.Properties {
		member.Description, member.Default = "", nil
	}
}

// outline says what is where in an answer: the types of its members and of their
// members, and the words that a member can be. What is in a list is said by the tool
// that reads one of them. Nothing is required, so that an error is valid as well, for
// clients check it by the same schema.
func outline(answer *schema.Schema) *schema.Schema {
	out := outlineTo(answer, outlined)
	if status := out.Properties["status"]; status != nil {
		// That of an error is a number.
		out.Properties["status"] = &schema.Schema{Types: []string{status.Type, "integer"}}
	}
	return out
}

// outlined is how deep an outline goes: to the members of an answer, and to those of its
// objects that are always there.
const outlined = 2

// mostWords is how many words a member can be for an outline to say which: of more, such
// as the names of all actions, each tool says its own.
const mostWords = 8

// outlineTo goes so many objects and lists deep.
func outlineTo(s *schema.Schema, depth int) *schema.Schema {
	out := &schema.Schema{Type: s.Type, Enum: s.Enum}
	if len(s.Enum) > mostWords {
		out.Enum = nil
	}
	if s.Items != nil {
		out.Items = outlineTo(s.Items, depth-1)
		out.Items.Enum = nil
	}
	if depth <= 0 || len(s.Properties) == 0 {
		return out
	}
	out.PropertyOrder = s.PropertyOrder
	out.Properties = make(map[string]*schema.Schema, len(s.Properties))
	for name, member := range s.Properties {
		if depth == outlined || slices.Contains(s.Required, name) {
			out.Properties[name] = outlineTo(member, depth-1)
		}
	}
	return out
}
