package auth

import (
	"context"
	"errors"
	"sync"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// UseStore keeps how keys were used last.
type UseStore interface {
	// PutKeyUse returns shop.ErrConflict where a use from the same address stands
	// that is younger than every.
	PutKeyUse(ctx context.Context, key id.Key, use shop.KeyUse, every time.Duration) error
}

// Usage records how keys are used, coarsely: each key once per span of time, and
// when the address changes. The store holds all processes together to that, and what
// this one remembers saves it from asking.
type Usage struct {
	Store UseStore
	Now   func() time.Time
	Every time.Duration
	// Log is carried by the same call; it may be nil.
	Log *shop.KeyLog

	mu    sync.Mutex
	noted map[id.Key]shop.KeyUse
}

const (
	// addressEvery is how often one process records that the address of a key has
	// changed: two alternating addresses must not turn each request into a write.
	addressEvery = time.Minute
	// maxNoted bounds the memory of a process. What it forgets, it asks the store for
	// again.
	maxNoted = 10_000
)

// Note is for a key that has just been found good. A use that cannot be recorded
// stops nobody, and the next use tries again. A nil Usage records nothing.
func (u *Usage) Note(ctx context.Context, key id.Key, source, operation string) {
	if u == nil {
		return
	}
	use := shop.KeyUse{At: u.Now(), Source: source, Operation: operation}
	before, isNews := u.begin(key, use)
	if !isNews {
		return
	}
	var carried sync.WaitGroup
	carried.Go(func() { u.Log.Carry(ctx, key) })
	err := u.Store.PutKeyUse(ctx, key, use, u.Every)
	carried.Wait()
	if err != nil && !errors.Is(err, shop.ErrConflict) {
		u.forget(key, before)
	}
}

// begin remembers a use that is about to be recorded, so that only one of several
// concurrent uses is written. It returns what was remembered before.
func (u *Usage) begin(key id.Key, use shop.KeyUse) (before shop.KeyUse, isNews bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	before, known := u.noted[key]
	age := use.At.Sub(before.At)
	if known && age < u.Every && (use.Source == before.Source || age < addressEvery) {
		return before, false
	}
	if u.noted == nil || !known && len(u.noted) >= maxNoted {
		u.noted = make(map[id.Key]shop.KeyUse)
	}
	u.noted[key] = use
	return before, true
}

// forget takes back a use that could not be recorded.
func (u *Usage) forget(key id.Key, before shop.KeyUse) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.noted[key] = before
}
