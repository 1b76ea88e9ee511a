package e2e

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/money"
)

// showing are the writes whose answer shows a secret, which is not kept.
var showing = []string{"key_create", "key_rotate", "token_create", "invitation_create"}

// onceHome is a household in which each write of members can have an effect.
type onceHome struct {
	household
	store *storetest.Store
}

func newOnceHome(t *testing.T) onceHome {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	s.LogIn(t, "owner", "owner@example.com") // another session, to be ended
	for _, session := range member(t, h.browser, http.MethodGet, "/sessions", nil, 200).Get("sessions").([]any) {
		if one := session.(object); one["current"] != true {
			h.ids["sessionId"] = one["id"].(string)
		}
	}
	return onceHome{h, s}
}

// arguments are those with which an operation has an effect.
func (h onceHome) arguments(t *testing.T, o api.Operation) object {
	t.Helper()
	guest := func() string {
		b := joined(t, h.store, h.household, "guest", "viewer")
		return string(b.Caller(t).Person)
	}
	in := arguments(o, h.household)
	switch o.Name {
	case "member_update":
		in["personId"], in["role"] = guest(), "operator"
	case "member_remove":
		in["personId"] = guest()
	case "account_service_cancel_many":
		member(t, h.browser, http.MethodPost, "/services/"+h.ids["serviceId"]+"/labels", object{"labels": []string{"ci"}}, 200)
		in["token"] = member(t, h.browser, http.MethodGet, "/cancellations?label=ci", nil, 200).Text("token")
	case "account_security_set":
		h.browser.LogInWithMFA(t, "/login", "owner", "owner@example.com")
	}
	return in
}

// elsewise is the same request, about something else.
func elsewise(o api.Operation, in object) object {
	in = maps.Clone(in)
	switch o.Name {
	case "session_end_all":
		in["thisToo"] = true
		return in
	case "account_security_set":
		in["requireMfa"] = true
		return in
	case "account_service_cancel_many":
		in["token"] = "cancel_other"
		return in
	case "key_rotate":
		in["overlapHours"] = 5
		return in
	case "key_revoke":
		last := len(in["keyId"].(string)) - 1
		in["keyId"] = in["keyId"].(string)[:last] + otherThan(in["keyId"].(string)[last:])
		return in
	}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		if text, ok := in[name].(string); ok && (o.InPath(name) || name == "name") {
			in[name] = otherThan(text)
			return in
		}
	}
	in["email"] = "another@example.com"
	return in
}

func (h onceHome) send(t *testing.T, o api.Operation, in object, key string) storetest.Answer {
	t.Helper()
	r := h.request(t, h.store, o, in)
	r.Header.Set("Idempotency-Key", key)
	return storetest.Do(t, &h.browser.Client, r)
}

// done counts the entries of the trail that say that the operation was done.
func (h onceHome) done(t *testing.T, o api.Operation) int {
	t.Helper()
	events, _ := member(t, h.browser, http.MethodGet, "/audit?limit=100&outcome=done&operation="+o.Name, nil, 200).Get("events").([]any)
	return len(events)
}

// TestMembersWriteOnce sends each write of members that takes its key in the header alone
// many times at once with one key, then once more, and with another body. The others are
// those of agents, by the same code.
func TestMembersWriteOnce(t *testing.T) {
	t.Parallel()
	for _, o := range api.AccountOperations(app.Shelf()) {
		if o.Writes() && !o.Keyed() {
			t.Errorf("%s takes no key", o.Name)
		}
		if !o.Writes() || o.KeyedByArgument() {
			continue
		}
		t.Run(o.Name, func(t *testing.T) {
			t.Parallel()
			h := newOnceHome(t)
			in := h.arguments(t, o)
			before := h.done(t, o)
			first := h.race(t, o, in)
			expectReplay(t, o, first, h.send(t, o, in, "k"))
			if n := h.done(t, o) - before; n != 1 {
				t.Errorf("done %d times", n)
			}
			if a := h.send(t, o, elsewise(o, in), "k"); a.Code() != "idempotency_conflict" || a.Status != 422 {
				t.Errorf("another body: %d %s", a.Status, a.Body)
			}
		})
	}
}

// expectReplay expects the answer of the first request again, or what stands for it where
// that shows a secret.
func expectReplay(t *testing.T, o api.Operation, first, again storetest.Answer) {
	t.Helper()
	if slices.Contains(showing, o.Name) {
		if again.Status != http.StatusConflict || again.Code() != "secret_shown" || !strings.Contains(string(first.Body), again.Text("subjectId")) && o.Name != "key_rotate" {
			t.Errorf("the replay is %d %s", again.Status, again.Body)
		}
		if secret := first.Text("secret"); secret != "" && strings.Contains(string(again.Body), secret) {
			t.Errorf("the replay shows the secret: %s", again.Body)
		}
		return
	}
	if again.Status != first.Status || string(again.Body) != string(first.Body) || again.Header.Get("Idempotent-Replayed") != "true" {
		t.Errorf("the replay is %d %s\nafter %s", again.Status, again.Body, first.Body)
	}
}

// race sends a request many times at once, and returns the answer that shows what it did.
func (h onceHome) race(t *testing.T, o api.Operation, in object) (first storetest.Answer) {
	t.Helper()
	answers := make([]storetest.Answer, 8)
	var all sync.WaitGroup
	for i := range answers {
		all.Go(func() { answers[i] = h.send(t, o, in, "k") })
	}
	all.Wait()
	told := map[string]bool{}
	for _, a := range answers {
		switch {
		case a.Status == o.Status:
			first = a
			told[string(a.Body)] = true
		case a.Code() == "secret_shown" || a.Code() == "idempotency_in_flight" || a.Code() == "busy":
		default:
			t.Errorf("one of many gets %d %s", a.Status, a.Body)
		}
	}
	if len(told) != 1 {
		t.Errorf("there are %d answers: %v", len(told), slices.Collect(maps.Keys(told)))
	}
	return first
}
