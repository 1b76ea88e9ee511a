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
	"agentstore/pkg/shop"
)

// keyOf makes a key of an agent with all scopes, and whatever else is asked for.
func keyOf(t *testing.T, b *storetest.Browser, agent string, with object) storetest.Answer {
	t.Helper()
	in := object{"name": "k", "scopes": app.Shelf().Rules().Scopes()}
	for name, value := range with {
		in[name] = value
	}
	return member(t, b, http.MethodPost, "/agents/"+agent+"/keys", in, 201)
}

// A key that is held to networks opens nothing from elsewhere, by any operation and
// over MCP, whatever a header says of where the request comes from. Who has it is
// told; who has not proved it is not. The refusal of a write is in the trail.
func TestAllowedIPs(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
		h := everything(t, s, "ada")
		agent := h.ids["agentId"]
		here := keyOf(t, h.browser, agent, object{"allowedIps": []string{"2001:DB8::/32", "127.0.0.1", "127.0.0.1/32"}})
		away := keyOf(t, h.browser, agent, object{"allowedIps": []string{"203.0.113.0/24"}})
		want := []any{"2001:db8::/32", "127.0.0.1/32"}
		list := member(t, h.browser, http.MethodGet, "/agents/"+agent+"/keys", nil, 200)
		if got, _ := here.Get("key", "allowedIps").([]any); !slices.Equal(got, want) || !strings.Contains(string(list.Body), `"allowedIps":["2001:db8::/32","127.0.0.1/32"]`) {
			t.Errorf("the key is %s, the list %s", here.Body, list.Body)
		}

		forged := func(r *http.Request, source string) *http.Request {
			for _, name := range []string{"X-Forwarded-For", "X-Real-Ip", "True-Client-Ip", "Cf-Connecting-Ip", "X-Client-Ip"} {
				r.Header.Set(name, source)
			}
			r.Header.Set("Forwarded", "for="+source)
			return r
		}
		for _, o := range api.Operations(app.Shelf()) {
			h.key = here.Text("secret")
			if a := storetest.Do(t, http.DefaultClient, forged(h.request(t, s, o, arguments(o, h)), "203.0.113.9")); a.Code() == "address_not_allowed" {
				t.Errorf("%s from here: %d %s", o.Name, a.Status, a.Body)
			}
			h.key = away.Text("secret")
			if a := storetest.Do(t, http.DefaultClient, forged(h.request(t, s, o, arguments(o, h)), "203.0.113.9")); a.Status != http.StatusForbidden || a.Code() != "address_not_allowed" {
				t.Errorf("%s from elsewhere: %d %s", o.Name, a.Status, a.Body)
			}
			trail := member(t, h.browser, http.MethodGet, "/audit?outcome=refused&limit=100&actor="+away.Text("key", "id"), nil, 200)
			events, _ := trail.Get("events").([]any)
			found := slices.ContainsFunc(events, func(e any) bool { return e.(object)["operation"] == o.Name })
			if o.Writes() != found || found && trail.Text("events", 0, "outcome") != "address_not_allowed" {
				t.Errorf("after %s the trail is %s", o.Name, trail.Body)
			}
		}

		s.Key = away.Text("secret")
		tool := object{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": object{"name": "service_list", "arguments": object{}}}
		if a := s.Call(t, http.MethodPost, "/mcp", tool); a.Text("result", "structuredContent", "code") != "address_not_allowed" {
			t.Errorf("a tool from elsewhere: %d %s", a.Status, a.Body)
		}
		if a := s.Call(t, http.MethodPost, "/mcp", object{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}); a.Status != 403 || a.Text("error", "data", "code") != "address_not_allowed" {
			t.Errorf("the tools from elsewhere: %d %s", a.Status, a.Body)
		}

		rotated := member(t, h.browser, http.MethodPost, "/agents/"+agent+"/keys/"+away.Text("key", "id")+"/rotate", nil, 201)
		s.Key = rotated.Text("secret")
		if a := s.Call(t, http.MethodGet, storetest.Services, nil); a.Code() != "address_not_allowed" || rotated.Text("key", "allowedIps", 0) != "203.0.113.0/24" {
			t.Errorf("after its rotation %s is answered with %s", rotated.Body, a.Body)
		}
		member(t, h.browser, http.MethodDelete, "/agents/"+agent+"/keys/"+rotated.Text("key", "id"), nil, 200)
		if a := s.Call(t, http.MethodGet, storetest.Services, nil); a.Code() != "unauthenticated" {
			t.Errorf("a revoked key from elsewhere: %s", a.Body)
		}
	})
}

// What is no network is refused, with the network to write in its place.
func TestBadNetworks(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	b := s.Owner(t)
	agent := member(t, b, http.MethodPost, "/agents", object{"name": "a"}, 201).Text("agent", "id")
	for network, fix := range map[string]string{
		"192.0.2.7/24":         "192.0.2.0/24",
		"2001:db8::1/32":       "2001:db8::/32",
		"fe80::1%eth0":         "zone",
		"fe80::%eth0/64":       "zone",
		"::ffff:192.0.2.7":     "192.0.2.7",
		"::ffff:192.0.2.0/120": "192.0.2.0/24",
		"192.0.2.0/33":         "CIDR",
		"192.0.2":              "CIDR",
		"192.0.02.1":           "CIDR",
		"192.0.2.0/255.255.0":  "CIDR",
		"store.example.com":    "CIDR",
		"192.0.2.7:443":        "CIDR",
		" 192.0.2.7":           "CIDR",
	} {
		a := member(t, b, http.MethodPost, "/agents/"+agent+"/keys", object{"name": "k", "allowedIps": []string{"198.51.100.0/24", network}}, 400)
		if a.Code() != "invalid_input" || a.Text("param") != "$.allowedIps[1]" || !strings.Contains(a.Text("fixes", 0), fix) {
			t.Errorf("%q is answered with %s", network, a.Body)
		}
	}
	many := slices.Repeat([]string{"192.0.2.7"}, shop.MaxNetworks+1)
	for _, networks := range []any{[]string{}, many, []string{""}, []int{1}, "192.0.2.7", nil} {
		a := member(t, b, http.MethodPost, "/agents/"+agent+"/keys", object{"name": "k", "allowedIps": networks}, 400)
		if !strings.HasPrefix(a.Text("param"), "$.allowedIps") {
			t.Errorf("%v is answered with %s", networks, a.Body)
		}
	}
}

// A key ends by itself, unless it is made for ever, and the one in its place lives
// as long as it was given.
func TestEndOfKeys(t *testing.T) {
	t.Parallel()
	const day = 24 * time.Hour
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	b := s.Owner(t)
	agent := member(t, b, http.MethodPost, "/agents", object{"name": "a"}, 201).Text("agent", "id")
	made := s.Clock.Now()
	at := func(d time.Duration) string { return made.Add(d).Format(time.RFC3339) }
	tests := []struct {
		asked                     object
		end, rotated, rotatedLate string // rotatedLate: by the old key once more, in its overlap
	}{
		{object{}, at(90 * day), at(100 * day), at(100*day + time.Hour)},
		{object{"expiresAt": "never"}, "", "", ""},
		{object{"expiresAt": at(30 * day)}, at(30 * day), at(40 * day), at(40*day + time.Hour)},
		{object{"expiresAt": "2026-03-01T01:00:00+01:00"}, "2026-03-01T00:00:00Z", "2026-03-11T00:00:00Z", "2026-03-11T01:00:00Z"},
	}
	keys := make([]storetest.Answer, len(tests))
	for i, tt := range tests {
		keys[i] = keyOf(t, b, agent, tt.asked)
		if got := keys[i].Text("key", "expiresAt"); got != tt.end {
			t.Errorf("%v ends at %q, want %q", tt.asked, got, tt.end)
		}
	}
	list := member(t, b, http.MethodGet, "/agents/"+agent+"/keys", nil, 200)
	for _, tt := range tests {
		if tt.end != "" && !strings.Contains(string(list.Body), `"expiresAt":"`+tt.end+`"`) {
			t.Errorf("%s is not in %s", tt.end, list.Body)
		}
	}

	s.Clock.Advance(10 * day)
	b = s.Owner(t)
	rotate := func(i int) string {
		return member(t, b, http.MethodPost, "/agents/"+agent+"/keys/"+keys[i].Text("key", "id")+"/rotate", object{"overlapHours": 2}, 201).Text("key", "expiresAt")
	}
	for i, tt := range tests {
		if got := rotate(i); got != tt.rotated {
			t.Errorf("%v rotated ends at %q, want %q", tt.asked, got, tt.rotated)
		}
	}
	s.Clock.Advance(time.Hour)
	b = s.Owner(t)
	for i, tt := range tests {
		if got := rotate(i); got != tt.rotatedLate {
			t.Errorf("%v rotated once more ends at %q, want %q", tt.asked, got, tt.rotatedLate)
		}
		s.Key = keys[i].Text("secret")
		if a := s.Call(t, http.MethodGet, storetest.Services, nil); a.Status != 200 {
			t.Errorf("in its overlap the key gets %s", a.Body)
		}
	}
	s.Clock.Advance(time.Hour) // the second rotation has not prolonged the overlap
	for i := range tests {
		s.Key = keys[i].Text("secret")
		if a := s.Call(t, http.MethodGet, storetest.Services, nil); a.Status != 401 {
			t.Errorf("after its overlap the key gets %s", a.Body)
		}
	}

	b = s.Owner(t)
	for _, end := range []any{"Never", "", "tomorrow", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", at(0), "9999-12-31T23:59:59-01:00", "2027-01-01", 0, nil} {
		a := member(t, b, http.MethodPost, "/agents/"+agent+"/keys", object{"name": "k", "expiresAt": end}, 400)
		if a.Text("param") != "$.expiresAt" {
			t.Errorf("%v is answered with %s", end, a.Body)
		}
	}
}

// After 90 days a key about whose end nothing was said opens nothing.
func TestKeyEndsAfterItsLifetime(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	b := s.Owner(t)
	agent := member(t, b, http.MethodPost, "/agents", object{"name": "a"}, 201).Text("agent", "id")
	s.Key = keyOf(t, b, agent, nil).Text("secret")
	s.Clock.Advance(90*24*time.Hour - time.Millisecond)
	if a := s.Call(t, http.MethodGet, storetest.Services, nil); a.Status != 200 {
		t.Errorf("before its end the key gets %s", a.Body)
	}
	s.Clock.Advance(time.Millisecond)
	if a := s.Call(t, http.MethodGet, storetest.Services, nil); a.Status != 401 {
		t.Errorf("at its end the key gets %s", a.Body)
	}
}

// TestKeysOfTheTrail: every entry that an agent has caused names its key, what a
// member has approved or denied the key that has asked, and what was done with a
// key that key.
func TestKeysOfTheTrail(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "ada")
	b, agent := h.browser, h.ids["agentId"]
	own := *s
	own.Key = h.key
	key := h.ids["keyId"]
	post := func(path string, in any) storetest.Answer { return own.Call(t, http.MethodPost, path, in) }

	// What the agent has asked for is approved, denied and forbidden.
	member(t, b, http.MethodPost, "/approvals/"+h.ids["approvalId"]+"/approve", nil, 200)
	member(t, b, http.MethodPut, "/agents/"+agent+"/policy", object{"limits": []any{object{"currency": "usd", "approvalAboveMinor": 2000}}}, 200)
	for i, answer := range []string{"approve", "deny"} {
		parked := own.Buy(t, own.Quote(t), answer)
		approval := member(t, b, http.MethodPost, "/approvals/"+parked.Text("purchase", "approvalId")+"/"+answer, nil, 200)
		if approval.Text("approval", "keyId") != key {
			t.Errorf("question %d is %s", i, approval.Body)
		}
	}
	member(t, b, http.MethodPut, "/agents/"+agent+"/policy", object{"frozen": true}, 200)
	own.Buy(t, own.Quote(t), "frozen")
	post(storetest.Services+"/svc_00000000000000000000000000/server/restart", nil)
	own.Key = s.NewKey(t, s.Agent, shop.ScopeCatalogRead) // of another account, and without the scope
	if a := post(storetest.Quotes, storetest.Order()); a.Code() != "insufficient_scope" {
		t.Errorf("the quote is answered with %s", a.Body)
	}
	other := keyOf(t, b, agent, object{"scopes": []string{"catalog:read"}})
	own.Key = other.Text("secret")
	post(storetest.Quotes, storetest.Order())
	rotated := member(t, b, http.MethodPost, "/agents/"+agent+"/keys/"+key+"/rotate", nil, 201)
	member(t, b, http.MethodDelete, "/agents/"+agent+"/keys/"+other.Text("key", "id"), nil, 200)
	own.Key = other.Text("secret")
	post(storetest.Quotes, storetest.Order()) // revoked: the trail is for who has proved to be somebody
	s.Work(t)

	trail := member(t, b, http.MethodGet, "/audit?limit=100", nil, 200)
	events, _ := trail.Get("events").([]any)
	seen := make(map[string]int)
	for i := range events {
		text := func(name string) string { return trail.Text("events", i, name) }
		what := text("operation") + " " + text("outcome")
		seen[what]++
		switch by := text("keyId"); text("actorKind") {
		case "agent":
			if by != key && by != other.Text("key", "id") {
				t.Errorf("%s is by the key %q", what, by)
			}
		case "person":
			if by != "" || text("personId") == "" {
				t.Errorf("%s is by the person %q with the key %q", what, text("personId"), by)
			}
		default:
			t.Errorf("%s is by the %s", what, text("actorKind"))
		}
		asked := strings.HasPrefix(what, "approval_approve ") || strings.HasPrefix(what, "approval_deny ")
		if got := text("askedByKeyId"); asked != (got == key) || !asked && got != "" {
			t.Errorf("%s was asked for by %q", what, got)
		}
	}
	for _, want := range []string{
		"quote_create done", "purchase_create done", "server_restart done", "server_restart not_found", "server_reinstall approval_required",
		"approval_request done", "approval_approve done", "approval_deny done", "purchase_create policy_violation",
		"quote_create insufficient_scope", "key_create done", "key_rotate done", "key_revoke done",
	} {
		if seen[want] == 0 {
			t.Errorf("%s is not in the trail: %s", want, trail.Body)
		}
	}

	subjects := func(operation string) (keys []string) { // sorted
		a := member(t, b, http.MethodGet, "/audit?limit=100&operation="+operation, nil, 200)
		events, _ := a.Get("events").([]any)
		for i := range events {
			keys = append(keys, a.Text("events", i, "subject"))
		}
		slices.Sort(keys)
		return keys
	}
	for operation, want := range map[string][]string{
		"key_create": slices.Sorted(slices.Values([]string{other.Text("key", "id"), key})), "key_rotate": {key}, "key_revoke": {other.Text("key", "id")},
	} {
		if got := subjects(operation); !slices.Equal(got, want) {
			t.Errorf("%s was about %q, want %q", operation, got, want)
		}
	}
	if a := member(t, b, http.MethodGet, "/audit?operation=key_rotate", nil, 200); a.Text("events", 0, "after", "keyId") != rotated.Text("key", "id") {
		t.Errorf("the rotation is %s, of %s", a.Body, rotated.Body)
	}
	if a := member(t, b, http.MethodGet, "/audit?operation=approval_deny&actor="+key, nil, 200); a.Text("events", 0, "personId") == "" {
		t.Errorf("of the key the trail has %s", a.Body)
	}
}
