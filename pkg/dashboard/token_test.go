package dashboard_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"
)

// A member makes a token on the page, sees it once, uses it, and ends it.
func TestTokensPage(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b := s.LogIn(t, name, email)
	expectPage(t, b.Open(t, "/settings"), http.StatusOK, `href="/settings/tokens"`)
	expectPage(t, b.Open(t, "/settings/tokens"), http.StatusOK, "no token yet", "audit:read", "1 day at most")
	fields := url.Values{"name": {"<b>report</b>"}, "role": {"viewer"}, "scopes": {"audit:read", "account:read"}, "ends": {"30 days"}}
	made := b.Send(t, "/settings/tokens", fields)
	expectPage(t, made, http.StatusCreated, "shown once", "&lt;b&gt;report&lt;/b&gt;")
	secret := regexp.MustCompile(`asp_test_\w+\.\w+`).FindString(made.Body)
	again := b.Open(t, "/settings/tokens")
	if secret == "" || strings.Contains(again.Body, secret) {
		t.Errorf("the token is shown %q, and then %s", secret, again.Body)
	}
	own := *s
	own.Key = secret
	if a := own.Call(t, http.MethodGet, "/v1/account/agents", nil); a.Status != http.StatusOK {
		t.Errorf("the token opens nothing: %s", a.Body)
	}
	expectPage(t, b.Open(t, "/settings/tokens"), http.StatusOK, "agent_list", "127.0.0.1", "1 of 20")

	// What is wrong is said, and what was written stays.
	fields.Set("scopes", "keys:write")
	fields.Set("name", "too long")
	expectPage(t, b.Send(t, "/settings/tokens", fields), http.StatusBadRequest, "lives at most 24 hours", `value="too long"`)
	expectPage(t, b.Send(t, "/settings/tokens", url.Values{"name": {"nothing"}, "role": {"viewer"}, "ends": {"1 day"}}), http.StatusBadRequest, `value="nothing"`)

	revoke := regexp.MustCompile(`/settings/tokens/\w+/revoke`).FindString(again.Body)
	expectPage(t, b.Send(t, revoke, nil), http.StatusOK, "Revoked", "0 of 20")
	if a := own.Call(t, http.MethodGet, "/v1/account/agents", nil); a.Status != http.StatusUnauthorized {
		t.Errorf("the revoked token gets %d", a.Status)
	}
	expectPage(t, b.Open(t, "/audit"), http.StatusOK, "Made a token", "Revoked a token")

	stranger := s.LogIn(t, "Bob", "bob@example.com")
	expectPage(t, stranger.Send(t, revoke, nil), http.StatusNotFound, "not_found")
	s.Clock.Advance(16 * time.Minute)
	if page := b.Send(t, "/settings/tokens", fields); page.Status == http.StatusCreated {
		t.Errorf("an old login makes a token")
	}
}
