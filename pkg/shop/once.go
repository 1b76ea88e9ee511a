package shop

import (
	"context"
	"errors"
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
	// Confirmation is the token of a confirmation that was given, or empty.
	Confirmation string
	// Interactive: the caller can ask the person in front of it, so that what only
	// wants to be confirmed does not go to the members.
	Interactive bool
	// Encode writes the answer down as it is kept and replayed, byte for byte.
	Encode func(T) ([]byte, error)
}

// CallName tells a call from all others.
func CallName(fingerprint, key string) string { return fingerprint + " " + key }

// Kept is the answer to a write.
type Kept struct {
	Body []byte
	// Replayed: the write had happened before, and this is its first answer.
	Replayed bool

	jobs []Job // new ones, for whoever works on them at once
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
	// Subject is what the write made or changed, for audits.
	Subject   string
	CreatedAt time.Time
	// ExpiresAt is when the key may be used anew; zero means never.
	ExpiresAt time.Time
}

// Alive tells whether the record still binds its key.
func (r Record) Alive(now time.Time) bool {
	return r.ExpiresAt.IsZero() || now.Before(r.ExpiresAt)
}

// RecordLifetime is how long the record of a write without money lives.
const RecordLifetime = 30 * 24 * time.Hour

// decision is what a write does: its result and the change that brings it about.
type decision[T any] struct {
	result  T
	change  Change
	subject string
	keepFor time.Duration // of the record; zero keeps it for ever
	// seat is the agent's budget where the change spends or begins something, which
	// needs authority that holds until the commit.
	seat *Budget
}

// write carries out one operation that changes something. decide reads in one
// round trip, beside the reading of the idempotency record, and is called again
// when the store changed before its decision was written.
func write[T any](ctx context.Context, s *Shop, caller Caller, once Once[T], decide func() (decision[T], error)) (Kept, error) {
	kept, err := writeBusily(ctx, s, caller, once, decide)
	s.kick(ctx, kept.jobs)
	return kept, err
}

// writeInTurn is a write that changes the wallet of its account. New jobs are kicked
// when the turn is over.
func writeInTurn[T any](ctx context.Context, s *Shop, caller Caller, once Once[T], decide func() (decision[T], error)) (Kept, error) {
	kept, err := func() (Kept, error) {
		done, err := s.Turns.take(ctx, caller)
		if err != nil {
			return Kept{}, err
		}
		defer done()
		return writeBusily(ctx, s, caller, once, decide)
	}()
	s.kick(ctx, kept.jobs)
	return kept, err
}

// writeBusily starts over when others get in between.
func writeBusily[T any](ctx context.Context, s *Shop, caller Caller, once Once[T], decide func() (decision[T], error)) (kept Kept, err error) {
	err = startOver(ctx, s.Sleep, caller, func(caller Caller) (err error) {
		kept, err = tryWrite(ctx, s, caller, once, decide)
		return err
	})
	switch {
	case !errors.Is(err, ErrConflict):
		return kept, err
	case once.Key != "":
		return Kept{}, fault.New(fault.IdempotencyInFlight, "A request with the idempotency key %+q may be under way, and its outcome cannot be read yet.", once.Key).
			Fix("Wait a second and send the same request again, with the same idempotency key.").
			After(time.Second)
	default:
		return Kept{}, errBusy()
	}
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
	if d.change.Authority, err = d.authority(caller); err != nil {
		return Kept{}, err
	}
	d.change.At = s.Now()
	d.change.Event = s.event(caller, once.Operation, d.subject)
	d.change.Event.ConfirmedBy = d.change.Confirmation.by()
	d.change.Record = newRecord(key, once.Fingerprint, body, d.subject, d.change.At, d.keepFor)
	if err := s.Store.Commit(ctx, d.change); err != nil {
		return Kept{}, err
	}
	return Kept{Body: body, jobs: d.change.Jobs}, nil
}

func (d decision[T]) authority(caller Caller) (*Authority, error) {
	if d.seat == nil {
		return caller.authority(), nil
	}
	return caller.seated(*d.seat)
}

// kick has new jobs tried at once, where somebody can.
func (s *Shop) kick(ctx context.Context, jobs []Job) {
	if s.Kick != nil && len(jobs) > 0 {
		s.Kick(ctx, refs(jobs))
	}
}

// refuse looks for the record once more: what is in the way of this request, such
// as a quote that is used, may be its own twin, which came in between the two
// reads. A key that has no record now had none when the refusal was decided.
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

func newRecord(key RecordKey, fingerprint string, body []byte, subject string, now time.Time, keepFor time.Duration) *Record {
	if key.Key == "" {
		return nil
	}
	r := &Record{RecordKey: key, Fingerprint: fingerprint, Body: body, Subject: subject, CreatedAt: now}
	if keepFor > 0 {
		r.ExpiresAt = now.Add(keepFor)
	}
	return r
}

func replay(record Record, fingerprint string) (Kept, error) {
	if record.Fingerprint != fingerprint {
		return Kept{}, fault.New(fault.IdempotencyConflict,
			"The idempotency key %+q was used for a request with other arguments.", record.Key).
			Fix("Send the first request's arguments unchanged to get its answer again.").
			Fix("Use a new idempotency key if you mean another request.")
	}
	return Kept{Body: record.Body, Replayed: true}, nil
}
