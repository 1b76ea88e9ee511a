package text_test

import (
	"strings"
	"testing"

	"agentstore/pkg/text"
)

func TestIsEmail(t *testing.T) {
	t.Parallel()
	long := func(n int) string { return strings.Repeat("a", n) }
	domain253 := strings.Join([]string{long(63), long(63), long(63), long(57), "com"}, ".")
	for address, want := range map[string]bool{
		"ada@example.com":            true,
		"a@b.c":                      true,
		"ada.lovelace+x@example.com": true,
		"!#$%&'*+/=?^_`{|}~-@a.com":  true,
		"Ada@Example.COM":            true,
		"ada@1.example":              true,
		"ada@xn--bcher-kva.example":  true,
		"zoë@bücher.example":         true,
		"ada@a--b.example":           true,
		long(64) + "@example.com":    true,
		"ada@" + long(63) + ".com":   true,
		"ada@example.c0m":            true,

		"":                         false,
		"000":                      false,
		"ada":                      false,
		"ada@":                     false,
		"@example.com":             false,
		"ada@localhost":            false,
		"ada@example.":             false,
		"ada@.example":             false,
		"ada@a..example":           false,
		"ada@example.123":          false,
		"ada@127.0.0.1":            false,
		"ada@[127.0.0.1]":          false,
		"ada@-a.example":           false,
		"ada@a-.example":           false,
		"ada@a_b.example":          false,
		".ada@example.com":         false,
		"ada.@example.com":         false,
		"a..da@example.com":        false,
		"a da@example.com":         false,
		"ada@exa mple.com":         false,
		"ada\u3000b@example.com":   false,
		" ada@example.com":         false,
		"ada@example.com\n":        false,
		`"ada"@example.com`:        false,
		"ada(x)@example.com":       false,
		"<ada@example.com>":        false,
		"ada@b@example.com":        false,
		"ada,bob@example.com":      false,
		"zoe\u0308@example.com":    false, // not in NFC
		"ada\u202e@example.com":    false,
		long(65) + "@example.com":  false,
		"ada@" + long(64) + ".com": false,
		long(2) + "@" + domain253:  false,
		strings.Repeat("é", 33) + "@example.com": false, // 66 bytes
	} {
		if got := text.IsEmail(address); got != want {
			t.Errorf("%q: %t, want %t", address, got, want)
		}
	}
}
