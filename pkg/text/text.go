// Package text is the one rule for every string that a person will see: a name, a
// note, a reference. What passes looks like what it is. It cannot end a line of a
// log, hide a character, or turn the words around it.
//
// The rule is FreeformClass of PRECIS (RFC 8264, section 4.3) on a text in NFC
// (Unicode Standard Annex #15), for the version of Unicode that Go has. So a text
// has no control characters, no characters that are ignored where they are shown
// (bidirectional overrides and isolates, zero-width characters, variation
// selectors, tags), nothing private or unassigned, and joiners only where a script
// needs them (RFC 5892, appendix A). It says nothing about characters that look
// alike.
package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/secure/precis"
	"golang.org/x/text/unicode/norm"
)

// Rule says which texts are allowed.
type Rule struct {
	// Characters is the most that a text has. It also has no more than three bytes
	// of UTF-8 for each: what a form takes that counts in UTF-16, as HTML does, fits.
	Characters int
	// Lines: a text may have line feeds.
	Lines bool
}

const bytesEach = 3

// Flaw is why a text is refused; the zero Flaw means that it is not.
type Flaw struct {
	Detail string // what is wrong, as the end of a sentence about the text
	Fix    string // what to do about it
}

// Normal is the normal form of texts that look the same: in NFC, with lines that end
// in line feeds, and without surrounding white space.
func Normal(s string) string {
	return strings.TrimFunc(norm.NFC.String(strings.ReplaceAll(s, "\r\n", "\n")), unicode.IsSpace)
}

// Check returns a text in its normal form, or what is wrong with it. An empty text
// is allowed; whether one is required is for the caller to check.
func (r Rule) Check(s string) (string, Flaw) {
	s = Normal(s)
	if n := utf8.RuneCountInString(s); n > r.Characters {
		return "", Flaw{
			fmt.Sprintf("must have at most %d characters, not %d", r.Characters, n),
			fmt.Sprintf("Shorten the text to at most %d characters.", r.Characters),
		}
	}
	if most := bytesEach * r.Characters; len(s) > most {
		return "", Flaw{
			fmt.Sprintf("must have at most %d bytes in UTF-8, not %d", most, len(s)),
			"Shorten the text, or use fewer characters of four bytes, such as emoji.",
		}
	}
	if i := r.misplaced(s); i >= 0 {
		return "", notAllowed(s, i)
	}
	if s != "" && !strings.ContainsFunc(s, visible) {
		return "", Flaw{"must have a character that can be seen", "Write at least one letter, number, punctuation mark or symbol."}
	}
	return s, Flaw{}
}

func notAllowed(s string, i int) Flaw {
	c, size := utf8.DecodeRuneInString(s[i:])
	if c == utf8.RuneError && size == 1 {
		return Flaw{"is not UTF-8", "Send the text in UTF-8."}
	}
	return Flaw{
		fmt.Sprintf("may not have %U, its character %d", c, utf8.RuneCountInString(s[:i])+1),
		fmt.Sprintf("Leave %U out. A text that people read has no control characters, none that are invisible or turn the direction of writing, joiners only where a script needs them, and line feeds in notes alone.", c),
	}
}

var (
	freeform = precis.NewFreeform()
	allowed  = freeform.Allowed()
)

// contextual are the characters that the class allows in some places alone (RFC
// 5892, appendix A).
var contextual = &unicode.RangeTable{R16: []unicode.Range16{
	{0x00b7, 0x00b7, 1}, // middle dot
	{0x0375, 0x0375, 1}, // Greek lower numeral sign
	{0x05f3, 0x05f4, 1}, // Hebrew geresh and gershayim
	{0x0660, 0x0669, 1}, // Arabic-Indic digits
	{0x06f0, 0x06f9, 1}, // extended Arabic-Indic digits
	{0x200c, 0x200d, 1}, // zero-width non-joiner and joiner
	{0x30fb, 0x30fb, 1}, // katakana middle dot
}, LatinOffset: 1}

// suspect reports whether a character can be at fault.
func suspect(c rune) bool { return hopeless(c) || unicode.Is(contextual, c) }

// hopeless reports whether a character is at fault wherever it is.
func hopeless(c rune) bool { return !allowed.Contains(c) && !unicode.Is(contextual, c) }

// visible reports whether a character leaves a mark of its own. The exceptions are
// symbols that are blank.
func visible(c rune) bool {
	const braille, nullNotehead = '\u2800', '\U0001d159'
	return unicode.In(c, unicode.L, unicode.N, unicode.P, unicode.S) && c != braille && c != nullNotehead
}

// misplaced is where the first character is that may not be there; -1 for none.
func (r Rule) misplaced(s string) int {
	if r.Lines {
		s = strings.ReplaceAll(s, "\n", " ")
	}
	if passes(s) {
		return -1
	}
	first := -1
	for i, c := range s {
		if !suspect(c) && !invalid(s[i:]) {
			continue
		}
		if first < 0 {
			first = i
		}
		// Precis does not say what it refused. It is a suspect whose own place is wrong.
		_, size := utf8.DecodeRuneInString(s[i:])
		if !passes(without(s[:i], suspect) + s[i:i+size] + without(s[i+size:], suspect)) {
			return i
		}
	}
	return first // each would do alone, such as digits of two kinds
}

func passes(s string) bool {
	_, err := freeform.String(s)
	return err == nil
}

func invalid(s string) bool {
	c, size := utf8.DecodeRuneInString(s)
	return c == utf8.RuneError && size == 1
}

// without leaves characters out, and what is no UTF-8.
func without(s string, bad func(rune) bool) string {
	return strings.Map(func(c rune) rune {
		if bad(c) {
			return -1
		}
		return c
	}, strings.ToValidUTF8(s, ""))
}
