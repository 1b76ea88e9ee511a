package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/rest"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// events is how many a full household has beside those of its making.
const events = 1500

// full is a household whose lists are longer than a page, and whose rows are as
// large as callers can make them.
func full(t *testing.T, s *storetest.Store) household {
	t.Helper()
	h := everything(t, s, "ada")
	account := h.owner.Account
	own := *s
	own.Key = h.key
	order := storetest.Order()
	order["quantity"] = shop.MaxQuantity
	order["configuration"].(object)["userData"] = strings.Repeat("\u2028", 32<<10/3)
	for n := range 4 {
		order["idempotencyKey"] = fmt.Sprint("bulk ", n)
		if a := own.Call(t, http.MethodPost, storetest.Purchases, order); a.Status != http.StatusCreated {
			t.Fatalf("a large purchase: %s", a.Body)
		}
	}
	for range 150 {
		s.Fund(t, account, 1)
	}
	for n := range events {
		h.event(t, s, n%10 == 0)
	}
	return h
}

// event writes an event, of a change of a large policy or of none.
func (h household) event(t *testing.T, s *storetest.Store, large bool) {
	t.Helper()
	e := &shop.Event{
		ID: s.Shop.IDs.Event(), Account: h.owner.Account, Actor: shop.Actor{Agent: id.Agent(h.ids["agentId"]), Key: id.Key(h.ids["keyId"])},
		Operation: "quote_create", Subject: h.ids["quoteId"], RequestID: "req_x", Source: "192.0.2.7", At: s.Clock.Now(),
	}
	if large {
		policy := json.RawMessage(`{"regions":["` + strings.Repeat(`<`, 8000) + `"]}`)
		e.Before, e.After = policy, policy
	}
	must(t, s.Table.Commit(t.Context(), shop.Change{Event: e, At: e.At}))
}

// worst are the arguments that make the most work: long pages, and those with a
// filter that nothing passes.
func worst(o api.Operation, h household) map[string]object {
	in := arguments(o, h)
	if o.Input.Properties["limit"] != nil {
		in["limit"] = shop.MaxPage
	}
	all := map[string]object{o.Name: in}
	if o.Input.Properties["actor"] != nil {
		all[o.Name+" of nobody"] = with(in, "actor", "nobody")
	}
	if status := o.Input.Properties["status"]; status != nil {
		none := status.Enum[len(status.Enum)-1]
		all[fmt.Sprint(o.Name, " that are ", none)] = with(in, "status", none)
	}
	return all
}

// TestWorstRequests sends each operation the request that costs the most, by each
// protocol that has it, and holds it to the calls and the bytes of one request.
func TestWorstRequests(t *testing.T) {
	t.Parallel()
	var recorder dynamotest.Recorder
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{
		DemoCredit: money.Money{Minor: 1_000_000_000, Currency: "usd"}, Client: []func(*dynamodb.Options){recorder.Record},
	})
	h := full(t, s)
	send := func(name string, client *http.Client, r *http.Request) storetest.Answer {
		t.Helper()
		recorder.Reset()
		started := time.Now()
		a := storetest.Do(t, client, r)
		calls := len(recorder.Calls())
		envelope, err := json.Marshal(string(a.Body))
		must(t, err)
		t.Logf("%-36s %d %3d calls %8d bytes, %8d in the envelope, %v", name, a.Status, calls, len(a.Body), len(envelope), time.Since(started).Round(time.Millisecond))
		if calls > shop.MaxCalls || len(envelope) > web.MaxAnswer || a.Status >= http.StatusInternalServerError {
			t.Errorf("%s: %d, %d calls and %d bytes", name, a.Status, calls, len(envelope))
		}
		return a
	}
	for _, o := range api.All(app.Shelf()) {
		for name, in := range worst(o, h) {
			if a := send(name, &h.browser.Client, h.request(t, s, o, in)); a.Status == http.StatusUnauthorized {
				t.Errorf("%s is not carried out: %s", name, a.Body)
			}
			if o.Role == "" {
				call := object{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": object{"name": o.Name, "arguments": in}}
				r := withKey(s.Request(t, http.MethodPost, web.MCPPath, call), h.key)
				send(name+" over MCP", http.DefaultClient, r)
			}
		}
		if strings.HasPrefix(o.Name, "session_end") { // its own, too
			h.browser.LogIn(t, "/login", "ada", "ada@example.com")
		}
	}
	for _, path := range rest.ExportPaths() {
		r := s.Request(t, http.MethodGet, path, nil)
		r.Header.Del("Authorization")
		if a := send(path, &h.browser.Client, r); a.Status != http.StatusOK || !strings.Contains(a.Header.Get("Link"), "cursor=") {
			t.Errorf("%s: %d, and the rest is at %q", path, a.Status, a.Header.Get("Link"))
		}
		r = s.Request(t, http.MethodGet, path+"?actor=nobody", nil)
		r.Header.Del("Authorization")
		if a := send(path+"?actor=nobody", &h.browser.Client, r); a.Status != http.StatusOK {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
}

// TestListsEndEarly: what does not fit into one answer is on the next page, and
// nothing is lost between the pages.
func TestListsEndEarly(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 1_000_000_000, Currency: "usd"}})
	h := full(t, s)
	s.Clock.Advance(time.Second) // the first page has these alone, in whatever order
	for range shop.MaxPage {
		h.event(t, s, true)
	}
	seen := make(map[string]bool)
	short := 0
	for cursor, pages := "", 0; pages < 200; pages++ {
		a := member(t, h.browser, http.MethodGet, "/audit?limit=100&cursor="+cursor, nil, 200)
		list, _ := a.Get("events").([]any)
		for i := range list {
			seen[a.Text("events", i, "id")] = true
		}
		if cursor = a.Text("nextCursor"); cursor == "" {
			break
		}
		if len(list) < shop.MaxPage {
			short++
		}
	}
	if len(seen) < events || short == 0 {
		t.Errorf("%d events, want more than %d, and %d pages ended early", len(seen), events, short)
	}
}

// TestTooMuchWork: a batch that would take more calls than one request has ends
// with a fix, and what was within them is answered.
func TestTooMuchWork(t *testing.T) {
	t.Parallel()
	var recorder dynamotest.Recorder
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){recorder.Record}})
	batch := make([]object, 20)
	for i := range batch {
		batch[i] = object{"jsonrpc": "2.0", "id": i, "method": "tools/call", "params": object{
			"name": "quote_create", "arguments": storetest.Order(),
		}}
	}
	recorder.Reset()
	a := s.Call(t, http.MethodPost, web.MCPPath, batch)
	good, refused := 0, 0
	for i := range batch {
		switch {
		case a.Text(i, "result", "structuredContent", "quote", "id") != "":
			good++
		case a.Text(i, "result", "structuredContent", "code") == string(fault.PayloadTooLarge):
			refused++
		}
	}
	calls := len(recorder.Calls())
	t.Logf("%d calls, %d answered, %d refused", calls, good, refused)
	if calls > shop.MaxCalls || good == 0 || refused == 0 || good+refused != len(batch) {
		t.Errorf("%d calls, %d answered, %d refused: %s", calls, good, refused, a.Body)
	}
}

// TestTooSlow: a request that the table keeps waiting ends, and may be sent again.
func TestTooSlow(t *testing.T) {
	t.Parallel()
	recorder := dynamotest.Recorder{Delay: 500 * time.Millisecond}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{
		TimeLimit: 100 * time.Millisecond, Client: []func(*dynamodb.Options){recorder.Record},
	})
	a := s.Call(t, http.MethodGet, storetest.Services, nil)
	if a.Code() != string(fault.ProviderUnavailable) || a.Header.Get("Retry-After") == "" || a.Get("fixes", 0) == nil {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}
