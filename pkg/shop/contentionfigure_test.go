package shop_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// TestContention prints how often 64 writers are in each other's way, where requests
// meet as on AWS. Each has something of its own to write, and comes again while it
// is told to.
func TestContention(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		agent func(*testing.T, *storetest.Store) id.Agent // of the next writer
		write func(*testing.T, *storetest.Store, id.Agent) call
	}{
		{"purchases, one key", theAgent, buyingOne},
		{"purchases, 64 keys of one account", anAgent, buyingOne},
		{"purchases, 64 keys of 64 accounts", aStranger, buyingOne},
		{"actions, one key", theAgent, actingOnOne},
		{"actions, 64 keys of one account", anAgent, actingOnOne},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true})
			var agents [callers]id.Agent
			var writes [callers]call
			for i := range callers {
				agents[i] = tt.agent(t, s)
				writes[i] = tt.write(t, s, agents[i])
			}
			s.Work(t)
			aws := new(dynamotest.AWS)
			far := *s.Shop
			far.Store = dynamo.New(s.Engine.With(aws.Imitate), s.Name)
			synctest.Test(t, func(t *testing.T) { // where only AWS takes time
				var again atomic.Int64
				var done sync.WaitGroup
				start := time.Now()
				for i := range callers {
					done.Go(func() { again.Add(insist(t, &far, agents[i], writes[i], fmt.Sprint("key ", i))) })
				}
				done.Wait()
				took, counts := time.Since(start), aws.Counts()
				perSuccess := func(n int) float64 { return float64(n) / callers }
				t.Logf("| %s | %.1f | %.1f | %d | %d | %.1f s |", tt.name,
					perSuccess(counts.Conflicts), perSuccess(counts.Outdated), counts.Throttles, again.Load(), took.Seconds())
			})
		})
	}
}

func theAgent(_ *testing.T, s *storetest.Store) id.Agent { return s.Agent }

func anAgent(_ *testing.T, s *storetest.Store) id.Agent { return s.Shop.IDs.Agent(s.Agent.Account()) }

// aStranger is an agent of an account with money of its own.
func aStranger(t *testing.T, s *storetest.Store) id.Agent {
	t.Helper()
	agent := s.Shop.IDs.Agent(s.Shop.IDs.Account())
	s.Fund(t, agent.Account(), unitPrice)
	return agent
}

func buyingOne(*testing.T, *storetest.Store, id.Agent) call {
	return func(ctx context.Context, s *shop.Shop, caller shop.Caller, key string) (shop.Response, error) {
		return s.BuyItem(ctx, caller, storetest.Asked(1), once(key, purchaseID))
	}
}

// actingOnOne begins an action of a service of its own, which is ready after
// Store.Work.
func actingOnOne(t *testing.T, s *storetest.Store, agent id.Agent) call {
	t.Helper()
	kept, err := s.Shop.BuyItem(t.Context(), callerOf(agent), storetest.Asked(1),
		once("", func(b shop.Bought) string { return string(b.Services[0].ID) }))
	expectOK(t, err)
	return acting(string(kept.Body))
}

// insist writes until it is not told to come again, as often as it was, and each
// time as late as it was told.
func insist(t *testing.T, s *shop.Shop, agent id.Agent, write call, key string) (again int64) {
	for {
		_, err := write(shop.OneRequest(t.Context()), s, callerOf(agent), key)
		if err == nil {
			return again
		}
		busy := fault.From(err)
		if busy.Code != fault.Busy && busy.Code != fault.RateLimited {
			t.Error(err)
			return again
		}
		again++
		time.Sleep(busy.RetryAfter)
	}
}
