package shop

import (
	"context"
	"encoding/json"
	"errors"
	"net/netip"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/sorting"
)

// What people do with the keys of an agent. The caller is a member.

// KeyIssuer makes a key: what is stored, and its text, which is shown once.
type KeyIssuer func(agent id.Agent, name string, scopes []Scope) (Credential, string, error)

// ReadOnly are the scopes of a key for which none were given.
func ReadOnly() []Scope {
	return []Scope{ScopeCatalogRead, ScopeQuotesRead, ScopePurchasesRead, ScopeServicesRead, ScopeWalletRead}
}

// MaxKeys is the most keys of one agent that may be good at a time.
const MaxKeys = 20

// KeyLifetime is how long a key is good for which no end was given.
const KeyLifetime = 90 * 24 * time.Hour

// NewKey is a key that is asked for.
type NewKey struct {
	Name       string
	Scopes     []Scope        // empty: ReadOnly
	AllowedIPs []netip.Prefix // empty: everywhere
	ExpiresAt  time.Time      // zero: after KeyLifetime, unless it is Endless
	Endless    bool
}

// end is when a key made now ends; zero: never.
func (k NewKey) end(now time.Time) time.Time {
	if k.Endless || !k.ExpiresAt.IsZero() {
		return k.ExpiresAt
	}
	return now.Add(KeyLifetime)
}

// Keys lists the keys of an agent, the newest first. It returns not_found.
func (s *Shop) Keys(ctx context.Context, caller Caller, agentID id.Agent) ([]Credential, error) {
	var keys []Credential
	var uses map[id.Key]KeyUse
	err := parallel(
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
		keys[i].LastUse = uses[keys[i].ID]
	}
	sorting.By(keys, func(a, b Credential) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return keys, err
}

// CreateKey makes a key of an agent and returns its text, which is shown only once.
// It returns not_found, and invalid_input for a bad name, a time in the past and too
// many keys.
func (s *Shop) CreateKey(ctx context.Context, caller Caller, agentID id.Agent, want NewKey) (Credential, string, error) {
	name, err := Name(want.Name)
	if err != nil {
		return Credential{}, "", err
	}
	if len(want.Scopes) == 0 {
		want.Scopes = ReadOnly()
	}
	var key Credential
	var text string
	err = s.update(ctx, caller, func(caller Caller) error {
		if now := s.Now(); !want.ExpiresAt.IsZero() && !want.ExpiresAt.After(now) {
			return fault.InvalidParam("$.expiresAt", "must be in the future").
				Fix("Send $.expiresAt as a time after %s.", now.UTC().Format(time.RFC3339))
		}
		agent, err := s.agent(ctx, caller, agentID)
		if err != nil {
			return err
		}
		change, err := s.room(ctx, agent, "")
		if err != nil {
			return err
		}
		key, text, err = s.IssueKey(agentID, name, want.Scopes)
		if err != nil {
			return err
		}
		key.AllowedIPs, key.ExpiresAt, key.CreatedBy = want.AllowedIPs, want.end(key.CreatedAt), caller.Person
		change.Credentials = []Credential{key}
		change.Event = &Event{Operation: "key_create", Subject: string(key.ID)}
		return s.commit(ctx, caller, change)
	})
	return key, text, err
}

// room makes room for one more key of an agent, or returns invalid_input. The agent
// was read before its keys, and is written with the new one: of two requests that
// would each add the last one, one starts over. A key that is about to end takes no
// room.
func (s *Shop) room(ctx context.Context, agent Agent, ending id.Key) (Change, error) {
	keys, err := s.Admin.Credentials(ctx, agent.ID)
	if err != nil {
		return Change{}, err
	}
	good, now := 0, s.Now()
	for _, k := range keys {
		if k.Good(now) && k.ID != ending {
			good++
		}
	}
	if good >= MaxKeys {
		return Change{}, fault.InvalidParam("$", "would be one key too many: %d of this agent are good already", good).
			Fix("Revoke a key that nobody uses any more.")
	}
	agent.Version++
	return Change{Agents: []Agent{agent}}, nil
}

// RotateKey makes a key with the name, scopes and networks of another, which stays
// good for the time of the overlap. The new one gets the lifetime that the old one
// was given, counted from now. It returns not_found, and invalid_input for a key
// that is no longer good and for too many keys.
func (s *Shop) RotateKey(ctx context.Context, caller Caller, keyID id.Key, overlap time.Duration) (Credential, string, error) {
	var next Credential
	var text string
	err := s.update(ctx, caller, func(caller Caller) error {
		old, err := s.key(ctx, caller, keyID)
		if err != nil {
			return err
		}
		agent, err := s.agent(ctx, caller, old.Agent)
		if err != nil {
			return err
		}
		now := s.Now()
		if !old.Good(now) {
			return fault.InvalidParam("$.keyId", "is of a key that was revoked or has expired").
				Fix("Create a new key instead.")
		}
		ending := keyID
		if overlap > 0 {
			ending = ""
		}
		change, err := s.room(ctx, agent, ending)
		if err != nil {
			return err
		}
		next, text, err = s.IssueKey(old.Agent, old.Name, old.Scopes)
		if err != nil {
			return err
		}
		next.AllowedIPs, next.CreatedBy = old.AllowedIPs, caller.Person
		if !old.ExpiresAt.IsZero() {
			next.ExpiresAt = next.CreatedAt.Add(old.ExpiresAt.Sub(old.CreatedAt))
		}
		old.Version++
		if end := now.Add(overlap); old.RetiresAt.IsZero() || end.Before(old.RetiresAt) {
			old.RetiresAt = end
		}
		if ending != "" {
			if change.Budgets, err = s.endKey(ctx, ending); err != nil {
				return err
			}
		}
		change.Credentials = []Credential{old, next}
		after := json.RawMessage(`{"keyId":"` + string(next.ID) + `"}`)
		change.Event = &Event{Operation: "key_rotate", Subject: string(old.ID), After: after}
		if ending == "" {
			return s.commit(ctx, caller, change)
		}
		return s.writer().commitAndSettle(ctx, caller, change, seatOf(ending))
	})
	return next, text, err
}

// RevokeKey ends a key at once: what is under way with it is no longer committed
// once this has returned. It returns not_found; a key that was revoked before stays
// so.
func (s *Shop) RevokeKey(ctx context.Context, caller Caller, keyID id.Key) (Credential, error) {
	var key Credential
	err := s.update(ctx, answering(caller, &key), func(caller Caller) (err error) {
		key, err = s.key(ctx, caller, keyID)
		if err != nil {
			return err
		}
		if !key.RevokedAt.IsZero() {
			return s.writer().settleOpen(ctx, seatOf(keyID))
		}
		change := Change{}
		if change.Budgets, err = s.endKey(ctx, keyID); err != nil {
			return err
		}
		key.Version++
		key.RevokedAt = s.Now()
		change.Credentials = []Credential{key}
		change.Event = &Event{Operation: "key_revoke", Subject: string(key.ID)}
		return s.writer().commitAndSettle(ctx, caller, change, seatOf(keyID))
	})
	return key, err
}

func seatOf(k id.Key) Seat { return Seat{k.Account(), k.Agent()} }

// endKey raises the epoch of the key's agent, on which all spending and all actions
// of its keys rest.
func (s *Shop) endKey(ctx context.Context, keyID id.Key) ([]Budget, error) {
	seat, err := budget(ctx, s.Store, keyID.Account(), keyID.Agent())
	return []Budget{seat.end(keyID, s.Now())}, err
}

func (s *Shop) key(ctx context.Context, caller Caller, keyID id.Key) (Credential, error) {
	none := fault.New(fault.NotFound, "There is no key %+q in this account.", keyID).
		Fix("List the keys of an agent with key_list.")
	if _, ok := id.ParseKey(string(keyID)); !ok || keyID.Account() != caller.Account {
		return Credential{}, none
	}
	key, err := s.Admin.Credential(ctx, keyID)
	if errors.Is(err, ErrNotFound) {
		return Credential{}, none
	}
	return key, err
}
