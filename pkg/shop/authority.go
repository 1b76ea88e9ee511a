package shop

import (
	"context"
	"slices"
	"time"

	"agentstore/pkg/id"
)

// Authority is what a change rests on besides the objects that it changes: whoever
// makes it must still be entitled to it when it is committed. A change that itself
// replaces one of these objects rests on its version instead.
type Authority struct {
	// Agent is the agent whose key asks, and Epoch the epoch of its budget; without an
	// agent, a member asks.
	Agent id.Agent
	Epoch int
	// Session is the hash of the member's session, which must not have ended.
	Session string
	// Token is the member's personal access token, which must not have been revoked, and
	// Since when it was made, in the membership that there is now.
	Token id.Token
	Since time.Time
	// Person is a member of the account with one of the roles. Without roles the
	// membership is not checked.
	Account id.Account
	Person  id.Person
	Roles   []Role
}

// authority is what a change of the caller's rests on: for a person their session
// or token and role, for an agent that spends or begins something its seat. The seat was read
// alongside the key, and so perhaps after a revocation that the reading of the key
// has missed: then it names the key, and authority returns ErrConflict, to have the
// caller checked again.
func (c Caller) authority() (*Authority, error) {
	a := &Authority{Session: c.Session, Account: c.Account, Person: c.Person, Roles: c.Needed.atLeast()}
	if c.token != nil {
		a.Token, a.Since = c.token.ID, c.token.CreatedAt
	}
	if c.seat == nil {
		return a, nil
	}
	if c.seat.ended(c.Key) {
		return nil, ErrConflict
	}
	a.Agent, a.Epoch = c.seat.Agent, c.seat.Epoch
	return a, nil
}

// seat is the budget that an agent acts by; nil for a member.
func (s *Shop) seat(ctx context.Context, caller Caller) (*Budget, error) {
	if !caller.IsAgent() {
		return nil, nil
	}
	seat, err := budget(ctx, s.Store, caller.Account, caller.Agent)
	return &seat, err
}

// unbound is the caller without authority, for a change that rests only on the
// objects that it replaces.
func (c Caller) unbound() Caller {
	return Caller{Account: c.Account, Person: c.Person, RequestID: c.RequestID, Source: c.Source, once: c.once}
}

// renewed is the caller with a check of its own, for another try of a write.
func (c Caller) renewed(ctx context.Context) Caller {
	if c.Recheck != nil {
		c.Confirm = c.Recheck(ctx)
	}
	return c
}

// EndedKey is a key that was ended, and when.
type EndedKey struct {
	Key id.Key
	At  time.Time
}

// endedKept is how long a budget names an ended key: much longer than a request can
// take that has read the key while it was good.
const endedKept = time.Hour

// end is the next version of the budget of an agent, one of whose keys ends now.
// Work begun in an earlier epoch can no longer be committed.
func (b Budget) end(key id.Key, now time.Time) Budget {
	kept := []EndedKey{{key, now}}
	for _, e := range b.Ended {
		if now.Sub(e.At) < endedKept {
			kept = append(kept, e)
		}
	}
	b.Version++
	b.Epoch++
	b.Ended, b.UpdatedAt = kept, now
	return b
}

// ended reports whether the key was ended recently.
func (b Budget) ended(key id.Key) bool {
	return slices.ContainsFunc(b.Ended, func(e EndedKey) bool { return e.Key == key })
}
