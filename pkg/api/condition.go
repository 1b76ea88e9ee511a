package api

import (
	"context"

	"agentstore/pkg/etag"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

type call = func(context.Context, *shop.Shop, shop.Caller, Arguments) (Answer, error)

// replaces holds the call of a write to the preconditions of its request (RFC 9110,
// section 13). seen is what the operation that Replaces names answers about the
// object, whose entity tag the caller has from there. It is judged for the version
// that the write itself has read and is committed on: whoever comes in between makes
// the write start over, and be judged again.
func replaces[T, Wire any](seen func(T, view) Wire, write call) call {
	return func(ctx context.Context, s *shop.Shop, caller shop.Caller, args Arguments) (Answer, error) {
		if args.Conditions != (etag.Conditions{}) {
			caller.Expects = func(current any) error {
				body, err := strictjson.Encode(seen(current.(T), viewBy(s, caller)))
				if err != nil {
					return err
				}
				if args.Conditions.Judge(etag.Of(body)) != etag.Proceed {
					return PreconditionFailed()
				}
				return nil
			}
		}
		return write(ctx, s, caller, args)
	}
}

// PreconditionFailed refuses a request whose preconditions do not hold for the object
// that it is about.
func PreconditionFailed() error {
	return fault.New(fault.PreconditionFailed, "The object is not, or no longer, the one that the request is about.").
		Fix("Read it again. If you still want what you asked for, send the request with the ETag of that answer in If-Match.")
}

// expectNothing returns precondition_failed for any If-Match, where there is nothing
// to read that it could name (RFC 9110, section 13.1.1).
func expectNothing(c etag.Conditions) error {
	if !c.Expects() {
		return nil
	}
	return fault.New(fault.PreconditionFailed, "There is nothing at this path that has an ETag, so no If-Match holds.").
		Fix("Send the request without If-Match.")
}
