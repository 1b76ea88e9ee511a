package shop

import (
	"cmp"
	"strings"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/text"
)

// Person is somebody who has logged in. Issuer and subject identify them, and
// nothing else does: an email address may pass to somebody else (OpenID Connect Core
// 1.0, section 5.7).
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

// Identity is what an issuer says about somebody who has just proved their identity.
type Identity struct {
	Issuer  string
	Subject string
	Email   string
	// EmailVerified: the issuer has made sure that the address is theirs. Otherwise it
	// does not count.
	EmailVerified bool
	Name          string
	// AuthenticatedAt is when they logged in at the issuer, which may have remembered
	// them for days; zero where it does not say. MFA: it says that they used more than
	// one factor.
	AuthenticatedAt time.Time
	MFA             bool
}

// verifiedEmail is the address of an identity as it is compared; empty where it does
// not count.
func (i Identity) verifiedEmail() string {
	if email := canonicalEmail(i.Email); i.EmailVerified && text.IsEmail(email) {
		return email
	}
	return ""
}

// name is what people call the person. Nobody can change what their issuer calls
// them while logging in, so a bad name is cleaned where other texts would be
// refused.
func (i Identity) name() string {
	return cmp.Or(text.Rule{Characters: maxPerson}.Clean(i.Name), i.verifiedEmail(), "Somebody")
}

// canonicalEmail is an address as it is compared: with ASCII letters in lower case.
// Other letters stay, because Unicode maps some of them to ASCII ones.
func canonicalEmail(email string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, strings.TrimSpace(email))
}
