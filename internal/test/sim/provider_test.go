package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/product/server"
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
	image     string
	address   string
	createdAt time.Time
	busyUntil time.Time
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
		label: spec.Label, image: spec.Image, address: fmt.Sprintf("198.51.100.%d", c.made),
		createdAt: now, busyUntil: now.Add(c.latency),
	}
	c.servers[spec.Label] = append(c.servers[spec.Label], m)
	return m
}

// act begins an action, unless its token was seen before.
func (c *cloud) act(name string, label server.Label, token string, now time.Time, change func(*machine)) (*machine, error) {
	have := c.servers[label]
	if len(have) == 0 {
		return nil, server.ErrNoMachine
	}
	seen := c.executed[actionOf(name, label)]
	if seen == nil {
		seen = make(map[string]bool)
		c.executed[actionOf(name, label)] = seen
	}
	if !seen[token] {
		seen[token] = true
		change(have[0])
		have[0].busyUntil = now.Add(c.latency)
	}
	return have[0], nil
}

func actionOf(name string, label server.Label) string { return name + " " + string(label) }

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

// Restart implements server.Provider.
func (l line) Restart(_ context.Context, label server.Label, token string) (server.Machine, error) {
	return l.act("restart", label, token, func(*machine) {})
}

// Reinstall implements server.Provider.
func (l line) Reinstall(_ context.Context, label server.Label, token, image string) (server.Machine, error) {
	return l.act("reinstall", label, token, func(m *machine) { m.image = image })
}

func (l line) act(name string, label server.Label, token string, change func(*machine)) (view server.Machine, err error) {
	err = l.call(name, label, func(c *cloud, now time.Time) error {
		m, err := c.act(name, label, token, now, change)
		if err == nil {
			view = m.view(now)
		}
		return err
	})
	return view, err
}

// Delete implements server.Provider.
func (l line) Delete(_ context.Context, label server.Label) error {
	return l.call("delete", label, func(c *cloud, _ time.Time) error {
		if len(c.servers[label]) == 0 {
			return server.ErrNoMachine
		}
		delete(c.servers, label)
		return nil
	})
}

// List implements server.Provider.
func (l line) List(context.Context) (listed []server.Listed, err error) {
	err = l.call("list", "", func(c *cloud, _ time.Time) error {
		for _, m := range c.all() {
			listed = append(listed, server.Listed{Label: m.label, CreatedAt: m.createdAt})
		}
		return nil
	})
	return listed, err
}

func (m *machine) view(now time.Time) server.Machine {
	return server.Machine{PublicIPv4: m.address, Busy: max(0, m.busyUntil.Sub(now))}
}
