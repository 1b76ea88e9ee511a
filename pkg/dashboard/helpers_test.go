package dashboard_test

import (
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
)

const (
	name  = "Ada Lovelace"
	email = "ada@example.com"
)

func newStore(t *testing.T) *storetest.Store {
	t.Helper()
	return storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
}

func expectPage(t *testing.T, page storetest.Page, status int, texts ...string) {
	t.Helper()
	if page.Status != status {
		t.Errorf("%s: status %d, want %d: %s", page.URL, page.Status, status, page.Body)
	}
	for _, text := range texts {
		if !strings.Contains(page.Body, text) {
			t.Errorf("%s does not say %q: %s", page.URL, text, page.Body)
		}
	}
	expectStrict(t, page.Header)
}

// expectLoggedOut tells by the first page.
func expectLoggedOut(t *testing.T, b *storetest.Browser) {
	t.Helper()
	page := b.Open(t, "/")
	expectPage(t, page, http.StatusOK, "Log in")
	if strings.Contains(page.Body, "Log out") {
		t.Errorf("somebody is logged in: %s", page.Body)
	}
}

// expectStrict is about every answer of a page: nothing of anybody else is loaded, and
// nothing framed, sniffed, kept or told to others.
func expectStrict(t *testing.T, header http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	policy := header.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "style-src 'self'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("the policy %q has no %s", policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
		t.Errorf("the policy is %q", policy)
	}
}
