package e2e

import (
	"net/http"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/money"
)

// TestNoSecretLeaks makes every kind of secret, uses it well and badly, and looks
// for it where it must not be.
func TestNoSecretLeaks(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "ada")
	// The provider gives a password, which is read once, and another, which is not.
	given := confide(t, s, h.key, h.ids["serviceId"], "correct-horse-battery-staple")
	if got := readWith(t, s, h.key, given).Text("action", "secret"); got != "correct-horse-battery-staple" {
		t.Fatalf("the secret is %q", got)
	}
	confide(t, s, h.key, h.ids["serviceId"], "incorrect-pony-capacitor-nail")
	rotated := member(t, h.browser, http.MethodPost, "/agents/"+h.ids["agentId"]+"/keys/"+h.ids["keyId"]+"/rotate", nil, 201)
	invited := member(t, h.browser, http.MethodPost, "/invitations", object{"email": "bob@example.com", "role": "viewer"}, 201)
	_, token := tokenOf(t, h.browser, nil)
	secrets := map[string]string{
		"a token":       token,
		"a key":         h.key,
		"a rotated key": rotated.Text("secret"),
		"a session":     h.browser.Session(t),
		"a password":    "correct-horse-battery-staple", "one that waits": "incorrect-pony-capacitor-nail",
		"an invitation": invited.Text("link")[strings.LastIndex(invited.Text("link"), "/")+1:],
	}
	for name, secret := range secrets {
		if len(secret) < 20 {
			t.Fatalf("%s is %q", name, secret)
		}
	}

	var answers strings.Builder
	for _, o := range api.All(app.Shelf()) {
		r := h.request(t, s, o, arguments(o, h))
		answers.Write(storetest.Do(t, &h.browser.Client, r).Body)
		// A key that is a little wrong is refused, and not repeated.
		r = withKey(h.request(t, s, o, arguments(o, h)), h.key[:len(h.key)-1]+"!")
		answers.Write(storetest.Do(t, http.DefaultClient, r).Body)
		r = withKey(h.request(t, s, o, arguments(o, h)), token[:len(token)-1]+"!")
		answers.Write(storetest.Do(t, http.DefaultClient, r).Body)
		answers.Write(storetest.Do(t, http.DefaultClient, withKey(h.request(t, s, o, arguments(o, h)), token)).Body)
		r = h.request(t, s, o, arguments(o, h))
		r.Header.Set("Cookie", "agentstore_session="+secrets["a session"]+"x")
		answers.Write(storetest.Do(t, http.DefaultClient, r).Body)
	}
	s.Work(t)
	h.browser.LogIn(t, "/login", "ada", "ada@example.com") // the walk has ended its own session
	for _, path := range []string{"/", "/v1/account/services/" + h.ids["serviceId"] + "/actions"} {
		answers.WriteString(h.browser.Open(t, path).Body)
	}
	for _, export := range []string{"/audit.csv", "/audit.jsonl"} {
		answers.Write(member(t, h.browser, http.MethodGet, export, nil, 200).Body)
	}

	for name, secret := range secrets {
		for place, text := range map[string]string{"log": s.Log.String(), "table": items(t, s), "answers": answers.String()} {
			if text == "" {
				t.Errorf("the %s is empty", place)
			}
			// The part that is random: its name may be anywhere.
			if strings.Contains(text, secret[len(secret)-20:]) {
				t.Errorf("the %s has %s", place, name)
			}
		}
	}
}

// TestExports: the audit trail as files is the audit trail.
func TestExports(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "ada")
	list := member(t, h.browser, http.MethodGet, "/audit?limit=100", nil, 200)
	events, _ := list.Get("events").([]any)
	if len(events) < 8 {
		t.Fatalf("the trail has %d events: %s", len(events), list.Body)
	}
	csv := member(t, h.browser, http.MethodGet, "/audit.csv", nil, 200)
	lines := member(t, h.browser, http.MethodGet, "/audit.jsonl", nil, 200)
	if got := strings.Count(string(csv.Body), "\r\n"); got != len(events)+1 || csv.Header.Get("Content-Type") != "text/csv; charset=utf-8" {
		t.Errorf("%d lines of %s", got, csv.Header.Get("Content-Type"))
	}
	if got := strings.Count(string(lines.Body), "\n"); got != len(events) || lines.Header.Get("Content-Type") != "application/jsonl" {
		t.Errorf("%d lines of %s", got, lines.Header.Get("Content-Type"))
	}
	for _, want := range []string{"account_create", "agent_create", "key_create", "invitation_create", "quote_create", "purchase_create", "server_restart", "protection_set", "approval_request"} {
		if !strings.Contains(string(list.Body), `"operation":"`+want+`"`) {
			t.Errorf("%s is not in the trail", want)
		}
	}
	refused := member(t, h.browser, http.MethodGet, "/audit?outcome=refused", nil, 200)
	if refused.Text("events", 0, "operation") != "server_reinstall" || refused.Text("events", 0, "outcome") != "approval_required" ||
		refused.Text("events", 0, "keyId") != h.ids["keyId"] || refused.Text("events", 0, "subject") != h.ids["serviceId"] {
		t.Errorf("the refusals are %s", refused.Body)
	}
	paged := member(t, h.browser, http.MethodGet, "/audit?limit=1&operation=purchase_create&from=2020-01-01T00:00:00Z", nil, 200)
	if only, _ := paged.Get("events").([]any); len(only) != 1 || paged.Text("events", 0, "subject") != h.ids["purchaseId"] {
		t.Errorf("the purchases are %s", paged.Body)
	}
	for path, status := range map[string]int{"/audit?from=yesterday": 400, "/audit.csv?limit=x": 400, "/audit.csv?color=red": 400, "/audit?outcome=x": 400} {
		member(t, h.browser, http.MethodGet, path, nil, status)
	}
	if a := s.NewBrowser(t).Call(t, http.MethodGet, storetest.Account+"/audit.csv", nil); a.Status != http.StatusUnauthorized {
		t.Errorf("nobody gets %d", a.Status)
	}
}
