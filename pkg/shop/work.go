package shop

import (
	"context"
	"sync/atomic"

	"agentstore/pkg/fault"
)

// MaxCalls is how many calls of the store are made for one request, at most.
const MaxCalls = 50

// spare is how many of them a list leaves for what comes after it.
const spare = 10

type workKey struct{}

// OneRequest has the context stand for one request: what is done by it is counted.
func OneRequest(ctx context.Context) context.Context {
	return context.WithValue(ctx, workKey{}, new(atomic.Int64))
}

// NoRequest is for work that a request has begun and that is not its own.
func NoRequest(ctx context.Context) context.Context {
	return context.WithValue(ctx, workKey{}, nil)
}

// CountCall counts a call of the store. It returns payload_too_large where the
// request has made all that it may. A context that stands for no request is free.
func CountCall(ctx context.Context) error {
	calls, bound := ctx.Value(workKey{}).(*atomic.Int64)
	if bound && calls.Add(1) > MaxCalls {
		return fault.New(fault.PayloadTooLarge, "The request needs more work than one request may cause.").
			Fix("Ask for less at once: fewer calls in a batch, a smaller limit, or a narrower filter.")
	}
	return nil
}

// Tired tells whether a request has little work left: a list ends early, with a
// cursor, and a write that has lost a race is not tried again.
func Tired(ctx context.Context) bool {
	calls, bound := ctx.Value(workKey{}).(*atomic.Int64)
	return bound && calls.Load() > MaxCalls-spare
}
