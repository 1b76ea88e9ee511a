package shop_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// call is one of the writes that may meet its like.
type call func(ctx context.Context, s *shop.Shop, caller shop.Caller, key string) (shop.Response, error)

func buying(quoteID string) call {
	return func(ctx context.Context, s *shop.Shop, caller shop.Caller, key string) (shop.Response, error) {
		return s.BuyQuote(ctx, caller, id.Quote(quoteID), shop.Repeated{}, once(key, func(b shop.Bought) string { return string(b.Purchase.ID) }))
	}
}

func acting(serviceID string) call {
	return func(ctx context.Context, s *shop.Shop, caller shop.Caller, key string) (shop.Response, error) {
		return s.Act(ctx, caller, id.Service(serviceID), storetest.ServiceType, storetest.Harmless(),
			once(key, func(a shop.Accepted) string { return string(a.Action.ID) }))
	}
}

func once[T any](key string, answer func(T) string) shop.Request[T] {
	return shop.Request[T]{
		Operation: "test", Key: key, Fingerprint: "the same",
		Encode: func(result T) ([]byte, error) { return []byte(answer(result)), nil },
	}
}

// confirmed is the agent of the store, whose key is good.
func confirmed(s *storetest.Store) shop.Caller { return callerOf(s.Agent) }

// callerOf is an agent whose key is good.
func callerOf(agent id.Agent) shop.Caller {
	return shop.Caller{Account: agent.Account(), Agent: agent, Confirm: func(context.Context) error { return nil }}
}

// What many get that ask for the same at once, where transactions get in each
// other's way: the waits between attempts suffice for all of them.
func TestTransactionConflicts(t *testing.T) {
	t.Parallel()
	oneKey := func(int) string { return "the key" }
	manyKeys := func(i int) string { return fmt.Sprint("key ", i) }
	all := map[string]int{"first answer": 1, "replay": callers - 1}
	tests := map[string]struct {
		call func(*testing.T, *storetest.Store) call
		key  func(int) string
		want map[string]int
	}{
		"one key, one quote": {
			func(t *testing.T, s *storetest.Store) call { return buying(s.Quote(t)) }, oneKey, all,
		},
		"many keys, one quote": {
			func(t *testing.T, s *storetest.Store) call { return buying(s.Quote(t)) }, manyKeys,
			map[string]int{"first answer": 1, string(fault.QuoteAlreadyUsed): callers - 1},
		},
		"one key, one action": {
			func(t *testing.T, s *storetest.Store) call { return acting(activeService(t, s)) }, oneKey, all,
		},
		"many keys, one service": {
			func(t *testing.T, s *storetest.Store) call { return acting(activeService(t, s)) }, manyKeys,
			map[string]int{"first answer": 1, string(fault.ActionInProgress): callers - 1},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true})
			call := test.call(t, s)
			far := *s.Shop
			far.Store = dynamo.New(s.Engine.With(new(dynamotest.AWS).Imitate), s.Name)
			synctest.Test(t, func(t *testing.T) { // where all of this takes no time
				var outcomes tally
				var done sync.WaitGroup
				for i := range callers {
					done.Go(func() { outcomes.add(call(t.Context(), &far, confirmed(s), test.key(i))) })
				}
				done.Wait()
				expectSame(t, "outcomes", outcomes.counts, test.want)
				expectSame(t, "different answers", len(outcomes.bodies), 1)
			})
		})
	}
}

// tally counts outcomes, and the bodies of good answers.
type tally struct {
	mu             sync.Mutex
	counts, bodies map[string]int
}

func (o *tally) add(kept shop.Response, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.counts == nil {
		o.counts, o.bodies = make(map[string]int), make(map[string]int)
	}
	outcome := "first answer"
	var refusal *fault.Error
	switch {
	case errors.As(err, &refusal):
		outcome = string(refusal.Code)
	case err != nil:
		outcome = err.Error()
	case kept.Replayed:
		outcome = "replay"
	}
	o.counts[outcome]++
	if err == nil {
		o.bodies[string(kept.Body)]++
	}
}

// A request whose twin came in between its two reads gets the answer of the
// twin, and not the refusal that the twin's success is a reason for.
func TestTwinInBetween(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{NoKick: true})
		for prefix, call := range map[string]call{"QUOTE#": buying(s.Quote(t)), "SERVICE#": acting(activeService(t, s))} {
			var twin shop.Response
			noRecord := make(chan struct{})
			var found, came sync.Once
			slow := *s.Shop
			slow.Store = dynamo.New(s.Engine.With((&dynamotest.Faults{
				After: func(_ string, input any) error {
					if strings.HasPrefix(sortKey(input), "RECORD#") {
						found.Do(func() { close(noRecord) })
					}
					return nil
				},
				Before: func(_ string, input any) (err error) {
					if strings.HasPrefix(sortKey(input), prefix) {
						came.Do(func() {
							<-noRecord
							twin, err = call(t.Context(), s.Shop, confirmed(s), prefix)
						})
					}
					return err
				},
			}).Inject), s.Name)
			kept, err := call(t.Context(), &slow, confirmed(s), prefix)
			if err != nil {
				t.Errorf("%s: %v", prefix, err)
			}
			expectSame(t, "answer", string(kept.Body), string(twin.Body))
			expectSame(t, "replayed", kept.Replayed, true)
			expectSame(t, "the twin's replayed", twin.Replayed, false)
		}
	})
}
