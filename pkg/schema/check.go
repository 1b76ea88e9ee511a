package schema

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"agentstore/pkg/fault"
	"agentstore/pkg/strictjson"
	"agentstore/pkg/text"
)

// Check reports every problem of value, which is JSON as encoding/json decodes
// it into any. Params start with path.
//
// It exists beside the validator of jsonschema-go because that one stops at the
// first problem and words it for programmers; a test holds the two to the same
// verdict. It knows the keywords that this package writes, and no others.
func Check(s *Schema, path string, value any) []fault.Problem {
	c := checker{}
	c.check(s, path, value)
	return c.problems
}

type checker struct{ problems []fault.Problem }

func (c *checker) report(path, detail, fix string) {
	c.problems = append(c.problems, fault.Problem{Code: fault.InvalidInput, Param: path, Detail: detail, Fix: fix})
}

func (c *checker) check(s *Schema, path string, value any) {
	if !hasType(s.Type, value) {
		c.report(path, fmt.Sprintf("must be %s, not %s", article(s.Type), describe(value)), send(s, path))
		return
	}
	if len(s.Enum) > 0 && !slices.ContainsFunc(s.Enum, func(allowed any) bool { return equal(allowed, value) }) {
		given, _ := value.(string)
		c.problems = append(c.problems, fault.OneOf(path, given, words(s.Enum)...))
		return
	}
	switch v := value.(type) {
	case string:
		c.text(s, path, v)
	case float64:
		c.number(s, path, v)
	case []any:
		c.array(s, path, v)
	case map[string]any:
		c.object(s, path, v)
	}
}

func (c *checker) text(s *Schema, path, v string) {
	if r, seen := rule(s); seen {
		c.readable(s, r, path, v)
		return
	}
	n := utf8.RuneCountInString(v)
	switch {
	case s.MinLength != nil && n < *s.MinLength:
		c.report(path, "must have at least "+characters(*s.MinLength), send(s, path))
	case s.MaxLength != nil && n > *s.MaxLength:
		c.report(path, fmt.Sprintf("must have at most %s, not %d", characters(*s.MaxLength), n), send(s, path))
	case s.Format == "date-time" && !isDateTime(v):
		c.report(path, "must be a time, as 2026-01-31T12:00:00Z (RFC 3339)", send(s, path))
	case s.Format == emailFormat && !text.IsEmail(v):
		c.report(path, "must be an email address, such as ada@example.com", send(s, path))
	case s.Pattern != "" && !compile(s.Pattern).MatchString(v):
		c.unlike(s, path, v)
	case excepted(s, v):
		c.report(path, "must not match "+s.Not.Pattern, send(s, path))
	}
}

// unlike reports a text that does not match the pattern, and says so where only its
// case is wrong.
func (c *checker) unlike(s *Schema, path, v string) {
	if lower := strings.ToLower(v); compile(s.Pattern).MatchString(lower) && !excepted(s, lower) {
		c.report(path, "must match "+s.Pattern+", in lower case", fmt.Sprintf("Send %s in lower case: %+q.", path, lower))
		return
	}
	c.report(path, "must match "+s.Pattern, send(s, path))
}

func excepted(s *Schema, v string) bool { return s.Not != nil && compile(s.Not.Pattern).MatchString(v) }

// readable checks a text that a person will see.
func (c *checker) readable(s *Schema, r text.Rule, path, v string) {
	normal, flaw := r.Check(v)
	switch {
	case flaw.Detail != "":
		c.report(path, flaw.Detail, flaw.Fix)
	case utf8.RuneCountInString(normal) < *s.MinLength:
		c.report(path, "must have at least "+characters(*s.MinLength)+" besides white space", send(s, path))
	}
}

func characters(n int) string {
	if n == 1 {
		return "1 character"
	}
	return fmt.Sprintf("%d characters", n)
}

func (c *checker) number(s *Schema, path string, v float64) {
	if s.Minimum != nil && v < *s.Minimum {
		c.report(path, fmt.Sprintf("must be at least %v", *s.Minimum), send(s, path))
	}
	if s.Maximum != nil && v > *s.Maximum {
		c.report(path, fmt.Sprintf("must be at most %v", *s.Maximum), send(s, path))
	}
}

func (c *checker) array(s *Schema, path string, v []any) {
	if s.MaxItems != nil && len(v) > *s.MaxItems {
		c.report(path, fmt.Sprintf("must have at most %d items, not %d", *s.MaxItems, len(v)), send(s, path))
		return
	}
	for i, item := range v {
		c.check(s.Items, fmt.Sprintf("%s[%d]", path, i), item)
	}
}

func (c *checker) object(s *Schema, path string, v map[string]any) {
	for _, name := range s.Required {
		if _, given := v[name]; !given {
			c.report(path+strictjson.Member(name), "is required", send(s.Properties[name], path+strictjson.Member(name)))
		}
	}
	names := sorted(v)
	fix := leaveOut(s, path, names) // one for all of them: there can be thousands
	for _, name := range names {
		at := path + strictjson.Member(name)
		member, has := s.Properties[name]
		switch {
		case has && v[name] == nil && !slices.Contains(s.Required, name):
			c.report(at, fmt.Sprintf("must be %s, not null", article(member.Type)), "Leave out "+at+" rather than sending null.")
		case has:
			c.check(member, at, v[name])
		case closed(s):
			c.report(at, "is not a known field", fix)
		}
	}
}

// closed reports whether an object has no members but those that its schema names.
func closed(s *Schema) bool {
	return s.AdditionalProperties != nil && s.AdditionalProperties.Not != nil
}

func hasType(want string, value any) bool {
	switch v := value.(type) {
	case string:
		return want == "string"
	case bool:
		return want == "boolean"
	case float64:
		return want == "number" || want == "integer" && v == math.Trunc(v)
	case []any:
		return want == "array"
	case map[string]any:
		return want == "object"
	default:
		return false
	}
}

func equal(allowed, value any) bool {
	if n, ok := allowed.(int); ok {
		return float64(n) == value
	}
	return allowed == value
}

func article(kind string) string {
	if strings.IndexByte("aeio", kind[0]) >= 0 {
		return "an " + kind
	}
	return "a " + kind
}

func describe(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return "a string"
	case bool:
		return "a boolean"
	case float64:
		if v == math.Trunc(v) {
			return "a number"
		}
		return "a fraction"
	case []any:
		return "an array"
	default:
		return "an object"
	}
}

func words(values []any) []string {
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = fmt.Sprint(v)
	}
	return words
}

func sorted(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

var compiled sync.Map // pattern -> *regexp.Regexp

// compile keeps each pattern: the schemas of the store are few and fixed.
func compile(pattern string) *regexp.Regexp {
	if re, ok := compiled.Load(pattern); ok {
		return re.(*regexp.Regexp)
	}
	re, _ := compiled.LoadOrStore(pattern, regexp.MustCompile(pattern))
	return re.(*regexp.Regexp)
}

func isDateTime(text string) bool {
	_, err := time.Parse(time.RFC3339, text)
	return err == nil
}
