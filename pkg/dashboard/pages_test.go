package dashboard_test

import (
	"context"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/app/people"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

func TestInvitation(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	owner := s.LogIn(t, name, email).Caller(t)
	_, link, err := s.People.Invite(t.Context(), owner, "bob@example.com", shop.RoleViewer)
	if err != nil {
		t.Fatal(err)
	}
	path := strings.TrimPrefix(link, s.URL)

	// Who opens the link logs in first, and comes back to it.
	bob := s.NewBrowser(t)
	page := bob.LogIn(t, path, "Bob", "bob@example.com")
	expectPage(t, page, http.StatusOK, "You are invited to become viewer", name, "Accept")
	page = bob.Send(t, path, nil)
	expectPage(t, page, http.StatusOK, "Log out", "<b><bdi>"+name+"</bdi></b>", "Viewer")
	expectPage(t, bob.Open(t, "/settings"), http.StatusOK, string(owner.Account), "Your accounts")
	expectPage(t, bob.Open(t, path), http.StatusOK, "You have accepted this invitation")

	// Another person gets nowhere, and learns nothing of it.
	eve := s.LogIn(t, "Eve", "eve@example.com")
	for _, page := range []storetest.Page{eve.Open(t, path), eve.Send(t, path, nil), eve.Open(t, "/invitations/none")} {
		expectPage(t, page, http.StatusNotFound, "not_found")
		if strings.Contains(page.Body, name) || strings.Contains(page.Body, "bob@example.com") {
			t.Errorf("the page tells: %s", page.Body)
		}
	}
}

func TestSwitchAccount(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	owner := s.LogIn(t, name, email).Caller(t)
	bob := s.LogIn(t, "Bob", "bob@example.com")
	home := bob.Caller(t).Account
	_, link, err := s.People.Invite(t.Context(), owner, "bob@example.com", shop.RoleOperator)
	if err != nil {
		t.Fatal(err)
	}
	bob.Send(t, strings.TrimPrefix(link, s.URL), nil)
	if got := bob.Caller(t); got.Account != owner.Account || got.Role != shop.RoleOperator {
		t.Errorf("the person is %+v", got)
	}

	session := bob.Session(t)
	expectPage(t, bob.Send(t, "/accounts/switch", url.Values{"account": {string(home)}}), http.StatusOK, "<b><bdi>Bob</bdi></b>", "Owner")
	if bob.Session(t) != session {
		t.Error("the token has changed")
	}
	stranger := s.LogIn(t, "Eve", "eve@example.com").Caller(t).Account
	expectPage(t, bob.Send(t, "/accounts/switch", url.Values{"account": {string(stranger)}}), http.StatusNotFound, "You have no such account")
	expectPage(t, bob.Send(t, "/accounts/switch", url.Values{"account": {"x"}}), http.StatusBadRequest, "is not the id of an account")
	expectPage(t, bob.Send(t, "/accounts/switch", url.Values{"account": {strings.Repeat("x", 300_000)}}), http.StatusBadRequest, "The form cannot be read")

	// Removed from the account that the session is about, Bob is out of it at once.
	bob.Send(t, "/accounts/switch", url.Values{"account": {string(owner.Account)}})
	if err := s.People.Remove(t.Context(), owner, bob.Caller(t).Person); err != nil {
		t.Fatal(err)
	}
	page := bob.Open(t, "/")
	expectPage(t, page, http.StatusOK, "You are not a member", "Switch")
	if strings.Contains(page.Body, string(owner.Account)) {
		t.Errorf("the page shows the account: %s", page.Body)
	}
	expectPage(t, bob.Send(t, "/accounts/switch", url.Values{"account": {string(home)}}), http.StatusOK, "<b><bdi>Bob</bdi></b>", "Owner")
}

// What changes something is not taken from pages of other sites, whatever the
// browser says of where they are.
func TestOtherSitesAreRefused(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b := s.LogIn(t, name, email)
	account := string(b.Caller(t).Account)
	for _, path := range []string{"/logout", "/accounts/switch", "/invitations/x"} {
		for _, header := range []http.Header{
			{"Sec-Fetch-Site": {"cross-site"}},
			{"Sec-Fetch-Site": {"same-site"}},
			{"Origin": {"https://evil.example.com"}},
			{"Origin": {"null"}},
		} {
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+path, strings.NewReader("account="+account))
			if err != nil {
				t.Fatal(err)
			}
			r.Header = header.Clone()
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
			expectPage(t, b.Go(t, r), http.StatusForbidden, "origin_not_allowed")
		}
	}
	expectPage(t, b.Open(t, "/"), http.StatusOK, "Log out")
}

// Forms without a session, and without anything written, lead to the login and from there
// to their page, and change nothing.
func TestFormsNeedASession(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for path, fields := range map[string]url.Values{"/accounts/switch": {"account": {string(s.Agent.Account())}}, "/invitations/x": nil, "/quotes/x": nil} {
		page := s.NewBrowser(t).Send(t, path, fields)
		if page.URL.Path != "/local-issuer/authorize" {
			t.Errorf("%s leads to %s", path, page.URL)
		}
	}
	if page := s.NewBrowser(t).LogIn(t, "/login?return=%2Fquotes%2Fx", name, email); page.URL.Path != "/quotes/x" {
		t.Errorf("the login ends at %s", page.URL)
	}
}

// Names are shown, and never run.
func TestNamesAreText(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>`
	page := s.NewBrowser(t).LogIn(t, "/login", evil, email)
	expectPage(t, page, http.StatusOK, "&lt;script&gt;")
	if strings.Contains(page.Body, "<script>") || strings.Contains(page.Body, "<img") {
		t.Errorf("the page holds the markup: %s", page.Body)
	}
}

// deployed is the pages as a store behind TLS has them.
func deployed(t *testing.T, c app.Config) http.Handler {
	t.Helper()
	s := newStore(t)
	log := slog.New(slog.DiscardHandler)
	return people.Handler(c, app.Sessions(c, s.People, func(context.Context) string { return "req_1" }, log), s.Shop)
}

func ask(t *testing.T, h http.Handler, method, target string) *http.Response {
	t.Helper()
	answer := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), method, target, nil)
	if !web.IsLoopback(r.Host) {
		r = storetest.Taken(r, r.Host)
	}
	h.ServeHTTP(answer, r)
	return answer.Result()
}

func TestCookies(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	login := func(c app.Config, target string) (*http.Response, *http.Cookie) {
		c.OIDCIssuer, c.OIDCClientID = s.URL+"/local-issuer", "agentstore"
		answer := ask(t, deployed(t, c), http.MethodGet, target)
		if answer.StatusCode != http.StatusSeeOther || len(answer.Cookies()) != 1 {
			t.Fatalf("status %d, cookies %v", answer.StatusCode, answer.Cookies())
		}
		expectStrict(t, answer.Header)
		return answer, answer.Cookies()[0]
	}
	tests := []struct {
		config       app.Config
		target, name string
		secure       bool
		redirect     string
	}{
		{app.Config{}, "https://store.example.com/login", "__Host-agentstore_login", true, "https://store.example.com/login/callback"},
		{app.Config{}, "http://store.example.com/login", "__Host-agentstore_login", true, "https://store.example.com/login/callback"},
		{app.Config{PublicURL: "https://shop.example.org"}, "http://127.0.0.1:3000/login", "__Host-agentstore_login", true, "https://shop.example.org/login/callback"},
		{app.Config{PublicURL: "http://10.0.0.1"}, "http://10.0.0.1/login", "__Host-agentstore_login", true, "http://10.0.0.1/login/callback"},
		{app.Config{}, "http://127.0.0.1:3000/login", "agentstore_login", false, "http://127.0.0.1:3000/login/callback"},
		{app.Config{}, "http://localhost:3000/login", "agentstore_login", false, "http://localhost:3000/login/callback"},
	}
	for _, test := range tests {
		answer, cookie := login(test.config, test.target)
		if cookie.Name != test.name || cookie.Secure != test.secure || !cookie.HttpOnly || cookie.SameSite != http.SameSiteLaxMode ||
			cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge != 600 {
			t.Errorf("%s sets %v", test.target, cookie)
		}
		at, err := answer.Location()
		if err != nil || at.Query().Get("redirect_uri") != test.redirect || at.Query().Get("code_challenge_method") != "S256" ||
			at.Query().Get("state") == "" || at.Query().Get("nonce") == "" || at.Query().Get("state") == at.Query().Get("nonce") {
			t.Errorf("%s leads to %s", test.target, at)
		}
		for _, secret := range []string{"state", "nonce"} {
			if strings.Contains(cookie.Value, at.Query().Get(secret)) {
				t.Errorf("the cookie holds the %s", secret)
			}
		}
	}
}

// The session's cookie is as strict as that of the login, and lives as long as it can.
func TestSessionCookie(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b, fields := halfway(t, s)
	back := backFrom(t, b, fields)
	b.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	cookies := (&http.Response{Header: b.Open(t, back.RequestURI()).Header}).Cookies()
	if len(cookies) != 2 || cookies[0].Name != "agentstore_login" || cookies[0].MaxAge != -1 || cookies[0].Value != "" {
		t.Fatalf("the cookies are %v", cookies)
	}
	c := cookies[1]
	if c.Name != "agentstore_session" || c.MaxAge != 7*24*3600 || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
		t.Errorf("the cookie is %v", c)
	}
}

// Whoever reached the store by TLS does so for a year; a store without TLS does not
// say that it had any (RFC 6797, section 7.2).
func TestHSTS(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ publicURL, target, want string }{
		{"", "https://store.example.com/", "max-age=31536000"},
		{"https://shop.example.org", "http://127.0.0.1:3000/", "max-age=31536000"},
		{"", "https://store.example.com/nothing", "max-age=31536000"},
		{"", "http://127.0.0.1:3000/", ""},
		{"http://10.0.0.1", "http://10.0.0.1/", ""},
	} {
		answer := ask(t, deployed(t, app.Config{PublicURL: test.publicURL}), http.MethodGet, test.target)
		if got := answer.Header.Get("Strict-Transport-Security"); got != test.want {
			t.Errorf("%s by %q: %q, want %q", test.target, test.publicURL, got, test.want)
		}
	}
}

func TestWithoutALogin(t *testing.T) {
	t.Parallel()
	none := deployed(t, app.Config{})
	nobody := deployed(t, app.Config{OIDCIssuer: "http://127.0.0.1:1", OIDCClientID: "x"})
	for _, test := range []struct {
		handler http.Handler
		target  string
		status  int
		text    string
	}{
		{none, "/", http.StatusOK, "it has no issuer"},
		{none, "/login", http.StatusNotFound, "OIDC_ISSUER"},
		{none, "/login/callback", http.StatusNotFound, "No login is under way"},
		{nobody, "/login", http.StatusServiceUnavailable, "cannot reach"},
	} {
		answer := ask(t, test.handler, http.MethodGet, "https://store.example.com"+test.target)
		body, err := io.ReadAll(answer.Body)
		if err != nil || answer.StatusCode != test.status || !strings.Contains(string(body), test.text) {
			t.Errorf("%s: %d %s", test.target, answer.StatusCode, body)
		}
		expectStrict(t, answer.Header)
		if (answer.Header.Get("Retry-After") != "") != (test.status == http.StatusServiceUnavailable) {
			t.Errorf("%s: Retry-After %q", test.target, answer.Header.Get("Retry-After"))
		}
	}
}

// The first page is the path / alone.
func TestElsewhere(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b := s.NewBrowser(t)
	for path, status := range map[string]int{"/x": 404, "/login/": 404, "/login/callback/x": 404, "/invitations": 404, "/accounts/switch": 405} {
		if page := b.Open(t, path); page.Status != status || !strings.Contains(page.Header.Get("Content-Type"), "problem+json") {
			t.Errorf("%s: status %d %s", path, page.Status, page.Body)
		}
	}
}
