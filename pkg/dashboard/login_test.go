package dashboard_test

import (
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/auth/issuer"
	"agentstore/pkg/auth/oidc"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

func TestLogIn(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 123456, Currency: "eur"}})
	b := s.NewBrowser(t)
	expectLoggedOut(t, b)

	page := b.LogIn(t, "/login", name, email)
	expectPage(t, page, http.StatusOK, "Log out", name, email, "Owner", "€1,234.56")
	if page.URL.String() != s.URL+"/" {
		t.Errorf("the login ends at %s", page.URL)
	}
	expectPage(t, b.Open(t, "/"), http.StatusOK, name)
	if token := b.Session(t); strings.Contains(s.Log.String(), token) || strings.Contains(page.Body, token) {
		t.Error("the session is in the log or on the page")
	}

	expectPage(t, b.Send(t, "/logout", nil), http.StatusOK, "Log in")
	if token := b.Session(t); token != "" {
		t.Errorf("the browser keeps %q", token)
	}
	expectLoggedOut(t, b)
	expectPage(t, b.Send(t, "/logout", nil), http.StatusOK, "Log in") // again
}

// A person who logs in once more in the same browser has a new session, and what
// was the token is none.
func TestLogInRotates(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b := s.LogIn(t, name, email)
	first := b.Session(t)
	b.LogIn(t, "/login", name, email)
	if b.Session(t) == first {
		t.Error("the token is the same")
	}
	old := s.NewBrowser(t)
	at, _ := url.Parse(s.URL)
	old.Jar.SetCookies(at, []*http.Cookie{{Name: web.SessionCookie, Value: first}})
	expectLoggedOut(t, old)
}

func TestSessionsExpire(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b := s.LogIn(t, name, email)
	s.Clock.Advance(shop.SessionIdle)
	expectLoggedOut(t, b)

	b.LogIn(t, "/login", name, email)
	for range int(shop.SessionLifetime / (6 * time.Hour)) {
		expectPage(t, b.Open(t, "/"), http.StatusOK, "Log out")
		s.Clock.Advance(6 * time.Hour)
	}
	expectLoggedOut(t, b)
}

// halfway is a browser that stands at the issuer, with what its page would send.
func halfway(t *testing.T, s *storetest.Store) (*storetest.Browser, url.Values) {
	t.Helper()
	b := s.NewBrowser(t)
	fields := b.Open(t, "/login").URL.Query()
	fields.Set("name", name)
	fields.Set("email", email)
	fields.Set("verified", "true")
	return b, fields
}

// backFrom is the address that the issuer sends the browser back to, not followed.
func backFrom(t *testing.T, b *storetest.Browser, fields url.Values) *url.URL {
	t.Helper()
	stays := *b
	stays.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	answer := stays.Send(t, issuer.Path+"/authorize", fields)
	back, err := url.Parse(answer.Header.Get("Location"))
	if err != nil || back.Path != "/login/callback" {
		t.Fatalf("the issuer answers %d %s", answer.Status, answer.Body)
	}
	return back
}

// Nobody is logged in by what another login, another browser or nobody at all has
// begun.
func TestCallbackRefuses(t *testing.T) {
	t.Parallel()
	change := func(name, value string) func(*testing.T, *storetest.Store, *storetest.Browser, url.Values) string {
		return func(t *testing.T, _ *storetest.Store, b *storetest.Browser, fields url.Values) string {
			back := backFrom(t, b, fields)
			query := back.Query()
			query.Set(name, value)
			return back.Path + "?" + query.Encode()
		}
	}
	asked := func(name, value string) func(*testing.T, *storetest.Store, *storetest.Browser, url.Values) string {
		return func(t *testing.T, _ *storetest.Store, b *storetest.Browser, fields url.Values) string {
			fields.Set(name, value)
			return backFrom(t, b, fields).RequestURI()
		}
	}
	tests := map[string]func(*testing.T, *storetest.Store, *storetest.Browser, url.Values) string{
		"another state":    change("state", "another"),
		"no state":         change("state", ""),
		"another code":     change("code", "another"),
		"no code":          change("code", ""),
		"another issuer":   change("iss", "https://issuer.example.com"),
		"a refusal":        change("error", "access_denied"),
		"another nonce":    asked("nonce", "another"),
		"no nonce":         asked("nonce", ""),
		"another verifier": asked("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"),
		"nothing": func(*testing.T, *storetest.Store, *storetest.Browser, url.Values) string {
			return "/login/callback"
		},
		"another browser": func(t *testing.T, s *storetest.Store, b *storetest.Browser, fields url.Values) string {
			back := backFrom(t, b, fields)
			b.Jar, _ = cookiejar.New(nil)
			return back.RequestURI()
		},
		"a login begun since": func(t *testing.T, _ *storetest.Store, b *storetest.Browser, fields url.Values) string {
			back := backFrom(t, b, fields)
			b.Open(t, "/login")
			return back.RequestURI()
		},
		"the code of another login": func(t *testing.T, s *storetest.Store, b *storetest.Browser, fields url.Values) string {
			mallory, hers := halfway(t, s)
			stolen := backFrom(t, mallory, hers).Query().Get("code")
			return change("code", stolen)(t, s, b, fields)
		},
		"too late": func(t *testing.T, s *storetest.Store, b *storetest.Browser, fields url.Values) string {
			s.Clock.Advance(oidc.AttemptLifetime - time.Second)
			back := backFrom(t, b, fields)
			s.Clock.Advance(time.Second)
			return back.RequestURI()
		},
		"a code that has expired": func(t *testing.T, s *storetest.Store, b *storetest.Browser, fields url.Values) string {
			back := backFrom(t, b, fields)
			s.Clock.Advance(time.Minute)
			return back.RequestURI()
		},
		"a changed attempt": func(t *testing.T, s *storetest.Store, b *storetest.Browser, fields url.Values) string {
			at, _ := url.Parse(s.URL)
			for _, c := range b.Jar.Cookies(at) {
				parts := strings.Split(c.Value, ".")
				parts[3] = "L2V2aWw"
				b.Jar.SetCookies(at, []*http.Cookie{{Name: c.Name, Value: strings.Join(parts, ".")}})
			}
			return backFrom(t, b, fields).RequestURI()
		},
	}
	for name, prepare := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			b, fields := halfway(t, s)
			page := b.Open(t, prepare(t, s, b, fields))
			expectPage(t, page, http.StatusBadRequest, "This login is not valid", "Begin again at /login", "invalid_input")
			expectLoggedOut(t, b)
		})
	}
}

// A callback is good once: the browser forgets the attempt, and the issuer takes
// no code twice from who does not.
func TestCallbackIsGoodOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b, fields := halfway(t, s)
	at, _ := url.Parse(s.URL)
	attempt := b.Jar.Cookies(at)
	back := backFrom(t, b, fields).RequestURI()
	expectPage(t, b.Open(t, back), http.StatusOK, "Log out")
	session := b.Session(t)

	expectPage(t, b.Open(t, back), http.StatusBadRequest, "This login is not valid")
	b.Jar.SetCookies(at, attempt)
	expectPage(t, b.Open(t, back), http.StatusBadRequest, "This login is not valid")
	if b.Session(t) != session {
		t.Error("the session has changed")
	}
}

// The issuer sends people back to the store alone.
func TestIssuerKnowsItsStore(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, value := range map[string]string{
		"redirect_uri": "https://evil.example.com/login/callback", "client_id": "another", "response_type": "token",
		"scope": "email", "code_challenge_method": "plain", "code_challenge": "", "email": " ",
	} {
		b, fields := halfway(t, s)
		fields.Set(name, value)
		if page := b.Send(t, issuer.Path+"/authorize", fields); page.Status != http.StatusBadRequest {
			t.Errorf("%s %q: status %d at %s", name, value, page.Status, page.URL)
		}
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+issuer.Path+"/.well-known/openid-configuration", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = "rebound.example.com"
	if page := s.NewBrowser(t).Go(t, r); page.Status != http.StatusForbidden {
		t.Errorf("another name for this machine: status %d", page.Status)
	}
}

// Whatever a link to the login says, people end up on the store.
func TestReturn(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for target, want := range map[string]string{
		"/?a=b":                           "/?a=b",
		"":                                "/",
		"https://evil.example.com/":       "/",
		"//evil.example.com/":             "/",
		`/\evil.example.com/`:             "/",
		"/\t/evil.example.com/":           "/",
		"javascript:alert(1)":             "/",
		"evil":                            "/",
		"/?" + strings.Repeat("x", 2_000): "/",
	} {
		b := s.NewBrowser(t)
		page := b.LogIn(t, "/login?return="+url.QueryEscape(target), name, email)
		if got := page.URL.String(); got != s.URL+want {
			t.Errorf("%q leads to %s", target, got)
		}
	}
}

// A person whose address is not verified can log in, and has no address.
func TestUnverifiedAddress(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b, fields := halfway(t, s)
	fields.Del("verified")
	page := b.Send(t, issuer.Path+"/authorize", fields)
	expectPage(t, page, http.StatusOK, "Log out", name)
	if strings.Contains(page.Body, email) {
		t.Errorf("the page shows the address: %s", page.Body)
	}
}
