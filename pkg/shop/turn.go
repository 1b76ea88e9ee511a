package shop

import (
	"context"
	"errors"
	"sync"

	"agentstore/pkg/id"
)

// Turns lets only so many purchases of an account go on at once in one process, in the
// order in which they came: those that its wallet has no place for wait here, and not
// by trying. The zero value is ready for use; nil lets everybody pass.
type Turns struct {
	mu       sync.Mutex
	accounts map[id.Account]*turn
}

// atOnce is how many purchases of an account go on at once. A wallet has places for more,
// because other processes may want some.
const atOnce = MaxWalletHolds / 2

type turn struct {
	wanted int           // by how many, those that have it included
	free   chan struct{} // holds one value for each that may still go on
}

// take waits until it is the caller's turn, which ends with done. A caller who would
// have to wait is confirmed first: strangers keep nobody waiting. It returns busy when
// the time of the request is over before its turn has come.
func (t *Turns) take(ctx context.Context, caller Caller) (done func(), err error) {
	if t == nil {
		return func() {}, nil
	}
	own := t.join(caller.Account)
	done = func() {
		own.free <- struct{}{}
		t.leave(caller.Account)
	}
	select {
	case <-own.free:
		return done, nil
	default:
	}
	if err := caller.Confirm(ctx); err != nil {
		t.leave(caller.Account)
		return nil, err
	}
	select {
	case <-own.free:
		return done, nil
	case <-ctx.Done():
		t.leave(caller.Account)
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil, errBusy()
		}
		return nil, ctx.Err()
	}
}

func (t *Turns) join(account id.Account) *turn {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.accounts[account]
	if own == nil {
		own = &turn{free: make(chan struct{}, atOnce)}
		for range atOnce {
			own.free <- struct{}{}
		}
		if t.accounts == nil {
			t.accounts = make(map[id.Account]*turn)
		}
		t.accounts[account] = own
	}
	own.wanted++
	return own
}

func (t *Turns) leave(account id.Account) {
	t.mu.Lock()
	defer t.mu.Unlock()
	own := t.accounts[account]
	if own.wanted--; own.wanted == 0 {
		delete(t.accounts, account)
	}
}
