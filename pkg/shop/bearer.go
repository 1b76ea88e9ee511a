package shop

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Presented is a personal access token as a request shows it: the id that it claims to
// have, and the hash of the whole.
type Presented struct {
	Token id.Token
	Hash  []byte
}

// Why a token is refused. The log tells them apart; the caller is not told.
var (
	errNoToken      = errors.New("unknown token")
	errTokenSecret  = errors.New("wrong secret of a token")
	errTokenRevoked = errors.New("revoked token")
	errTokenExpired = errors.New("expired token")
	errTokenMember  = errors.New("token of somebody who has left the account")
)

// Bear tells whose token a request shows. The id of the token names its account and its
// member, so that all is read in one round trip; what the member may do is read again
// each time. It returns unauthenticated.
func (p *People) Bear(ctx context.Context, shown Presented, from Browser, operation string) (Caller, error) {
	account, person := shown.Token.Account(), shown.Token.Person()
	var (
		token  PersonalToken
		member Member
		holder Person
		a      Account
	)
	err := parallel(
		func() (err error) { token, member, err = p.proven(ctx, shown); return err },
		func() (err error) { holder, err = p.Store.Person(ctx, person); return known(err) },
		func() (err error) { a, err = p.Store.Account(ctx, account); return known(err) },
	)
	if err != nil {
		return Caller{}, err
	}
	p.used(ctx, token, KeyUse{p.Now(), from.Source, operation})
	c := Caller{
		Person: person, Email: holder.Email, Name: holder.Name, RequestID: from.RequestID, Source: from.Source,
		Account: account, AccountName: a.Name, checkout: a.Checkout,
		Role: token.of(member), LacksMFA: a.RequireMFA && !token.MFA,
		Fresh: token.Brief(), MFA: token.MFA, token: &token,
	}
	c.revisit = func(ctx context.Context) (Role, error) {
		token, member, err := p.proven(ctx, shown)
		return token.of(member), err
	}
	return c.needing(""), nil
}

// known makes nothing of an error that says that there is nothing: the token says so.
func known(err error) error {
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// noToken stands for the token that an unknown id names: none has its hash. It is
// compared like any other, so that the time of an answer does not tell which ids exist.
var noToken = PersonalToken{SecretHash: make([]byte, sha256.Size)}

// proven reads the token that a request shows, and its member. It returns
// unauthenticated for one that is no good.
func (p *People) proven(ctx context.Context, shown Presented) (PersonalToken, Member, error) {
	token, member := noToken, Member{}
	var unknown bool
	err := parallel(
		func() error {
			found, err := p.Store.PersonalToken(ctx, shown.Token)
			if unknown = errors.Is(err, ErrNotFound); unknown {
				return nil
			}
			token = found
			return err
		},
		func() (err error) {
			member, err = p.member(ctx, shown.Token.Account(), shown.Token.Person())
			return err
		},
	)
	if err != nil {
		return PersonalToken{}, Member{}, err
	}
	proved := subtle.ConstantTimeCompare(shown.Hash, token.SecretHash) == 1
	switch now := p.Now(); {
	case unknown:
		err = NoToken(errNoToken)
	case !proved:
		err = NoToken(errTokenSecret)
	case !token.RevokedAt.IsZero():
		err = NoToken(errTokenRevoked)
	case !token.Good(now):
		err = NoToken(errTokenExpired)
	case token.of(member) == "":
		err = NoToken(errTokenMember)
	}
	return token, member, err
}

// used records the use of a token, coarsely. Another write may come first, and may even
// have revoked the token: then this one is dropped.
func (p *People) used(ctx context.Context, token PersonalToken, use KeyUse) {
	if use.At.Before(token.LastUse.At.Add(usedEvery)) {
		return
	}
	token.Version++
	token.LastUse = use
	_ = p.commit(ctx, Caller{}, Change{Tokens: []PersonalToken{token}}) // the next use writes it down
}

// RequireScope checks that a token may be used for an operation that needs the scope,
// and does nothing for a caller without a token. It returns insufficient_scope, and
// session_required where no token may.
func (c Caller) RequireScope(scope Scope) error {
	switch {
	case c.token == nil:
		return nil
	case scope == "":
		return fault.New(fault.SessionRequired, "No personal access token may do this, whatever its scopes.").
			Fix("Open %s%s, log in, and do it there.", c.Origin, LoginPath)
	case !c.token.Allows(scope):
		return fault.New(fault.InsufficientScope, "This personal access token lacks the scope %s.", scope).
			Fix("Make a token with the scope %s, with token_create in a session.", scope).
			With("missingScope", string(scope))
	default:
		return nil
	}
}

// Token is the personal access token that the caller shows; empty for a session, and for
// an agent.
func (c Caller) Token() id.Token {
	if c.token == nil {
		return ""
	}
	return c.token.ID
}

// heeds reports whether the caller is bound by what protects services: agents are, and
// tokens without the scope that lifts it.
func (c Caller) heeds() bool {
	return c.IsAgent() || c.token != nil && !c.token.Allows(ScopeProtectionSet)
}

// NoToken says the same whatever the reason, so that nobody can probe for tokens.
func NoToken(reason error) *fault.Error {
	return fault.Wrap(fault.Unauthenticated, reason, "The request carries no valid personal access token.").
		Fix("Send the header Authorization: Bearer <token>, with a personal access token of a member; the key of an agent opens /v1/agent alone.").
		Fix("Make a new token with token_create in a session if this one was revoked or has expired.")
}
