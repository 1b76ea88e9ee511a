package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// frozen is a store whose requests are those of an agent that a member has made.
func frozen(t *testing.T, engine dynamotest.Engine, sees shop.Sees, client ...func(*dynamodb.Options)) (*storetest.Store, *storetest.Browser) {
	t.Helper()
	s := storetest.New(t, engine, storetest.Options{DemoCredit: money.Money{Minor: 1_000_000, Currency: "usd"}, Client: client})
	b := s.LogIn(t, "ada", "ada@example.com")
	s.Agent = id.Agent(member(t, b, http.MethodPost, "/agents", object{"name": "a", "sees": sees}, 201).Text("agent", "id"))
	s.Key = member(t, b, http.MethodPost, agentPath(s)+"/keys", object{"name": "k", "scopes": app.Shelf().Rules().Scopes()}, 201).Text("secret")
	return s, b
}

// agentPath is where members find the agent, below the path of the account.
func agentPath(s *storetest.Store) string { return "/agents/" + string(s.Agent) }

// cancelled is how far a cancellation is, as members see it.
func cancelled(t *testing.T, b *storetest.Browser, frozen storetest.Answer) storetest.Answer {
	t.Helper()
	return member(t, b, http.MethodGet, "/cancellations/"+frozen.Text("services", "cancellationId"), nil, 200)
}

// A freeze keeps what the agent has, unless the member says otherwise: then all of it is
// ended, protected or not, and nothing of another agent. Sent again, with or without its
// key, it ends nothing twice.
func TestFreezeEndsServices(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		for _, sees := range []shop.Sees{shop.SeesAccount, shop.SeesOwn} {
			s, b := frozen(t, engine, sees)
			run := buyLabelled(t, s, 3, "run")
			other := member(t, b, http.MethodPost, "/quotes", storetest.Order(), 201).Text("quote", "id")
			other = member(t, b, http.MethodPost, "/purchases", object{"quoteId": other, "idempotencyKey": "o"}, 201).Text("services", 0, "id")
			s.Work(t)
			if _, err := s.Shop.Protect(t.Context(), s.Agent.Account(), id.Service(run[0]), true); err != nil {
				t.Fatal(err)
			}
			kept := member(t, b, http.MethodPut, agentPath(s)+"/policy", object{"frozen": true}, 200)
			if kept.Text("services", "choice") != "keep" || kept.Get("services", "count") != 3.0 || kept.Get("services", "cancellationId") != nil {
				t.Errorf("kept: %s", kept.Body)
			}
			s.Live(t)
			expectFound(t, "what was kept", s.Call(t, http.MethodGet, storetest.Services+"?status=active&agentId="+string(s.Agent), nil), run...)

			order := object{"frozen": true, "services": "cancel", "idempotencyKey": "freeze"}
			ended := member(t, b, http.MethodPut, agentPath(s)+"/policy", order, 200)
			if ended.Text("services", "choice") != "cancel" || ended.Get("services", "count") != 3.0 {
				t.Errorf("cancelled: %s", ended.Body)
			}
			again := member(t, b, http.MethodPut, agentPath(s)+"/policy", order, 200)
			if string(again.Body) != string(ended.Body) {
				t.Errorf("again: %s, and not %s", again.Body, ended.Body)
			}
			member(t, b, http.MethodPut, agentPath(s)+"/policy", object{"frozen": true, "idempotencyKey": "freeze"}, 422)
			before := books(t, s).Wallet.Balance.Minor
			s.Live(t)
			a := cancelled(t, b, ended)
			if a.Text("cancellation", "status") != "completed" || a.Get("cancellation", "ended") != 3.0 {
				t.Errorf("at last: %s", a.Body)
			}
			refund := books(t, s).Wallet.Balance.Minor - before
			if float64(refund) != a.Get("cancellation", "refunds", 0, "amountMinor") || refund <= 0 {
				t.Errorf("%d came back: %s", refund, a.Body)
			}
			expectFound(t, "what is left", s.Call(t, http.MethodGet, storetest.Services+"?status=active&agentId="+string(s.Agent), nil))
			delete(order, "idempotencyKey")
			member(t, b, http.MethodPut, agentPath(s)+"/policy", order, 200)
			s.Live(t)
			if got := books(t, s).Wallet.Balance.Minor - before; got != refund {
				t.Errorf("%d came back in the end, and not %d", got, refund)
			}
			if a := member(t, b, http.MethodGet, "/services/"+other, nil, 200); a.Text("service", "status") != "active" {
				t.Errorf("another's is %s", a.Body)
			}
			for operation, many := range map[string]int{"agent_policy_set": 3, "account_service_cancel_many": 2, "service_cancel": 3} {
				if got := len(member(t, b, http.MethodGet, "/audit?operation="+operation, nil, 200).Get("events").([]any)); got != many {
					t.Errorf("%d entries of %s", got, operation)
				}
			}
			expectWholeBooks(t, s)
		}
	})
}

// What is refused freezes nothing, and what does not belong to a freeze is refused.
func TestFreezeRefused(t *testing.T) {
	t.Parallel()
	s, b := frozen(t, dynamotest.Embedded(t), shop.SeesAccount)
	buyLabelled(t, s, 1, "run")
	s.Work(t)
	for _, tt := range []struct {
		path string
		body object
	}{
		{agentPath(s), object{"services": "cancel"}},
		{agentPath(s), object{"services": "keep", "frozen": false}},
		{"", object{"services": "cancel", "frozen": true}},
		{agentPath(s), object{"services": "sell", "frozen": true}},
	} {
		if a := member(t, b, http.MethodPut, tt.path+"/policy", tt.body, 400); a.Text("param") != "$.services" {
			t.Errorf("%v: %s", tt.body, a.Body)
		}
	}
	_, token := tokenOf(t, b, object{"role": "owner", "scopes": []shop.Scope{shop.ScopePoliciesWrite}})
	if a := script(t, s, token, http.MethodPut, agentPath(s)+"/policy", object{"frozen": true, "services": "cancel"}); a.Code() != "insufficient_scope" || a.Text("missingScope") != "services:cancel" {
		t.Errorf("a token that may not cancel: %d %s", a.Status, a.Body)
	}
	if a := member(t, b, http.MethodGet, agentPath(s)+"/policy", nil, 200); a.Get("policy", "frozen") != false {
		t.Errorf("it is frozen: %s", a.Body)
	}
	if a := script(t, s, token, http.MethodPut, agentPath(s)+"/policy", object{"frozen": true}); a.Status != 200 || a.Text("services", "choice") != "keep" {
		t.Errorf("a token that keeps them: %d %s", a.Status, a.Body)
	}
}

// Whatever an agent buys at the moment of the freeze is ended, too, also where its budget
// holds what purchases under way spend.
func TestFreezeRace(t *testing.T) {
	t.Parallel()
	const buyers = 12
	for _, held := range []bool{false, true} {
		s, b := frozen(t, dynamotest.Embedded(t), shop.SeesAccount)
		if held {
			s.Hold(t, s.Agent)
		}
		var quotes []string
		for range buyers {
			quotes = append(quotes, s.Quote(t))
		}
		var ended storetest.Answer
		var all sync.WaitGroup
		for i, quote := range quotes {
			all.Go(func() { s.Buy(t, quote, quote) })
			if i == buyers/2 {
				all.Go(func() {
					ended = member(t, b, http.MethodPut, agentPath(s)+"/policy", object{"frozen": true, "services": "cancel"}, 200)
				})
			}
		}
		all.Wait()
		for range 3 {
			s.Work(t)
			s.Live(t)
			s.Clock.Advance(time.Minute)
		}
		if a := cancelled(t, b, ended); a.Text("cancellation", "status") != "completed" {
			t.Errorf("holds %t: %s", held, a.Body)
		}
		for _, service := range books(t, s).Services {
			if !service.Status.Ended() {
				t.Errorf("holds %t: %s is %s, made at %s", held, service.ID, service.Status, service.CreatedAt)
			}
		}
		expectWholeBooks(t, s)
	}
}

// What was bought before a freeze that the cancellation has missed is found by the worker;
// what is bought after the agent may buy again is not touched.
func TestFreezeLooksAgain(t *testing.T) {
	t.Parallel()
	s, b := frozen(t, dynamotest.Embedded(t), shop.SeesAccount)
	missed := buyLabelled(t, s, 1, "run")[0]
	s.Work(t)
	ended := member(t, b, http.MethodPut, agentPath(s)+"/policy", object{"frozen": true, "services": "cancel"}, 200)
	c, err := s.Table.ManyCancellation(t.Context(), s.Agent.Account(), id.Cancellation(ended.Text("services", "cancellationId")))
	if err != nil {
		t.Fatal(err)
	}
	c.Version++
	c.Matches = nil // as if the purchase had come between
	if err := s.Table.Commit(t.Context(), shop.Change{Cancellation: &c}); err != nil {
		t.Fatal(err)
	}
	if a := cancelled(t, b, ended); a.Text("cancellation", "status") != "running" {
		t.Errorf("at first: %s", a.Body)
	}
	s.Clock.Advance(time.Second)
	member(t, b, http.MethodPut, agentPath(s)+"/policy", object{}, 200)
	later := buyLabelled(t, s, 1, "run")[0]
	s.Work(t)
	s.Live(t)
	if a := cancelled(t, b, ended); a.Text("cancellation", "status") != "completed" || a.Get("cancellation", "ended") != 1.0 {
		t.Errorf("at last: %s", a.Body)
	}
	for service, status := range map[string]string{missed: "canceled", later: "active"} {
		if a := s.Call(t, http.MethodGet, storetest.Services+"/"+service, nil); a.Text("service", "status") != status {
			t.Errorf("%s: %s", service, a.Body)
		}
	}
	expectWholeBooks(t, s)
}

// A freeze whose process dies at any of its writes, before or after it, is there whole or
// not at all, and sent again with its key it happens once.
func TestFreezeCrashes(t *testing.T) {
	t.Parallel()
	for _, held := range []bool{false, true} {
		for _, late := range []bool{false, true} {
			for nth := 1; nth <= 3; nth++ {
				t.Run(fmt.Sprintf("write %d, after it %t, holds %t", nth, late, held), func(t *testing.T) {
					t.Parallel()
					freezeCrash(t, nth, late, held)
				})
			}
		}
	}
}

func freezeCrash(t *testing.T, nth int, late, held bool) {
	var dying atomic.Bool
	writes := 0
	fail := func(operation string, _ any) error {
		if !dying.Load() || slices.Contains([]string{"GetItem", "BatchGetItem", "Query"}, operation) {
			return nil
		}
		if writes++; writes >= nth {
			return &types.InternalServerError{}
		}
		return nil
	}
	faults := &dynamotest.Faults{Before: fail}
	if late {
		faults = &dynamotest.Faults{After: fail}
	}
	s, b := frozen(t, dynamotest.Embedded(t), shop.SeesAccount, faults.Inject)
	buyLabelled(t, s, 3, "run")
	s.Work(t)
	if held {
		s.Hold(t, s.Agent)
	}
	before := books(t, s)
	order := object{"frozen": true, "services": "cancel", "idempotencyKey": "freeze"}
	dying.Store(true)
	_ = b.Call(t, http.MethodPut, storetest.Account+agentPath(s)+"/policy", order)
	dying.Store(false)
	isFrozen := member(t, b, http.MethodGet, agentPath(s)+"/policy", nil, 200).Get("policy", "frozen") == true
	if begun := len(books(t, s).Cancellations) == 1; begun != isFrozen {
		t.Errorf("frozen %t, and the end of the services has begun %t", isFrozen, begun)
	}
	ended := member(t, b, http.MethodPut, agentPath(s)+"/policy", order, 200)
	for range 2 {
		s.Live(t)
		s.Clock.Advance(time.Minute)
	}
	a := cancelled(t, b, ended)
	if a.Text("cancellation", "status") != "completed" || a.Get("cancellation", "ended") != 3.0 || len(books(t, s).Cancellations) != 1 {
		t.Errorf("at last: %s", a.Body)
	}
	if got := books(t, s).Wallet.Balance.Minor - before.Wallet.Balance.Minor; float64(got) != a.Get("cancellation", "refunds", 0, "amountMinor") {
		t.Errorf("%d came back: %s", got, a.Body)
	}
	expectWholeBooks(t, s)
}
