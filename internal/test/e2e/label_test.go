package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// labelled is an order of so many units with labels.
func labelledOrder(quantity int, labels ...any) object {
	order := storetest.Order()
	order["quantity"], order["labels"] = quantity, labels
	return order
}

// buyLabelled buys units with labels, and returns their ids.
func buyLabelled(t *testing.T, s *storetest.Store, quantity int, labels ...any) (ids []string) {
	t.Helper()
	quoted := s.Call(t, http.MethodPost, storetest.Quotes, labelledOrder(quantity, labels...))
	expectStatus(t, quoted, http.StatusCreated)
	if got := fmt.Sprint(quoted.Get("quote", "labels")); got != fmt.Sprintf("%v", labels) {
		t.Errorf("the quote has the labels %s, want %v", got, labels)
	}
	quote := quoted.Text("quote", "id")
	bought := s.Buy(t, quote, quote)
	expectStatus(t, bought, http.StatusCreated)
	for i := range quantity {
		ids = append(ids, bought.Text("services", i, "id"))
		if got := fmt.Sprint(bought.Get("services", i, "labels")); got != fmt.Sprintf("%v", labels) {
			t.Errorf("the service has the labels %s, want %v", got, labels)
		}
	}
	return ids
}

// expectFound expects a list of services, whatever their order.
func expectFound(t *testing.T, what string, list storetest.Answer, want ...string) {
	t.Helper()
	services, isList := list.Get("services").([]any)
	var got []string
	for _, s := range services {
		got = append(got, s.(object)["id"].(string))
	}
	slices.Sort(got)
	want = slices.Sorted(slices.Values(want))
	if !isList || !slices.Equal(got, want) {
		t.Errorf("%s: %v, want %v: %s", what, got, want, list.Body)
	}
}

// What a run has bought is found by its label, at once, over REST and MCP, by its agent
// and by members; nobody else finds anything by it.
func TestLabelsFind(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{NoKick: true})
		run := slices.Concat(buyLabelled(t, s, 2, "ci", "run=42"), buyLabelled(t, s, 1, "run=42"))
		other := s.Service(t)
		list := func(key string, in object) []storetest.Answer {
			o := api.ServiceList()
			return []storetest.Answer{byREST(t, s, key, o, in), byMCP(t, s, key, o, in)}
		}
		for _, a := range list(s.Key, object{"label": "run=42"}) {
			expectFound(t, "before they run", a, run...)
		}
		s.Work(t)
		for _, a := range list(s.Key, object{"label": "run=42", "status": "active"}) {
			expectFound(t, "as they run", a, run...)
		}
		for _, a := range list(s.Key, object{"label": "ci"}) {
			expectFound(t, "with the label of two", a, run[:2]...)
		}
		for _, a := range list(s.Key, object{"agentId": string(s.Agent)}) {
			expectFound(t, "of the agent", a, append([]string{other}, run...)...)
		}
		stranger := s.NewKey(t, s.Shop.IDs.Agent(s.Shop.IDs.Account()), app.Shelf().Rules().Scopes()...)
		own := s.NewKey(t, s.Shop.IDs.OwnAgent(s.Agent.Account()), app.Shelf().Rules().Scopes()...)
		for _, key := range []string{stranger, own} {
			for _, in := range []object{{"label": "run=42"}, {"agentId": string(s.Agent)}, {"agentId": string(s.Agent), "label": "run=42"}, {"agentId": "agt_none"}} {
				for _, a := range list(key, in) {
					expectFound(t, fmt.Sprintf("of another, by %v", in), a)
				}
			}
		}
	})
}

// Labels are replaced as a whole, once, and only of the version that is meant.
func TestLabelsSet(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		for _, sees := range []shop.Sees{shop.SeesAccount, shop.SeesOwn} {
			s := storetest.New(t, engine, storetest.Options{})
			if sees == shop.SeesOwn {
				s.Agent = s.Shop.IDs.OwnAgent(s.Agent.Account())
				s.Key = s.NewKey(t, s.Agent, app.Shelf().Rules().Scopes()...)
			}
			service, other := buyLabelled(t, s, 1, "ci")[0], buyLabelled(t, s, 1, "ci")[0]
			path := storetest.Services + "/" + service
			body := object{"labels": []any{"run=42", "web"}, "idempotencyKey": "k"}
			first := s.Call(t, http.MethodPost, path+"/labels", body)
			expectStatus(t, first, http.StatusOK)
			if again := s.Call(t, http.MethodPost, path+"/labels", body); again.Status != http.StatusOK || string(again.Body) != string(first.Body) {
				t.Errorf("again: %d %s", again.Status, again.Body)
			}
			expectFound(t, "by a label that it had", s.Call(t, http.MethodGet, storetest.Services+"?label=ci", nil), other)
			for _, label := range []string{"run=42", "web"} {
				expectFound(t, "by "+label, s.Call(t, http.MethodGet, storetest.Services+"?label="+strings.Replace(label, "=", "%3D", 1), nil), service)
			}
			changed := maps.Clone(body)
			changed["labels"] = []any{"web"}
			expectStatus(t, s.Call(t, http.MethodPost, path+"/labels", changed), http.StatusUnprocessableEntity)
			expectStatus(t, s.Call(t, http.MethodPost, path+"/labels", object{"labels": []any{}}), http.StatusOK)
			expectFound(t, "by none", s.Call(t, http.MethodGet, storetest.Services+"?label=web", nil))
			expectWholeBooks(t, s)
		}
	})
}

func expectWholeBooks(t *testing.T, s *storetest.Store) {
	t.Helper()
	holdings, err := app.Servers(app.Config{}, s.Table, s.Clock.Now).Holdings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b := books(t, s)
	b.Holdings = holdings
	if findings := verify.Account(b, s.Clock.Now(), 0); len(findings) > 0 {
		t.Errorf("the books are broken: %v", findings)
	}
}

// What nobody can see is not looked for: an agent of another account, another agent for
// one that sees its own, and what is no agent.
func TestAgentsThatNobodySees(t *testing.T) {
	t.Parallel()
	recorder := new(dynamotest.Recorder)
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){recorder.Record}})
	stranger := s.Shop.IDs.Agent(s.Shop.IDs.Account())
	own := *s
	own.Key = s.NewKey(t, s.Shop.IDs.OwnAgent(s.Agent.Account()), app.Shelf().Rules().Scopes()...)
	for name, look := range map[string]func() storetest.Answer{
		"of another account": func() storetest.Answer {
			return s.Call(t, http.MethodGet, storetest.Services+"?agentId="+string(stranger), nil)
		},
		"a colleague": func() storetest.Answer {
			return own.Call(t, http.MethodGet, storetest.Services+"?agentId="+string(s.Agent), nil)
		},
		"no agent": func() storetest.Answer { return s.Call(t, http.MethodGet, storetest.Services+"?agentId=agt_none", nil) },
	} {
		recorder.Reset()
		expectFound(t, name, look())
		for _, call := range recorder.Calls() {
			if call.Operation != "GetItem" { // of the key
				t.Errorf("%s is looked for by %s of %v", name, call.Operation, call.Keys)
			}
		}
	}
}

// A change of labels can be held to what was read, by its ETag.
func TestLabelsIfMatch(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	path := storetest.Services + "/" + s.Service(t)
	tag := s.Call(t, http.MethodGet, path, nil).Header.Get("ETag")
	set := func(label string) storetest.Answer {
		r := s.Request(t, http.MethodPost, path+"/labels", object{"labels": []any{label}})
		r.Header.Set("If-Match", tag)
		return storetest.Do(t, http.DefaultClient, r)
	}
	expectStatus(t, set("first"), http.StatusOK)
	if a := set("second"); a.Code() != "precondition_failed" {
		t.Errorf("a change of another version: %d %s", a.Status, a.Body)
	}
	expectFound(t, "by the first", s.Call(t, http.MethodGet, storetest.Services+"?label=first", nil), strings.TrimPrefix(path, storetest.Services+"/"))
}

// What cannot be a label is refused, with the field; so is more than a purchase has room
// for, and what has room can be bought, also by an agent that sees its own.
func TestLabelsAreBound(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true})
	nine := make([]any, 9)
	for i := range nine {
		nine[i] = fmt.Sprint("label-", i)
	}
	for name, tt := range map[string]struct {
		order object
		param string
	}{
		"upper case":       {labelledOrder(1, "CI"), "$.labels[0]"},
		"a space":          {labelledOrder(1, "ci", "run 42"), "$.labels[1]"},
		"empty":            {labelledOrder(1, ""), "$.labels[0]"},
		"the mark of keys": {labelledOrder(1, "a#b"), "$.labels[0]"},
		"64 characters":    {labelledOrder(1, strings.Repeat("a", 64)), "$.labels[0]"},
		"twice":            {labelledOrder(1, "ci", "web", "ci"), "$.labels[2]"},
		"nine":             {labelledOrder(1, nine...), "$.labels"},
		"three for ten":    {labelledOrder(10, nine[:3]...), "$.labels"},
		"seven for four":   {labelledOrder(4, nine[:7]...), "$.labels"},
	} {
		a := s.Call(t, http.MethodPost, storetest.Quotes, tt.order)
		if a.Status != http.StatusBadRequest || a.Text("errors", 0, "param") != tt.param {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	own := *s
	own.Agent = s.Shop.IDs.OwnAgent(s.Agent.Account())
	own.Key = own.NewKey(t, own.Agent, app.Shelf().Rules().Scopes()...)
	for _, s := range []*storetest.Store{s, &own} {
		expectFound(t, "ten of one label", s.Call(t, http.MethodGet, storetest.Services+"?label=label-0&limit=100", nil))
		ten := buyLabelled(t, s, 10, nine[:2]...)
		three := buyLabelled(t, s, 3, nine[:8]...)
		want := slices.Concat(ten, three)
		if s != &own {
			expectFound(t, "of one label", s.Call(t, http.MethodGet, storetest.Services+"?label=label-0&limit=100&agentId="+string(s.Agent), nil), want...)
		}
		for _, id := range want {
			relabel := object{"labels": nine[1:9]}
			expectStatus(t, s.Call(t, http.MethodPost, storetest.Services+"/"+id+"/labels", relabel), http.StatusOK)
		}
		expectFound(t, "of a label that all have got", s.Call(t, http.MethodGet, storetest.Services+"?label=label-8&limit=100&agentId="+string(s.Agent), nil), want...)
		expectFound(t, "of the label that all had", s.Call(t, http.MethodGet, storetest.Services+"?label=label-0&limit=100", nil))
	}
}

// A member labels what agents have bought, and finds it.
func TestMembersLabel(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	service := h.ids["serviceId"]
	member(t, h.browser, http.MethodPost, "/services/"+service+"/labels", object{"labels": []any{"team/web"}}, 200)
	for _, query := range []string{"label=team/web", "agentId=" + h.ids["agentId"], "label=team/web&agentId=" + h.ids["agentId"]} {
		expectFound(t, query, member(t, h.browser, http.MethodGet, "/services?"+query, nil, 200), service)
	}
	trail := member(t, h.browser, http.MethodGet, "/audit?operation=account_service_labels_set", nil, 200)
	if trail.Text("events", 0, "subject") != service {
		t.Errorf("the trail is %s", trail.Body)
	}
}

// Labels come with the purchase, whatever it waited for.
func TestLabelsOfPurchasesThatWait(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	s.Key = h.key
	policy := "/agents/" + h.ids["agentId"] + "/policy"
	member(t, h.browser, http.MethodPut, policy, object{"limits": []any{object{"currency": "usd", "approvalAboveMinor": 0}}}, 200)
	quote := s.Call(t, http.MethodPost, storetest.Quotes, labelledOrder(1, "asked")).Text("quote", "id")
	parked := s.Buy(t, quote, quote)
	if parked.Text("purchase", "status") != "pending_approval" {
		t.Fatalf("it did not wait: %s", parked.Body)
	}
	expectFound(t, "while it waits", s.Call(t, http.MethodGet, storetest.Services+"?label=asked", nil))
	member(t, h.browser, http.MethodPost, "/approvals/"+parked.Text("purchase", "approvalId")+"/approve", object{}, 200)
	bought := s.Call(t, http.MethodGet, storetest.Purchases+"/"+parked.Text("purchase", "id"), nil).Text("purchase", "services", 0, "id")
	expectFound(t, "once it is approved", s.Call(t, http.MethodGet, storetest.Services+"?label=asked", nil), bought)

	held := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	held.Hold(t, held.Agent)
	service := buyLabelled(t, held, 1, "held")[0]
	expectFound(t, "of a wallet that holds", held.Call(t, http.MethodGet, storetest.Services+"?label=held", nil), service)
}
