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
// after a pause. Attempts are counted from 0. It returns ErrConflict when it has
// lost too often, or the request has made too many calls.
func retryOnConflict(ctx context.Context, sleep sleeper, try func(attempt int) error) error {
	for attempt := range commitAttempts {
		if err := try(attempt); !errors.Is(err, ErrConflict) {
			return err
		}
		if Tired(ctx) {
			break
		}
		if err := sleep.pause(ctx, attempt); err != nil {
			return err
		}
	}
	return ErrConflict
}

func errBusy() error {
	return fault.New(fault.RateLimited, "Too many requests are changing the same object at this moment.").
		Fix("Wait a second and send the same request again.").
		After(time.Second)
}

// sleeper waits; nil waits by the clock of the machine.
type sleeper func(context.Context, time.Duration) error

// pause waits for a time that grows with the attempt, with full jitter (AWS
// Architecture Blog, "Exponential Backoff And Jitter").
func (sleep sleeper) pause(ctx context.Context, attempt int) error {
	d := rand.N(min(10*time.Millisecond<<attempt, longestPause))
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
