package shop

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"

	"agentstore/pkg/fault"
)

// What members write that is no purchase and no action of a service happens at most once
// for each person, operation and idempotency key, too. The key comes with the caller, so
// that no operation has to know of it: update reads its record beside what the operation
// reads, and commit writes it in the transaction of the effect.

// Once is the idempotency key of one request of a member.
type Once struct {
	request Request[any]
	key     RecordKey
	read    func() (Record, bool, error) // waits for the record of this try
	done    bool
	subject string // of a change that has none
	answer  Response
}

// Answer is what is recorded: what the write has kept now, or what it kept when it
// happened. It is false where nothing is.
func (o *Once) Answer() (Response, bool) { return o.answer, o.answer.Body != nil }

// Once is the caller of a write that happens once for the key of the request. Without
// Encode, the answer shows a secret, and is not kept. The scope of the key is the person:
// it outlives their sessions and tokens, and is nobody else's.
func (c Caller) Once(request Request[any]) (Caller, *Once) {
	o := &Once{request: request}
	if request.Key != "" {
		o.key = c.recordKey(request.Operation, request.Key)
		c.once = o
	}
	return c, o
}

// recordKey finds the record of a write of the caller's. What is neither an agent's nor
// bought at the checkout belongs to the person alone.
func (c Caller) recordKey(operation, key string) RecordKey {
	if key == "" || c.Agent != "" {
		return RecordKey{c.Agent, operation, key}
	}
	return RecordKey{c.checkout, operation, string(c.Person) + " " + key}
}

// answering is the caller of a write whose result is there by the time it is committed.
func answering[T any](c Caller, result *T) Caller {
	if c.once != nil {
		c.result = func() any { return *result }
	}
	return c
}

// errReplayed ends a write that has happened before: its answer is in Once.
var errReplayed = errors.New("shop: the write has happened before")

// tryOnce is a try of a write that happens once, where its caller has a key.
func (w writer) tryOnce(ctx context.Context, caller Caller, try func(Caller) error) error {
	o := caller.once
	if o == nil || o.done {
		return try(caller)
	}
	stop := w.look(ctx, o)
	defer stop()
	err := try(caller)
	if o.done || errors.Is(err, errReplayed) || errors.Is(err, ErrConflict) {
		return err
	}
	record, found, unread := o.read()
	if unread == nil && !found && err != nil {
		// What prevents it may be the work of its own twin, as of replayOrRefuse.
		record, found, unread = w.record(ctx, o.key)
	}
	switch {
	case unread != nil:
		return unread
	case found:
		return o.replay(record)
	default:
		return err
	}
}

// look begins to read the record of a key.
func (w writer) look(ctx context.Context, o *Once) (stop func()) {
	var (
		reading sync.WaitGroup
		record  Record
		found   bool
		err     error
	)
	read := func() {
		err = fault.Guard(func() (err error) { record, found, err = w.record(ctx, o.key); return err })
	}
	if w.oneByOne {
		read()
	} else {
		reading.Go(read)
	}
	o.read = func() (Record, bool, error) { reading.Wait(); return record, found, err }
	return reading.Wait
}

// before ends a write that has happened before, which commits more than once.
func (w writer) before(ctx context.Context, caller Caller) error {
	o := caller.once
	if o == nil {
		return nil
	}
	if err := caller.Confirm(ctx); err != nil {
		return err
	}
	record, found, err := w.record(ctx, o.key)
	if err != nil || !found {
		return err
	}
	return o.replay(record)
}

func (w writer) record(ctx context.Context, key RecordKey) (Record, bool, error) {
	record, err := w.store.Record(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return Record{}, false, nil
	}
	return record, err == nil && record.Alive(w.now()), err
}

// keep adds the record to the first change of a write, unless there is one already.
func (o *Once) keep(caller Caller, change *Change) error {
	record, found, err := o.read()
	switch {
	case err != nil:
		return err
	case found:
		return o.replay(record)
	}
	var body []byte
	if o.request.Encode != nil {
		if caller.result == nil {
			return fmt.Errorf("shop: %s does not say what it answers", o.request.Operation)
		}
		if body, err = o.request.Encode(caller.result()); err != nil {
			return err
		}
	}
	change.Record = newRecord(o.key, o.request.Fingerprint, body, cmp.Or(change.subject(), o.subject), change.At, RecordLifetime)
	return nil
}

// subject is what a change is about.
func (c Change) subject() string {
	if c.Event != nil {
		return c.Event.Subject
	}
	for _, also := range c.Also {
		if subject := also.subject(); subject != "" {
			return subject
		}
	}
	return ""
}

// kept says that the change has been written with its record.
func (o *Once) kept(record *Record) {
	o.done = true
	o.answer.Body = record.Body
}

// replay has the record answer for the write. It returns errReplayed, or why it cannot.
func (o *Once) replay(record Record) error {
	response, err := replay(record, o.request)
	switch {
	case err != nil:
		return err
	case len(response.Body) == 0:
		return fault.New(fault.SecretShown, "This happened before, with the idempotency key %+q. It made %s, whose secret was shown then and is not kept.", o.request.Key, record.Subject).
			Fix("If the first answer was lost, revoke %s and send the request again with a new idempotency key.", record.Subject).
			With("subjectId", record.Subject)
	}
	o.answer = response
	return errReplayed
}

// commitAndSettle commits a change that binds what is under way, and settles that. A
// replay settles it, too: its first request may have got no further than the commit.
func (w writer) commitAndSettle(ctx context.Context, caller Caller, change Change, seat Seat) error {
	err := w.commit(ctx, caller, change)
	if err != nil && !errors.Is(err, errReplayed) {
		return err
	}
	return errors.Join(err, w.settleOpen(ctx, seat))
}
