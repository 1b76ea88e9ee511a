package e2e

import (
	"net/http"
	"slices"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

// A member sees what a key was used for: what it has written and was refused from the
// trail, and what it has read as its process remembers it, or has written it down beside
// what the key wrote later.
func TestKeyRequests(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{KeyUse: time.Hour})
		b := s.Owner(t)
		agent := member(t, b, http.MethodPost, "/agents", object{"name": "a"}, 201).Text("agent", "id")
		made := member(t, b, http.MethodPost, "/agents/"+agent+"/keys", object{"name": "k", "scopes": []string{"services:read", "quotes:write"}}, 201)
		s.Key = made.Text("secret")
		requests := "/agents/" + agent + "/keys/" + made.Text("key", "id") + "/requests"
		expect := func(want ...string) {
			t.Helper()
			list := member(t, b, http.MethodGet, requests, nil, 200)
			var got []string
			for i := range list.Get("requests").([]any) {
				got = append(got, list.Text("requests", i, "operation")+" "+list.Text("requests", i, "code"))
				if list.Text("requests", i, "requestId") == "" {
					t.Errorf("request %d has no id: %s", i, list.Body)
				}
			}
			if slices.Reverse(got); !slices.Equal(got, want) || list.Get("complete") != true {
				t.Errorf("the requests are %q, want %q: %s", got, want, list.Body)
			}
		}
		ask := func(method, path string, body any) {
			s.Clock.Advance(time.Second)
			s.Call(t, method, path, body)
		}
		expect()
		ask(http.MethodGet, storetest.Services, nil)
		ask(http.MethodGet, storetest.Services+"/svc_none", nil)
		ask(http.MethodPost, storetest.Quotes, storetest.Order())
		ask(http.MethodPost, storetest.Purchases, object{"quoteId": "quo_none", "idempotencyKey": "k"})
		ask(http.MethodGet, storetest.Services, nil)
		before := []string{"service_list ", "service_get not_found", "quote_create ", "purchase_create insufficient_scope"}
		expect(append(before, "service_list ")...)

		s.Shop.KeyLog = nil // another process: it knows what was written down
		expect(before...)
	})
}
