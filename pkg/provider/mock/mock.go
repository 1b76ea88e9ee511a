// Package mock is a provider of servers that do not exist. It behaves like a real
// one, slow or failing if it is told to, and keeps its state outside the process, so
// that separate functions agree on it.
package mock

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"slices"
	"sort"
	"time"

	"agentstore/pkg/product/server"
)

// Provider implements server.Provider.
type Provider struct {
	Documents Documents
	Now       func() time.Time
	// Latency is how long a create or an action takes; a forced one a quarter of it.
	Latency  time.Duration
	Failures Failures

	pool pool
}

// Documents is where the mock keeps its state.
type Documents interface {
	// Get returns the document, with version 0 where there is none.
	Get(ctx context.Context, key string) (Document, error)
	// Each shows the documents whose keys begin with prefix, until see returns an error.
	Each(ctx context.Context, prefix string, see func(Document) error) error
	// Put writes all of the documents or none. Each replaces the version before
	// it; otherwise Put returns ErrConflict.
	Put(context.Context, ...Document) error
	// Remove deletes all of the documents or none. Each must be there in its
	// version; otherwise Remove returns ErrConflict.
	Remove(context.Context, ...Document) error
}

// Document is a piece of state. Version 1 is its first.
type Document struct {
	Key     string
	Version int
	Body    []byte
}

// ErrConflict means that a document does not have the expected version.
var ErrConflict = errors.New("mock: document changed")

// machine is a server as the mock remembers it.
type machine struct {
	Spec server.Spec
	IPv4 string
	// BusyFrom is when what it is busy with began.
	BusyFrom  time.Time
	BusyUntil time.Time
	Tokens    []string // of the actions that it has begun
	// Input is that of the last of them.
	Input json.RawMessage `json:",omitempty"`
	Off   bool            `json:",omitempty"`
	// Turned is when it was turned off, on, off and so on, as far as is remembered.
	Turned    []time.Time `json:",omitempty"`
	Size      string      `json:",omitempty"` // that it was resized to
	Copies    []image     `json:",omitempty"`
	Made      int         `json:",omitempty"` // snapshots ever
	CreatedAt time.Time
}

// maxTurned is how many times of a server the mock remembers, an even number.
const maxTurned = 64

// turn has the server run from now on, or not.
func (m *machine) turn(running bool, now time.Time) {
	if m.Off != running {
		return
	}
	m.Off = !running
	m.Turned = append(m.Turned, now)
	if len(m.Turned) > maxTurned {
		m.Turned = m.Turned[2:]
	}
}

// ranAt reports whether the server ran at that time.
func (m machine) ranAt(at time.Time) bool {
	later := 0
	for _, turned := range m.Turned {
		if turned.After(at) {
			later++
		}
	}
	return m.Off == (later%2 == 1)
}

// Create makes the server with the label of spec, or returns the one that has it.
func (p *Provider) Create(ctx context.Context, spec server.Spec) (server.Machine, error) {
	key := serverKey(spec.Label)
	doc, err := p.Documents.Get(ctx, key)
	if doc.Version > 0 || err != nil {
		return p.view(doc, err)
	}
	if err := p.Failures.roll("create"); err != nil {
		return server.Machine{}, err
	}
	return p.create(ctx, Document{Key: key}, spec)
}

// createAttempts bounds how often a create starts over because another took the
// address that it had chosen. By then nearly all of them are taken: of a pool that
// is half full every second try finds one.
const createAttempts = 64

func (p *Provider) create(ctx context.Context, doc Document, spec server.Spec) (server.Machine, error) {
	spec.SSHKeys = nil // nobody logs in here, and their comments are about people
	for attempt := range createAttempts {
		m := machine{Spec: spec, IPv4: p.pool.take(), BusyFrom: p.Now(), BusyUntil: p.Now().Add(p.Latency), CreatedAt: p.Now()}
		next, err := replace(doc, m)
		if err != nil {
			return server.Machine{}, err
		}
		err = p.Documents.Put(ctx, next, owned(m))
		if err == nil {
			return p.machine(m), nil
		}
		if !errors.Is(err, ErrConflict) {
			p.pool.give(m.IPv4)
			return server.Machine{}, err
		}
		// Another call made this server, or another process took the address.
		made, err := p.Documents.Get(ctx, doc.Key)
		if made.Version > 0 || err != nil {
			p.pool.give(m.IPv4)
			return p.view(made, err)
		}
		if err := p.catchUp(ctx, attempt); err != nil {
			return server.Machine{}, err
		}
	}
	return server.Machine{}, errNoAddress
}

// catchUp has the pool go on behind what other processes took, or took before this
// one: a binary search, once in a process. Processes that do it at the same moment
// spread out, the more the longer they meet.
func (p *Provider) catchUp(ctx context.Context, attempt int) (err error) {
	from := p.pool.position()
	ahead := sort.Search(addresses-from, func(i int) bool {
		if err != nil {
			return true
		}
		var doc Document
		doc, err = p.Documents.Get(ctx, addressPrefix+address(from+i))
		return doc.Version == 0
	})
	if err == nil {
		p.pool.skip(from + ahead + rand.N(1<<min(attempt, 10)))
	}
	return err
}

// Do begins an action unless its token was seen before: a worker that was held up
// may come with an old one.
func (p *Provider) Do(ctx context.Context, at server.Ref, action server.Doing) (server.Machine, error) {
	doc, m, err := p.find(ctx, at.Label)
	if err != nil {
		return server.Machine{}, err
	}
	act, known := actions[action.Action]
	if !known {
		return server.Machine{}, server.ErrUnsupported
	}
	if slices.Contains(m.Tokens, action.Token) {
		return p.given(m, act, action.Token), nil
	}
	if err := p.Failures.roll(string(action.Action)); err != nil {
		return server.Machine{}, err
	}
	now := p.Now()
	if act.does != nil {
		if err := act.does(&m, action, now); err != nil {
			return server.Machine{}, err
		}
	}
	m.Tokens, m.Input = append(m.Tokens, action.Token), action.Input
	m.BusyFrom, m.BusyUntil = now, now.Add(takes(p.Latency, action.Input))
	next, err := replace(doc, m)
	if err != nil {
		return server.Machine{}, err
	}
	return p.given(m, act, action.Token), p.Documents.Put(ctx, next)
}

// given is the server, with what an action has given once it has ended.
func (p *Provider) given(m machine, act action, token string) server.Machine {
	made := p.machine(m)
	if made.Busy == 0 && act.gives != nil {
		made.Secret = act.gives(m, token)
	}
	made.Copy = m.copyOf(token)
	return made
}

// Delete removes the server and frees its address.
func (p *Provider) Delete(ctx context.Context, at server.Ref) error {
	doc, m, err := p.find(ctx, at.Label)
	if err != nil {
		return err
	}
	if err := p.Failures.roll("delete"); err != nil {
		return err
	}
	// Of two deletes at once the later must not take the address from a new owner.
	if err := p.Documents.Remove(ctx, doc, owned(m)); err != nil {
		return err
	}
	p.pool.give(m.IPv4)
	return nil
}

// Find returns the server with that label.
func (p *Provider) Find(ctx context.Context, label server.Label) (server.Machine, error) {
	_, m, err := p.find(ctx, label)
	if err != nil {
		return server.Machine{}, err
	}
	return p.machine(m), nil
}

// find reads a server and the document that it is in.
func (p *Provider) find(ctx context.Context, label server.Label) (doc Document, m machine, err error) {
	doc, err = p.Documents.Get(ctx, serverKey(label))
	if err != nil {
		return doc, m, err
	}
	if doc.Version == 0 {
		return doc, m, server.ErrNoMachine
	}
	return doc, m, json.Unmarshal(doc.Body, &m)
}

// List shows all servers.
func (p *Provider) List(ctx context.Context, see func(server.Listed) error) error {
	return p.Documents.Each(ctx, serverPrefix, func(doc Document) error {
		var m machine
		if err := json.Unmarshal(doc.Body, &m); err != nil {
			return err
		}
		return see(server.Listed{Label: m.Spec.Label, CreatedAt: m.CreatedAt})
	})
}

// view is what a document that was read says.
func (p *Provider) view(doc Document, err error) (server.Machine, error) {
	if err != nil {
		return server.Machine{}, err
	}
	var m machine
	err = json.Unmarshal(doc.Body, &m)
	return p.machine(m), err
}

func (p *Provider) machine(m machine) server.Machine {
	made := server.Machine{ID: m.IPv4, PublicIPv4: m.IPv4, Busy: max(0, m.BusyUntil.Sub(p.Now()))}
	if whole := m.BusyUntil.Sub(m.BusyFrom); made.Busy > 0 && whole > 0 {
		made.Percent = max(1, int(100*(whole-made.Busy)/whole))
	}
	return made
}

const serverPrefix = "server/"

func serverKey(label server.Label) string { return serverPrefix + string(label) }

// owned says that the address of a machine has an owner.
func owned(m machine) Document {
	return Document{Key: addressPrefix + m.IPv4, Version: 1, Body: []byte(m.Spec.Label)}
}

func replace(doc Document, m machine) (Document, error) {
	body, err := json.Marshal(m)
	return Document{Key: doc.Key, Version: doc.Version + 1, Body: body}, err
}
