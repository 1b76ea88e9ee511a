package mcp

import (
	"cmp"
	"context"
	"net/http"
	"sync"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// exchange is one HTTP request, as its handlers see it. A batch of the oldest
// revisions has several at once.
type exchange struct {
	store     web.Store
	claim     shop.Claim // nil without a key
	requestID string
	request   *http.Request

	mu        sync.Mutex
	operation string
	failure   error
	denied    error
}

type exchangeKey struct{}

// exchangeOf finds the exchange of a handler's context.
func exchangeOf(ctx context.Context) *exchange {
	x, _ := ctx.Value(exchangeKey{}).(*exchange)
	return x
}

// caller is who asks for the operation.
func (x *exchange) caller(o api.Operation) (shop.Caller, error) {
	caller, err := x.store.Caller(x.request, x.claim, o)
	caller.RequestID = x.requestID
	return caller, err
}

// confirm says why the whole request is refused, if it is: a key that is not good,
// or a missing one where one is needed. If a key could not be checked, the call
// itself has failed, and its answer says so already.
func (x *exchange) confirm(ctx context.Context) error {
	x.mu.Lock()
	operation, denied := x.operation, x.denied
	x.mu.Unlock()
	if x.claim != nil {
		denied = x.claim("", cmp.Or(operation, "mcp")).Confirm(ctx)
	}
	if operation != "" && !fault.Is(denied, fault.Unauthenticated) {
		return nil
	}
	return denied
}

// called remembers what was done, for the log.
func (x *exchange) called(operation string, err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.operation = operation
	if err != nil {
		x.failure = err
	}
	if fault.Is(err, fault.Unauthenticated) {
		x.denied = err
	}
}

func (x *exchange) note(entry *web.Entry) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.operation != "" {
		entry.Operation = x.operation
	}
	entry.Error = x.failure
}
