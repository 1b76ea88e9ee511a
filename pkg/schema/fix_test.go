package schema_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/schema"
)

// Each kind of problem has a fix that says what to send instead.
func TestFixes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, value string
		want        []string
	}{
		{"missing", `{}`, []string{"Send $.name as text of 2 to 4 characters. A name.", "Send $.size as one of s, m."}},
		{"null for a required field", with("name", "null"), []string{"Send $.name as text of 2 to 4 characters. A name."}},
		{"null for an optional field", with("gift", "null"), []string{"Leave out $.gift rather than sending null."}},
		{"another type", with("quantity", `"1"`), []string{"Send $.quantity as a whole number from 1 to 10."}},
		{"a text for a boolean", with("gift", `"yes"`), []string{"Send $.gift as true or false."}},
		{"a text for a list", with("tags", `"a"`), []string{"Send $.tags as an array of at most 2 items."}},
		{"a list for an object", with("to", `[]`), []string{"Send $.to as a JSON object."}},
		{"too short", with("name", `"a"`), []string{"Send $.name as text of 2 to 4 characters. A name."}},
		{"too long", with("why", `"0123456789"`), []string{"Shorten the text to at most 9 characters."}},
		{"too short besides white space", with("nick", `" a"`), []string{"Send $.nick as text of 2 to 4 characters. What friends say."}},
		{"a character that is not shown", with("nick", `"a\u202eb"`), []string{"Leave U+202E out. A text that people read has no control characters, none that are invisible or turn the direction of writing, joiners only where a script needs them, and line feeds in notes alone."}},
		{"too small", with("quantity", "0"), []string{"Send $.quantity as a whole number from 1 to 10."}},
		{"too large", with("quantity", "11"), []string{"Send $.quantity as a whole number from 1 to 10."}},
		{"none of the texts", with("size", `"xl"`), []string{"Send $.size as one of s, m."}},
		{"none of the numbers", with("months", "2"), []string{"Send $.months as one of 1, 12."}},
		{"a text in upper case", with("size", `"M"`), []string{"Send $.size in lower case: m."}},
		{"a pattern", with("code", `"a-b"`), []string{"Send $.code as text that matches ^[a-z]+$ of at most 5 characters. A code."}},
		{"a pattern in upper case", with("code", `"ABC"`), []string{`Send $.code in lower case: "abc".`}},
		{"an identifier", with("ref", `"a b"`), []string{"Send $.ref as printable ASCII without spaces of at most 4 characters. An identifier."}},
		{"what is excepted", with("host", `"a.1"`), []string{"Send $.host as text that matches ^[a-z0-9.]+$ of at most 9 characters and does not match [0-9]$. A host."}},
		{"no address", with("mail", `"ada@localhost"`), []string{"Send $.mail as an email address with a dot in its domain and no quotes (RFC 5321), such as ada@example.com. An address."}},
		{"too many items", with("tags", `["a","b","c"]`), []string{"Send $.tags as an array of at most 2 items."}},
		{"an item", with("tags", `[1]`), []string{"Send $.tags[0] as text of 1 to 3 characters. A tag."}},
		{"no time", with("at", `"noon"`), []string{"Send $.at as a time, such as 2026-01-31T12:00:00Z. A time."}},
		{"unknown fields", with("a", `1,"b":2,"c":3,"d":4,"e":5,"f":6`), []string{
			"Leave out $.a, $.b, $.c, $.d, $.e and 1 more: the known fields are name, size, months, quantity, gift, code, tags, nick, why, ref, host, mail, at, extra, to.",
		}},
		{"an unknown field of an inner object", with("to", `{"street":"a","city":1}`), []string{"Leave out $.to.city: the known fields are street."}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, p := range schema.Check(order(), "$", decode(t, tt.value)) {
				if len(got) == 0 || got[len(got)-1] != p.Fix {
					got = append(got, p.Fix)
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("fixes (-want +got):\n%s", diff)
			}
		})
	}
}
