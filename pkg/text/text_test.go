package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"agentstore/pkg/text"
)

var (
	name = text.Rule{Characters: 64}
	note = text.Rule{Characters: 64, Lines: true}
)

// What people write passes, in its one spelling.
func TestGood(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct{ in, want string }{
		"nothing":                  {"", ""},
		"ASCII":                    {"Build bot #7 (eu-west)", "Build bot #7 (eu-west)"},
		"white space alone":        {" \t\u00a0\u3000\u2028\n", ""},
		"white space around":       {"\u3000 Bot\u00a0\n", "Bot"},
		"decomposed Latin":         {"Zoe\u0308", "Zo\u00eb"},
		"decomposed Hangul":        {"\u1112\u1161\u11ab\u1100\u116e\u11a8", "한국"},
		"another order of marks":   {"a\u0307\u0323", "\u1ea1\u0307"},
		"a singleton":              {"\u212b", "\u00c5"},
		"Hebrew and Arabic":        {"שלום مرحبا", "שלום مرحبا"},
		"Hebrew punctuation":       {"צה״ל", "צה״ל"},
		"Persian with its joiner":  {"می\u200cخواهم", "می\u200cخواهم"},
		"Hindi with both joiners":  {"क्\u200dष क्\u200cष", "क्\u200dष क्\u200cष"},
		"Catalan":                  {"col·lecció", "col·lecció"},
		"Japanese with its dot":    {"ビル・ゲイツ", "ビル・ゲイツ"},
		"emoji":                    {"🚀 Deploy 👍🏽 🇩🇪", "🚀 Deploy 👍🏽 🇩🇪"},
		"compatibility characters": {"Ｆｕｌｌ ﬁ ②", "Ｆｕｌｌ ﬁ ②"},
	} {
		if got, flaw := name.Check(tt.in); got != tt.want || flaw != (text.Flaw{}) {
			t.Errorf("%s: %q becomes %q, want %q; %+v", what, tt.in, got, tt.want, flaw)
		}
	}
}

// What lies, or hides, is refused, and the character named.
func TestBad(t *testing.T) {
	t.Parallel()
	for what, tt := range map[string]struct{ in, want string }{
		"NUL":                                {"Bo\x00t", "may not have U+0000, its character 3"},
		"a tab":                              {"a\tb", "may not have U+0009, its character 2"},
		"a line feed":                        {"a\nb", "may not have U+000A, its character 2"},
		"a carriage return":                  {"a\rb", "may not have U+000D, its character 2"},
		"escape":                             {"\x1b[31mred", "may not have U+001B, its character 1"},
		"delete":                             {"a\x7fb", "may not have U+007F, its character 2"},
		"next line":                          {"a\u0085b", "may not have U+0085, its character 2"},
		"a line separator":                   {"a\u2028b", "may not have U+2028, its character 2"},
		"a paragraph separator":              {"a\u2029b", "may not have U+2029, its character 2"},
		"a right-to-left override":           {"ab\u202egnp.exe", "may not have U+202E, its character 3"},
		"an embedding":                       {"\u202aa", "may not have U+202A, its character 1"},
		"an isolate":                         {"\u2066a\u2069", "may not have U+2066, its character 1"},
		"a right-to-left mark":               {"a\u200fb", "may not have U+200F, its character 2"},
		"an Arabic letter mark":              {"a\u061cb", "may not have U+061C, its character 2"},
		"a soft hyphen":                      {"pass\u00adword", "may not have U+00AD, its character 5"},
		"a byte order mark":                  {"\ufeffBot", "may not have U+FEFF, its character 1"},
		"a zero-width space":                 {"a\u200bb", "may not have U+200B, its character 2"},
		"a word joiner":                      {"a\u2060b", "may not have U+2060, its character 2"},
		"a joiner in Latin":                  {"a\u200db", "may not have U+200D, its character 2"},
		"a non-joiner in Latin":              {"a\u200cb", "may not have U+200C, its character 2"},
		"a non-joiner at the end":            {"می\u200c", "may not have U+200C, its character 3"},
		"a joiner after one in its place":    {"क्\u200dष a\u200db", "may not have U+200D, its character 7"},
		"an override after a joiner":         {"می\u200cخواهم\u202e", "may not have U+202E, its character 9"},
		"a family in one emoji":              {"👨\u200d👩\u200d👧", "may not have U+200D, its character 2"},
		"a variation selector":               {"❤\ufe0f", "may not have U+FE0F, its character 2"},
		"an ideographic variation selector":  {"葛\U000e0100", "may not have U+E0100, its character 2"},
		"tags":                               {"🏴\U000e0067\U000e007f", "may not have U+E0067, its character 2"},
		"a Hangul filler":                    {"a\u3164b", "may not have U+3164, its character 2"},
		"a grapheme joiner":                  {"a\u034fb", "may not have U+034F, its character 2"},
		"annotation":                         {"a\ufff9b", "may not have U+FFF9, its character 2"},
		"private use":                        {"a\ue000b", "may not have U+E000, its character 2"},
		"a noncharacter":                     {"a\uffffb", "may not have U+FFFF, its character 2"},
		"unassigned":                         {"a\U000e0fffb", "may not have U+E0FFF, its character 2"},
		"old Hangul":                         {"\u1113", "may not have U+1113, its character 1"},
		"a middle dot between other letters": {"a·b", "may not have U+00B7, its character 2"},
		"a Japanese dot without Japanese":    {"a・b", "may not have U+30FB, its character 2"},
		"digits of two kinds":                {"٠۰", "may not have U+0660, its character 1"},
		"no UTF-8":                           {"a\xffb", "is not UTF-8"},
		"a blank symbol":                     {"\u2800\u2800", "must have a character that can be seen"},
		"a mark without a letter":            {"\u0301", "must have a character that can be seen"},
		"too many characters":                {strings.Repeat("ä", 65), "must have at most 64 characters, not 65"},
		"too many bytes":                     {strings.Repeat("🚀", 49), "must have at most 192 bytes in UTF-8, not 196"},
	} {
		got, flaw := name.Check(tt.in)
		if got != "" || flaw.Detail != tt.want || flaw.Fix == "" {
			t.Errorf("%s: %q passes as %q, with %+v; want %s", what, tt.in, got, flaw, tt.want)
		}
		if _, code, named := strings.Cut(flaw.Detail, "may not have "); named {
			code, _, _ = strings.Cut(code, ",")
			if !strings.HasPrefix(flaw.Fix, "Leave "+code+" out.") {
				t.Errorf("%s: the fix does not name %s: %s", what, code, flaw.Fix)
			}
		}
	}
}

// Line feeds are for notes, and lines end in nothing else.
func TestLines(t *testing.T) {
	t.Parallel()
	if got, flaw := note.Check("Too dear.\r\n\nAsk Ada.\r\n"); got != "Too dear.\n\nAsk Ada." {
		t.Errorf("%q, %+v", got, flaw)
	}
	for _, in := range []string{"a\rb", "a\tb", "a\u2028b", "a\n\u202eb"} {
		if got, flaw := note.Check(in); flaw == (text.Flaw{}) {
			t.Errorf("%q passes as %q", in, got)
		}
	}
}

// The bounds themselves are good, and are those of the spelling that is kept.
func TestBounds(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		strings.Repeat("a", 64), strings.Repeat("字", 64), strings.Repeat("🚀", 48), strings.Repeat("e\u0301", 64), strings.Repeat(" ", 99) + "a",
	} {
		if _, flaw := name.Check(in); flaw != (text.Flaw{}) {
			t.Errorf("%q: %+v", in, flaw)
		}
	}
}

// Whatever passes is what the rule promises, and passes again as it is.
func TestWhateverPasses(t *testing.T) {
	t.Parallel()
	passed := 0
	rapid.Check(t, func(t *rapid.T) {
		in := strange.Draw(t, "text")
		for _, rule := range []text.Rule{name, note} {
			if got, flaw := rule.Check(in); flaw == (text.Flaw{}) {
				passed++
				promised(t, rule, got)
			}
		}
	})
	if passed < 50 {
		t.Errorf("only %d texts passed", passed)
	}
}

// Whatever is cleaned is good, and what was good in one line stays as it is.
func TestClean(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		in := strange.Draw(t, "text")
		got := name.Clean(in)
		promised(t, name, got)
		if again := name.Clean(got); again != got {
			t.Fatalf("%q becomes %q, and that %q", in, got, again)
		}
	})
	for in, want := range map[string]string{
		"Ada\nLovelace\t":                   "Ada Lovelace",
		"A\x00d\u202ea":                     "Ada",
		"Zoe\u0308":                         "Zo\u00eb",
		"e\u200b\u0301":                     "\u00e9",
		"👨\u200d👩\u200d👧":                   "👨👩👧",
		"❤\ufe0f":                           "❤",
		"می\u200cخواهم":                     "می\u200cخواهم",
		"a\u200db":                          "ab",
		"\u202e\u2066":                      "",
		"\u2800":                            "",
		"a\xffb":                            "ab",
		strings.Repeat("ab", 99):            strings.Repeat("ab", 32),
		strings.Repeat("🚀", 99):             strings.Repeat("🚀", 48),
		strings.Repeat("a", 63) + " b":      strings.Repeat("a", 63),
		strings.Repeat("ب", 63) + "\u200cب": strings.Repeat("ب", 63),
	} {
		if got := name.Clean(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

// promised is what package text says of what passes.
func promised(t *rapid.T, rule text.Rule, s string) {
	t.Helper()
	if again, flaw := rule.Check(s); again != s || flaw != (text.Flaw{}) {
		t.Fatalf("%q passes, and becomes %q: %+v", s, again, flaw)
	}
	if !utf8.ValidString(s) || !norm.NFC.IsNormalString(s) || strings.TrimSpace(s) != s {
		t.Fatalf("%q is not in its one spelling", s)
	}
	if utf8.RuneCountInString(s) > rule.Characters || len(s) > 3*rule.Characters {
		t.Fatalf("%q is too long", s)
	}
	for _, c := range s {
		joiner := c == '\u200c' || c == '\u200d'
		feed := c == '\n' && rule.Lines
		if !joiner && !feed && unicode.In(c, unicode.C, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) {
			t.Fatalf("%q has %U", s, c)
		}
	}
}

// strange draws texts of which some pass.
var strange = rapid.OneOf(
	rapid.StringN(0, 8, -1),
	rapid.StringOfN(rapid.RuneFrom([]rune("aLl·éеy\u0301\u0308 \u00a0\n\rカ・٠۰क्षبش한\u1100\u1161\u200c\u200d\u202e\u2066\u2800❤\ufe0f🚀\U000e0067\x00\u00ad\ufeff")), 0, 8, -1),
	rapid.StringOfN(rapid.RuneFrom([]rune("aLl·é\u0301 カ・٠क्षبش\u200c\u200d🚀")), 0, 99, -1),
)

// Every single character, alone and between others: no control, no character of
// direction and none that is ignored passes anywhere.
func TestEveryCharacter(t *testing.T) {
	t.Parallel()
	never := []*unicode.RangeTable{unicode.C, unicode.Zl, unicode.Zp, unicode.Bidi_Control, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point, unicode.Noncharacter_Code_Point}
	for c := rune(0); c <= unicode.MaxRune; c++ {
		if !utf8.ValidRune(c) || !unicode.In(c, never...) {
			continue
		}
		if got, flaw := name.Check("a" + string(c) + "b"); flaw == (text.Flaw{}) {
			t.Errorf("%U passes in %q", c, got)
		}
	}
}

func TestEscape(t *testing.T) {
	t.Parallel()
	const in = "{\"userData\":\"é \u202e \u2066 \U000e0067 字\"}"
	const want = `{"userData":"é \u202e \u2066 \udb40\udc67 字"}`
	if got := text.Escape(in); got != want {
		t.Errorf("%s", got)
	}
}

func FuzzCheck(f *testing.F) {
	for _, s := range []string{"", "Bot", "a\x00", "Zoe\u0308", "می\u200cخواهم", "\u202e", "a\xff", "l·l"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, rule := range []text.Rule{name, note} {
			got, flaw := rule.Check(s)
			if flaw != (text.Flaw{}) {
				continue
			}
			if again, flaw := rule.Check(got); again != got || flaw != (text.Flaw{}) || !norm.NFC.IsNormalString(got) {
				t.Errorf("%q passes as %q, which becomes %q: %+v", s, got, again, flaw)
			}
		}
		if got, flaw := name.Check(name.Clean(s)); flaw != (text.Flaw{}) {
			t.Errorf("%q is cleaned to %q: %+v", s, got, flaw)
		}
	})
}
