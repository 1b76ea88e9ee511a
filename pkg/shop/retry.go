package shop

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"agentstore/pkg/fault"
)

// A write starts over when another got in between, but only as long as its caller
// can wait: the pauses add up to one second on average, and to two at most. A write
// that reads much first, such as a purchase, uses up the calls of its request
// sooner.
const (
	commitAttempts = 12
	longestPause   = 250 * time.Millisecond
)

// retryOnConflict is the one loop of all writes: it repeats a try that lost a race,
// after a pause. Attempts are counted from 0. It returns the last ErrConflict when it
// has lost too often, or the request has made too many calls.
func retryOnConflict(ctx context.Context, sleep sleeper, try func(attempt int) error) (lost error) {
	for attempt := range commitAttempts {
		if attempt > 0 {
			CountOne(ctx, Retries)
		}
		if lost = try(attempt); !errors.Is(lost, ErrConflict) {
			return lost
		}
		if Tired(ctx) {
			break
		}
		if err := sleep.pause(ctx, attempt); err != nil {
			return err
		}
	}
	return lost
}

// errBusy refuses a write that others of its account were quicker than. Nothing was
// written.
func errBusy() error {
	return fault.New(fault.Busy, "Other requests of this account are changing the same objects at this moment. Nothing was done.").
		Fix("Wait a second and send the same request again, with the same idempotency key if it had one.").
		After(time.Second)
}

// errInFlight refuses a write that meets its own twin.
func errInFlight(key string) error {
	return fault.New(fault.IdempotencyInFlight, "Another request of this agent with the idempotency key %+q is under way, and its outcome cannot be read yet.", key).
		Fix("Wait a second and send the same request again, with the same idempotency key.").
		After(time.Second)
}

// sleeper waits; nil waits by the clock of the machine.
type sleeper func(context.Context, time.Duration) error

// pause waits for a time that grows with the attempt, with full jitter (AWS
// Architecture Blog, "Exponential Backoff And Jitter").
func (sleep sleeper) pause(ctx context.Context, attempt int) error {
	return sleep.wait(ctx, rand.N(min(10*time.Millisecond<<attempt, longestPause)))
}

func (sleep sleeper) wait(ctx context.Context, d time.Duration) error {
	if sleep != nil {
		return sleep(ctx, d)
	}
	select {
	case <-time.After(d):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
