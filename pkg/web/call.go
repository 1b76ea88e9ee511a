package web

import (
	"context"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// Call is a call of an operation, as a protocol reads it and answers it.
type Call[T any] struct {
	Operation api.Operation
	// Caller tells who asks. If it returns an error it still tells who was refused, if
	// that is known.
	Caller func() (shop.Caller, error)
	// Arguments reads and checks what is asked for.
	Arguments func() (api.Arguments, error)
	// Answer carries out the operation.
	Answer func(shop.Caller, api.Arguments) (T, error)
}

// Do carries out a call for the store's callers, alongside the check of their key.
// Whether they are who they claim comes before anything else they may learn: a
// denial replaces every answer and every other error. The refusal of a write goes
// into the audit trail.
func Do[T any](ctx context.Context, s Store, c Call[T]) (T, error) {
	var none T
	caller, err := c.Caller()
	if err != nil {
		s.refused(ctx, caller, c.Operation, api.Arguments{}, err)
		return none, err
	}
	args, answer, err := c.do(caller)
	if denied := caller.Confirm(ctx); denied != nil {
		err = denied
	}
	s.note(ctx, caller, c.Operation, err)
	if err == nil {
		return answer, nil
	}
	if !fault.Is(err, fault.Unauthenticated) {
		s.refused(ctx, caller, c.Operation, args, err)
	}
	return none, err
}

func (c Call[T]) do(caller shop.Caller) (args api.Arguments, answer T, err error) {
	if args, err = c.Arguments(); err == nil {
		answer, err = c.Answer(caller, args)
	}
	return args, answer, err
}

// note remembers the request of a key that is good.
func (s Store) note(ctx context.Context, caller shop.Caller, o api.Operation, err error) {
	if fault.Is(err, fault.Unauthenticated) {
		return
	}
	r := shop.KeyRequest{At: s.Shop.Now(), Operation: o.Name, RequestID: caller.RequestID}
	if err != nil {
		r.Code = Translate(ctx, err).Code
	}
	s.Shop.KeyLog.Add(caller.Key, r)
}

// refused puts the refusal of a write into the audit trail of a known caller. If
// that fails, it is only logged.
func (s Store) refused(ctx context.Context, caller shop.Caller, o api.Operation, args api.Arguments, refusal error) {
	if !o.Writes() || args.DryRun {
		return
	}
	ctx, done := Afterwards(ctx)
	defer done()
	if err := s.Shop.Refused(ctx, caller, o.Name, args.Subject(), refusal); err != nil {
		s.Log.ErrorContext(ctx, "audit trail", "requestId", caller.RequestID, "error", err.Error())
	}
}
