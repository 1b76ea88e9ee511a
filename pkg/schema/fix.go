package schema

import (
	"fmt"
	"strings"

	"agentstore/pkg/strictjson"
)

// send says what to send at a place, and what a text there is for: that is more than
// its form.
func send(s *Schema, path string) string {
	fix := "Send " + path + " as " + kind(s) + "."
	if s.Type == "string" && len(s.Enum) == 0 && s.Description != "" {
		fix += " " + s.Description
	}
	return fix
}

// kind is what the schema takes, in words.
func kind(s *Schema) string {
	switch {
	case len(s.Enum) > 0:
		return "one of " + strings.Join(words(s.Enum), ", ")
	case s.Type == "string":
		return textKind(s)
	case s.Type == "boolean":
		return "true or false"
	case s.Type == "array":
		return "an array" + most(s.MaxItems, "items")
	case s.Type == "object":
		return "a JSON object"
	default:
		return "a whole number" + bounds(s)
	}
}

func textKind(s *Schema) string {
	switch least := s.MinLength; {
	case s.Format == "date-time":
		return "a time, such as 2026-01-31T12:00:00Z"
	case s.Format == emailFormat:
		return "an email address with a dot in its domain and no quotes (RFC 5321), such as ada@example.com"
	case s.Pattern != "":
		return form(s.Pattern) + most(s.MaxLength, "characters") + except(s)
	case least != nil && *least > 0 && s.MaxLength != nil:
		return fmt.Sprintf("text of %d to %d characters", *least, *s.MaxLength)
	default:
		return "text" + most(s.MaxLength, "characters")
	}
}

// form says a pattern, in words where it has some.
func form(pattern string) string {
	switch pattern {
	case identifierPattern:
		return "printable ASCII without spaces"
	case ASCIIPattern:
		return "printable ASCII"
	default:
		return "text that matches " + pattern
	}
}

func except(s *Schema) string {
	if s.Not == nil {
		return ""
	}
	return " and does not match " + s.Not.Pattern
}

func most(n *int, what string) string {
	if n == nil {
		return ""
	}
	return fmt.Sprintf(" of at most %d %s", *n, what)
}

func bounds(s *Schema) string {
	if s.Minimum == nil || s.Maximum == nil {
		return ""
	}
	return fmt.Sprintf(" from %.0f to %.0f", *s.Minimum, *s.Maximum)
}

// leaveOut names those of the given fields that an object does not have, few of many,
// and those that it has.
func leaveOut(s *Schema, path string, given []string) string {
	const few = 5
	var unknown []string
	for _, name := range given {
		if s.Properties[name] == nil {
			unknown = append(unknown, path+strictjson.Member(name))
		}
	}
	names := strings.Join(unknown[:min(len(unknown), few)], ", ")
	if more := len(unknown) - few; more > 0 {
		names += fmt.Sprintf(" and %d more", more)
	}
	if len(s.PropertyOrder) == 0 {
		return "Leave out " + names + ": no field is known here."
	}
	return "Leave out " + names + ": the known fields are " + strings.Join(s.PropertyOrder, ", ") + "."
}
