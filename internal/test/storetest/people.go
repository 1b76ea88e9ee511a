package storetest

import (
	"html"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"agentstore/pkg/app/full"
	"agentstore/pkg/app/people"
	"agentstore/pkg/auth/issuer"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// whole serves every route of the store, and beside it the issuer that people log
// in at.
func (s *Store) whole(tb testing.TB, agents web.Store, members web.Sessions) http.Handler {
	tb.Helper()
	own, err := issuer.New(s.URL, s.Clock.Now, s.URL+web.CallbackPath)
	must(tb, err)
	c := s.config
	c.OIDCIssuer, c.OIDCClientID = own.URL(), issuer.ClientID
	routes := people.Routes(c, members, s.Shop, s.Shelf)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		routes = append(routes, web.Route{Method: method, Path: issuer.Path + "/{page...}", Handler: own.Handler()})
	}
	return full.Handler(agents, routes...)
}

// Browser is somebody's browser: it keeps cookies and follows redirects.
type Browser struct {
	http.Client
	store *Store
}

// NewBrowser is one that nobody has used.
func (s *Store) NewBrowser(tb testing.TB) *Browser {
	tb.Helper()
	jar, err := cookiejar.New(nil)
	must(tb, err)
	return &Browser{http.Client{Jar: jar}, s}
}

// LogIn is the browser of somebody who has logged in, with that address verified.
func (s *Store) LogIn(tb testing.TB, name, email string) *Browser {
	tb.Helper()
	b := s.NewBrowser(tb)
	if page := b.LogIn(tb, web.LoginPath, name, email); page.Status != http.StatusOK {
		tb.Fatalf("the login ends with %d: %s", page.Status, page.Body)
	}
	return b
}

// LogIn opens the path, which must lead to the issuer, and says there who it is.
// It returns the page that the browser ends at.
func (b *Browser) LogIn(tb testing.TB, path, name, email string) Page {
	tb.Helper()
	return b.logIn(tb, path, name, email, url.Values{})
}

// LogInWithMFA is LogIn with a second factor.
func (b *Browser) LogInWithMFA(tb testing.TB, path, name, email string) Page {
	tb.Helper()
	return b.logIn(tb, path, name, email, url.Values{"mfa": {"true"}})
}

func (b *Browser) logIn(tb testing.TB, path, name, email string, more url.Values) Page {
	tb.Helper()
	at := b.Open(tb, path).URL
	if at.Path != issuer.Path+"/authorize" {
		tb.Fatalf("the login leads to %s", at)
	}
	fields := at.Query() // which the page of the issuer has as hidden fields
	fields.Set("name", name)
	fields.Set("email", email)
	fields.Set("verified", "true")
	maps.Copy(fields, more)
	return b.Send(tb, at.Path, fields)
}

// Page is what a browser shows.
type Page struct {
	URL    *url.URL
	Status int
	Header http.Header
	Body   string
}

// Open opens a path of the store.
func (b *Browser) Open(tb testing.TB, path string) Page {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodGet, b.store.URL+path, nil)
	must(tb, err)
	return b.Go(tb, r)
}

// Send sends a form as a page of the store does.
func (b *Browser) Send(tb testing.TB, path string, fields url.Values) Page {
	tb.Helper()
	r, err := http.NewRequestWithContext(tb.Context(), http.MethodPost, b.store.URL+path, strings.NewReader(fields.Encode()))
	must(tb, err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Origin", b.store.URL)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.Go(tb, r)
}

// Go makes a request, and goes on to where the page leads by itself.
func (b *Browser) Go(tb testing.TB, r *http.Request) Page {
	tb.Helper()
	answer, err := b.Do(r)
	must(tb, err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	must(tb, err)
	page := Page{answer.Request.URL, answer.StatusCode, answer.Header, string(body)}
	if _, to, leads := strings.Cut(page.Body, `http-equiv="refresh" content="0;url=`); leads {
		to, _, _ = strings.Cut(to, `"`)
		return b.Open(tb, html.UnescapeString(to))
	}
	return page
}

// Session is the token of the browser's session; empty where it has none.
func (b *Browser) Session(tb testing.TB) string {
	tb.Helper()
	at, err := url.Parse(b.store.URL)
	must(tb, err)
	for _, c := range b.Jar.Cookies(at) {
		if c.Name == web.SessionCookie {
			return c.Value
		}
	}
	return ""
}

// Caller is who the browser is to the store.
func (b *Browser) Caller(tb testing.TB) shop.Caller {
	tb.Helper()
	v, err := b.store.People.Visit(tb.Context(), shop.Browser{Token: b.Session(tb)})
	must(tb, err)
	v.Origin = b.store.URL
	return v
}
