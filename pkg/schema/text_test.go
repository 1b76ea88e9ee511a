package schema_test

import (
	"encoding/json"
	"testing"

	"agentstore/pkg/schema"
)

// Two spellings of what a person will see are one; data stay as they are.
func TestNormal(t *testing.T) {
	t.Parallel()
	s := schema.Object(
		schema.Optional("name", schema.Line("A name.", 1, 64)),
		schema.Optional("note", schema.Note("A note.", 500)),
		schema.Optional("names", schema.List("Names.", schema.Line("A name.", 1, 64), 9)),
		schema.Optional("to", schema.Object(schema.Required("name", schema.Line("A name.", 1, 64)))),
		schema.Optional("data", schema.String("A document.", 0, 64)),
		schema.Optional("open", schema.Open("Whatever.")),
	)
	for in, want := range map[string]string{
		`{"name":" Zoe\u0308\t"}`:                `{"name":"Zo\u00eb"}`,
		`{"note":"Zoe\u0308\r\nAda\n"}`:          `{"note":"Zo\u00eb\nAda"}`,
		`{"names":["e\u0301"," b",7]}`:           `{"names":["\u00e9","b",7]}`,
		`{"to":{"name":"e\u0301","other":" x"}}`: `{"to":{"name":"\u00e9","other":" x"}}`,
		`{"data":" e\u0301\r\n"}`:                `{"data":" e\u0301\r\n"}`,
		`{"open":{"name":" e\u0301"}}`:           `{"open":{"name":" e\u0301"}}`,
		`{"unknown":" e\u0301"}`:                 `{"unknown":" e\u0301"}`,
		`{"name":null,"note":[" "],"to":" "}`:    `{"name":null,"note":[" "],"to":" "}`,
		`[" "]`:                                  `[" "]`,
	} {
		value := decode(t, in)
		got, _ := json.Marshal(schema.Normal(s, value))
		expected, _ := json.Marshal(decode(t, want))
		if string(got) != string(expected) {
			t.Errorf("%s becomes %s", in, got)
		}
		if again, _ := json.Marshal(value); string(again) != string(must(json.Marshal(decode(t, in)))) {
			t.Errorf("%s was changed to %s", in, again)
		}
	}
}

func must(text []byte, _ error) []byte { return text }
