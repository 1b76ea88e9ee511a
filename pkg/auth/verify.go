package auth

import (
	"cmp"
	"context"
	"crypto/sha256"
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

	compared func() // for tests: a hash was compared
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

// Begin reads who the Authorization headers claim to be (RFC 6750, section 2.1) and
// starts to check it, while the caller goes on reading. The source is the address
// that the request came from, or empty. Begin returns unauthenticated for what is
// not a key at all; Confirm of the shop.Caller returns unauthenticated,
// address_not_allowed or insufficient_scope.
func (v Verifier) Begin(ctx context.Context, authorization []string, source string) (shop.Claim, error) {
	token, err := v.parse(authorization)
	if err != nil {
		return nil, unauthenticated(err)
	}
	first := v.check(ctx, token, source)
	return func(scope shop.Scope, operation string) shop.Caller {
		note := func(ctx context.Context) { v.Usage.Note(ctx, token.Key, source, operation) }
		return shop.Caller{
			Account: token.Key.Account(),
			Agent:   token.Key.Agent(),
			Key:     token.Key,
			Confirm: first.confirm(scope, note),
			Recheck: func(ctx context.Context) func(context.Context) error {
				return v.check(ctx, token, source).confirm(scope, note)
			},
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
func (v Verifier) check(ctx context.Context, token Token, source string) *verdict {
	found := &verdict{done: make(chan struct{})}
	go func() {
		defer close(found.done)
		found.err = fault.Guard(func() (err error) {
			found.credential, err = v.verify(ctx, token, source)
			return err
		})
	}()
	return found
}

// confirm waits for the verdict, notes the use of a good key, and says whether it
// may be used for the scope.
func (v *verdict) confirm(scope shop.Scope, note func(context.Context)) func(context.Context) error {
	return func(ctx context.Context) error {
		select {
		case <-v.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if v.err != nil {
			return v.err
		}
		note(ctx)
		return allowed(v.credential, scope)
	}
}

func (v Verifier) parse(authorization []string) (Token, error) {
	text, err := bearer(authorization)
	if err != nil {
		return Token{}, err
	}
	return ParseToken(v.Mode, text)
}

// bearer is what the Authorization headers carry (RFC 6750, section 2.1).
func bearer(authorization []string) (string, error) {
	switch len(authorization) {
	case 0:
		return "", errMissing
	case 1:
	default:
		return "", errDouble
	}
	scheme, text, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return "", errScheme
	}
	return strings.TrimSpace(text), nil
}

// nobody stands for the key that an unknown id names: no key has its hash. It is
// compared like any other, so that the time of an answer does not tell which ids
// exist.
var nobody = shop.Credential{SecretHash: make([]byte, sha256.Size)}

func (v Verifier) verify(ctx context.Context, token Token, source string) (shop.Credential, error) {
	credential, err := v.Keys.Credential(ctx, token.Key)
	unknown := errors.Is(err, shop.ErrNotFound)
	if unknown {
		credential = nobody
	} else if err != nil {
		return shop.Credential{}, err
	}
	proved := v.compare(token.Hash(), credential.SecretHash)
	switch {
	case unknown:
		return shop.Credential{}, unauthenticated(errUnknown)
	case !proved:
		return shop.Credential{}, unauthenticated(errSecret)
	case !credential.RevokedAt.IsZero():
		return shop.Credential{}, unauthenticated(errRevoked)
	case credential.Expired(v.Now()):
		return shop.Credential{}, unauthenticated(errExpired)
	case !credential.AllowsAddress(source):
		return shop.Credential{}, notFrom(source)
	default:
		return credential, nil
	}
}

// compare reports whether two hashes are the same, in a time that does not depend on
// their contents.
func (v Verifier) compare(a, b []byte) bool {
	if v.compared != nil {
		v.compared()
	}
	return subtle.ConstantTimeCompare(a, b) == 1
}

// notFrom is returned only to callers who have proved to hold the key.
func notFrom(source string) error {
	return fault.New(fault.AddressNotAllowed, "This API key may not be used from %s.", cmp.Or(source, "an unknown address")).
		Fix("Send the request from one of the networks that the key is restricted to.").
		Fix("Ask the owner of the account for a key that may be used from here.")
}

func allowed(credential shop.Credential, scope shop.Scope) error {
	if scope == "" || credential.Allows(scope) {
		return nil
	}
	return fault.New(fault.InsufficientScope, "This API key lacks the scope %s.", scope).
		Fix("Ask the owner of the account for a key with the scope %s.", scope).
		With("missingScope", string(scope))
}

// unauthenticated says the same whatever the reason, so that nobody can probe for
// keys.
func unauthenticated(reason error) error {
	return fault.Wrap(fault.Unauthenticated, reason, "The request carries no valid API key.").
		Fix("Send the header Authorization: Bearer <key>, with the key from AGENT_STORE_AGENT_API_KEY.").
		Fix("Ask the owner of the account for a new key if this one was revoked or has expired.")
}
