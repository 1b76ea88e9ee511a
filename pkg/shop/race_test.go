package shop_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// callers is how many call at once.
const callers = 64

// onEach runs a test with a store on each engine.
func onEach(t *testing.T, o storetest.Options, run func(t *testing.T, s *storetest.Store)) {
	t.Helper()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		run(t, storetest.New(t, engine, o))
	})
}

// onEachAndAWS runs a test on each engine, and where requests meet as on AWS.
func onEachAndAWS(t *testing.T, o storetest.Options, run func(t *testing.T, s *storetest.Store)) {
	t.Helper()
	dynamotest.EachAndAWS(t, func(t *testing.T, engine dynamotest.Engine, client ...func(*dynamodb.Options)) {
		o := o
		o.Client = append(client, o.Client...)
		run(t, storetest.New(t, engine, o))
	})
}

// atOnce makes all calls at the same time and returns the answers in their order.
func atOnce(t *testing.T, call func(i int) *http.Request) []storetest.Answer {
	t.Helper()
	answers := make([]storetest.Answer, callers)
	var ready, done sync.WaitGroup
	ready.Add(callers)
	for i := range answers {
		request := call(i)
		done.Go(func() {
			ready.Done()
			ready.Wait()
			answers[i] = storetest.Do(t, http.DefaultClient, request)
		})
	}
	done.Wait()
	return answers
}

// toldToComeAgain reports whether a write lost too many races, or met a table that
// had too much to do.
func toldToComeAgain(answer storetest.Answer) bool {
	return slices.Contains([]fault.Code{fault.Busy, fault.IdempotencyInFlight, fault.RateLimited}, fault.Code(answer.Code()))
}

// persist makes a call until it is not told to come again.
func persist(t *testing.T, call func() *http.Request) storetest.Answer {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		answer := storetest.Do(t, http.DefaultClient, call())
		if !toldToComeAgain(answer) || time.Now().After(deadline) {
			return answer
		}
	}
}

// outcomes counts the answers: by status, and the code of an error.
func outcomes(answers []storetest.Answer) map[string]int {
	counts := make(map[string]int)
	for _, answer := range answers {
		outcome := fmt.Sprint(answer.Status)
		if answer.Code() != "" {
			outcome = answer.Code()
		}
		counts[outcome]++
	}
	return counts
}

func replayed(answer storetest.Answer) bool {
	return answer.Header.Get("Idempotent-Replayed") == "true"
}

// expectOneAnswer makes sure that all got the same bytes, and one of them first.
func expectOneAnswer(t *testing.T, answers []storetest.Answer, status int) {
	t.Helper()
	expectSame(t, "outcomes", outcomes(answers), map[string]int{fmt.Sprint(status): callers})
	bodies := make(map[string]int)
	first := 0
	for _, answer := range answers {
		bodies[string(answer.Body)]++
		if !replayed(answer) {
			first++
		}
	}
	if len(bodies) != 1 {
		t.Errorf("different answers: %v", slices.Collect(maps.Keys(bodies)))
	}
	expectSame(t, "answers that are no replay", first, 1)
}

func expectStock(t *testing.T, s *storetest.Store, purchases, services int) {
	t.Helper()
	page := shop.Page{Limit: shop.MaxPage}
	bought, _, err := s.Table.Purchases(t.Context(), s.Agent.Account(), page)
	expectOK(t, err)
	expectSame(t, "purchases", len(bought), purchases)
	running, _, err := s.Table.Services(t.Context(), s.Agent.Account(), page)
	expectOK(t, err)
	expectSame(t, "services", len(running), services)
}

// One key is one purchase, and one answer to everybody.
func TestOneKeyManyBuyers(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		quoteID := s.Quote(t)
		answers := atOnce(t, func(int) *http.Request {
			return s.Request(t, "POST", storetest.Purchases, map[string]any{"quoteId": quoteID, "idempotencyKey": "the key"})
		})
		expectOneAnswer(t, answers, http.StatusCreated)
		expectStock(t, s, 1, 1)
	})
}

// So it is for a purchase without a quote, where nothing but the key is in the way.
func TestOneKeyManyDirectBuyers(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		order := storetest.Order()
		order["idempotencyKey"] = "the key"
		answers := atOnce(t, func(int) *http.Request { return s.Request(t, "POST", storetest.Purchases, order) })
		expectOneAnswer(t, answers, http.StatusCreated)
		expectStock(t, s, 1, 1)
	})
}

// One key is one action.
func TestOneKeyManyActions(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		serviceID := activeService(t, s)
		answers := atOnce(t, func(int) *http.Request {
			return s.Request(t, "POST", storetest.ActionPath(serviceID, storetest.Harmless()), map[string]any{"idempotencyKey": "the key"})
		})
		expectOneAnswer(t, answers, http.StatusAccepted)
	})
}

// activeService buys a service and waits for it.
func activeService(t *testing.T, s *storetest.Store) string {
	t.Helper()
	serviceID := s.Service(t)
	s.Work(t)
	return serviceID
}

// One quote is one purchase, whoever else wants it: they learn which one.
func TestOneQuoteManyBuyers(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		quoteID := s.Quote(t)
		answers := atOnce(t, func(i int) *http.Request {
			return s.Request(t, "POST", storetest.Purchases, map[string]any{"quoteId": quoteID, "idempotencyKey": fmt.Sprint("key ", i)})
		})
		expectSame(t, "outcomes", outcomes(answers), map[string]int{"201": 1, string(fault.QuoteAlreadyUsed): callers - 1})
		purchases := make(map[string]int)
		for _, answer := range answers {
			purchases[answer.Text("purchase", "id")+answer.Text("purchaseId")]++
		}
		expectSame(t, "purchases that the answers name", len(purchases), 1)
		expectStock(t, s, 1, 1)
	})
}

// A service does one thing at a time.
func TestManyActions(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		serviceID := activeService(t, s)
		answers := atOnce(t, func(int) *http.Request {
			return s.Request(t, "POST", storetest.ActionPath(serviceID, storetest.Harmless()), nil)
		})
		expectSame(t, "outcomes", outcomes(answers), map[string]int{"202": 1, string(fault.ActionInProgress): callers - 1})
		actions := make(map[string]int)
		for _, answer := range answers {
			actions[answer.Text("actionId")]++
		}
		expectSame(t, "actions that the answers name", len(actions), 1)
		jobs, err := s.Table.DueJobs(t.Context(), s.Clock.Now())
		expectOK(t, err)
		expectSame(t, "jobs", len(jobs), 1)
	})
}

// Buyers who share a wallet wait for each other. Whoever waits too long is told to
// come again with the same key, and then each has bought exactly once.
func TestManyBuyers(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		buy := func(i int) *http.Request {
			order := storetest.Order()
			order["idempotencyKey"] = fmt.Sprint("key ", i)
			return s.Request(t, "POST", storetest.Purchases, order)
		}
		for i, answer := range atOnce(t, buy) {
			if answer.Status != http.StatusCreated && !toldToComeAgain(answer) {
				t.Errorf("buyer %d got %s", i, answer.Body)
			}
			expectStatus(t, persist(t, func() *http.Request { return buy(i) }), http.StatusCreated)
		}
		expectStock(t, s, callers, callers)
	})
}
