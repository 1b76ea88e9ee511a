package dashboard_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"agentstore/internal/test/storetest"
)

// endSession ends that of a browser from another one.
func endSession(t *testing.T, s *storetest.Store, b *storetest.Browser) {
	t.Helper()
	s.LogIn(t, name, email).Send(t, "/sessions", url.Values{"which": {"others"}})
	expectLoggedOut(t, b)
}

// besideForm is where somebody logs in whose form waits in another tab.
const besideForm = "/login?return=%2F%3Fagain%3Delsewhere"

// Whatever form is sent after the session has ended, nothing happens; its answer keeps what
// was written, and leads after a login to the form as it was, which one more press sends.
func TestFormsSurviveTheSession(t *testing.T) {
	t.Parallel()
	s, b := funded(t)
	b.Send(t, b.Send(t, microPath, order("expiresAfter", "P7D")).URL.Path, nil)
	service := "/services/" + b.Call(t, http.MethodGet, storetest.Account+"/services", nil).Text("services", 0, "id")
	agent := strings.TrimSuffix(b.Send(t, "/agents", url.Values{"name": {"ci"}, "sees": {"own"}}).URL.Path, "/limits")
	long := "#cloud-config\r\n" + strings.Repeat(`"é<&>' `, 1500)
	for _, tt := range []struct {
		at, page string
		fields   url.Values
		done     string // what the page says once it is sent
	}{
		{microPath, microPath, order("configuration.hostname", "kept", "configuration.userData", long, "labels", "a\r\nb", "expiresAfter", "P7D"), "Buy for"},
		{"/agents", "/agents", url.Values{"name": {hostile}, "sees": {"account"}}, "Limits of"},
		{agent, agent, url.Values{"name": {"another"}}, "another</bdi></h1>"},
		{agent + "/limits", agent + "/limits", url.Values{"currency": {"usd", "eur"}, "perDayMinor": {"1", "7"}, "hours.days": {"mon"}, "hours.from": {"08:00"}, "hours.to": {"09:00"}, "holdForApproval": {"true"}}, "Up to €7.00 a day"},
		{agent + "/keys", agent + "/keys", url.Values{"name": {"laptop"}, "ends": {"7 days"}, "allowedIps": {"192.0.2.7"}, "scopes": {"catalog:read"}}, "This is shown once"},
		{service + "/labels", service, url.Values{"labels": {"one\r\ntwo"}}, ">two</a>"},
		{service + "/extend", service, url.Values{"expiresAfter": {"P30D"}}, "Deleted"},
		{service + "/protection", service + "/protection", url.Values{"protection": {"reinstall"}}, "Agents need approval"},
		{service + "/do/reinstall", service + "/do/reinstall", url.Values{"image": {"ubuntu-24.04"}}, "Reinstall"},
		{"/members/invitations", "/members", url.Values{"email": {"eve@example.com"}, "role": {"operator"}}, "Send them this link"},
		{service + "/cancel", service + "/cancel", url.Values{"name": {"web"}}, ""},
	} {
		endSession(t, s, b)
		answer := b.Send(t, tt.at, tt.fields)
		expectPage(t, answer, http.StatusUnauthorized, "nothing was done", `href="`+besideForm+`" target="_blank"`)
		inspect(t, tt.at, answer.Body)
		kept := sent(t, answer.Body, tt.at+"?again")
		for name, values := range tt.fields {
			if !slices.Equal(kept[name], values) {
				t.Errorf("%s: %s was %q, and %q is kept", tt.at, name, values, kept[name])
			}
		}
		expectPage(t, b.Send(t, tt.at+"?again", kept), http.StatusUnauthorized, "nothing was done") // too early
		expectPage(t, b.LogIn(t, besideForm, name, email), http.StatusOK, "waits in the other tab")
		before := b.Call(t, http.MethodGet, storetest.Account+"/audit", nil).Body
		form := b.Send(t, tt.at+"?again", kept)
		expectPage(t, form, http.StatusOK, "You have logged in again, but nothing was done yet")
		if after := b.Call(t, http.MethodGet, storetest.Account+"/audit", nil).Body; string(after) != string(before) {
			t.Errorf("%s: to go on has done something: %s", tt.at, after)
		}
		inspect(t, tt.page, form.Body)
		back := sent(t, form.Body, tt.at)
		for name, values := range tt.fields {
			if name != "idempotencyKey" && !slices.Equal(back[name][:min(len(back[name]), len(values))], values) {
				t.Errorf("%s: %s was %q, and is %q", tt.at, name, values, back[name])
			}
		}
		if tt.done != "" {
			if done := b.Send(t, tt.at, back); done.Status > 299 || !strings.Contains(done.Body, tt.done) {
				t.Errorf("%s: %d %s", tt.at, done.Status, done.Body)
			}
		}
	}
}

// Nobody else has such a page made: neither another site, nor who sends what has no form.
func TestNoFormOfOthersIsKept(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, at := range []string{microPath, microPath + "?again"} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+at, strings.NewReader("labels=evil"))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "cross-site")
		if page := s.NewBrowser(t).Go(t, r); page.Status != http.StatusForbidden || strings.Contains(page.Body, "evil") {
			t.Errorf("%s: %d %s", at, page.Status, page.Body)
		}
	}
	b := s.NewBrowser(t)
	expectPage(t, b.Send(t, microPath, url.Values{"labels": {strings.Repeat("x", 300_000)}}), http.StatusBadRequest, "The form cannot be read")
	if page := b.Send(t, "/logout", url.Values{"x": {"evil"}}); strings.Contains(page.Body, "evil") {
		t.Errorf("%s", page.Body)
	}
	expectPage(t, s.LogIn(t, name, email).Send(t, "/logout?again", nil), http.StatusOK, "Log out") // which does nothing
}

// What the script of a page asks for after the session has ended begins no login, which
// would end the one that is under way in another tab.
func TestPartsBeginNoLogin(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		r, err := http.NewRequestWithContext(t.Context(), method, s.URL+microPath, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("HX-Request", "true")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		if page := s.NewBrowser(t).Go(t, r); page.Status != http.StatusUnauthorized || page.Header.Get("Set-Cookie") != "" || page.URL.Path != microPath {
			t.Errorf("%s: %d %v at %s", method, page.Status, page.Header, page.URL)
		}
	}
}
