package dashboard_test

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// parked is a store with somebody whose agent asks for a purchase.
func parked(t *testing.T) (*storetest.Store, *storetest.Browser, storetest.Answer) {
	t.Helper()
	return parkedWith(t, nil)
}

// parkedWith asks for a server whose configuration has more fields.
func parkedWith(t *testing.T, more map[string]any) (*storetest.Store, *storetest.Browser, storetest.Answer) {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 5000, Currency: "usd"}})
	b := s.LogIn(t, name, email)
	agent := id.Agent(b.Call(t, http.MethodPost, storetest.Account+"/agents", map[string]any{"name": "a"}).Text("agent", "id"))
	most := map[string]any{"limits": []any{map[string]any{"currency": "usd", "approvalAboveMinor": 0}}}
	b.Call(t, http.MethodPut, storetest.Account+"/policy", most)
	s.Key = s.NewKey(t, agent, app.Shelf().Rules().Scopes()...)
	order := storetest.Order()
	maps.Copy(order["configuration"].(map[string]any), more)
	quote := s.Call(t, http.MethodPost, storetest.Quotes, order)
	asked := s.Buy(t, quote.Text("quote", "id"), "k")
	if asked.Text("purchase", "status") != "pending_approval" {
		t.Fatalf("the purchase is %s", asked.Body)
	}
	return s, b, asked
}

// path is where the agent says that a person decides.
func path(t *testing.T, s *storetest.Store, asked storetest.Answer) string {
	t.Helper()
	address, err := url.Parse(asked.Text("purchase", "approvalUrl"))
	if err != nil || address.Scheme+"://"+address.Host != s.URL {
		t.Fatalf("the address is %s, %v", address, err)
	}
	return address.Path
}

func TestApprove(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	at := path(t, s, asked)
	page := b.Open(t, at)
	expectPage(t, page, http.StatusOK, "VPS Micro", "$24.00", "deploy-node-01", "about every purchase above $0.00", "Approve", "Deny")
	expectPage(t, b.Send(t, at, url.Values{"decision": {"approve"}, "note": {"go <on>"}}), http.StatusOK, "It is approved.", "go &lt;on&gt;")
	expectPage(t, b.Send(t, at, url.Values{"decision": {"deny"}}), http.StatusConflict, "approval_decided")
	if a := s.Call(t, http.MethodGet, storetest.Purchases+"/"+asked.Text("purchase", "id"), nil); a.Text("purchase", "status") != "completed" {
		t.Errorf("the purchase is %s", a.Body)
	}
}

// TestObstacle: the page says beforehand why an approval would be refused, and no longer
// once it would not.
func TestObstacle(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	at := path(t, s, asked)
	const warning = "It cannot be approved at this moment."
	if page := b.Open(t, at); strings.Contains(page.Body, warning) {
		t.Errorf("nothing is in the way, and the page says %s", page.Body)
	}
	account := id.Agent(asked.Text("purchase", "agentId")).Account()
	if _, _, err := s.Shop.Adjust(t.Context(), account, money.Money{Minor: -4000, Currency: "usd"}, "r", ""); err != nil {
		t.Fatal(err)
	}
	expectPage(t, b.Open(t, at), http.StatusOK, warning, "The price is $24.00, and the wallet holds $10.00.", "Approve")
	b.Call(t, http.MethodPut, storetest.Account+"/policy", map[string]any{"limits": []any{map[string]any{"currency": "usd", "perDayMinor": 2000}}})
	expectPage(t, b.Open(t, at), http.StatusOK, warning, "The policy of the account allows $20.00 a day; $0.00 is spent, $20.00 is left.")
	b.Send(t, at, url.Values{"decision": {"deny"}})
	if page := b.Open(t, at); strings.Contains(page.Body, warning) {
		t.Errorf("it is denied, and the page says %s", page.Body)
	}
}

func TestDeny(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	expectPage(t, b.Send(t, path(t, s, asked), url.Values{"decision": {"deny"}}), http.StatusOK, "It is denied.")
	if a := s.Call(t, http.MethodGet, storetest.Purchases+"/"+asked.Text("purchase", "id"), nil); a.Text("purchase", "status") != "denied" {
		t.Errorf("the purchase is %s", a.Body)
	}
}

// Who is asked too much denies all of it on the page of one question.
func TestDenyAll(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	at := path(t, s, asked)
	if page := b.Open(t, at); strings.Contains(page.Body, "Deny all") {
		t.Errorf("there is one question, and the page says %s", page.Body)
	}
	more := s.Buy(t, s.Quote(t), "more")
	stranger := s.LogIn(t, "Bob", "bob@example.com")
	expectPage(t, stranger.Send(t, at, url.Values{"decision": {"deny_all"}}), http.StatusNotFound, "not_found")
	expectPage(t, b.Open(t, at), http.StatusOK, "has 2 open requests", "Deny all open requests of this agent")
	expectPage(t, b.Send(t, at, url.Values{"decision": {"deny_all"}, "note": {"stop it"}}), http.StatusOK, "It is denied.", "stop it")
	expectPage(t, b.Open(t, path(t, s, more)), http.StatusOK, "It is denied.", "stop it")
}

func TestApprovalIsNotForEverybody(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	at := path(t, s, asked)
	stranger := s.LogIn(t, "Bob", "bob@example.com")
	expectPage(t, stranger.Open(t, at), http.StatusNotFound, "not_found")
	expectPage(t, stranger.Send(t, at, url.Values{"decision": {"approve"}}), http.StatusNotFound, "not_found")
	expectPage(t, b.Send(t, at, url.Values{"decision": {"maybe"}}), http.StatusBadRequest, "must be one of approve, deny, deny_all")

	invited := b.Call(t, http.MethodPost, storetest.Account+"/invitations", map[string]any{"email": "eve@example.com", "role": "viewer"})
	viewer := s.LogIn(t, "Eve", "eve@example.com")
	link, err := url.Parse(invited.Text("link"))
	if err != nil {
		t.Fatal(err)
	}
	viewer.Send(t, link.Path, nil)
	expectPage(t, viewer.Open(t, at), http.StatusOK, "only an operator or an owner can decide")
	expectPage(t, viewer.Send(t, at, url.Values{"decision": {"approve"}}), http.StatusForbidden, "insufficient_role")

	s.Clock.Advance(24 * time.Hour)
	again := s.LogIn(t, name, email)
	expectPage(t, again.Open(t, at), http.StatusOK, "It is expired.")
	expectPage(t, again.Send(t, at, url.Values{"decision": {"approve"}}), http.StatusConflict, "approval_decided")
}

// The page takes the note that the API takes, to the character, and no other.
func TestNote(t *testing.T) {
	t.Parallel()
	s, b, asked := parked(t)
	at := path(t, s, asked)
	api := storetest.Account + "/approvals/" + asked.Text("purchase", "approvalId") + "/deny"
	for note, want := range map[string]string{
		strings.Repeat("ü", shop.MaxNote+1):   "must have at most 500 characters, not 501",
		strings.Repeat("🚀", 376):              "must have at most 1500 bytes in UTF-8, not 1504",
		"Fine.\u202e.eniF":                    "may not have U+202E, its character 6",
		"Fine.\x00":                           "may not have U+0000, its character 6",
		"Fine.\rAll of it.":                   "may not have U+000D, its character 6",
		"\u2066":                              "may not have U+2066, its character 1",
		"\u2800":                              "must have a character that can be seen",
		strings.Repeat("\r\n.", shop.MaxNote): "must have at most 500 characters, not 999",
	} {
		expectPage(t, b.Send(t, at, url.Values{"decision": {"deny"}, "note": {note}}), http.StatusBadRequest, "$.note "+want)
		a := b.Call(t, http.MethodPost, api, map[string]any{"note": note})
		if a.Status != http.StatusBadRequest || a.Text("param") != "$.note" || a.Text("detail") != "$.note "+want+"." || a.Text("fixes", 0) == "" {
			t.Errorf("%q: %s", note, a.Body)
		}
	}
	expectPage(t, b.Send(t, at, url.Values{"decision": {"deny"}, "note": {"a\xffb"}}), http.StatusBadRequest, "$.note is not UTF-8")
	expectPage(t, b.Open(t, at), http.StatusOK, "Open until", `maxlength="500"`)

	longest := strings.Repeat("字", shop.MaxNote-2)
	expectPage(t, b.Send(t, at, url.Values{"decision": {"deny"}, "note": {"e\u0301\r\n" + longest + " "}}), http.StatusOK, "It is denied.", "\u00e9\n"+longest+"<")
	got := b.Call(t, http.MethodGet, strings.TrimSuffix(api, "/deny"), nil)
	if got.Text("approval", "note") != "\u00e9\n"+longest {
		t.Errorf("the note is %q", got.Text("approval", "note"))
	}
}

// What an agent hides in a document for its server is in sight where it is decided
// about, and nothing turns the page around it.
func TestApprovalHidesNothing(t *testing.T) {
	t.Parallel()
	const hidden = "#!/bin/sh\n# é\u202etrap\u2069\u200b"
	s, b, asked := parkedWith(t, map[string]any{"userData": hidden})
	page := b.Open(t, path(t, s, asked))
	expectPage(t, page, http.StatusOK, `# é\u202etrap\u2069\u200b`)
	if strings.ContainsAny(page.Body, "\u202e\u2069\u200b") {
		t.Errorf("the page is turned: %q", page.Body)
	}
	page = b.Open(t, "/approvals/"+url.PathEscape("\u05d0\u3164\u202e"))
	expectPage(t, page, http.StatusNotFound, `There is no approval &#34;\u05d0\u3164\u202e&#34;`)
	got := s.Call(t, http.MethodGet, storetest.Quotes+"/"+asked.Text("purchase", "quoteId"), nil)
	if got.Text("quote", "configuration", "userData") != hidden {
		t.Errorf("the document was changed: %s", got.Body)
	}
}

// An issuer may call people what it likes: they log in, and their name is clean.
func TestNameFromIssuer(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	b := s.LogIn(t, " Ada\x00\u202e Love\u200blace\n"+strings.Repeat("!", 200), email)
	want := "Ada Lovelace " + strings.Repeat("!", 87)
	expectPage(t, b.Open(t, "/"), http.StatusOK, "<b><bdi>"+want+"</bdi></b>")
	if got := b.Call(t, http.MethodGet, storetest.Account, nil).Text("account", "name"); got != want {
		t.Errorf("the account is %q", got)
	}
}
