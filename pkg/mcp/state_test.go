package mcp_test

import (
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/fault"
)

// yes is the answer of a person who consents.
var yes = object{"action": "accept", "content": object{"approve": true}}

// with adds a member to arguments.
func with(arguments object, name string, value any) object {
	out := maps.Clone(arguments)
	out[name] = value
	return out
}

// ask makes the call by a key and returns the state that comes with the question.
func ask(t *testing.T, s *storetest.Store, key string, arguments object) string {
	t.Helper()
	a := modern(t, s, key, toolCall("purchase_create", arguments))
	state := a.Text("result", "requestState")
	if state == "" || a.Text("result", "resultType") != "input_required" || a.Text("result", "inputRequests", "consent", "method") != "elicitation/create" {
		t.Fatalf("nobody is asked: %s", a.Body)
	}
	return state
}

// answerWith makes the call again, with a state and what a person has said.
func answerWith(t *testing.T, s *storetest.Store, key string, arguments object, state string, said object) result {
	t.Helper()
	m := toolCall("purchase_create", arguments)
	params := m["params"].(object)
	params["requestState"] = state
	params["inputResponses"] = object{"consent": said}
	return resultOf(t, modern(t, s, key, m))
}

// expectDead checks that a state was refused.
func expectDead(t *testing.T, r result) {
	t.Helper()
	expectError(t, r, fault.InvalidInput)
	if got := r.body().Text("param"); got != "$.requestState" {
		t.Errorf("the param is %q: %s", got, r.StructuredContent)
	}
}

// TestForeignStates: a consent is good for the call and the key that it was asked
// for.
func TestForeignStates(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		confirming(t, s)
		call := order(object{"idempotencyKey": "k"})
		twin := s.NewKey(t, s.Agent, app.Shelf().Rules().Scopes()...)
		state := ask(t, s, s.Key, call)
		for name, tc := range map[string]struct {
			key       string
			arguments object
			state     string
		}{
			"made up":                 {s.Key, call, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
			"changed":                 {s.Key, call, state[1:] + "A"},
			"cut":                     {s.Key, call, state[1:]},
			"in lower case":           {s.Key, call, strings.ToLower(state)},
			"with a slash":            {s.Key, call, state + "/../" + state},
			"of another quantity":     {s.Key, with(call, "quantity", 2), state},
			"of another way":          {s.Key, with(buying(t, s), "idempotencyKey", "k"), state},
			"of another request":      {s.Key, with(call, "idempotencyKey", "k2"), state},
			"of another key":          {twin, call, state},
			"another key's own state": {s.Key, call, ask(t, s, twin, call)},
		} {
			t.Log(name)
			expectDead(t, answerWith(t, s, tc.key, tc.arguments, tc.state, yes))
		}
		expectDead(t, answerWith(t, s, stranger(t, s), call, state, yes))
		expectPurchases(t, s, 0)

		// All of that has not used it up.
		if r := answerWith(t, s, s.Key, call, state, yes); r.IsError {
			t.Errorf("%s", r.StructuredContent)
		}
		expectBought(t, s, 1)
	})
}

func TestStateIsGoodOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	confirming(t, s)
	call := buying(t, s)
	state := ask(t, s, s.Key, call)
	if r := answerWith(t, s, s.Key, call, state, yes); r.IsError {
		t.Fatalf("%s", r.StructuredContent)
	}
	again := buying(t, s)
	expectDead(t, answerWith(t, s, s.Key, again, state, yes))
	expectBought(t, s, 1)
}

func TestStateGrowsOld(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	confirming(t, s)
	for _, tc := range []struct {
		after time.Duration
		good  bool
	}{{10 * time.Minute, false}, {10*time.Minute - time.Millisecond, true}} {
		call := buying(t, s)
		state := ask(t, s, s.Key, call)
		s.Clock.Advance(tc.after)
		r := answerWith(t, s, s.Key, call, state, yes)
		if !tc.good {
			expectDead(t, r)
		} else if r.IsError {
			t.Errorf("after %v: %s", tc.after, r.StructuredContent)
		}
	}
	expectBought(t, s, 1)
}

// TestStateWithoutAnswer: who brings the state brings the answer.
func TestStateWithoutAnswer(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	confirming(t, s)
	call := buying(t, s)
	m := toolCall("purchase_create", call)
	m["params"].(object)["requestState"] = ask(t, s, s.Key, call)
	r := resultOf(t, modern(t, s, s.Key, m))
	expectError(t, r, fault.InvalidInput)
	if got := r.body().Text("param"); got != "$.inputResponses.consent" {
		t.Errorf("the param is %q", got)
	}
	expectPurchases(t, s, 0)
}

// TestOneStateAtOnce: of several uses at the same time, one is the purchase.
func TestOneStateAtOnce(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{NoKick: true})
		confirming(t, s)
		call := buying(t, s)
		state := ask(t, s, s.Key, call)
		const uses = 4
		var results [uses]result
		var all sync.WaitGroup
		for i := range uses {
			all.Go(func() { results[i] = answerWith(t, s, s.Key, call, state, yes) })
		}
		all.Wait()
		first := 0
		for _, r := range results {
			switch {
			case r.IsError:
				t.Errorf("%s", r.StructuredContent)
			case r.Meta[replayedMeta] != true:
				first++
			}
		}
		if first != 1 {
			t.Errorf("%d of %d uses bought", first, uses)
		}
		expectBought(t, s, 1)
	})
}

// TestLostAnswer: a client that has not got the answer sends the same again, and
// gets it.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	confirming(t, s)
	call := buying(t, s)
	state := ask(t, s, s.Key, call)
	first := answerWith(t, s, s.Key, call, state, yes)
	s.Clock.Advance(time.Hour)
	again := answerWith(t, s, s.Key, call, state, yes)
	if first.IsError || string(again.StructuredContent) != string(first.StructuredContent) || again.Meta[replayedMeta] != true || first.Meta[replayedMeta] != nil {
		t.Errorf("%s\n%s %v", first.StructuredContent, again.StructuredContent, again.Meta)
	}
	expectBought(t, s, 1)
}
