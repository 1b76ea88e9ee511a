package discovery_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"agentstore/pkg/discovery"
	"agentstore/pkg/storetest"
	"agentstore/pkg/web"
)

// TestOriginIsWhereTheRequestWasSentTo has one store asked by several names.
func TestOriginIsWhereTheRequestWasSentTo(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for host, origin := range map[string]string{
		"127.0.0.1:3000":         "http://127.0.0.1:3000",
		"[::1]:3000":             "http://[::1]:3000",
		"localhost":              "http://localhost",
		"store.example.com":      "https://store.example.com",
		"store.example.com:8443": "https://store.example.com:8443",
	} {
		for path := range contentTypes {
			r := request(t, http.MethodGet, s.URL+path)
			r.Host = host
			expectOrigin(t, host+path, expectOK(t, r), origin)
		}
	}
}

// TestPublicURLIsTheOrigin whatever the request says.
func TestPublicURLIsTheOrigin(t *testing.T) {
	t.Parallel()
	const origin = "https://shop.example.org"
	frame := web.Frame{
		RequestID: func(context.Context) string { return "req_test" },
		Log:       slog.New(slog.DiscardHandler), PublicURL: origin,
	}
	routes := discovery.Routes(frame, newStore(t).Shop)
	server := httptest.NewServer(web.Routes(frame.NotFound(nil), routes...))
	defer server.Close()
	for path := range contentTypes {
		expectOrigin(t, path, get(t, server.URL+path), origin)
	}
}

// expectOrigin finds every address of a store in a document.
func expectOrigin(t *testing.T, name string, a storetest.Answer, origin string) {
	t.Helper()
	text := strings.ReplaceAll(string(a.Body), "https://static.modelcontextprotocol.io/", "")
	all := strings.Count(text, "://")
	if own := strings.Count(text, origin+"/") + strings.Count(text, origin+`"`); own == 0 || own != all {
		t.Errorf("%s: %d of %d addresses are of %s: %s", name, own, all, origin, a.Body)
	}
}
