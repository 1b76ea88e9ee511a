package bridge_test

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/bridge"
	"agentstore/pkg/shop"
)

var requestID = regexp.MustCompile(`req_\w+`)

func TestFromEnvironment(t *testing.T) {
	t.Parallel()
	tests := []struct{ base, key, want string }{
		{"https://store.example.com/v1/agent", "ask_live_x", ""},
		{"http://127.0.0.1:3000/v1/agent/", "ask_test_x", ""},
		{"", "ask_live_x", "AGENT_STORE_API_BASE_URL is not set: set it to the address of the store's API, such as https://store.example.com/v1/agent"},
		{"https://store.example.com/v1/agent", "", "AGENT_STORE_AGENT_API_KEY is not set: set it to the API key of the agent, such as ask_live_…"},
		{"https://store.example.com", "k", `AGENT_STORE_API_BASE_URL is "https://store.example.com": it must be an http or https address that ends in /v1/agent`},
		{"store.example.com/v1/agent", "k", `AGENT_STORE_API_BASE_URL is "store.example.com/v1/agent": it must be an http or https address that ends in /v1/agent`},
		{"file:///v1/agent", "k", `AGENT_STORE_API_BASE_URL is "file:///v1/agent": it must be an http or https address that ends in /v1/agent`},
	}
	for _, tt := range tests {
		_, err := bridge.FromEnvironment(func(name string) string {
			return map[string]string{"AGENT_STORE_API_BASE_URL": tt.base, "AGENT_STORE_AGENT_API_KEY": tt.key}[name]
		})
		if got := message(err); got != tt.want {
			t.Errorf("%q and %q: %s, want %s", tt.base, tt.key, got, tt.want)
		}
	}
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestCheck(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	other := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(other.Close)
	// A store that redirects would carry the key elsewhere.
	var followed bool
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed = true }))
	t.Cleanup(elsewhere.Close)
	redirecting := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusFound))
	t.Cleanup(redirecting.Close)
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()

	tests := []struct{ name, url, key, want string }{
		{"a good key", s.URL, s.Key, ""},
		{"a key that may not read the catalog", s.URL, s.NewKey(t, s.Agent, shop.ScopeServicesRead), ""},
		{"a mistyped key", s.URL, s.Key + "x", "the store at " + s.URL + " refuses the key in AGENT_STORE_AGENT_API_KEY: ask the owner of the account for a new one"},
		{"no store", other.URL, "k", "there is no store at " + other.URL + ": it answered with status 404"},
		{"a redirection", redirecting.URL, "k", "there is no store at " + redirecting.URL + ": it answered with status 302"},
		{"nobody", closed.URL, "k", "the store at " + closed.URL + " cannot be reached: "},
	}
	for _, tt := range tests {
		store, err := bridge.FromEnvironment(variables(tt.url, tt.key))
		if err != nil {
			t.Fatal(err)
		}
		got := message(store.Check(t.Context()))
		if !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
		if strings.Contains(got, s.Key) {
			t.Errorf("%s: the error holds the key", tt.name)
		}
	}
	if followed {
		t.Error("a redirection was followed")
	}
}
