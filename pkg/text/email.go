package text

import (
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// MaxEmail is the longest address, in bytes and characters (RFC 5321, section
// 4.5.3.1.3, without the angle brackets).
const MaxEmail = 254

// The longest parts of an address, in bytes (RFC 5321, section 4.5.3.1.1; RFC 1035,
// section 2.3.4).
const (
	maxLocal = 64
	maxLabel = 63
)

// EmailPattern is a mailbox of RFC 5321, section 4.1.2, with the letters of RFC 6531: a
// dot-string, and a domain with a dot whose last label begins with a letter. A quoted
// local part is refused, because it is a second spelling of an address, and so is an
// address literal.
const EmailPattern = `^` + atom + `(\.` + atom + `)*@(` + alphanumeric + `(` + inner + `*` + alphanumeric + `)?\.)+` + alphabetic + `(` + inner + `*` + alphanumeric + `)?$`

const (
	atom         = "[^\\x00-\\x20\"(),.:;<>@\\[\\\\\\]\\x7f]+"
	alphanumeric = "[^\\x00-/:-@\\[-`{-\\x7f]"
	inner        = "[^\\x00-,./:-@\\[-`{-\\x7f]"
	alphabetic   = "[^\\x00-@\\[-`{-\\x7f]"
)

// emailPattern is compiled at its first use: most functions read no address.
var emailPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(EmailPattern) })

// IsEmail reports whether a text could be an address: only a letter to it shows
// whether it is one. Another spelling of a text may be somebody else's address, so
// that one which is not in its normal form does not count.
func IsEmail(address string) bool {
	if readable, flaw := (Rule{Characters: MaxEmail}).Check(address); flaw.Detail != "" || readable != address || len(address) > MaxEmail {
		return false
	}
	local, domain, _ := strings.Cut(address, "@")
	for label := range strings.SplitSeq(domain, ".") {
		if len(label) > maxLabel {
			return false
		}
	}
	return len(local) <= maxLocal && emailPattern().MatchString(address) && !strings.ContainsFunc(address, unicode.IsSpace)
}
