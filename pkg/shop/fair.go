package shop

import (
	"context"
	"errors"
	"sync"
	"time"

	"agentstore/pkg/id"
)

// backlog hands out due work, jobs or services, so that none of the accounts waits for
// another one's: in rotation, one of each, and no more of one at once than leaves room
// for the others.
type backlog[Ref any] struct {
	most int // of one account at once

	mu       sync.Mutex
	accounts []*owed[Ref]
	next     int // whose turn it is
}

// owed is the work of one account that has not begun, and how much is under way.
type owed[Ref any] struct {
	refs    []Ref
	running int
}

// newBacklog is of work in the order in which it is to begin for each account.
func newBacklog[Ref any](due []Ref, account func(Ref) id.Account, most int) *backlog[Ref] {
	b := &backlog[Ref]{most: most}
	of := make(map[id.Account]*owed[Ref])
	for _, ref := range due {
		o := of[account(ref)]
		if o == nil {
			o = &owed[Ref]{}
			of[account(ref)] = o
			b.accounts = append(b.accounts, o)
		}
		o.refs = append(o.refs, ref)
	}
	return b
}

// workOn does the work of a backlog, with so many at once, until nothing is left for
// another hand. It goes on after a failure, but begins nothing when roundTime has passed
// since begun.
func workOn[Ref any](ctx context.Context, w *Worker, hands int, begun time.Time, b *backlog[Ref], do func(Ref) error) error {
	errs := make([]error, max(1, hands))
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			for ctx.Err() == nil && w.Now().Sub(begun) < roundTime {
				ref, of, ok := b.take()
				if !ok {
					return
				}
				errs[i] = errors.Join(errs[i], do(ref))
				b.ended(of)
			}
		})
	}
	all.Wait()
	return errors.Join(errs...)
}

// take hands out the next. There is none while each account that has some has as
// many under way as it may: whoever ends one of them takes on.
func (b *backlog[Ref]) take() (ref Ref, of *owed[Ref], ok bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for range b.accounts {
		o := b.accounts[b.next%len(b.accounts)]
		b.next++
		if len(o.refs) == 0 || o.running == b.most {
			continue
		}
		ref = o.refs[0]
		o.refs = o.refs[1:]
		o.running++
		return ref, o, true
	}
	return ref, nil, false
}

func (b *backlog[Ref]) ended(o *owed[Ref]) {
	b.mu.Lock()
	defer b.mu.Unlock()
	o.running--
}

// left is how much has not begun.
func (b *backlog[Ref]) left() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	left := 0
	for _, o := range b.accounts {
		left += len(o.refs)
	}
	return left
}
