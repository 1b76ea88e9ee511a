package e2e

import (
	"net/http"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

// A person sees when a key was last used, to the hour, from where and for what.
func TestLastUse(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{KeyUse: time.Hour})
		b := s.Owner(t)
		agent := member(t, b, http.MethodPost, "/agents", object{"name": "a"}, 201).Text("agent", "id")
		s.Key = member(t, b, http.MethodPost, "/agents/"+agent+"/keys", object{"name": "k"}, 201).Text("secret")
		expect := func(at, from, operation string) {
			t.Helper()
			list := member(t, b, http.MethodGet, "/agents/"+agent+"/keys", nil, 200)
			for name, want := range map[string]string{"lastUsedAt": at, "lastUsedFrom": from, "lastUsedFor": operation} {
				if got := list.Text("keys", 0, name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		}
		expect("", "", "")
		first := s.Clock.Now().Format(time.RFC3339)
		s.Call(t, http.MethodGet, storetest.Services, nil)
		expect(first, "127.0.0.1", "service_list")
		s.Clock.Advance(59 * time.Minute)
		s.Call(t, http.MethodGet, storetest.Purchases, nil)
		expect(first, "127.0.0.1", "service_list")
		s.Clock.Advance(time.Minute)
		b = s.Owner(t) // the session may have ended by then
		s.Call(t, http.MethodPost, "/mcp", object{"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
		expect(s.Clock.Now().Format(time.RFC3339), "127.0.0.1", "mcp")
	})
}
