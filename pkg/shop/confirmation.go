package shop

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Confirmation is a question that the caller's own program puts to the person in
// front of it, about one call that the caller may make anyway: a second look. It
// protects nothing, because the program could answer by itself. Only the hash of the
// token is kept; the token is good for that call of that key, once, and for a short
// time.
type Confirmation struct {
	// Hash is the SHA-256 of the token, in hex. The token is random, so a slow hash
	// would add nothing.
	Hash    string
	Account id.Account
	Version int
	Key     id.Key
	// Call tells the call apart from all others.
	Call      string
	ExpiresAt time.Time
}

// Confirmer is who says that a person has confirmed a call.
type Confirmer string

// ConfirmedByClient is what an MCP client says of itself.
const ConfirmedByClient Confirmer = "mcp_client"

// by is who gave the confirmation; empty where there is none.
func (c *Confirmation) by() Confirmer {
	if c == nil {
		return ""
	}
	return ConfirmedByClient
}

// ConfirmationLifetime is how long a person may think about it.
const ConfirmationLifetime = 10 * time.Minute

// BeginConfirmation begins a confirmation and returns its token.
func (s *Shop) BeginConfirmation(ctx context.Context, caller Caller, call string) (string, error) {
	token := rand.Text()
	now := s.Now()
	c := Confirmation{
		Hash: hashOf(token), Account: caller.Account, Version: 1,
		Key: caller.Key, Call: call, ExpiresAt: now.Add(ConfirmationLifetime),
	}
	return token, s.update(ctx, caller, func(caller Caller) error {
		return s.commit(ctx, caller, Change{Confirmation: &c})
	})
}

// DeclineConfirmation ends one without consent. It returns invalid_input.
func (s *Shop) DeclineConfirmation(ctx context.Context, caller Caller, call, token string) error {
	return s.update(ctx, caller, func(caller Caller) error {
		c, err := s.confirmation(ctx, caller, call, token)
		if err != nil {
			return err
		}
		return s.commit(ctx, caller, Change{Confirmation: c})
	})
}

// confirmation is what the token confirms, marked as used; nil without a token. It
// returns invalid_input for a token of another call or another key, and for one that
// was used or is too old.
func (s *Shop) confirmation(ctx context.Context, caller Caller, call, token string) (*Confirmation, error) {
	if token == "" {
		return nil, nil
	}
	c, err := s.Store.Confirmation(ctx, caller.Account, hashOf(token))
	if errors.Is(err, ErrNotFound) {
		return nil, errConfirmation()
	}
	if err != nil {
		return nil, err
	}
	if c.Key != caller.Key || c.Call != call || c.Version != 1 || !s.Now().Before(c.ExpiresAt) {
		return nil, errConfirmation()
	}
	c.Version++
	return &c, nil
}

func errConfirmation() error {
	return fault.InvalidParam("$.requestState", "is not the one of this call, or was used, or has expired").
		Fix("Make the call again without requestState, to have the person asked again.")
}

func hashOf(token string) string {
	hash := sha256.Sum256([]byte(token))
	return hex.EncodeToString(hash[:])
}
