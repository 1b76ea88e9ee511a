package mcp_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/chromedp/chromedp"

	"agentstore/internal/test/browser"
)

// TestPath: people write the address with a slash at the end, too.
func TestPath(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for path, want := range map[string]int{
		"/mcp": http.StatusOK, "/mcp/": http.StatusOK,
		"/mcp//": http.StatusNotFound, "//mcp": http.StatusNotFound, "/mcp/tools": http.StatusNotFound, "/./mcp": http.StatusNotFound,
	} {
		if a := s.Call(t, http.MethodPost, path, message("ping", object{})); a.Status != want {
			t.Errorf("%s: %d %s", path, a.Status, a.Body)
		}
	}
}

// TestPreflight: a browser asks before it sends what a client of MCP sends. Only pages
// of the store and of this machine hear that they may, and that without cookies.
func TestPreflight(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for origin, allowed := range map[string]bool{
		"http://localhost:6274": true, "http://[::1]:6274": true, s.URL: true,
		"https://evil.example": false, "null": false, "http://localhost.evil.example": false, "": false,
	} {
		for _, method := range []string{http.MethodOptions, http.MethodPost, http.MethodGet} {
			r := s.Request(t, method, "/mcp", message("ping", object{}))
			if origin != "" {
				r.Header.Set("Origin", origin)
			}
			header := do(t, r).Header
			want := ""
			if allowed {
				want = origin
			}
			if got := header.Get("Access-Control-Allow-Origin"); got != want || header.Get("Vary") != "Origin" {
				t.Errorf("%s from %q allows %q, and varies by %q", method, origin, got, header.Get("Vary"))
			}
			preflight := allowed && method == http.MethodOptions
			if got := header.Get("Access-Control-Allow-Headers"); preflight != (got == "*, Authorization") {
				t.Errorf("%s from %q may have the headers %q", method, origin, got)
			}
			if header.Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s from %q may come with cookies", method, origin)
			}
		}
	}
}

// TestBrowser: a page of this machine speaks to the store as the Inspector does, and one
// that sends cookies is kept from it by the browser.
func TestBrowser(t *testing.T) {
	t.Parallel()
	ctx := browser.Open(t)
	s := newStore(t)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
	}))
	t.Cleanup(page.Close)
	browser.Do(ctx, t, chromedp.Navigate(page.URL))
	// send is a call as the page makes it, and what the page learns of the answer.
	send := func(key, credentials string) string {
		return browser.Get(ctx, t, chromedp.Evaluate[string](`fetch("`+s.URL+`/mcp/", {
			method: "POST", credentials: "`+credentials+`",
			headers: {
				"Authorization": "Bearer `+key+`", "Content-Type": "application/json", "Accept": "application/json, text/event-stream",
				"Mcp-Protocol-Version": "2025-11-25", "X-Custom": "1",
			},
			body: JSON.stringify({jsonrpc: "2.0", id: 7, method: "tools/call", params: {name: "service_list", arguments: {}}}),
		}).then(r => r.status + " " + (r.headers.get("X-Request-Id") !== null) + " " + (r.headers.get("WWW-Authenticate") !== null), e => e.name)`,
			chromedp.EvalAwaitPromise))
	}
	for _, tc := range []struct{ key, credentials, want string }{
		{s.Key, "omit", "200 true false"},
		{"ask_test_nobody", "omit", "401 true true"},
		{s.Key, "include", "TypeError"},
	} {
		if got := send(tc.key, tc.credentials); got != tc.want {
			t.Errorf("with %s and credentials: %s the page learns %q, want %q", tc.key, tc.credentials, got, tc.want)
		}
	}
}
