package auth

import (
	"cmp"
	"context"
	"crypto/subtle"
	"errors"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Keys is where keys are kept.
type Keys interface {
	// Credential returns shop.ErrNotFound.
	Credential(context.Context, id.Key) (shop.Credential, error)
}

// Verifier checks the keys of requests.
type Verifier struct {
	Keys Keys
	Mode Mode
	Now  func() time.Time
	// Usage may be nil.
	Usage *Usage
}

// Why a key is refused. The log tells them apart; the caller is not told.
var (
	errMissing = errors.New("no Authorization header")
	errDouble  = errors.New("more than one Authorization header")
	errScheme  = errors.New("not a Bearer key")
	errUnknown = errors.New("unknown key")
	errSecret  = errors.New("wrong secret")
	errRevoked = errors.New("revoked key")
	errExpired = errors.New("expired key")
)

// Begin reads who the Authorization headers claim to be (RFC 6750, section 2.1)
// and starts to check it, while the caller goes on to read. It returns
// unauthenticated for what is no key at all; Confirm of the shop.Caller returns
// unauthenticated or insufficient_scope.
func (v Verifier) Begin(ctx context.Context, authorization []string) (shop.Claim, error) {
	token, err := v.parse(authorization)
	if err != nil {
		return nil, unauthenticated(err)
	}
	first := v.check(ctx, token)
	return func(scope shop.Scope) shop.Caller {
		return shop.Caller{
			Account: token.Key.Account(),
			Agent:   token.Key.Agent(),
			Key:     token.Key,
			Confirm: first.confirm(scope),
			Recheck: func(ctx context.Context) func(context.Context) error { return v.check(ctx, token).confirm(scope) },
		}
	}, nil
}

// verdict is what the check of a key finds, once done is closed.
type verdict struct {
	done       chan struct{}
	credential shop.Credential
	err        error
}

// check begins to check a key.
func (v Verifier) check(ctx context.Context, token Token) *verdict {
	found := &verdict{done: make(chan struct{})}
	go func() {
		defer close(found.done)
		found.err = fault.Guard(func() (err error) {
			found.credential, err = v.verify(ctx, token)
			if err == nil && v.Usage != nil {
				v.Usage.Note(ctx, token.Key)
			}
			return err
		})
	}()
	return found
}

// confirm waits for the verdict, and says whether the key may be used for the scope.
func (v *verdict) confirm(scope shop.Scope) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-v.done:
			return cmp.Or(v.err, allowed(v.credential, scope))
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (v Verifier) parse(authorization []string) (Token, error) {
	switch len(authorization) {
	case 0:
		return Token{}, errMissing
	case 1:
	default:
		return Token{}, errDouble
	}
	scheme, text, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return Token{}, errScheme
	}
	return ParseToken(v.Mode, strings.TrimSpace(text))
}

func (v Verifier) verify(ctx context.Context, token Token) (shop.Credential, error) {
	credential, err := v.Keys.Credential(ctx, token.Key)
	if errors.Is(err, shop.ErrNotFound) {
		return shop.Credential{}, unauthenticated(errUnknown)
	}
	if err != nil {
		return shop.Credential{}, err
	}
	now := v.Now()
	switch {
	case subtle.ConstantTimeCompare(token.Hash(), credential.SecretHash) != 1:
		return shop.Credential{}, unauthenticated(errSecret)
	case !credential.RevokedAt.IsZero():
		return shop.Credential{}, unauthenticated(errRevoked)
	case !credential.ExpiresAt.IsZero() && !now.Before(credential.ExpiresAt):
		return shop.Credential{}, unauthenticated(errExpired)
	default:
		return credential, nil
	}
}

func allowed(credential shop.Credential, scope shop.Scope) error {
	if scope == "" || credential.Allows(scope) {
		return nil
	}
	return fault.New(fault.InsufficientScope, "This API key lacks the scope %s.", scope).
		Fix("Ask the owner of the account for a key with the scope %s.", scope).
		With("missingScope", string(scope))
}

// unauthenticated says the same whatever the reason, so that nobody can probe
// for keys.
func unauthenticated(reason error) error {
	return fault.Wrap(fault.Unauthenticated, reason, "The request carries no valid API key.").
		Fix("Send the header Authorization: Bearer <key>, with the key from AGENT_STORE_AGENT_API_KEY.").
		Fix("Ask the owner of the account for a new key if this one was revoked or has expired.")
}
