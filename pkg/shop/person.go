package shop

import (
	"cmp"
	"strings"
	"time"

	"agentstore/pkg/id"
)

// Person is somebody who has logged in. Issuer and subject tell who it is, and
// nothing else does: an email address may pass to somebody else (OpenID Connect
// Core 1.0, section 5.7).
type Person struct {
	ID      id.Person
	Version int
	Issuer  string
	Subject string
	// Email is empty unless the issuer has verified it.
	Email     string
	Name      string
	CreatedAt time.Time
}

// Identity is what an issuer says of somebody who has just proved to be them.
type Identity struct {
	Issuer  string
	Subject string
	Email   string
	// EmailVerified: the issuer has made sure that the address is theirs. It counts
	// for nothing otherwise.
	EmailVerified bool
	Name          string
}

// The most bytes of what an issuer says that are kept.
const (
	maxName  = 200
	maxEmail = 254 // RFC 5321, section 4.5.3.1.3, without the angle brackets
)

// verifiedEmail is the address of an identity as it is compared; empty where it
// does not count.
func (i Identity) verifiedEmail() string {
	if email := canonicalEmail(i.Email); i.EmailVerified && isEmail(email) {
		return email
	}
	return ""
}

// name is what people call the person.
func (i Identity) name() string {
	return clip(cmp.Or(strings.TrimSpace(i.Name), i.verifiedEmail(), "Somebody"), maxName)
}

// canonicalEmail is an address as it is compared: ASCII letters are lower case.
// Other letters stay, for Unicode takes some of them for ASCII ones.
func canonicalEmail(email string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.TrimSpace(email))
}

// isEmail tells whether a text could be an address: only a letter to it shows
// whether it is one.
func isEmail(text string) bool {
	local, domain, found := strings.Cut(text, "@")
	return found && local != "" && domain != "" && len(text) <= maxEmail && !strings.ContainsFunc(text, isNoText) &&
		!strings.Contains(domain, "@")
}

func isNoText(r rune) bool {
	return r <= ' ' || r == 0x7f || r == '<' || r == '>' || r == ',' || r == '"'
}

// clip cuts a text behind the last whole character that fits into so many bytes.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	end := 0
	for i := range text {
		if i > most {
			break
		}
		end = i
	}
	return text[:end]
}
