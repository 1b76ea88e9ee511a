package discovery_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/discovery"
	"agentstore/pkg/web"
)

// TestOriginIsWhereTheRequestHasReachedTheStore has one store asked by several
// names, and by one that is not its own.
func TestOriginIsWhereTheRequestHasReachedTheStore(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	_, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "http://"), ":")
	for path := range contentTypes {
		for _, host := range []string{"127.0.0.1:" + port, "[::1]:" + port, "localhost:" + port} {
			r := request(t, http.MethodGet, s.URL+path)
			r.Host = host
			expectOrigin(t, host+path, expectOK(t, r), "http://"+host)
		}
		r := request(t, http.MethodGet, s.URL+path)
		r.Host = "evil.example"
		if a := storetest.Do(t, http.DefaultClient, r); a.Code() != "misdirected" || strings.Contains(string(a.Body), "evil") {
			t.Errorf("%s for another host: %d %s", path, a.Status, a.Body)
		}
	}
}

// TestOriginIsTheGateways, which hands on what was sent to its own domains.
func TestOriginIsTheGateways(t *testing.T) {
	t.Parallel()
	frame := web.Frame{RequestID: func(context.Context) string { return "req_test" }, Log: slog.New(slog.DiscardHandler)}
	handler := web.Routes(frame.NotFound(nil), discovery.Routes(web.Store{Frame: frame, Shop: newStore(t).Shop, Shelf: app.Shelf()})...)
	for path := range contentTypes {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, storetest.Taken(httptest.NewRequest(http.MethodGet, "https://store.example.com"+path, nil), "store.example.com"))
		expectOrigin(t, path, storetest.Answer{Status: w.Code, Body: w.Body.Bytes()}, "https://store.example.com")
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
	routes := discovery.Routes(web.Store{Frame: frame, Shop: newStore(t).Shop, Shelf: app.Shelf()})
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
