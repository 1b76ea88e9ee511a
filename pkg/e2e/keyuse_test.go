package e2e

import (
	"net/http"
	"testing"
	"time"

	"agentstore/pkg/dynamo/dynamotest"
	"agentstore/pkg/storetest"
)

// A person sees when a key was last used, to the day.
func TestLastUse(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{KeyUse: 24 * time.Hour})
		b := s.Owner(t)
		agent := member(t, b, http.MethodPost, "/agents", object{"name": "a"}, 201).Text("agent", "id")
		s.Key = member(t, b, http.MethodPost, "/agents/"+agent+"/keys", object{"name": "k"}, 201).Text("secret")
		expect := func(want string) {
			t.Helper()
			if got := member(t, b, http.MethodGet, "/agents/"+agent+"/keys", nil, 200).Text("keys", 0, "lastUsedAt"); got != want {
				t.Errorf("the last use is %q, want %q", got, want)
			}
		}
		use := func() { s.Call(t, http.MethodGet, storetest.Services, nil) }
		expect("")
		first := s.Clock.Now().Format(time.RFC3339)
		use()
		expect(first)
		s.Clock.Advance(time.Hour)
		use()
		expect(first)
		s.Clock.Advance(23 * time.Hour)
		b = s.Owner(t) // the session has ended by then
		use()
		expect(s.Clock.Now().Format(time.RFC3339))
	})
}
