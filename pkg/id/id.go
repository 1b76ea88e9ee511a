// Package id holds the identifiers of the store: a prefix that names the type,
// then a ULID (github.com/ulid/spec), so that they sort by the time they were made.
//
// Agents and keys lead with the ULID of their account, and the quote of an action ends
// with that of its service, so that whoever holds the id knows where to look without a
// search:
//
//	acc_01K5…            an account
//	agt_01K5…XXXXXX      an agent: the account's ULID, then 6 characters
//	agt_01K5…UXXXXX      an agent that sees its own alone: the first of the 6 is U
//	01K5…XXXXXXYYYYYY    a key: the agent's 32 characters, then 6 more
//	tok_01K5…01K4…XXXXXX a personal access token: the ULIDs of the account and the person, then 6 characters
//	quo_01K5…01K4…       a quote of an action: its own ULID, then the service's
//
// No ULID has a U (Crockford's base 32 leaves it out), so no other agent has one.
package id

import (
	"bytes"
	"crypto/rand"
	"io"
	"strings"
	"time"

	"github.com/oklog/ulid/v2"
)

// The types of identifier. Each is a string of its own type, so that one cannot
// be passed for another.
type (
	Account    string
	Person     string
	Invitation string
	Session    string
	Token      string // of a personal access token
	Agent      string
	Key        string
	Item       string // an item of the catalog: chosen by people, as cat_vps_micro
	Quote      string
	Purchase   string
	Service    string
	Action     string
	Approval   string
	Event      string
	Job        string
	// Cancellation is of several services at once.
	Cancellation string
	SSHKey       string
	Personal     string // of what an order says about people
	Hold         string // of what one change holds: the time of a ULID, then 8 characters
)

const (
	ulidLen   = ulid.EncodedSize
	suffixLen = 6
	timeLen   = 10
	// HoldLen is the length of a Hold.
	HoldLen = timeLen + holdLen
	// holdLen is 40 random bits for each millisecond: two holds of one name would be taken
	// for one, and an account may begin a thousand a second for years.
	holdLen  = 8
	agentLen = ulidLen + suffixLen
	keyLen   = agentLen + suffixLen
	tokenLen = 2*ulidLen + suffixLen

	// ownMark is the first character after the account's ULID in an agent that sees
	// only its own, and in its keys.
	ownMark = 'U'

	accountPrefix    = "acc_"
	personPrefix     = "psn_"
	invitationPrefix = "inv_"
	sessionPrefix    = "ses_"
	tokenPrefix      = "tok_"
	agentPrefix      = "agt_"
	quotePrefix      = "quo_"
	servicePrefix    = "svc_"
)

// Maker makes identifiers. Entropy must be safe for concurrent use and never
// fail; crypto/rand.Reader is both.
type Maker struct {
	Now     func() time.Time
	Entropy io.Reader
}

// Account makes the identifier of a new account.
func (m Maker) Account() Account { return Account(accountPrefix + m.ULID()) }

// FirstAccount sorts before or at the identifier of every account that is made at
// that time or later, and behind all that were made before.
func FirstAccount(at time.Time) Account {
	var first ulid.ULID
	_ = first.SetTime(ulid.Timestamp(at)) // fails after the year 10889
	return Account(accountPrefix + first.String())
}

// Person makes the identifier of a new person.
func (m Maker) Person() Person { return Person(personPrefix + m.ULID()) }

// Invitation makes the identifier of a new invitation.
func (m Maker) Invitation() Invitation { return Invitation(invitationPrefix + m.ULID()) }

// Session makes the identifier of a new session. It gives no access: the token does.
func (m Maker) Session() Session { return Session(sessionPrefix + m.ULID()) }

// Token makes the identifier of a new personal access token of a member. It gives no
// access: the secret does.
func (m Maker) Token(a Account, p Person) Token {
	return Token(tokenPrefix + strings.TrimPrefix(string(a), accountPrefix) + strings.TrimPrefix(string(p), personPrefix) + m.suffix())
}

// Agent makes the identifier of a new agent of the account.
func (m Maker) Agent(a Account) Agent {
	return Agent(agentPrefix + strings.TrimPrefix(string(a), accountPrefix) + m.suffix())
}

// OwnAgent makes the identifier of a new agent of the account that sees only its
// own.
func (m Maker) OwnAgent(a Account) Agent {
	agent := []byte(m.Agent(a))
	agent[len(agentPrefix)+ulidLen] = ownMark
	return Agent(agent)
}

// Key makes the identifier of a new key of the agent.
func (m Maker) Key(a Agent) Key {
	return Key(strings.TrimPrefix(string(a), agentPrefix) + m.suffix())
}

// Quote makes the identifier of a new quote.
func (m Maker) Quote() Quote { return Quote(quotePrefix + m.ULID()) }

// QuoteOf makes the identifier of a new quote of an action: whoever buys it knows of
// which service without a search.
func (m Maker) QuoteOf(s Service) Quote {
	return m.Quote() + Quote(strings.TrimPrefix(string(s), servicePrefix))
}

// Service is the service that a quote claims to be about; false for one of units.
func (q Quote) Service() (Service, bool) {
	rest, ok := strings.CutPrefix(string(q), quotePrefix)
	if !ok || len(rest) != 2*ulidLen {
		return "", false
	}
	service := Service(servicePrefix + rest[ulidLen:])
	return service, ValidService(service)
}

// Purchase makes the identifier of a new purchase.
func (m Maker) Purchase() Purchase { return Purchase("pur_" + m.ULID()) }

// Service makes the identifier of a new service.
func (m Maker) Service() Service { return Service(servicePrefix + m.ULID()) }

// Personal makes the identifier of new personal data.
func (m Maker) Personal() Personal { return Personal("per_" + m.ULID()) }

// SSHKey makes the identifier of a new SSH key of an account.
func (m Maker) SSHKey() SSHKey { return SSHKey("ssh_" + m.ULID()) }

// Cancellation makes the identifier of a new cancellation of several services.
func (m Maker) Cancellation() Cancellation { return Cancellation("can_" + m.ULID()) }

// Action makes the identifier of a new action.
func (m Maker) Action() Action { return Action("act_" + m.ULID()) }

// Approval makes the identifier of a new approval.
func (m Maker) Approval() Approval { return Approval("apr_" + m.ULID()) }

// ApprovalOf makes an identifier out of a time and at least 10 random bytes.
func ApprovalOf(at time.Time, random []byte) Approval {
	return Approval("apr_" + ulid.MustNew(ulid.Timestamp(at), bytes.NewReader(random)).String())
}

// Event makes the identifier of a new event of the audit trail. Whatever the
// entropy of the maker, it is random: nothing refers to an event, and no write may
// fail because two events have one name.
func (m Maker) Event() Event { return Event("evt_" + Maker{m.Now, rand.Reader}.ULID()) }

// Job makes the identifier of a new job.
func (m Maker) Job() Job { return Job("job_" + m.ULID()) }

// Hold makes the identifier of the holds of a change. It is short, because an item has
// many of them.
func (m Maker) Hold() Hold {
	u := m.ULID()
	return Hold(u[:timeLen] + u[ulidLen-holdLen:])
}

// MadeAt is when the identifier was made, to the millisecond; the zero time for what is
// none.
func (h Hold) MadeAt() time.Time {
	if len(h) != HoldLen {
		return time.Time{}
	}
	u, err := ulid.ParseStrict(string(h[:timeLen]) + strings.Repeat("0", ulidLen-timeLen))
	if err != nil {
		return time.Time{}
	}
	return ulid.Time(u.Time())
}

// ULID makes a bare ULID, for objects that have no type of their own.
func (m Maker) ULID() string {
	return ulid.MustNew(ulid.Timestamp(m.Now()), m.Entropy).String()
}

// suffix is the last 6 characters of a ULID: 30 random bits. It need only be
// unique within one account, where its creation is conditional.
func (m Maker) suffix() string {
	return m.ULID()[ulidLen-suffixLen:]
}

// ParseKey checks the form of a key's id.
func ParseKey(s string) (Key, bool) {
	return Key(s), len(s) == keyLen && isOfAgent(s)
}

// Account is the account that the key claims to belong to.
func (k Key) Account() Account { return Account(accountPrefix + string(k[:ulidLen])) }

// Agent is the agent that the key claims to belong to.
func (k Key) Agent() Agent { return Agent(agentPrefix + string(k[:agentLen])) }

// Account is the account that the agent belongs to.
func (a Agent) Account() Account {
	return Account(accountPrefix + strings.TrimPrefix(string(a), agentPrefix)[:ulidLen])
}

// ParseToken checks the form of a personal access token's id.
func ParseToken(s string) (Token, bool) {
	rest, ok := strings.CutPrefix(s, tokenPrefix)
	ok = ok && len(rest) == tokenLen && isULID(rest[:ulidLen]) && isULID(rest[ulidLen:])
	return Token(s), ok
}

// Account is the account that the token claims to be for.
func (t Token) Account() Account {
	return Account(accountPrefix + strings.TrimPrefix(string(t), tokenPrefix)[:ulidLen])
}

// Person is the member that the token claims to belong to.
func (t Token) Person() Person {
	return Person(personPrefix + strings.TrimPrefix(string(t), tokenPrefix)[ulidLen:2*ulidLen])
}

// ValidAgent checks the form of an agent's id.
func ValidAgent(a Agent) bool {
	rest, ok := strings.CutPrefix(string(a), agentPrefix)
	return ok && len(rest) == agentLen && isOfAgent(rest)
}

// SeesOwn reports whether the agent sees only its own in its account. The empty
// agent, which stands for a member, sees everything.
func (a Agent) SeesOwn() bool {
	rest := strings.TrimPrefix(string(a), agentPrefix)
	return len(rest) == agentLen && rest[ulidLen] == ownMark
}

// ValidAccount checks the form of an account's id.
func ValidAccount(a Account) bool { return isPrefixed(string(a), accountPrefix) }

// ValidPerson checks the form of a person's id.
func ValidPerson(p Person) bool { return isPrefixed(string(p), personPrefix) }

// ValidInvitation checks the form of an invitation's id.
func ValidInvitation(i Invitation) bool { return isPrefixed(string(i), invitationPrefix) }

// ValidService checks the form of a service's id.
func ValidService(s Service) bool { return isPrefixed(string(s), servicePrefix) }

func isPrefixed(s, prefix string) bool {
	rest, ok := strings.CutPrefix(s, prefix)
	return ok && len(rest) == ulidLen && isULID(rest)
}

// isOfAgent checks the characters of an agent, and of whatever leads with them.
func isOfAgent(s string) bool {
	rest := s[ulidLen:]
	if rest[0] == ownMark {
		rest = rest[1:]
	}
	return isULID(s[:ulidLen] + rest)
}

// isULID checks the alphabet, and that the time does not overflow.
func isULID(s string) bool {
	for _, c := range []byte(s) {
		if strings.IndexByte(ulid.Encoding, c) < 0 {
			return false
		}
	}
	return s[0] <= '7'
}
