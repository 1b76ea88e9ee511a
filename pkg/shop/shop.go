package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"agentstore/pkg/id"
)

// Shop holds what the operations need.
type Shop struct {
	Store    Store
	Products Products
	// Admin, IssueKey and People are for what members do; nil where there are none.
	Admin    AdminStore
	IssueKey KeyIssuer
	People   *People
	IDs      id.Maker
	Now      func() time.Time
	// QuoteLifetime is how long the store is bound to a price.
	QuoteLifetime time.Duration
	// ApprovalLifetime is how long a question to the members stays open; zero is one
	// day.
	ApprovalLifetime time.Duration
	// Kick tries new jobs at once. It may be nil: the jobs are in the store, and
	// whoever works on due jobs finds them.
	Kick func(context.Context, []JobRef)
	// OpenSecret opens what a provider gave to be seen by one caller. It returns
	// ErrUnreadable. It may be nil where no operation reads secrets.
	OpenSecret func(context.Context, SecretOf, Sealed) ([]byte, error)
	// Remote asks the provisioner to read from a provider. It returns the provider's
	// answer as JSON, a *fault.Error for a refusal, or any other error if there was no
	// answer. It may be nil where no operation does so.
	Remote func(context.Context, RemoteRead) (json.RawMessage, error)
	// KeyLog remembers what keys were used for; it may be nil.
	KeyLog *KeyLog
	// Sleep waits before a write that lost a race starts over; nil sleeps by the
	// clock of the machine.
	Sleep func(context.Context, time.Duration) error
	// Ends are those of the process; nil for one that remembers none from one request to
	// the next.
	Ends *Ends
	// OneByOne has holds opened and ended one after the other, so that a history can be
	// repeated.
	OneByOne bool
}

// The errors that a Store returns, besides its own.
var (
	// ErrNotFound: there is no such object in that account.
	ErrNotFound = errors.New("shop: not found")
	// ErrConflict: what the change rests on has changed. Nothing was written.
	ErrConflict = errors.New("shop: changed meanwhile")
	// ErrInFlight is an ErrConflict with a request that has the same idempotency key.
	ErrInFlight = fmt.Errorf("%w: by a request with the same key", ErrConflict)
)
