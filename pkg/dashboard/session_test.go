package dashboard_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/shop"
)

func TestSessionsPage(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	here, there := s.LogIn(t, name, email), s.LogIn(t, name, email)
	expectPage(t, here.Open(t, "/"), http.StatusOK, `href="/settings"`)
	page := here.Open(t, "/sessions")
	expectPage(t, page, http.StatusOK, "Your sessions", "127.0.0.1", "this one", "End all others")
	sessions, err := s.People.Sessions(t.Context(), here.Caller(t))
	if err != nil || len(sessions) != 2 {
		t.Fatalf("%d sessions, error %v", len(sessions), err)
	}
	for _, one := range sessions {
		if one.Hash != here.Caller(t).Session {
			expectPage(t, here.Send(t, "/sessions/"+string(one.ID), nil), http.StatusOK, "this one")
		}
		if strings.Contains(page.Body, one.Hash) {
			t.Errorf("the page shows a hash: %s", page.Body)
		}
	}
	expectLoggedOut(t, there)
	expectPage(t, here.Send(t, "/sessions/none", nil), http.StatusNotFound, "not_found")
	expectPage(t, here.Send(t, "/sessions", url.Values{"which": {"some"}}), http.StatusBadRequest, "must be one of others, all")

	there = s.LogIn(t, name, email)
	expectPage(t, here.Send(t, "/sessions", url.Values{"which": {"others"}}), http.StatusOK, "this one")
	expectLoggedOut(t, there)
	if at := here.Send(t, "/sessions", url.Values{"which": {"all"}}).URL.Path; at != "/local-issuer/authorize" {
		t.Errorf("after all, the browser is at %s", at)
	}
}

// old is a browser whose login is too old to approve, with a form that it sends: it
// is led to the issuer.
func old(t *testing.T, s *storetest.Store, b *storetest.Browser, at, note string) {
	t.Helper()
	s.Clock.Advance(15 * time.Minute)
	page := b.Send(t, at, url.Values{"decision": {"approve"}, "note": {note}})
	if page.URL.Path != "/local-issuer/authorize" || page.URL.Query().Get("max_age") != "900" || page.URL.Query().Get("prompt") != "login" {
		t.Fatalf("the form leads to %s: %s", page.URL, page.Body)
	}
}

// again is the page that somebody is led back to who logs in at the issuer.
func again(t *testing.T, b *storetest.Browser, at, name, email string) storetest.Page {
	t.Helper()
	return b.LogIn(t, "/login?max_age=900&return="+url.QueryEscape(at), name, email)
}

// An old login approves nothing. After a new one the form is as it was, was not
// sent, and is sent by one more press.
func TestFormSurvivesTheLogin(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	at := path(t, s, asked)
	note := strings.Repeat("é<", 125) + ` "go on" 🚀`
	old(t, s, b, at, note)
	page := again(t, b, at, name, email)
	expectPage(t, page, http.StatusOK, "Open until", "press Approve again", "&#34;go on&#34; 🚀")
	if page.URL.Path != at {
		t.Errorf("the browser is at %s", page.URL)
	}
	expectPage(t, b.Send(t, at, url.Values{"decision": {"approve"}, "note": {note}}), http.StatusOK, "It is approved.")
	for _, c := range b.Jar.Cookies(page.URL) {
		if c.Name == "agentstore_form" {
			t.Errorf("the browser keeps %s", c)
		}
	}
}

// A form waits for its own person, on its own page, and not for long.
func TestFormIsOnePersons(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	at := path(t, s, asked)
	invited := b.Call(t, http.MethodPost, storetest.Account+"/invitations", map[string]any{"email": "bob@example.com", "role": "operator"})
	link, err := url.Parse(invited.Text("link"))
	if err != nil {
		t.Fatal(err)
	}
	bob := s.LogIn(t, "Bob", "bob@example.com")
	bob.Send(t, link.Path, nil)
	const note = "mine alone"
	old(t, s, b, at, note)
	// Bob logs in instead, in the same browser: as if it were a login like any other.
	if page := again(t, b, at, "Bob", "bob@example.com"); strings.Contains(page.Body, note) || !strings.Contains(b.Open(t, "/").Body, "<b><bdi>Bob") {
		t.Errorf("Bob sees %s", page.Body)
	}
	expectPage(t, again(t, b, at, name, email), http.StatusOK, note)
	s.Clock.Advance(15 * time.Minute)
	if page := again(t, b, at, name, email); strings.Contains(page.Body, note) {
		t.Errorf("the form has waited too long: %s", page.Body)
	}
}

// What no cookie takes is kept by the page that answers it.
func TestFormThatIsTooLong(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	s.Clock.Advance(15 * time.Minute)
	at, note := path(t, s, asked), strings.Repeat("x", 3500)
	page := b.Send(t, at, url.Values{"decision": {"approve"}, "note": {note}})
	expectPage(t, page, http.StatusUnauthorized, "nothing was done", "/login?max_age=900&amp;return=%2F%3Fagain%3Delsewhere")
	kept := sent(t, page.Body, at+"?again")
	b.LogIn(t, "/login?max_age=900&return=%2F%3Fagain%3Delsewhere", name, email)
	expectPage(t, b.Send(t, at+"?again", kept), http.StatusOK, "press Approve again", note)
}

// Denying spends nothing, and asks for no new login.
func TestOldLoginDenies(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	s.Clock.Advance(shop.FreshFor)
	expectPage(t, b.Send(t, path(t, s, asked), url.Values{"decision": {"deny"}}), http.StatusOK, "It is denied.")
}

func TestMaxAge(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, text := range []string{"", "0", "-1", "x", "1e3", "9999999999999999999", "604801"} {
		expectPage(t, s.NewBrowser(t).Open(t, "/login?max_age="+text), http.StatusBadRequest, "must be a number of seconds")
	}
}

// A login that fails is in the log, without anything that a browser sent.
func TestFailedLoginIsInTheLog(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	b := s.NewBrowser(t)
	expectPage(t, b.Open(t, "/login/callback?code=a-code&state=a-state"), http.StatusBadRequest, "This login is not valid")
	log := s.Log.String()
	if !strings.Contains(log, `"login failed"`) || strings.Contains(log, "a-state") || strings.Contains(log, "a-code") {
		t.Errorf("the log is %s", log)
	}
}
