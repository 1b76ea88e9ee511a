package schema

import "agentstore/pkg/text"

// The formats of what a person will see; see package text. JSON Schema treats
// formats that it does not define as annotations (2020-12, Validation, section
// 7.2.3).
const (
	lineFormat = "line"
	noteFormat = "note"
)

// emailFormat is an address in which letters of all scripts may be (JSON Schema
// 2020-12, Validation, section 7.3.2).
const emailFormat = "idn-email"

// Line is a text of min to max characters that a person will see, checked against
// the rule of package text.
func Line(description string, minLength, maxLength int) *Schema {
	s := String(description, minLength, maxLength)
	s.Format = lineFormat
	return s
}

// Note is a text of at most max characters that a person will see, as Line is, and
// may have line feeds.
func Note(description string, maxLength int) *Schema {
	s := String(description, 0, maxLength)
	s.Format = noteFormat
	return s
}

// rule is the rule for what the schema describes, if a person will see it.
func rule(s *Schema) (text.Rule, bool) {
	if s.Format != lineFormat && s.Format != noteFormat {
		return text.Rule{}, false
	}
	return text.Rule{Characters: *s.MaxLength, Lines: s.Format == noteFormat}, true
}

// Normal is the value with each text that a person will see normalized, so that two
// spellings of a name are one request. What the schema does not allow stays as it
// is, for Check to report.
func Normal(s *Schema, value any) any {
	if given, isText := value.(string); isText {
		if _, seen := rule(s); seen {
			return text.Normal(given)
		}
	}
	return rebuilt(s, value, Normal, func(*Schema, any) bool { return true })
}
