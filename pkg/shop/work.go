package shop

import (
	"context"
	"sync/atomic"

	"agentstore/pkg/fault"
)

// MaxCalls is the most calls of the store that one request may make.
const MaxCalls = 50

// spare is how many of them a list leaves for what comes after it.
const spare = 10

type workKey struct{}

// OneRequest makes the context stand for one request: the calls made with it are
// counted.
func OneRequest(ctx context.Context) context.Context {
	return context.WithValue(ctx, workKey{}, new(atomic.Int64))
}

// NoRequest is for work that a request has begun but that is not its own.
func NoRequest(ctx context.Context) context.Context {
	return context.WithValue(ctx, workKey{}, nil)
}

// CountCall counts a call of the store. It returns payload_too_large where the
// request has made all the calls that it may. A context that stands for no request
// is not limited.
func CountCall(ctx context.Context) error {
	calls, bound := ctx.Value(workKey{}).(*atomic.Int64)
	if bound && calls.Add(1) > MaxCalls {
		return fault.New(fault.PayloadTooLarge, "The request needs more work than one request may cause.").
			Fix("Ask for less at once: fewer calls in a batch, a smaller limit, or a narrower filter.")
	}
	return nil
}

// Tired reports whether a request has few calls left: a list ends early, with a
// cursor, and a write that has lost a race is not tried again.
func Tired(ctx context.Context) bool {
	calls, bound := ctx.Value(workKey{}).(*atomic.Int64)
	return bound && calls.Load() > MaxCalls-spare
}
