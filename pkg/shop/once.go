package shop

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Once is how often a write may happen: at most once for each agent, operation
// and idempotency key. Without a key it happens each time.
type Once[T any] struct {
	Operation string
	// Key is the idempotency key, or empty.
	Key string
	// Fingerprint is the same for two requests that ask for the same thing.
	Fingerprint string
	// Encode writes the answer down as it is kept and replayed, byte for byte.
	Encode func(T) ([]byte, error)
}

// Kept is the answer to a write.
type Kept struct {
	Body []byte
	// Replayed: the write had happened before, and this is its first answer.
	Replayed bool
}

// RecordKey finds the record of a write.
type RecordKey struct {
	Agent     id.Agent
	Operation string
	Key       string
}

// Record says that a write has happened, and what its answer was. It is written
// in the transaction of the write itself: there is a record exactly if there is
// an effect.
type Record struct {
	RecordKey
	Fingerprint string
	Body        []byte
	CreatedAt   time.Time
	// ExpiresAt is when the key may be used anew; zero means never.
	ExpiresAt time.Time
}

// Alive tells whether the record still binds its key.
func (r Record) Alive(now time.Time) bool {
	return r.ExpiresAt.IsZero() || now.Before(r.ExpiresAt)
}

// RecordLifetime is how long the record of a write without money lives.
const RecordLifetime = 30 * 24 * time.Hour

// commitAttempts bounds how often a write starts over when another got in
// between. Each start reads afresh, so a true refusal shows itself at the second.
const commitAttempts = 5

// decision is what a write does: its result and the change that brings it about.
type decision[T any] struct {
	result  T
	change  Change
	keepFor time.Duration // of the record; zero keeps it for ever
}

// write carries out one operation that changes something. decide reads in one
// round trip, beside the reading of the idempotency record, and is called again
// when the store changed before its decision was written.
func write[T any](ctx context.Context, s *Shop, caller Caller, once Once[T], decide func() (decision[T], error)) (Kept, error) {
	for attempt := range commitAttempts {
		kept, err := tryWrite(ctx, s, caller, once, decide)
		if !errors.Is(err, ErrConflict) {
			return kept, err
		}
		if err := pause(ctx, attempt); err != nil {
			return Kept{}, err
		}
	}
	return Kept{}, fault.New(fault.RateLimited, "Too many requests change the same object at this moment.").
		Fix("Wait a second and send the same request again, with the same idempotency key.").
		After(time.Second)
}

func tryWrite[T any](ctx context.Context, s *Shop, caller Caller, once Once[T], decide func() (decision[T], error)) (Kept, error) {
	key := RecordKey{caller.Agent, once.Operation, once.Key}
	var (
		record  Record
		found   bool
		d       decision[T]
		refusal error
	)
	err := together(
		func() error { return caller.Confirm(ctx) },
		func() (err error) {
			record, found, err = s.record(ctx, key)
			return err
		},
		func() error {
			d, refusal = decide()
			return nil
		},
	)
	switch {
	case err != nil:
		return Kept{}, err
	case found:
		return replay(record, once.Fingerprint)
	case refusal != nil:
		return s.refuse(ctx, key, once.Fingerprint, refusal)
	}
	body, err := once.Encode(d.result)
	if err != nil {
		return Kept{}, err
	}
	d.change.At = s.Now()
	d.change.Record = newRecord(key, once.Fingerprint, body, d.change.At, d.keepFor)
	if err := s.Store.Commit(ctx, d.change); err != nil {
		return Kept{}, err
	}
	return Kept{Body: body}, nil
}

// refuse looks for the record once more: what is in the way of this request may
// be its own twin, which came in between the two reads.
func (s *Shop) refuse(ctx context.Context, key RecordKey, fingerprint string, refusal error) (Kept, error) {
	record, found, err := s.record(ctx, key)
	switch {
	case err != nil:
		return Kept{}, err
	case found:
		return replay(record, fingerprint)
	default:
		return Kept{}, refusal
	}
}

func (s *Shop) record(ctx context.Context, key RecordKey) (Record, bool, error) {
	if key.Key == "" {
		return Record{}, false, nil
	}
	record, err := s.Store.Record(ctx, key)
	switch {
	case errors.Is(err, ErrNotFound):
		return Record{}, false, nil
	case err != nil:
		return Record{}, false, err
	}
	return record, record.Alive(s.Now()), nil
}

func newRecord(key RecordKey, fingerprint string, body []byte, now time.Time, keepFor time.Duration) *Record {
	if key.Key == "" {
		return nil
	}
	r := &Record{RecordKey: key, Fingerprint: fingerprint, Body: body, CreatedAt: now}
	if keepFor > 0 {
		r.ExpiresAt = now.Add(keepFor)
	}
	return r
}

func replay(record Record, fingerprint string) (Kept, error) {
	if record.Fingerprint != fingerprint {
		return Kept{}, fault.New(fault.IdempotencyConflict,
			"The idempotency key %q was used for a request with other arguments.", record.Key).
			Fix("Send the first request's arguments unchanged to get its answer again.").
			Fix("Use a new idempotency key if you mean another request.")
	}
	return Kept{Body: record.Body, Replayed: true}, nil
}

// pause waits a moment that grows with the attempt, with full jitter
// (AWS Architecture Blog, "Exponential Backoff And Jitter").
func pause(ctx context.Context, attempt int) error {
	longest := 10 * time.Millisecond << attempt
	select {
	case <-time.After(rand.N(longest)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
