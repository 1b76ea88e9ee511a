// Package schema writes JSON Schemas (2020-12) and checks input against them.
// What an agent reads as the schema of an input is exactly what is enforced.
package schema

import (
	"math"

	"github.com/google/jsonschema-go/jsonschema"

	"agentstore/pkg/text"
)

// Schema is a JSON Schema.
type Schema = jsonschema.Schema

// Field is one member of an object schema.
type Field struct {
	Name     string
	Schema   *Schema
	Required bool
}

// Required is a member that must be given.
func Required(name string, s *Schema) Field { return Field{name, s, true} }

// Optional is a member that may be absent. It is never null.
func Optional(name string, s *Schema) Field { return Field{name, s, false} }

// Object is a closed object: members that it does not name are refused.
func Object(fields ...Field) *Schema {
	s := &Schema{Type: "object", Properties: make(map[string]*Schema), AdditionalProperties: &Schema{Not: &Schema{}}}
	for _, f := range fields {
		s.Properties[f.Name] = f.Schema
		s.PropertyOrder = append(s.PropertyOrder, f.Name)
		if f.Required {
			s.Required = append(s.Required, f.Name)
		}
	}
	return s
}

// Open is an object whose members are described elsewhere. It says that it has some:
// code generators make an empty type of an object without members.
func Open(description string) *Schema {
	return &Schema{Type: "object", Description: description, AdditionalProperties: &Schema{}}
}

// Named gives a schema its name among the components of the OpenAPI document.
func Named(name string, s *Schema) *Schema {
	s.Title = name
	return s
}

// String is a text of min to max Unicode characters.
func String(description string, minLength, maxLength int) *Schema {
	return &Schema{Type: "string", Description: description, MinLength: &minLength, MaxLength: &maxLength}
}

// Pattern is a text of 1 to max characters that matches an ECMA-262 pattern.
func Pattern(description, pattern string, maxLength int) *Schema {
	s := String(description, 1, maxLength)
	s.Pattern = pattern
	return s
}

// Except excludes the texts that match an ECMA-262 pattern.
func Except(s *Schema, pattern string) *Schema {
	s.Not = &Schema{Pattern: pattern}
	return s
}

// ASCIIPattern is printable ASCII.
const ASCIIPattern = "^[ -~]+$"

const identifierPattern = "^[!-~]+$"

// Identifier is printable ASCII without spaces, of 1 to max characters, so that it
// is always safe to show.
func Identifier(description string, maxLength int) *Schema {
	return &Schema{Type: "string", Description: description, Pattern: identifierPattern, MaxLength: &maxLength}
}

// Format is a text of a format that JSON Schema names, of at most max characters.
func Format(description, format string, maxLength int) *Schema {
	s := String(description, 1, maxLength)
	s.Format = format
	return s
}

// Email is an email address; see text.IsEmail, which also bounds its parts.
func Email(description string) *Schema {
	s := Format(description, emailFormat, text.MaxEmail)
	s.Pattern = text.EmailPattern
	return s
}

// Enum is one of the given texts.
func Enum(description string, values ...string) *Schema {
	return &Schema{Type: "string", Description: description, Enum: anys(values)}
}

// Int64 is the format of numbers that 32 bits do not hold (OpenAPI 3.1.1, section 4.4):
// generators of clients take 32 bits where it is not said.
const Int64 = "int64"

// Integer is a whole number from low to high, both included.
func Integer(description string, low, high int) *Schema {
	s := &Schema{Type: "integer", Description: description, Minimum: float(low), Maximum: float(high)}
	if high > math.MaxInt32 {
		s.Format = Int64
	}
	return s
}

// IntegerEnum is one of the given whole numbers.
func IntegerEnum(description string, values ...int) *Schema {
	return &Schema{Type: "integer", Description: description, Enum: anys(values)}
}

// Boolean is true or false.
func Boolean(description string) *Schema {
	return &Schema{Type: "boolean", Description: description}
}

// List is an array of at most max items.
func List(description string, items *Schema, maxItems int) *Schema {
	return &Schema{Type: "array", Description: description, Items: items, MaxItems: &maxItems}
}

// NotEmpty is a list that has an item. The operation refuses an empty one itself, for
// it knows what was meant by it.
func NotEmpty(s *Schema) *Schema {
	one := 1
	s.MinItems = &one
	return s
}

// Default sets the value that stands for an absent member. The text is JSON.
func Default(s *Schema, value string) *Schema {
	s.Default = []byte(value)
	return s
}

func anys[T any](values []T) []any {
	out := make([]any, len(values))
	for i, v := range values {
		out[i] = v
	}
	return out
}

func float(n int) *float64 {
	f := float64(n)
	return &f
}
