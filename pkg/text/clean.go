package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Clean makes a text that nobody can be asked to change conform to the rule: it
// drops what is not allowed, turns all white space into single spaces, and cuts off
// the end. The result may be empty.
func (r Rule) Clean(s string) string {
	s = r.clip(Normal(spaced(without(s, func(c rune) bool { return hopeless(c) && !unicode.IsSpace(c) }))))
	if !passes(s) {
		s = norm.NFC.String(without(s, suspect))
	}
	s = spaced(s)
	if _, flaw := r.Check(s); flaw != (Flaw{}) {
		return "" // it has nothing that can be seen
	}
	return s
}

func spaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// clip cuts a text behind the last whole character that the rule has room for.
func (r Rule) clip(s string) string {
	n := 0
	for i, c := range s {
		if n++; n > r.Characters || i+utf8.RuneLen(c) > bytesEach*r.Characters {
			return s[:i]
		}
	}
	return s
}

// Escape makes whatever the rule does not allow in a JSON text visible, with JSON's
// own escapes (RFC 8259, section 7). It is for data that people look at and that
// must stay as it is, such as a document for a machine.
func Escape(json string) string {
	var b strings.Builder
	for _, c := range json {
		if !suspect(c) {
			b.WriteRune(c)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, c) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}
