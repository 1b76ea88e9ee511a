package hetzner

import (
	"context"
	"sync"
	"time"
)

// rememberedFor is how long the catalog of the provider is believed.
const rememberedFor = 10 * time.Minute

// remembered keeps what the provider's catalog says, which changes a few times a year.
type remembered[T any] struct {
	mu    sync.Mutex
	known map[string]entry[T]
}

type entry[T any] struct {
	value T
	until time.Time
}

// get returns what is remembered below a name, or asks for it. An error is not
// remembered.
func (r *remembered[T]) get(ctx context.Context, now time.Time, name string, ask func(context.Context) (T, error)) (T, error) {
	r.mu.Lock()
	e, ok := r.known[name]
	r.mu.Unlock()
	if ok && now.Before(e.until) {
		return e.value, nil
	}
	value, err := ask(ctx)
	if err != nil {
		return value, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known == nil {
		r.known = make(map[string]entry[T])
	}
	r.known[name] = entry[T]{value, now.Add(rememberedFor)}
	return value, nil
}
