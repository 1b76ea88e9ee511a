package shop

import (
	"context"
	"errors"
	"sync"

	"agentstore/pkg/id"
)

// Turns lets the purchases of an account that meet in one process pass one after
// another, in the order in which they came. All of them change its wallet, so only
// one can succeed at a time anyway; waiting saves the others from starting over.
// Other processes are held off by the version of the wallet. The zero value is ready
// for use; nil lets everybody pass.
type Turns struct {
	mu       sync.Mutex
	accounts map[id.Account]*turn
}

type turn struct {
	wanted int           // by how many, the one that has it included
	free   chan struct{} // holds one value while nobody has it
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
		own = &turn{free: make(chan struct{}, 1)}
		own.free <- struct{}{}
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
