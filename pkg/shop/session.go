package shop

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Session is a login of a person. Only the person's browser has its token; the store
// keeps the hash.
type Session struct {
	// ID is what the person knows the session by. It gives no access.
	ID id.Session
	// Hash is the SHA-256 of the token, in hex. The token is random, so a slow hash
	// would add nothing.
	Hash    string
	Version int
	Person  id.Person
	// Account is the one that the person has chosen to look at; empty where there is
	// none.
	Account   id.Account
	CreatedAt time.Time
	SeenAt    time.Time
	// Device and Source, an address, are where the session was last used, at SeenAt.
	Device string
	Source string
	// AuthenticatedAt is when the person logged in at the issuer; zero where it did not
	// say. MFA: it says that they used more than one factor.
	AuthenticatedAt time.Time
	MFA             bool
	// ExpiresAt is when it ends, however much it is used.
	ExpiresAt time.Time
	// EndedAt is when somebody ended it; zero while nobody has. What a session does is
	// committed on condition that it has none, whatever the clocks say.
	EndedAt time.Time
}

// How long a session lives (OWASP Session Management Cheat Sheet, "Session
// Expiration").
const (
	SessionLifetime = 7 * 24 * time.Hour
	SessionIdle     = 12 * time.Hour
	// seenEvery is how often the use of a session is recorded.
	seenEvery = 10 * time.Minute
)

// FreshFor is how long a login counts as fresh.
const FreshFor = 15 * time.Minute

// Alive reports whether the session is usable. One without an ID is from before
// sessions had any: its person logs in again.
func (s Session) Alive(now time.Time) bool {
	return s.ID != "" && s.EndedAt.IsZero() && now.Before(s.ExpiresAt) && now.Before(s.SeenAt.Add(SessionIdle))
}

// Fresh reports whether the login is recent. One at an unknown time is not.
func (s Session) Fresh(now time.Time) bool { return now.Before(s.AuthenticatedAt.Add(FreshFor)) }

// newToken makes 256 random bits, as text that is safe in cookies and addresses.
func newToken() string {
	var secret [32]byte
	rand.Read(secret[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(secret[:])
}

// session reads a session that is alive. It returns unauthenticated.
func (p *People) session(ctx context.Context, token string) (Session, error) {
	if token == "" {
		return Session{}, errNoSession()
	}
	session, err := p.Store.Session(ctx, hashOf(token))
	if errors.Is(err, ErrNotFound) || err == nil && !session.Alive(p.Now()) {
		return Session{}, errNoSession()
	}
	return session, err
}

// seen records that the session was used, and from where. Another write may come
// first, and may even have ended the session: then this one is dropped.
func (p *People) seen(ctx context.Context, session Session, from Browser) {
	now := p.Now()
	if now.Before(session.SeenAt.Add(seenEvery)) {
		return
	}
	session.Version++
	session.SeenAt, session.Device, session.Source = now, from.Device(), from.Source
	_ = p.commit(ctx, Caller{}, Change{Sessions: []Session{session}}) // the next use writes it down
}

// LogOut ends the session of a browser. Where there is none it does nothing.
func (p *People) LogOut(ctx context.Context, from Browser) error {
	_, err := p.logOut(ctx, from)
	return err
}

// logOut returns the session that it has ended, which is empty where there was
// none.
func (p *People) logOut(ctx context.Context, from Browser) (Session, error) {
	ended, err := p.changeSession(ctx, from, "logout", func(s *Session) error {
		s.EndedAt = p.Now()
		return nil
	})
	if fault.Is(err, fault.Unauthenticated) {
		return Session{}, nil
	}
	return ended, err
}

// Switch makes a session look at another account of the same person. It returns
// unauthenticated, and not_found where the person is not a member.
func (p *People) Switch(ctx context.Context, from Browser, account id.Account) error {
	_, err := p.changeSession(ctx, from, "account_switch", func(s *Session) error {
		m, err := p.member(ctx, account, s.Person)
		if err != nil {
			return err
		}
		if m.Left() {
			return fault.New(fault.NotFound, "You have no such account.").
				Fix("Choose one of your accounts, or ask an owner of the account to invite you.")
		}
		s.Account = account
		return nil
	})
	return err
}

// changeSession writes the next version of a browser's session, and an event of the
// account that the session then looks at.
func (p *People) changeSession(ctx context.Context, from Browser, operation string, change func(*Session) error) (Session, error) {
	var session Session
	err := p.update(ctx, Caller{}, func(Caller) (err error) {
		session, err = p.session(ctx, from.Token)
		if err != nil {
			return err
		}
		if err := change(&session); err != nil {
			return err
		}
		session.Version++
		event := &Event{Operation: operation, Subject: string(session.ID)}
		return p.commit(ctx, from.caller(session), Change{Sessions: []Session{session}, Event: event})
	})
	return session, err
}

// caller is the person of a session, as the trail names them.
func (b Browser) caller(s Session) Caller {
	return Caller{Account: s.Account, Person: s.Person, RequestID: b.RequestID, Source: b.Source}
}
