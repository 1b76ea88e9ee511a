package shop

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/sorting"
)

// TokenIssuer makes the secret of a token: its text, which is shown once, and its hash.
type TokenIssuer func(id.Token) (text string, hash []byte, err error)

// NewPersonalToken is a token that is asked for.
type NewPersonalToken struct {
	Name   string
	Role   Role // empty: RoleViewer
	Scopes []Scope
	// ExpiresAt is its end; zero: after the usual time.
	ExpiresAt time.Time
	// Brief are those of its scopes that end after BriefLifetime.
	Brief []Scope
}

// Tokens lists the caller's own tokens for the account, the newest first.
func (p *People) Tokens(ctx context.Context, caller Caller) ([]PersonalToken, error) {
	tokens, err := p.Store.PersonalTokens(ctx, caller.Account, caller.Person)
	sorting.By(tokens, func(a, b PersonalToken) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return tokens, err
}

// CreateToken makes a token of the caller's and returns its text, which is shown only
// once. A token makes no token that may more than itself, or that outlives it with a
// scope that ends soon. It returns invalid_input, insufficient_role, insufficient_scope
// and token_lifetime.
func (p *People) CreateToken(ctx context.Context, caller Caller, want NewPersonalToken) (PersonalToken, string, error) {
	name, err := Name(want.Name)
	if err != nil {
		return PersonalToken{}, "", err
	}
	if len(want.Scopes) == 0 {
		return PersonalToken{}, "", fault.InvalidParam("$.scopes", "is empty, and so the token could do nothing").
			Fix("Send in $.scopes what the token may be used for.")
	}
	if want.Role == "" {
		want.Role = RoleViewer
	}
	for _, scope := range want.Scopes {
		if err := caller.RequireScope(scope); err != nil {
			return PersonalToken{}, "", err
		}
	}
	var token PersonalToken
	var text string
	err = p.update(ctx, caller, func(caller Caller) error {
		member, err := p.roomForToken(ctx, caller)
		if err != nil {
			return err
		}
		caller.Role = caller.roleNow(member)
		if err := caller.Require(want.Role); err != nil {
			return err
		}
		token = PersonalToken{
			ID: p.IDs.Token(caller.Account, caller.Person), Version: 1, Name: name, Role: want.Role,
			Scopes: want.Scopes, MFA: caller.MFA, CreatedAt: p.Now(),
		}
		if token.ExpiresAt, err = want.end(token.CreatedAt, caller.token); err != nil {
			return err
		}
		if text, token.SecretHash, err = p.IssueToken(token.ID); err != nil {
			return err
		}
		event := &Event{Operation: "token_create", Subject: string(token.ID)}
		return p.commit(ctx, caller, Change{Members: []Member{member}, Tokens: []PersonalToken{token}, Event: event})
	})
	return token, text, err
}

// roleNow is the role of the caller while their membership is that one.
func (c Caller) roleNow(m Member) Role {
	if c.token != nil {
		return c.token.of(m)
	}
	return m.Role
}

// end is when a token made now ends. By is the token that makes it; nil for a session.
func (w NewPersonalToken) end(now time.Time, by *PersonalToken) (time.Time, error) {
	usual, longest := usualLifetime, TokenLifetime
	if len(w.Brief) > 0 {
		usual, longest = BriefLifetime, BriefLifetime
	}
	latest := now.Add(longest)
	if by != nil && len(w.Brief) > 0 && by.ExpiresAt.Before(latest) {
		latest = by.ExpiresAt
	}
	switch {
	case w.ExpiresAt.IsZero():
		end := now.Add(usual)
		if end.After(latest) {
			end = latest
		}
		return end, nil
	case !w.ExpiresAt.After(now):
		return time.Time{}, fault.InvalidParam("$.expiresAt", "must be in the future").
			Fix("Send $.expiresAt as a time after %s.", now.UTC().Format(time.RFC3339))
	case w.ExpiresAt.After(latest):
		return time.Time{}, w.tooLong(latest, longest)
	default:
		return w.ExpiresAt, nil
	}
}

func (w NewPersonalToken) tooLong(latest time.Time, longest time.Duration) error {
	why := fmt.Sprintf("A personal access token lives at most %d days.", longest/(24*time.Hour))
	if len(w.Brief) > 0 {
		why = fmt.Sprintf("A personal access token with the scope %s lives at most %d hours, and not longer than the token that makes it.", w.Brief[0], BriefLifetime/time.Hour)
	}
	e := fault.New(fault.TokenLifetime, "%s", why).Fix("Send $.expiresAt as %s or earlier.", latest.UTC().Format(time.RFC3339))
	if len(w.Brief) > 0 {
		return e.Fix("Leave out the scopes that end after %d hours: %s.", BriefLifetime/time.Hour, strings.Join(words(w.Brief), ", "))
	}
	return e
}

// roomForToken returns the next version of the caller's membership, or invalid_input
// where they have too many tokens. The membership is read before the tokens, and is
// written with the new one: of two requests that would each add the last one, one starts
// over.
func (p *People) roomForToken(ctx context.Context, caller Caller) (Member, error) {
	member, err := p.member(ctx, caller.Account, caller.Person)
	if err != nil {
		return Member{}, err
	}
	tokens, err := p.Store.PersonalTokens(ctx, caller.Account, caller.Person)
	if err != nil {
		return Member{}, err
	}
	good, now := 0, p.Now()
	for _, t := range tokens {
		if t.Good(now) {
			good++
		}
	}
	if good >= MaxTokens {
		return Member{}, fault.InvalidParam("$", "would be one token too many: you have %d good ones in this account", good).
			Fix("Revoke a token that nothing uses any more.")
	}
	member.Version++
	return member, nil
}

// RevokeToken ends a token of the caller's at once, or, for an owner, one of another
// member: what is under way with it is no longer committed once this has returned. It
// returns not_found; a token that was revoked before stays so.
func (p *People) RevokeToken(ctx context.Context, caller Caller, tokenID id.Token) (PersonalToken, error) {
	var token PersonalToken
	err := p.update(ctx, answering(caller, &token), func(caller Caller) (err error) {
		token, err = p.token(ctx, caller, tokenID)
		if err != nil || !token.RevokedAt.IsZero() {
			return err
		}
		token.Version++
		token.RevokedAt = p.Now()
		event := &Event{Operation: "token_revoke", Subject: string(token.ID)}
		return p.commit(ctx, caller, Change{Tokens: []PersonalToken{token}, Event: event})
	})
	return token, err
}

// token reads a token that the caller may revoke.
func (p *People) token(ctx context.Context, caller Caller, tokenID id.Token) (PersonalToken, error) {
	none := fault.New(fault.NotFound, "You have no token %+q in this account.", tokenID).
		Fix("List your tokens with token_list.")
	_, ok := id.ParseToken(string(tokenID))
	if !ok || tokenID.Account() != caller.Account || tokenID.Person() != caller.Person && !caller.Role.AtLeast(RoleOwner) {
		return PersonalToken{}, none
	}
	token, err := p.Store.PersonalToken(ctx, tokenID)
	if errors.Is(err, ErrNotFound) {
		return PersonalToken{}, none
	}
	return token, err
}
