package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
	"agentstore/pkg/text"
)

// order is a schema with everything that the builders make.
func order() *schema.Schema {
	return schema.Object(
		schema.Required("name", schema.String("A name.", 2, 4)),
		schema.Required("size", schema.Enum("A size.", "s", "m")),
		schema.Optional("months", schema.IntegerEnum("Months.", 1, 12)),
		schema.Optional("quantity", schema.Default(schema.Integer("How many.", 1, 10), "1")),
		schema.Optional("gift", schema.Boolean("Whether it is one.")),
		schema.Optional("code", schema.Pattern("A code.", "^[a-z]+$", 5)),
		schema.Optional("tags", schema.List("Tags.", schema.String("A tag.", 1, 3), 2)),
		schema.Optional("nick", schema.Line("What friends say.", 2, 4)),
		schema.Optional("why", schema.Note("A note.", 9)),
		schema.Optional("ref", schema.Identifier("An identifier.", 4)),
		schema.Optional("host", schema.Except(schema.Pattern("A host.", "^[a-z0-9.]+$", 9), "[0-9]$")),
		schema.Optional("mail", schema.Email("An address.")),
		schema.Optional("at", schema.Format("A time.", "date-time", 30)),
		schema.Optional("extra", schema.Open("Whatever.")),
		schema.Optional("to", schema.Object(schema.Required("street", schema.String("A street.", 1, 9)))),
	)
}

// with is a good order with one member replaced, or added.
func with(member, value string) string {
	return `{"name":"box","size":"s","` + member + `":` + value + `}`
}

func TestCheck(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value string
		want        []string
	}{
		{"the least", `{"name":"box","size":"s"}`, nil},
		{"everything", `{"name":"boxy","size":"m","months":12,"quantity":10,"gift":false,"code":"abcde","tags":["a","abc"],"extra":{"a":[null]},"to":{"street":"High St."}}`, nil},
		{"a whole number with a point", with("quantity", "1.0"), nil},
		{"a number of the enumeration with a point", with("months", "12.0"), nil},
		{"an empty list", with("tags", "[]"), nil},
		{"an empty open object", with("extra", "{}"), nil},
		{"characters, not bytes", with("name", `"äöü€"`), nil},

		{"a text", with("nick", `"Zoe\u0308 "`), nil},
		{"a note", with("why", `"a\r\nb"`), nil},
		{"no note", with("why", `""`), nil},

		{"required fields missing", `{}`, []string{"$.name is required", "$.size is required"}},
		{"null for a required field", with("name", "null"), []string{"$.name must be a string, not null"}},
		{"null for an optional field", with("gift", "null"), []string{"$.gift must be a boolean, not null"}},
		{"a number for a text", with("name", "1"), []string{"$.name must be a string, not a number"}},
		{"a boolean for a text", with("size", "true"), []string{"$.size must be a string, not a boolean"}},
		{"a text for a number", with("quantity", `"1"`), []string{"$.quantity must be an integer, not a string"}},
		{"a fraction for a whole number", with("quantity", "1.5"), []string{"$.quantity must be an integer, not a fraction"}},
		{"a text for a boolean", with("gift", `"true"`), []string{"$.gift must be a boolean, not a string"}},
		{"a text for a list", with("tags", `"a"`), []string{"$.tags must be an array, not a string"}},
		{"an array for an object", with("to", `[]`), []string{"$.to must be an object, not an array"}},
		{"an object for a text", with("code", `{}`), []string{"$.code must be a string, not an object"}},
		{"too short", with("name", `"a"`), []string{"$.name must have at least 2 characters"}},
		{"too long", with("name", `"äöü€!"`), []string{"$.name must have at most 4 characters, not 5"}},
		{"another case", with("size", `"S"`), []string{"$.size must be one of s, m, in lower case"}},
		{"another case against a pattern", with("code", `"Abc"`), []string{"$.code must match ^[a-z]+$, in lower case"}},
		{"another text", with("size", `"xl"`), []string{"$.size must be one of s, m"}},
		{"another number", with("months", "2"), []string{"$.months must be one of 1, 12"}},
		{"too small", with("quantity", "0"), []string{"$.quantity must be at least 1"}},
		{"too large", with("quantity", "11"), []string{"$.quantity must be at most 10"}},
		{"far too large", with("quantity", "1e300"), []string{"$.quantity must be at most 10"}},
		{"another pattern", with("code", `"ab-c"`), []string{"$.code must match ^[a-z]+$"}},
		{"another pattern, by a line feed at the end", with("code", `"abc\n"`), []string{"$.code must match ^[a-z]+$"}},
		{"an empty text against a pattern", with("code", `""`), []string{"$.code must have at least 1 character"}},
		{"a text that lies", with("nick", `"a\u202eb"`), []string{"$.nick may not have U+202E, its character 2"}},
		{"a text of two lines", with("nick", `"a\nb"`), []string{"$.nick may not have U+000A, its character 2"}},
		{"a long text", with("nick", `"boxer"`), []string{"$.nick must have at most 4 characters, not 5"}},
		{"a text too short for white space", with("nick", `" a\u3000"`), []string{"$.nick must have at least 2 characters besides white space"}},
		{"a long note", with("why", `"0123456789"`), []string{"$.why must have at most 9 characters, not 10"}},
		{"an identifier with a blank", with("ref", `"a b"`), []string{"$.ref must match ^[!-~]+$"}},
		{"an identifier that lies", with("ref", `"a\u200d"`), []string{"$.ref must match ^[!-~]+$"}},
		{"not of the exception", with("host", `"1.a"`), nil},
		{"an exception", with("host", `"a.1"`), []string{"$.host must not match [0-9]$"}},
		{"an address", with("mail", `"ada@example.com"`), nil},
		{"no address", with("mail", `"000"`), []string{"$.mail must be an email address, such as ada@example.com"}},
		{"too many items", with("tags", `["a","b",1]`), []string{"$.tags must have at most 2 items, not 3"}},
		{"wrong items", with("tags", `[1,"abcd"]`), []string{"$.tags[0] must be a string, not a number", "$.tags[1] must have at most 3 characters, not 4"}},
		{"a field of an inner object", with("to", `{"street":""}`), []string{"$.to.street must have at least 1 character"}},
		{"unknown fields", with("a b", "1"), []string{`$["a b"] is not a known field`}},
		{"an unknown field of an inner object", with("to", `{"street":"a","city":1}`), []string{"$.to.city is not a known field"}},
		{"not an object", `"box"`, []string{"$ must be an object, not a string"}},
		{"all of it at once", `{"size":1,"months":2.5,"gift":0,"tags":[""],"to":{},"Name":"box"}`, []string{
			"$.name is required",
			"$.Name is not a known field",
			"$.gift must be a boolean, not a number",
			"$.months must be an integer, not a fraction",
			"$.size must be a string, not a number",
			"$.tags[0] must have at least 1 character",
			"$.to.street is required",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			expect(t, schema.Check(order(), "$", decode(t, tt.value)), tt.want...)
		})
	}
}

func TestCheckOfNoFields(t *testing.T) {
	t.Parallel()
	expect(t, schema.Check(schema.Object(), "$", map[string]any{}))
	expect(t, schema.Check(schema.Object(), "$", map[string]any{"a": 1.0}), "$.a is not a known field")
}

func TestCheckStartsAtThePath(t *testing.T) {
	t.Parallel()
	expect(t, schema.Check(order(), "$.orders[3]", decode(t, `{"name":1,"size":"s"}`)), "$.orders[3].name must be a string, not a number")
}

func decode(tb testing.TB, document string) (value any) {
	tb.Helper()
	if err := json.Unmarshal([]byte(document), &value); err != nil {
		tb.Fatal(err)
	}
	return value
}

func expect(t *testing.T, problems []fault.Problem, want ...string) {
	t.Helper()
	var got []string
	for _, p := range problems {
		got = append(got, p.Param+" "+p.Detail)
		if p.Code != fault.InvalidInput {
			t.Errorf("%s has the code %s", p.Param, p.Code)
		}
		if !strings.Contains(p.Fix, " ") || !strings.HasSuffix(p.Fix, ".") {
			t.Errorf("%s: the fix is %q", p.Param, p.Fix)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

func TestBuilders(t *testing.T) {
	t.Parallel()
	got, err := json.MarshalIndent(order(), "", " ")
	if err != nil {
		t.Fatal(err)
	}
	const want = `{
 "type": "object",
 "properties": {
  "name": {"type": "string", "description": "A name.", "minLength": 2, "maxLength": 4},
  "size": {"type": "string", "description": "A size.", "enum": ["s", "m"]},
  "months": {"type": "integer", "description": "Months.", "enum": [1, 12]},
  "quantity": {"type": "integer", "description": "How many.", "default": 1, "minimum": 1, "maximum": 10},
  "gift": {"type": "boolean", "description": "Whether it is one."},
  "code": {"type": "string", "description": "A code.", "minLength": 1, "maxLength": 5, "pattern": "^[a-z]+$"},
  "tags": {"type": "array", "description": "Tags.", "items": {"type": "string", "description": "A tag.", "minLength": 1, "maxLength": 3}, "maxItems": 2},
  "nick": {"type": "string", "description": "What friends say.", "format": "line", "minLength": 2, "maxLength": 4},
  "why": {"type": "string", "description": "A note.", "format": "note", "minLength": 0, "maxLength": 9},
  "ref": {"type": "string", "description": "An identifier.", "maxLength": 4, "pattern": "^[!-~]+$"},
  "host": {"type": "string", "description": "A host.", "minLength": 1, "maxLength": 9, "pattern": "^[a-z0-9.]+$", "not": {"pattern": "[0-9]$"}},
  "mail": {"type": "string", "description": "An address.", "format": "idn-email", "minLength": 1, "maxLength": 254, "pattern": PATTERN},
  "at": {"type": "string", "description": "A time.", "format": "date-time", "minLength": 1, "maxLength": 30},
  "extra": {"type": "object", "description": "Whatever.", "additionalProperties": true},
  "to": {
   "type": "object",
   "properties": {"street": {"type": "string", "description": "A street.", "minLength": 1, "maxLength": 9}},
   "required": ["street"],
   "additionalProperties": false
  }
 },
 "required": ["name", "size"],
 "additionalProperties": false
}`
	pattern, _ := json.Marshal(text.EmailPattern)
	if diff := cmp.Diff(decode(t, strings.Replace(want, "PATTERN", string(pattern), 1)), decode(t, string(got))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	// Forms are shown in the order of the fields.
	if at := strings.Index(string(got), `"to"`); at < strings.Index(string(got), `"name"`) {
		t.Errorf("the fields are out of order:\n%s", got)
	}
}
