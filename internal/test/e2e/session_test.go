package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/money"
)

// stale are the writes of members that do with an older login: they take nothing from
// the account, and destroy nothing of it.
var stale = []string{
	"session_end", "session_end_all", "approval_deny", "approval_deny_all", "account_quote_create", "account_server_restart", "account_server_firewall_set",
	"account_server_start", "account_server_stop", "account_server_rename", "account_server_rescue", "account_server_password_reset", "account_server_console",
	"account_server_resize_quote", "account_server_snapshot_create_quote",
}

// TestFreshLoginIsNeeded walks every operation of members with a login that is just
// too old.
func TestFreshLoginIsNeeded(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	h.ids["sessionId"] = "none" // so that the walk does not end its own
	s.Clock.Advance(15*time.Minute - time.Millisecond)
	member(t, h.browser, http.MethodPost, "/agents", object{"name": "in time"}, 201)
	s.Clock.Advance(time.Millisecond)
	for _, o := range api.AccountOperations(app.Shelf()) {
		a := storetest.Do(t, &h.browser.Client, h.request(t, s, o, arguments(o, h)))
		old := a.Status == http.StatusForbidden && a.Code() == "reauthentication_required"
		if fresh := o.Writes() && !slices.Contains(stale, o.Name); old != fresh || fresh != o.FreshLogin {
			t.Errorf("%s with an old login: %d %s", o.Name, a.Status, a.Body)
		}
		if want := s.URL + "/login?max_age=900&return=/"; old && !strings.Contains(a.Text("fixes", 0), want) {
			t.Errorf("%s does not say %s: %s", o.Name, want, a.Body)
		}
	}
	trail := member(t, h.browser, http.MethodGet, "/audit?outcome=refused&operation=key_revoke", nil, 200)
	if trail.Text("events", 0, "outcome") != "reauthentication_required" {
		t.Errorf("the trail is %s", trail.Body)
	}
	h.browser.LogIn(t, "/login?max_age=900", "owner", "owner@example.com")
	member(t, h.browser, http.MethodPost, "/agents", object{"name": "anew"}, 201)
}

// Whoever sets it has a second factor, and whoever has none is out of the account,
// and in their others.
func TestSecondFactor(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	if a := member(t, h.browser, http.MethodPut, "/security", object{"requireMfa": true}, 403); a.Code() != "mfa_required" {
		t.Errorf("without a second factor: %s", a.Body)
	}
	strong := s.NewBrowser(t)
	strong.LogInWithMFA(t, "/login", "owner", "owner@example.com")
	if a := member(t, strong, http.MethodPut, "/security", object{"requireMfa": true}, 200); a.Get("account", "requireMfa") != true {
		t.Errorf("the account is %s", a.Body)
	}
	for _, o := range api.AccountOperations(app.Shelf()) {
		a := storetest.Do(t, &h.browser.Client, h.request(t, s, o, arguments(o, h)))
		if a.Status != http.StatusForbidden || a.Code() != "mfa_required" {
			t.Errorf("%s without a second factor: %d %s", o.Name, a.Status, a.Body)
		}
	}
	trail := member(t, strong, http.MethodGet, "/audit?operation=account_security_set&outcome=done", nil, 200)
	refused := member(t, strong, http.MethodGet, "/audit?operation=account_security_set&outcome=refused", nil, 200)
	if trail.Get("events", 0, "before", "requireMfa") != false || trail.Get("events", 0, "after", "requireMfa") != true ||
		refused.Text("events", 0, "outcome") != "mfa_required" {
		t.Errorf("the trail is %s", trail.Body)
	}

	page := h.browser.Open(t, "/")
	if page.Status != 200 || !strings.Contains(page.Body, "requires a login with a second factor") || strings.Contains(page.Body, "usd") {
		t.Errorf("the first page is %s", page.Body)
	}
	bob := s.LogIn(t, "Bob", "bob@example.com")
	invited := member(t, strong, http.MethodPost, "/invitations", object{"email": "bob@example.com", "role": "operator"}, 201)
	bob.Send(t, strings.TrimPrefix(invited.Text("link"), s.URL), nil)
	if a := member(t, bob, http.MethodGet, "/wallet", nil, 403); a.Code() != "mfa_required" {
		t.Errorf("Bob gets %s", a.Body)
	}
	bob.LogInWithMFA(t, "/login?max_age=900", "Bob", "bob@example.com")
	member(t, bob, http.MethodGet, "/wallet", nil, 200)
	member(t, strong, http.MethodPut, "/security", object{"requireMfa": false}, 200)
	member(t, h.browser, http.MethodGet, "/wallet", nil, 200)
}

// A member sees where they are logged in, and ends one session or all.
func TestSessions(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	here, there := s.Owner(t), s.Owner(t)
	s.Clock.Advance(10 * time.Minute)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL+storetest.Account+"/sessions", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0")
	storetest.Do(t, &here.Client, r) // writes down its use
	list := member(t, here, http.MethodGet, "/sessions", nil, 200)
	if list.Text("sessions", 0, "device") != "Firefox on Linux" || list.Text("sessions", 0, "source") != "127.0.0.1" ||
		list.Get("sessions", 0, "current") != true || list.Get("sessions", 1, "current") != false ||
		list.Text("sessions", 0, "lastUsedAt") != s.Clock.Now().Format(time.RFC3339) {
		t.Errorf("the sessions are %s", list.Body)
	}
	if strings.Contains(string(list.Body), here.Session(t)) || strings.Contains(string(list.Body), here.Caller(t).Session) {
		t.Errorf("the list opens a session: %s", list.Body)
	}
	stranger := s.LogIn(t, "Eve", "eve@example.com")
	other := list.Text("sessions", 1, "id")
	member(t, stranger, http.MethodDelete, "/sessions/"+other, nil, 404)
	member(t, here, http.MethodDelete, "/sessions/"+other, nil, 200)
	member(t, here, http.MethodDelete, "/sessions/"+other, nil, 404)
	member(t, there, http.MethodGet, "", nil, 401)

	there = s.Owner(t)
	if a := member(t, here, http.MethodPost, "/sessions/end-all", nil, 200); a.Get("ended") != 1.0 {
		t.Errorf("ended %s", a.Body)
	}
	member(t, there, http.MethodGet, "", nil, 401)
	member(t, here, http.MethodGet, "", nil, 200)
	there = s.Owner(t)
	if a := member(t, here, http.MethodPost, "/sessions/end-all", object{"thisToo": true}, 200); a.Get("ended") != 2.0 {
		t.Errorf("ended %s", a.Body)
	}
	member(t, here, http.MethodGet, "", nil, 401)
	member(t, there, http.MethodGet, "", nil, 401)
	member(t, stranger, http.MethodGet, "", nil, 200)

	again := s.Owner(t)
	again.Send(t, "/logout", nil)
	trail := member(t, s.Owner(t), http.MethodGet, "/audit?limit=100", nil, 200)
	count := map[string]int{}
	events, _ := trail.Get("events").([]any)
	for i := range events {
		count[trail.Text("events", i, "operation")+" "+trail.Text("events", i, "outcome")]++
	}
	want := map[string]int{
		"account_create done": 1, "login done": 6, "logout done": 1,
		"session_end done": 1, "session_end not_found": 1, "session_end_all done": 2,
	}
	for what, n := range want {
		if count[what] != n {
			t.Errorf("%s: %d times, want %d: %s", what, count[what], n, trail.Body)
		}
	}
}
