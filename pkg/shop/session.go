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

// Session is that a person is logged in. Its token is in the person's browser
// alone; what is kept is the hash.
type Session struct {
	// ID is what the person knows the session by. It opens nothing.
	ID id.Session
	// Hash is the SHA-256 of the token, in hex. The token is random, so that a slow
	// hash would add nothing.
	Hash    string
	Version int
	Person  id.Person
	// Account is what the person has chosen to look at; empty where there is none.
	Account   id.Account
	CreatedAt time.Time
	SeenAt    time.Time
	// ExpiresAt is when it ends, however much it is used.
	ExpiresAt time.Time
	// EndedAt is when somebody ended it; zero while nobody has. What a session does is
	// committed on condition that there is none, whatever the clocks say.
	EndedAt time.Time
}

// How long a session lives (OWASP Session Management Cheat Sheet, "Session
// Expiration").
const (
	SessionLifetime = 7 * 24 * time.Hour
	SessionIdle     = 12 * time.Hour
	// seenEvery is how often the use of a session is written down.
	seenEvery = 10 * time.Minute
)

// Alive tells whether the session is one. One without an ID is from before
// sessions had any: its person logs in again.
func (s Session) Alive(now time.Time) bool {
	return s.ID != "" && s.EndedAt.IsZero() && now.Before(s.ExpiresAt) && now.Before(s.SeenAt.Add(SessionIdle))
}

// newToken makes 256 random bits, as text that goes into cookies and addresses.
func newToken() string {
	var secret [32]byte
	rand.Read(secret[:]) // it never fails
	return base64.RawURLEncoding.EncodeToString(secret[:])
}

// begin starts a session, and returns its token.
func (p *People) begin(ctx context.Context, person id.Person, account id.Account) (string, error) {
	token, now := newToken(), p.Now()
	return token, p.commit(ctx, Change{Sessions: []Session{{
		ID: p.IDs.Session(), Hash: hashOf(token), Version: 1, Person: person, Account: account,
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(SessionLifetime),
	}}})
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

// seen writes down that the session was used. Another write may come first, and
// may well have ended the session: then this one is left out.
func (p *People) seen(ctx context.Context, session Session) {
	now := p.Now()
	if now.Before(session.SeenAt.Add(seenEvery)) {
		return
	}
	session.Version++
	session.SeenAt = now
	_ = p.commit(ctx, Change{Sessions: []Session{session}}) // the next use writes it down
}

// LogOut ends the session of a token. Where there is none it does nothing.
func (p *People) LogOut(ctx context.Context, token string) error {
	err := p.changeSession(ctx, token, func(s *Session) error {
		s.EndedAt = p.Now()
		return nil
	})
	if fault.Is(err, fault.Unauthenticated) {
		return nil
	}
	return err
}

// Switch has a session be about another account of the same person. It returns
// unauthenticated, and not_found where the person is no member.
func (p *People) Switch(ctx context.Context, token string, account id.Account) error {
	return p.changeSession(ctx, token, func(s *Session) error {
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
}

func (p *People) changeSession(ctx context.Context, token string, change func(*Session) error) error {
	return p.retry(ctx, Caller{}, func(Caller) error {
		session, err := p.session(ctx, token)
		if err != nil {
			return err
		}
		if err := change(&session); err != nil {
			return err
		}
		session.Version++
		return p.commit(ctx, Change{Sessions: []Session{session}})
	})
}
