package strictjson_test

import (
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"pgregory.net/rapid"

	"agentstore/pkg/strictjson"
)

// wellFormed is a normal form of the singular queries of RFC 9535, section 2.3.5.1.
var wellFormed = regexp.MustCompile(`^\$(\.[A-Za-z_][0-9A-Za-z_]*|\[(0|[1-9][0-9]*)\]|\["([^"\\\x00-\x1f]|\\(["\\/bfnrt]|u[0-9a-f]{4}))*"\])*$`)

func TestPath(t *testing.T) {
	t.Parallel()
	tests := []struct{ pointer, want string }{
		{"", "$"},
		{"/", `$[""]`},
		{"/a", "$.a"},
		{"/a/b_1/C", "$.a.b_1.C"},
		{"/_azAZ09/az/AZ", "$._azAZ09.az.AZ"},
		{"/a`/a{/a@/a[/a:", `$["a` + "`" + `"]["a{"]["a@"]["a["]["a:"]`},
		{"/list/0/name", "$.list[0].name"},
		{"/list/12", "$.list[12]"},
		{"/01", `$["01"]`},
		{"/+1", `$["+1"]`},
		{"/-1", `$["-1"]`},
		{"/1a", `$["1a"]`},
		{"/99999999999999999999", `$["99999999999999999999"]`},
		{"/a~1b", `$["a/b"]`},
		{"/a~0b", `$["a~b"]`},
		{"/a~01b", `$["a~1b"]`},
		{`/it's "q" \`, `$["it's \"q\" \\"]`},
		{"/naïve", `$["na\u00efve"]`},
		{"/a\u202eb\x7f\u200d🚀", `$["a\u202eb\u007f\u200d\ud83d\ude80"]`},
		{"/a\nb", `$["a\nb"]`},
	}
	for _, tt := range tests {
		t.Run(tt.pointer, func(t *testing.T) {
			t.Parallel()
			if got := strictjson.Path(tt.pointer); got != tt.want {
				t.Errorf("Path(%q) = %s, want %s", tt.pointer, got, tt.want)
			}
		})
	}
}

func TestMemberCutsLongNames(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, member, want string }{
		{"64 letters", strings.Repeat("a", 64), "." + strings.Repeat("a", 64)},
		{"65 letters", strings.Repeat("a", 65), `["` + strings.Repeat("a", 64) + `…"]`},
		{"64 bytes", strings.Repeat("é", 32), `["` + strings.Repeat(`\u00e9`, 32) + `"]`},
		{"65 bytes, cut inside a character", "a" + strings.Repeat("é", 32), `["a` + strings.Repeat(`\u00e9`, 31) + `…"]`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := strictjson.Member(tt.member); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// A member's segment says its name, whatever it is.
func TestMemberSaysTheName(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringN(0, -1, 64).Draw(t, "name")
		segment := strictjson.Member(name)
		if rest, ok := strings.CutPrefix(segment, "."); ok {
			if rest != name {
				t.Fatalf("Member(%q) = %s", name, segment)
			}
			return
		}
		var said []string
		if err := json.Unmarshal([]byte(segment), &said); err != nil || len(said) != 1 || said[0] != name {
			t.Fatalf("Member(%q) = %s", name, segment)
		}
	})
}

func FuzzPath(f *testing.F) {
	for _, seed := range []string{"", "/", "/a/0", "/a~1b~0", "//~", "no/slash", "/00", "/\xff", "/\u2028\x00\"\\", "/" + strings.Repeat("é", 40)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, path := range []string{strictjson.Path(text), "$" + strictjson.Member(text)} {
			if !wellFormed.MatchString(path) || !utf8.ValidString(path) {
				t.Errorf("%q is no path", path)
			}
		}
		const longest = len(`[""]`) + 64*len(`\u0000`) + len("…")
		if got := len(strictjson.Member(text)); got > longest {
			t.Errorf("Member(%q) has %d bytes", text, got)
		}
	})
}
