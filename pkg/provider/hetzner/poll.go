package hetzner

import (
	"context"
	"sync"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"
)

// polls asks about many actions at once: a call counts the same whatever it asks for.
type polls struct {
	client *hcloud.Client
	// gather is how long a question waits for others.
	gather time.Duration

	mu   sync.Mutex
	open *poll
}

// poll is one call that is about to be made.
type poll struct {
	numbers []int64
	done    chan struct{}
	found   map[int64]*hcloud.Action
	err     error
}

// maxPoll is how many actions one call asks about: what a page of the API has at most.
const maxPoll = 50

// action returns the action with that number, nil if there is none.
func (p *polls) action(ctx context.Context, number int64) (*hcloud.Action, error) {
	one := p.join(ctx, number)
	select {
	case <-one.done:
		return one.found[number], one.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// join adds a question to the call that is about to be made, or begins one.
func (p *polls) join(ctx context.Context, number int64) *poll {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open != nil && len(p.open.numbers) < maxPoll {
		p.open.numbers = append(p.open.numbers, number)
		return p.open
	}
	one := &poll{numbers: []int64{number}, done: make(chan struct{})}
	p.open = one
	// The others wait for it too: that the first has gone away does not end it.
	go p.ask(context.WithoutCancel(ctx), one)
	return one
}

// askTime is how long a call may take, less than the worker waits for it.
const askTime = 15 * time.Second

func (p *polls) ask(ctx context.Context, one *poll) {
	defer close(one.done)
	time.Sleep(p.gather)
	p.mu.Lock()
	if p.open == one {
		p.open = nil
	}
	numbers := one.numbers
	p.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	found, _, err := p.client.Action.List(ctx, hcloud.ActionListOpts{ID: numbers, ListOpts: hcloud.ListOpts{PerPage: maxPoll}})
	one.err, one.found = err, make(map[int64]*hcloud.Action, len(found))
	for _, a := range found {
		one.found[a.ID] = a
	}
}
