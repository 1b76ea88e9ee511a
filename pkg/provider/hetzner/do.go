package hetzner

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"

	"agentstore/pkg/product/server"
	"agentstore/pkg/sorting"
)

// Do begins an action unless its token was seen before, and tells how far it is.
func (p *Provider) Do(ctx context.Context, at server.Ref, action server.Doing) (server.Machine, error) {
	m, err := p.do(ctx, at, action)
	return p.outcome(ctx, at, m, err)
}

func (p *Provider) do(ctx context.Context, at server.Ref, doing server.Doing) (server.Machine, error) {
	of, known := works[doing.Action]
	if !known {
		return server.Machine{}, server.ErrUnsupported
	}
	work, err := of(p, doing)
	if err != nil {
		return server.Machine{}, err
	}
	if m, runs, err := p.follow(ctx, at); runs || err != nil {
		return m, err
	}
	s, err := p.server(ctx, at)
	if err != nil {
		return server.Machine{}, err
	}
	mark := markOf(s)
	switch mark.place(doing.Token) {
	case 0:
		return p.advance(ctx, s, work, mark.after, mark.at)
	case unseen:
		if mark, err = p.mark(ctx, s, mark, doing.Token); err != nil {
			return server.Machine{}, err
		}
		return p.advance(ctx, s, work, mark.after, time.Time{})
	default: // it was done before what was done last, and is asked for by a worker that was held up
		return machine(s), nil
	}
}

// follow tells how far the action is that was begun, by one call.
func (p *Provider) follow(ctx context.Context, at server.Ref) (m server.Machine, runs bool, err error) {
	number, err := strconv.ParseInt(at.Operation, 10, 64)
	if err != nil {
		return m, false, nil // nothing was begun
	}
	a, err := p.polls.action(ctx, number)
	if err != nil || a == nil || a.Status != hcloud.ActionStatusRunning {
		return m, false, err
	}
	return server.Machine{ID: at.ID, Operation: at.Operation, Percent: a.Progress, Busy: p.pause(a)}, true, nil
}

// pause is how long an action that runs is left alone: the longer, the longer it has
// run already.
func (p *Provider) pause(a *hcloud.Action) time.Duration {
	if a == nil {
		return shortestPause
	}
	return min(max(p.project.Now().Sub(a.Started)/4, shortestPause), longestPause)
}

const (
	shortestPause = time.Second
	longestPause  = 30 * time.Second
)

// work is how an action of the store is done by some of the provider's. It is decided
// from the server and from what was done with it since the work began, so that it goes
// on wherever a worker has left it.
type work interface {
	next(s *hcloud.Server, past history, since time.Duration) step
}

// step is what is to be done next: a command, waiting, or nothing, because the work is
// done or has failed.
type step struct {
	command string // what the provider calls the action
	begin   func(context.Context, *Provider, *hcloud.Server) (*hcloud.Action, error)
	// twice says that beginning it twice does harm.
	twice bool
	wait  time.Duration
	lost  *hcloud.Action // why it has failed
}

func (s step) failed(why *hcloud.Action) step {
	s.lost = why
	return s
}

// maxFailures is how often an action may end in an error before the work is given up.
const maxFailures = 3

// doubt is how long a call without an answer may still arrive.
const doubt = 10 * time.Second

// advance begins the next step of the work, if there is one. After is the last action
// before the work, and marked is when its token was written, zero for just now.
func (p *Provider) advance(ctx context.Context, s *hcloud.Server, w work, after int64, marked time.Time) (server.Machine, error) {
	past, err := p.history(ctx, s, after)
	if err != nil {
		return server.Machine{}, err
	}
	m := machine(s)
	if a := past.running(); a != nil {
		m.Operation, m.Percent, m.Busy = operation(a), a.Progress, p.pause(a)
		return m, nil
	}
	var since time.Duration
	if !marked.IsZero() {
		since = p.project.Now().Sub(marked)
	}
	next := w.next(s, past, since)
	switch {
	case next.lost != nil:
		return m, p.actionFailure(ctx, next.lost)
	case next.wait > 0 || next.begin == nil:
		m.Busy = next.wait
		return m, nil
	}
	if lost := past.lastError(next.command); lost != nil && (past.failures(next.command) >= maxFailures || isFinal(lost)) {
		return m, p.actionFailure(ctx, lost)
	}
	if !marked.IsZero() && next.twice && past.none(next.command) && since < doubt {
		m.Busy = doubt - since
		return m, nil
	}
	a, err := next.begin(ctx, p, s)
	if err != nil {
		return m, err
	}
	m.Operation, m.Busy = operation(a), p.pause(a)
	return m, nil
}

// isFinal reports whether an action need not be begun again.
func isFinal(a *hcloud.Action) bool {
	r := adviceOn(a.ErrorCode).remedy
	return r == refund || r == person
}

// actionFailure is the error of an action that has failed for good.
func (p *Provider) actionFailure(ctx context.Context, a *hcloud.Action) error {
	if err := p.advise(ctx, a.ErrorCode, a.Error()); errors.Is(err, server.ErrRefused) {
		return err
	}
	p.project.Log.ErrorContext(ctx, "provider action failed", "command", a.Command, "action", a.ID, "cause", a.Error().Error())
	return fmt.Errorf("%w: it began, and it failed each time", server.ErrRefused)
}

// history is what was done with a server, the newest first.
type history []*hcloud.Action

// history reads what was done after an action.
func (p *Provider) history(ctx context.Context, s *hcloud.Server, after int64) (history, error) {
	found, _, err := p.client.Server.Action.ListFor(ctx, s, hcloud.ActionListOpts{
		Sort: []string{"id:desc"}, ListOpts: hcloud.ListOpts{PerPage: 50},
	})
	if err != nil {
		return nil, err
	}
	found = slices.DeleteFunc(found, func(a *hcloud.Action) bool { return a.ID <= after })
	sorting.By(found, func(a, b *hcloud.Action) int { return int(b.ID - a.ID) })
	return found, nil
}

func (h history) running() *hcloud.Action {
	return h.first(func(a *hcloud.Action) bool { return a.Status == hcloud.ActionStatusRunning })
}

// succeeded returns the last action of one of the commands that has succeeded.
func (h history) succeeded(commands ...string) *hcloud.Action {
	return h.first(func(a *hcloud.Action) bool {
		return a.Status == hcloud.ActionStatusSuccess && slices.Contains(commands, a.Command)
	})
}

func (h history) lastError(command string) *hcloud.Action {
	return h.first(func(a *hcloud.Action) bool {
		return a.Status == hcloud.ActionStatusError && a.Command == command
	})
}

func (h history) failures(command string) (n int) {
	for _, a := range h {
		if a.Status == hcloud.ActionStatusError && a.Command == command {
			n++
		}
	}
	return n
}

func (h history) none(command string) bool {
	return h.first(func(a *hcloud.Action) bool { return a.Command == command }) == nil
}

func (h history) first(is func(*hcloud.Action) bool) *hcloud.Action {
	if i := slices.IndexFunc(h, is); i >= 0 {
		return h[i]
	}
	return nil
}

// outcome is what a call of the port returns: a refusal that has changed nothing is
// waited out, as if the provider were at work.
func (p *Provider) outcome(ctx context.Context, at server.Ref, m server.Machine, err error) (server.Machine, error) {
	if err == nil {
		return m, nil
	}
	if wait := p.wait(err); wait > 0 {
		if m.ID == "" {
			m = server.Machine{ID: at.ID}
		}
		m.Operation, m.Busy = at.Operation, wait
		return m, nil
	}
	return server.Machine{}, p.failure(ctx, err)
}
