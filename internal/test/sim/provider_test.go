package sim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// cloud is the simulated provider as it is. Its servers have unique labels, and
// it remembers every token.
type cloud struct {
	latency time.Duration
	down    bool // it answers almost nothing
	servers map[server.Label][]*machine
	// executed holds the tokens of the actions that were begun, by label and action.
	executed map[string]map[string]bool
	// lost are the servers that vanished by the provider's fault.
	lost map[server.Label]bool
	made int
}

type machine struct {
	label     server.Label
	id        string // what the provider calls it
	operation string // what it calls the action that it began last
	image     string
	address   string
	createdAt time.Time
	busyUntil time.Time
	off       bool
}

func newCloud() *cloud {
	return &cloud{
		servers:  make(map[server.Label][]*machine),
		executed: make(map[string]map[string]bool),
		lost:     make(map[server.Label]bool),
	}
}

func (c *cloud) create(spec server.Spec, now time.Time) *machine {
	if have := c.servers[spec.Label]; len(have) > 0 {
		return have[0]
	}
	c.made++
	m := &machine{
		label: spec.Label, id: fmt.Sprintf("machine-%d", c.made), operation: "create", image: spec.Image, address: fmt.Sprintf("198.51.100.%d", c.made),
		createdAt: now, busyUntil: now.Add(c.latency),
	}
	c.servers[spec.Label] = append(c.servers[spec.Label], m)
	return m
}

// act begins an action, unless its token was seen before.
func (c *cloud) act(label server.Label, action server.Doing, now time.Time) (*machine, error) {
	have := c.servers[label]
	if len(have) == 0 {
		return nil, server.ErrNoMachine
	}
	name := actionOf(action.Action, label)
	seen := c.executed[name]
	if seen == nil {
		seen = make(map[string]bool)
		c.executed[name] = seen
	}
	if !seen[action.Token] {
		if err := have[0].change(action); err != nil {
			return nil, err
		}
		seen[action.Token] = true
		have[0].operation = action.Token
		have[0].busyUntil = now.Add(c.latency)
	}
	return have[0], nil
}

// change is what an action does to a server.
func (m *machine) change(action server.Doing) error {
	switch action.Action {
	case restart:
		return nil
	case shop.ActionSuspend, shop.ActionResume:
		m.off = action.Action == shop.ActionSuspend
		return nil
	case reinstall:
		var in struct{ Image string }
		err := json.Unmarshal(action.Input, &in)
		m.image = in.Image
		return err
	case "resize", "snapshot_create", "snapshot_delete":
		// The last character of a token is at random, and the same each time it is asked for.
		if strings.HasSuffix(action.Token, "0") || strings.HasSuffix(action.Token, "7") || strings.HasSuffix(action.Token, "G") {
			return fmt.Errorf("%w: no capacity", server.ErrRefused)
		}
		return nil
	default:
		return server.ErrUnsupported
	}
}

func actionOf(action shop.ActionName, label server.Label) string {
	return string(action) + " " + string(label)
}

// all are the servers, in an order that depends on nothing else.
func (c *cloud) all() []*machine {
	var all []*machine
	for _, machines := range c.servers {
		all = append(all, machines...)
	}
	slices.SortFunc(all, func(a, b *machine) int {
		return cmp.Or(cmp.Compare(a.label, b.label), cmp.Compare(a.address, b.address))
	})
	return all
}

// line is the provider as one process reaches it. It implements server.Provider.
type line struct{ process *process }

// call does something at the provider, unless the driver decides otherwise.
func (l line) call(name string, label server.Label, do func(*cloud, time.Time) error) error {
	p := l.process
	if p.dead {
		return errDead
	}
	v := p.wait(call{callProvider, name + " " + string(label)})
	if v.moment == before {
		return v.err
	}
	err := do(p.world.cloud, p.world.clock.now())
	if v.moment == after {
		p.dead = p.dead || v.dies
		return v.err
	}
	return err
}

// Create implements server.Provider.
func (l line) Create(_ context.Context, spec server.Spec) (m server.Machine, err error) {
	err = l.call("create", spec.Label, func(c *cloud, now time.Time) error {
		if l.process.world.refuses(spec) {
			return fmt.Errorf("%w: no capacity", server.ErrRefused)
		}
		m = c.create(spec, now).view(now)
		if l.process.world.silent(spec) {
			return errTimeout
		}
		return nil
	})
	return m, err
}

// Do implements server.Provider.
func (l line) Do(_ context.Context, at server.Ref, action server.Doing) (view server.Machine, err error) {
	err = l.call(string(action.Action), at.Label, func(c *cloud, now time.Time) error {
		m, err := c.act(at.Label, action, now)
		if err == nil {
			view = m.view(now)
			if action.Action == "snapshot_create" {
				var in struct{ Name string }
				err = json.Unmarshal(action.Input, &in)
				view.Copy = server.Copy{ID: "img_" + in.Name, SizeGiB: 3}
			}
		}
		return err
	})
	return view, err
}

// Delete implements server.Provider.
func (l line) Delete(_ context.Context, at server.Ref) error {
	return l.call("delete", at.Label, func(c *cloud, _ time.Time) error {
		if len(c.servers[at.Label]) == 0 {
			return server.ErrNoMachine
		}
		delete(c.servers, at.Label)
		return nil
	})
}

// Find implements server.Provider.
func (l line) Find(_ context.Context, label server.Label) (view server.Machine, err error) {
	err = l.call("find", label, func(c *cloud, now time.Time) error {
		if len(c.servers[label]) == 0 {
			return server.ErrNoMachine
		}
		view = c.servers[label][0].view(now)
		return nil
	})
	return view, err
}

// Read implements server.Provider. The simulated one answers no questions.
func (l line) Read(_ context.Context, at server.Ref, name string, _ json.RawMessage) (json.RawMessage, error) {
	return nil, l.call(name, at.Label, func(*cloud, time.Time) error { return server.ErrUnsupported })
}

// List implements server.Provider. It shows all of them, or none.
func (l line) List(_ context.Context, see func(server.Listed) error) error {
	return l.call("list", "", func(c *cloud, _ time.Time) error {
		for _, m := range c.all() {
			if err := see(server.Listed{Label: m.label, CreatedAt: m.createdAt}); err != nil {
				return err
			}
		}
		return nil
	})
}

func (m *machine) view(now time.Time) server.Machine {
	view := server.Machine{ID: m.id, PublicIPv4: m.address, Busy: max(0, m.busyUntil.Sub(now))}
	if view.Busy > 0 {
		view.Operation = m.operation
	}
	return view
}
