package auth

import (
	"context"
	"sync"
	"time"

	"agentstore/pkg/id"
)

// UseStore keeps when keys were used.
type UseStore interface {
	PutKeyUse(context.Context, id.Key, time.Time) error
}

// Usage writes down when keys are used, coarsely: each process does it once for
// each key in a span of time, so that it costs next to nothing.
type Usage struct {
	Store UseStore
	Now   func() time.Time
	Every time.Duration

	mu    sync.Mutex
	noted map[id.Key]time.Time
}

// Note is for a key that has just been found good. What cannot be written down is
// tried again at the next use.
func (u *Usage) Note(ctx context.Context, key id.Key) {
	now := u.Now()
	u.mu.Lock()
	last, known := u.noted[key]
	u.mu.Unlock()
	if known && now.Sub(last) < u.Every {
		return
	}
	if u.Store.PutKeyUse(ctx, key, now) != nil {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.noted == nil {
		u.noted = make(map[id.Key]time.Time)
	}
	u.noted[key] = now
}
