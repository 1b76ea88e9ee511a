package shop_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/auth"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

const order = storetest.OrderText

// without is an order without its key, which then comes in a header.
func without(order string) string { return strings.Replace(order, `"idempotencyKey":"k",`, "", 1) }

// send makes a request with a body as it stands, and changes to its headers.
func send(t *testing.T, s *storetest.Store, path, body string, change ...func(http.Header)) storetest.Answer {
	t.Helper()
	request := s.Request(t, http.MethodPost, path, body)
	for _, c := range change {
		c(request.Header)
	}
	return storetest.Do(t, http.DefaultClient, request)
}

func header(name, value string) func(http.Header) {
	return func(h http.Header) { h.Add(name, value) }
}

func as(key string) func(http.Header) {
	return func(h http.Header) { h.Set("Authorization", "Bearer "+key) }
}

// expectReplay wants the first answer again, byte for byte.
func expectReplay(t *testing.T, what string, got, first storetest.Answer) {
	t.Helper()
	if got.Status != first.Status || !bytes.Equal(got.Body, first.Body) || !replayed(got) {
		t.Errorf("%s: status %d, Idempotent-Replayed %q, %s\nwant %d, true, %s", what,
			got.Status, got.Header.Get("Idempotent-Replayed"), got.Body, first.Status, first.Body)
	}
}

func expectRefusal(t *testing.T, what string, got storetest.Answer, code fault.Code) {
	t.Helper()
	if got.Status != code.Status() || got.Code() != string(code) || replayed(got) {
		t.Errorf("%s: status %d, %s; want %s", what, got.Status, got.Body, code)
	}
}

// first wants a good answer that is no replay.
func expectFirst(t *testing.T, got storetest.Answer, status int) storetest.Answer {
	t.Helper()
	expectStatus(t, got, status)
	if replayed(got) {
		t.Fatal("the first answer says that it is a replay")
	}
	return got
}

func TestReplay(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		first := expectFirst(t, send(t, s, storetest.Purchases, order), http.StatusCreated)
		for name, body := range storetest.SameOrders() {
			expectReplay(t, name, send(t, s, storetest.Purchases, body), first)
		}
		for name, value := range map[string]string{"bare": "k", "quoted": `"k"`, "escaped": `"\k"`} {
			answer := send(t, s, storetest.Purchases, without(order), header("Idempotency-Key", value))
			if name == "escaped" { // which is no way to write a k (RFC 9651, section 3.3.3)
				expectRefusal(t, name+" in the header", answer, fault.InvalidInput)
				continue
			}
			expectReplay(t, name+" in the header", answer, first)
		}
		expectReplay(t, "in both", send(t, s, storetest.Purchases, order, header("Idempotency-Key", "k")), first)
		colleague := s.NewKey(t, s.Agent, app.Shelf().Rules().Scopes()...)
		expectReplay(t, "with another key of the agent", send(t, s, storetest.Purchases, order, as(colleague)), first)
		expectStock(t, s, 1, 1)
	})
}

// The answer to a purchase never changes: not when its quote has expired, not
// when its service has long been changed.
func TestReplayOfAPurchaseIsForEver(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		quoteID := s.Quote(t)
		first := expectFirst(t, s.Buy(t, quoteID, "k"), http.StatusCreated)
		s.Clock.Advance(time.Hour)
		expectReplay(t, "after the quote expired", s.Buy(t, quoteID, "k"), first)
		serviceID := first.Text("service", "id")
		expectFirst(t, send(t, s, storetest.ActionPath(serviceID, storetest.Protectable()), string(storetest.Protectable().Input)), http.StatusAccepted)
		expectReplay(t, "after an action", s.Buy(t, quoteID, "k"), first)
		s.Clock.Advance(10 * 365 * 24 * time.Hour)
		expectReplay(t, "ten years later", s.Buy(t, quoteID, "k"), first)
		expectStock(t, s, 1, 1)
	})
}

func TestOtherArguments(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		expectFirst(t, send(t, s, storetest.Purchases, order), http.StatusCreated)
		for name, body := range storetest.OtherOrders() {
			expectRefusal(t, name, send(t, s, storetest.Purchases, body), fault.IdempotencyConflict)
		}
		expectRefusal(t, "a quote", s.Buy(t, s.Quote(t), "k"), fault.IdempotencyConflict)
		expectStock(t, s, 1, 1)
	})
}

// What is no request is refused as such, whether its key is known or not.
func TestBadRequestsWithAKey(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	first := expectFirst(t, send(t, s, storetest.Purchases, order), http.StatusCreated)
	tests := map[string]struct {
		body   string
		header string
		code   fault.Code
		param  string
	}{
		"null for absent":          {strings.Replace(order, `"quantity":1`, `"quantity":null`, 1), "", fault.InvalidInput, "$.quantity"},
		"one more that is null":    {strings.Replace(order, `{`, `{"quoteId":null,`, 1), "", fault.InvalidInput, "$.quoteId"},
		"header and body disagree": {order, "other", fault.InvalidInput, "$.idempotencyKey"},
		"a key that is null":       {strings.Replace(order, `"k"`, `null`, 1), "", fault.InvalidInput, "$.idempotencyKey"},
		"a null key and a header":  {strings.Replace(order, `"k"`, `null`, 1), "k", fault.InvalidInput, "$.idempotencyKey"},
		"a key that is empty":      {strings.Replace(order, `"k"`, `""`, 1), "", fault.InvalidInput, "$.idempotencyKey"},
		"a key that is no ASCII":   {strings.Replace(order, `"k"`, `"ké"`, 1), "", fault.InvalidInput, "$.idempotencyKey"},
		"a key that is too long":   {strings.Replace(order, `"k"`, `"`+strings.Repeat("k", 256)+`"`, 1), "", fault.InvalidInput, "$.idempotencyKey"},
		"two keys in the header":   {without(order), "k, k", fault.InvalidInput, "$.idempotencyKey"},
		"half a quoted key":        {without(order), `"k`, fault.InvalidInput, "$.idempotencyKey"},
		"an empty header":          {without(order), `""`, fault.InvalidInput, "$.idempotencyKey"},
		"no key":                   {without(order), "", fault.IdempotencyKeyRequired, "$.idempotencyKey"},
	}
	for name, test := range tests {
		var headers []func(http.Header)
		if test.header != "" {
			headers = append(headers, header("Idempotency-Key", test.header))
		}
		answer := send(t, s, storetest.Purchases, test.body, headers...)
		expectRefusal(t, name, answer, test.code)
		expectSame(t, name, answer.Text("param"), test.param)
	}
	twice := send(t, s, storetest.Purchases, without(order), header("Idempotency-Key", "k"), header("Idempotency-Key", "k"))
	expectRefusal(t, "the header twice", twice, fault.InvalidInput)
	expectReplay(t, "and a good one", send(t, s, storetest.Purchases, order), first)
	expectStock(t, s, 1, 1)
}

// A key is the agent's own: the same text of another one means another purchase.
func TestKeysOfOtherAgents(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		first := expectFirst(t, send(t, s, storetest.Purchases, order), http.StatusCreated)
		for name, agent := range map[string]id.Agent{
			"colleague": s.Shop.IDs.Agent(s.Agent.Account()),
			"stranger":  s.Shop.IDs.Agent(s.Shop.IDs.Account()),
		} {
			key := s.NewKey(t, agent, app.Shelf().Rules().Scopes()...)
			s.Fund(t, agent.Account(), 100_000)
			other := expectFirst(t, send(t, s, storetest.Purchases, order, as(key)), http.StatusCreated)
			if other.Text("purchase", "id") == first.Text("purchase", "id") {
				t.Errorf("the %s got the same purchase", name)
			}
			expectReplay(t, name, send(t, s, storetest.Purchases, order, as(key)), other)
		}
		expectReplay(t, "the first", send(t, s, storetest.Purchases, order), first)
		expectStock(t, s, 2, 2) // the stranger's is elsewhere
	})
}

// A key that was revoked learns nothing, not even what it did before.
func TestReplayByARevokedKey(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		first := expectFirst(t, send(t, s, storetest.Purchases, order), http.StatusCreated)
		token, err := auth.ParseToken(auth.Test, s.Key)
		expectOK(t, err)
		credential, err := s.Table.Credential(t.Context(), token.Key)
		expectOK(t, err)
		credential.Version++
		credential.RevokedAt = s.Clock.Now()
		expectOK(t, s.Table.PutCredential(t.Context(), credential))

		expectRefusal(t, "replay", send(t, s, storetest.Purchases, order), fault.Unauthenticated)
		another := strings.Replace(order, `"k"`, `"another"`, 1)
		expectRefusal(t, "purchase", send(t, s, storetest.Purchases, another), fault.Unauthenticated)
		expectStock(t, s, 1, 1)
		successor := s.NewKey(t, s.Agent, app.Shelf().Rules().Scopes()...)
		expectReplay(t, "by its successor", send(t, s, storetest.Purchases, order, as(successor)), first)
	})
}

// The operations of which a key is not required: with one they happen once,
// without one each time.
func TestOptionalKeys(t *testing.T) {
	t.Parallel()
	members := func(object string) string { return strings.TrimPrefix(object, "{") }
	action := func(intent shop.Intent) func(*testing.T, *storetest.Store) string {
		return func(t *testing.T, s *storetest.Store) string { return storetest.ActionPath(s.Service(t), intent) }
	}
	harmless, protectable := storetest.Harmless(), storetest.Protectable()
	operations := map[string]struct {
		path   func(*testing.T, *storetest.Store) string
		body   string // after the key
		other  string // arguments, after the key
		status int
	}{
		"quote_create": {
			func(*testing.T, *storetest.Store) string { return storetest.Quotes },
			members(without(order)), members(without(storetest.AnotherOrder())), http.StatusCreated,
		},
		"an action that is asked for with something": {
			action(protectable), members(string(protectable.Input)), members(string(storetest.Otherwise().Input)), http.StatusAccepted,
		},
		"one that is asked for with nothing": {action(harmless), members(string(harmless.Input)), "", http.StatusAccepted},
	}
	for name, operation := range operations {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
			path := operation.path(t, s)
			keyed := strings.Replace(`{"idempotencyKey":"k",`+operation.body, ",}", "}", 1)
			keyless := "{" + operation.body

			first := expectFirst(t, send(t, s, path, keyed), operation.status)
			expectReplay(t, "the same key", send(t, s, path, keyed), first)
			s.Work(t)
			expectReplay(t, "when it is done", send(t, s, path, keyed), first)
			expectReplay(t, "in the header", send(t, s, path, keyless, header("Idempotency-Key", `"k"`)), first)
			if operation.other != "" {
				other := `{"idempotencyKey":"k",` + operation.other
				expectRefusal(t, "other arguments", send(t, s, path, other), fault.IdempotencyConflict)
			}
			for range 2 {
				s.Work(t)
				again := expectFirst(t, send(t, s, path, keyless), operation.status)
				if bytes.Equal(again.Body, first.Body) {
					t.Errorf("without a key it is the same: %s", again.Body)
				}
			}

			const month = 30 * 24 * time.Hour
			s.Clock.Advance(month - time.Millisecond)
			s.Work(t)
			expectReplay(t, "after almost a month", send(t, s, path, keyed), first)
			s.Clock.Advance(time.Millisecond)
			anew := expectFirst(t, send(t, s, path, keyed), operation.status)
			expectReplay(t, "what it means now", send(t, s, path, keyed), anew)
		})
	}
}

// A key belongs to what was asked for: to one service, and to one operation.
func TestKeyOfAnotherTarget(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	one, other := s.Service(t), s.Service(t)
	harmless, protectable := storetest.Harmless(), storetest.Protectable()
	expectFirst(t, send(t, s, storetest.ActionPath(one, harmless), `{"idempotencyKey":"k"}`), http.StatusAccepted)
	s.Work(t)
	expectRefusal(t, "another service", send(t, s, storetest.ActionPath(other, harmless), `{"idempotencyKey":"k"}`), fault.IdempotencyConflict)
	keyed := strings.Replace(string(protectable.Input), "{", `{"idempotencyKey":"k",`, 1)
	expectFirst(t, send(t, s, storetest.ActionPath(one, protectable), keyed), http.StatusAccepted)
	expectFirst(t, send(t, s, storetest.Purchases, order), http.StatusCreated)
}

// What was refused has not happened: its key is free for another try.
func TestRefusalBindsNoKey(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		expired := s.Quote(t)
		s.Clock.Advance(15 * time.Minute)
		expectRefusal(t, "an expired quote", s.Buy(t, expired, "k"), fault.QuoteExpired)
		expectRefusal(t, "no quote", s.Buy(t, "quo_unknown", "k"), fault.NotFound)
		expectRefusal(t, "a wrong order", send(t, s, storetest.Purchases, storetest.WrongOrder()), fault.UnsupportedRegion)
		first := expectFirst(t, send(t, s, storetest.Purchases, order), http.StatusCreated)

		action := storetest.ActionPath(first.Text("service", "id"), storetest.Harmless())
		expectRefusal(t, "too early", send(t, s, action, `{"idempotencyKey":"k"}`), fault.ActionInProgress)
		s.Work(t)
		accepted := expectFirst(t, send(t, s, action, `{"idempotencyKey":"k"}`), http.StatusAccepted)
		expectReplay(t, "meanwhile", send(t, s, action, `{"idempotencyKey":"k"}`), accepted)
		expectRefusal(t, "another key meanwhile", send(t, s, action, `{"idempotencyKey":"l"}`), fault.ActionInProgress)
		s.Work(t)
		expectFirst(t, send(t, s, action, `{"idempotencyKey":"l"}`), http.StatusAccepted)
	})
}
