package shop

import (
	"context"
	"errors"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// What people do with the keys of an agent. The caller is a member.

// KeyIssuer makes a key: what is stored, and its text, which is shown once.
type KeyIssuer func(agent id.Agent, name string, scopes []Scope) (Credential, string, error)

// ReadOnly are the scopes of a key about which nothing was said.
func ReadOnly() []Scope {
	return []Scope{ScopeCatalogRead, ScopeQuotesRead, ScopePurchasesRead, ScopeServicesRead}
}

// MaxKeys is how many keys of one agent may be good at a time.
const MaxKeys = 20

// NewKey is a key that is asked for.
type NewKey struct {
	Name      string
	Scopes    []Scope   // empty: ReadOnly
	ExpiresAt time.Time // zero: never
}

// Keys lists the keys of an agent, the newest first. It returns not_found.
func (s *Shop) Keys(ctx context.Context, caller Caller, agentID id.Agent) ([]Credential, error) {
	var keys []Credential
	var uses map[id.Key]time.Time
	err := together(
		func() error { _, err := s.agent(ctx, caller, agentID); return err },
		func() (err error) {
			if !id.ValidAgent(agentID) {
				return nil // said already
			}
			keys, err = s.Admin.Credentials(ctx, agentID)
			return err
		},
		func() (err error) { uses, err = s.Admin.KeyUses(ctx, agentID); return err },
	)
	for i := range keys {
		keys[i].LastUsedAt = uses[keys[i].ID]
	}
	slices.SortFunc(keys, func(a, b Credential) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return keys, err
}

// CreateKey makes a key of an agent and returns its text, this once. It returns
// not_found, and invalid_input for a time that has passed and for too many keys.
func (s *Shop) CreateKey(ctx context.Context, caller Caller, agentID id.Agent, want NewKey) (Credential, string, error) {
	keys, err := s.Keys(ctx, caller, agentID)
	if err != nil {
		return Credential{}, "", err
	}
	now := s.Now()
	if !want.ExpiresAt.IsZero() && !want.ExpiresAt.After(now) {
		return Credential{}, "", fault.InvalidParam("$.expiresAt", "must be in the future")
	}
	good := 0
	for _, k := range keys {
		if k.Good(now) {
			good++
		}
	}
	if good >= MaxKeys {
		return Credential{}, "", fault.InvalidParam("$", "would be one key too many: %d of this agent are good already", good).
			Fix("Revoke a key that nobody uses.")
	}
	if len(want.Scopes) == 0 {
		want.Scopes = ReadOnly()
	}
	key, text, err := s.IssueKey(agentID, want.Name, want.Scopes)
	if err != nil {
		return Credential{}, "", err
	}
	key.ExpiresAt, key.CreatedBy = want.ExpiresAt, caller.Person
	return key, text, s.commit(ctx, caller, "key_create", string(key.ID), Change{Credentials: []Credential{key}})
}

// RotateKey makes a key with the name and scopes of another, which stays good for
// the time of the overlap. It returns not_found, and invalid_input for a key that
// is no good any more.
func (s *Shop) RotateKey(ctx context.Context, caller Caller, keyID id.Key, overlap time.Duration) (Credential, string, error) {
	var next Credential
	var text string
	err := s.again(ctx, func() error {
		old, err := s.key(ctx, caller, keyID)
		if err != nil {
			return err
		}
		now := s.Now()
		if !old.Good(now) {
			return fault.InvalidParam("$.keyId", "is of a key that was revoked or has expired").
				Fix("Create a new key instead.")
		}
		next, text, err = s.IssueKey(old.Agent, old.Name, old.Scopes)
		if err != nil {
			return err
		}
		next.ExpiresAt, next.CreatedBy = old.ExpiresAt, caller.Person
		old.Version++
		if end := now.Add(overlap); old.ExpiresAt.IsZero() || end.Before(old.ExpiresAt) {
			old.ExpiresAt = end
		}
		return s.commit(ctx, caller, "key_rotate", string(old.ID), Change{Credentials: []Credential{old, next}})
	})
	return next, text, err
}

// RevokeKey ends a key at once. It returns not_found; a key that was revoked
// before stays so.
func (s *Shop) RevokeKey(ctx context.Context, caller Caller, keyID id.Key) (Credential, error) {
	var key Credential
	err := s.again(ctx, func() (err error) {
		key, err = s.key(ctx, caller, keyID)
		if err != nil || !key.RevokedAt.IsZero() {
			return err
		}
		key.Version++
		key.RevokedAt = s.Now()
		return s.commit(ctx, caller, "key_revoke", string(key.ID), Change{Credentials: []Credential{key}})
	})
	return key, err
}

func (s *Shop) key(ctx context.Context, caller Caller, keyID id.Key) (Credential, error) {
	none := fault.New(fault.NotFound, "There is no key %q in this account.", keyID)
	if _, ok := id.ParseKey(string(keyID)); !ok || keyID.Account() != caller.Account {
		return Credential{}, none
	}
	key, err := s.Admin.Credential(ctx, keyID)
	if errors.Is(err, ErrNotFound) {
		return Credential{}, none
	}
	return key, err
}
