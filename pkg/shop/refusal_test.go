package shop_test

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// refusals has one key be refused so often.
func refusals(t *testing.T, s *storetest.Store, n int, each func(func())) {
	t.Helper()
	for range n {
		each(func() {
			a := s.Call(t, http.MethodPost, storetest.Purchases, map[string]any{"quoteId": "quo_none", "idempotencyKey": "k"})
			if a.Code() != string(fault.NotFound) {
				t.Errorf("it is answered with %s", a.Body)
			}
		})
	}
}

// refused are the refusals in the trail, the newest first.
func refused(t *testing.T, s *storetest.Store) []shop.Event {
	t.Helper()
	yes := true
	events, _, err := s.Table.Trail(t.Context(), s.Agent.Account(), shop.TrailFilter{Refused: &yes}, shop.Page{Limit: 1000})
	expectOK(t, err)
	return events
}

// expectCounted expects ten refusals one by one, and one event for all others.
func expectCounted(t *testing.T, events []shop.Event, all int) {
	t.Helper()
	apart, sum := 0, 0
	for _, e := range events {
		sum += max(e.Count, 1)
		if e.Count == 0 {
			apart++
		}
		if e.Operation != "purchase_create" || e.Outcome != fault.NotFound || e.Actor.Kind() != "agent" || e.Source == "" || e.RequestID == "" {
			t.Errorf("an event is %+v", e)
		}
	}
	if len(events) != 11 || apart != 10 || sum != all {
		t.Errorf("%d events, %d of them apart, for %d refusals; want 11, 10 and %d", len(events), apart, sum, all)
	}
}

// One key that is refused without end leaves eleven entries an hour in the trail of
// its owner.
func TestRefusalsAreCounted(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		const each = 150
		refusals(t, s, each, inTurn)
		expectCounted(t, refused(t, s), each)
		s.Clock.Advance(time.Minute)
		var done sync.WaitGroup
		refusals(t, s, each, done.Go)
		done.Wait()
		events := refused(t, s)
		expectCounted(t, events, 2*each)
		for _, e := range events {
			if at := s.Clock.Now(); e.Count > 0 && (!e.LastAt.Equal(at) || !e.At.Equal(at.Add(-time.Minute))) {
				t.Errorf("it counts from %s to %s", e.At, e.LastAt)
			}
		}

		// Another kind, another agent and another hour are counted for themselves.
		s.Call(t, http.MethodPost, storetest.Quotes, map[string]any{"catalogItemId": "cat_none", "configuration": map[string]any{}})
		key := s.Key
		s.Key = s.NewKey(t, s.Shop.IDs.Agent(s.Agent.Account()), app.Shelf().Rules().Scopes()...)
		refusals(t, s, 1, inTurn)
		s.Key = key
		s.Clock.Advance(time.Hour)
		refusals(t, s, 1, inTurn)
		expectSame(t, "events", len(refused(t, s)), 11+3)
	})
}

// From the first instant, however many processes there are that know nothing yet of
// each other, the entries are as many, and none is lost.
func TestRefusalsByManyProcesses(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		const processes, each = 16, 4
		caller := confirmed(s)
		caller.Key, caller.RequestID, caller.Source = s.Shop.IDs.Key(s.Agent), "req_1", "192.0.2.1"
		refusal := fault.New(fault.NotFound, "There is none.")
		var done sync.WaitGroup
		for range processes {
			one := *s.Shop
			one.Store = dynamo.New(s.Engine.Client, s.Name)
			done.Go(func() {
				for range each {
					if err := one.Refused(t.Context(), caller, "purchase_create", "quo_none", refusal); err != nil {
						t.Error(err)
					}
				}
			})
		}
		done.Wait()
		expectCounted(t, refused(t, s), processes*each)
	})
}
