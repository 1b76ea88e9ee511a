package server

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Provider is where servers come from. It has few verbs, and each call must be
// repeatable: no provider of servers takes an idempotency key for a create, so a
// server is found again by its label, and an action is recognized by its token.
type Provider interface {
	// Create makes the server with that label, or returns the one that has it.
	Create(context.Context, Spec) (Machine, error)
	// Find returns the server with that label, or ErrNoMachine.
	Find(context.Context, Label) (Machine, error)
	// List shows all servers that have a label of the store, until see returns an error.
	List(ctx context.Context, see func(Listed) error) error
	// Read answers a question about the server, by its name, with a JSON object. It
	// returns ErrNoMachine, and ErrUnsupported for a question that it cannot answer.
	Read(ctx context.Context, at Ref, name string, input json.RawMessage) (json.RawMessage, error)
	// Do begins an action, unless its token was seen before, and tells how far it is.
	// It returns ErrNoMachine, and ErrUnsupported for an unknown action.
	Do(ctx context.Context, at Ref, action Doing) (Machine, error)
	// Delete removes the server. It returns ErrNoMachine.
	Delete(context.Context, Ref) error
}

// Ref finds a server: by its label, or faster by what the provider calls it.
type Ref struct {
	Label Label
	ID    string // empty while nobody knows it
	// Operation is what the provider calls the action that runs; empty for none.
	Operation string
}

// Doing is an action that a provider is asked for.
type Doing struct {
	Action shop.ActionName
	Token  string          // the same each time it is asked for
	Input  json.RawMessage // a JSON object
	Source Source
}

// Listed is a server in a provider's list.
type Listed struct {
	Label     Label
	CreatedAt time.Time
}

// Spec is what a provider is asked to make.
type Spec struct {
	Label    Label
	Hostname string
	Region   string
	Image    string
	Plan     id.Item
	Backups  bool
	SSHKeys  []string
	UserData string
	Source   Source
	// Firewall is what may reach it; nil is everything.
	Firewall []Rule `json:",omitzero"`
}

// Machine is a server as its provider knows it.
type Machine struct {
	ID         string
	PublicIPv4 string
	// Operation is what the provider calls the action that still runs; empty for none.
	Operation string
	// Busy is how long the provider still works on it; zero when it is done.
	Busy time.Duration
	// Percent is how far the action that runs is; zero where the provider does not say.
	Percent int
	// Secret is what the action that has ended gave to be seen only by whoever began it: a
	// password, or the address of a console. It is given again to whoever asks with the
	// same token, as a worker may have died with it.
	Secret string
	// Copy is the snapshot that the action has made; empty for any other.
	Copy Copy
}

// Copy is a snapshot as its provider knows it. A server that is deleted takes its own with
// it.
type Copy struct {
	ID      string
	SizeGiB int
}

// The errors of a provider that are final. Any other error may be transient.
var (
	// ErrNoMachine: there is no server with the label.
	ErrNoMachine = errors.New("the provider has no such server")
	// ErrRefused is wrapped around a provider's own words.
	ErrRefused = errors.New("the provider refuses")
	// ErrUnsupported: the provider cannot do that, or does not know it.
	ErrUnsupported = errors.New("the provider cannot do that")
)
