package shop

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Request bounds how often a write may happen: at most once for each agent,
// operation and idempotency key. Without a key it happens each time.
type Request[T any] struct {
	Operation string
	// Key is the idempotency key, or empty.
	Key string
	// Fingerprint is the same for two requests that ask for the same thing. Former is
	// what a version before this one may have recorded of the same request.
	Fingerprint, Former string
	// Confirmation is the token of a confirmation that was given, or empty.
	Confirmation string
	// Interactive: the caller can ask the person in front of it, so that what only
	// needs a confirmation is not put to the members.
	Interactive bool
	// MaxTotal is the most that a purchase may cost, in the minor unit of its currency;
	// nil for no bound.
	MaxTotal *int64
	// Encode writes the answer as it is kept and replayed, byte for byte.
	Encode func(T) ([]byte, error)
}

// CallName tells a call apart from all others.
func CallName(fingerprint, key string) string { return fingerprint + " " + key }

// Response is the answer to a write.
type Response struct {
	Body []byte
	// Replayed: the write had happened before, and this is its first answer.
	Replayed bool

	jobs []Job // new ones, to be worked on at once
	end  func(context.Context)
}

// RecordKey finds the record of a write.
type RecordKey struct {
	Agent     id.Agent
	Operation string
	Key       string
}

// Record says that a write has happened, and what its answer was. It is written in
// the transaction of the write itself: there is a record exactly if there is an
// effect.
type Record struct {
	RecordKey
	Fingerprint string
	Body        []byte
	// Subject is what the write made or changed; package verify looks for it.
	Subject   string
	CreatedAt time.Time
	// ExpiresAt is when the key may be used again; zero means never.
	ExpiresAt time.Time
}

// Alive reports whether the record still binds its key.
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
	keepFor time.Duration // of the record; zero keeps it forever
	// seat is the agent's budget where the change spends or begins something, which
	// needs authority that holds until the commit.
	seat *Budget
	// before and after are those of the event.
	before, after json.RawMessage
}

// write carries out one operation that changes something. decide reads in one round
// trip, alongside the reading of the idempotency record, and is called again when
// the store has changed before its decision was written.
func write[T any](ctx context.Context, s *Shop, caller Caller, request Request[T], decide func() (decision[T], error)) (Response, error) {
	response, err := writeRetrying(ctx, s, caller, request, decide)
	s.finish(ctx, response)
	return response, err
}

// writeRetrying tries until nobody gets in between, or reports that it could not.
func writeRetrying[T any](ctx context.Context, s *Shop, caller Caller, request Request[T], decide func() (decision[T], error)) (response Response, err error) {
	err = s.writer().retryOnConflict(ctx, caller, func(caller Caller) (err error) {
		response, err = tryWrite(ctx, s, caller, request, decide)
		return err
	})
	err = final(err)
	switch {
	case !errors.Is(err, ErrConflict):
		return response, err
	case errors.Is(err, ErrInFlight):
		return Response{}, errInFlight(request.Key)
	default:
		return Response{}, errBusy()
	}
}

func tryWrite[T any](ctx context.Context, s *Shop, caller Caller, request Request[T], decide func() (decision[T], error)) (Response, error) {
	key := caller.recordKey(request.Operation, request.Key)
	var (
		record  Record
		found   bool
		d       decision[T]
		refusal error
	)
	err := parallel(
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
		return Response{}, err
	case found:
		return replay(record, request)
	case refusal != nil:
		return replayOrRefuse(ctx, s, key, request, refusal)
	}
	body, err := request.Encode(d.result)
	if err != nil {
		return Response{}, err
	}
	caller.seat = d.seat
	d.change.At = s.Now()
	d.change.Event = &Event{Operation: request.Operation, Subject: d.subject, ConfirmedBy: d.change.Confirmation.by(), Before: d.before, After: d.after}
	d.change.Record = newRecord(key, request.Fingerprint, body, d.subject, d.change.At, d.keepFor)
	var end func(context.Context)
	err = s.carrying(ctx, caller, func() (err error) { end, err = s.writer().begin(ctx, caller, d.change); return err })
	if err != nil {
		return Response{}, err
	}
	return Response{Body: body, jobs: d.change.Jobs, end: end}, nil
}

// finish ends the holds of a write while its new jobs are tried.
func (s *Shop) finish(ctx context.Context, response Response) {
	if response.end == nil {
		return
	}
	if s.OneByOne {
		response.end(ctx)
		s.kick(ctx, response.jobs)
		return
	}
	_ = parallel(
		func() error { response.end(ctx); return nil },
		func() error { s.kick(ctx, response.jobs); return nil },
	)
}

// kick has new jobs tried at once, where Kick is set.
func (s *Shop) kick(ctx context.Context, jobs []Job) {
	if s.Kick != nil && len(jobs) > 0 {
		s.Kick(ctx, refs(jobs))
	}
}

// replayOrRefuse looks for the record once more: what prevents this request, such as
// a quote that is used, may be the work of its own twin, which came in between the
// two reads. A key that has no record now had none when the refusal was decided.
func replayOrRefuse[T any](ctx context.Context, s *Shop, key RecordKey, request Request[T], refusal error) (Response, error) {
	record, found, err := s.record(ctx, key)
	switch {
	case err != nil:
		return Response{}, err
	case found:
		return replay(record, request)
	default:
		return Response{}, refusal
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

func replay[T any](record Record, request Request[T]) (Response, error) {
	if record.Fingerprint != request.Fingerprint && record.Fingerprint != request.Former {
		return Response{}, fault.New(fault.IdempotencyConflict,
			"The idempotency key %+q was used for another %s, with other arguments.", request.Key, record.Operation).
			Fix("Send the first request's arguments unchanged to get its answer again.").
			Fix("Use a new idempotency key if you mean another request.")
	}
	return Response{Body: record.Body, Replayed: true}, nil
}
