package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/etag"
	"agentstore/pkg/money"
)

func rich() storetest.Options {
	return storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}}
}

// conditional is the call of an operation with a precondition.
func conditional(t *testing.T, s *storetest.Store, h household, o api.Operation, name, value string) storetest.Answer {
	t.Helper()
	r := h.request(t, s, o, arguments(o, h))
	r.Header.Set(name, value)
	return storetest.Do(t, &h.browser.Client, r)
}

// TestRevalidation: whoever has an answer of a read gets a few bytes instead of it,
// and shared caches keep what is public alone.
func TestRevalidation(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), rich())
	h := everything(t, s, "ada")
	for _, o := range api.All(app.Shelf()) {
		if o.Method != http.MethodGet {
			continue
		}
		first := storetest.Do(t, &h.browser.Client, h.request(t, s, o, arguments(o, h)))
		caching := "private, no-cache"
		if o.Public {
			caching = "no-cache"
		}
		tag := first.Header.Get("ETag")
		if tag != etag.Of(first.Body) || first.Header.Get("Cache-Control") != caching {
			t.Errorf("%s: ETag %s, Cache-Control %s", o.Name, tag, first.Header.Get("Cache-Control"))
		}
		for _, known := range []string{tag, "W/" + tag, `"other", ` + tag, "*"} {
			a := conditional(t, s, h, o, "If-None-Match", known)
			if a.Status != http.StatusNotModified || len(a.Body) > 0 || a.Header.Get("ETag") != tag || a.Header.Get("Cache-Control") != caching {
				t.Errorf("%s, If-None-Match %s: %d %v %s", o.Name, known, a.Status, a.Header, a.Body)
			}
		}
		for name, value := range map[string]string{"If-None-Match": `"other"`, "If-Match": tag, "If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"} {
			if a := conditional(t, s, h, o, name, value); a.Status != http.StatusOK || a.Header.Get("ETag") != tag {
				t.Errorf("%s, %s %s: %d %s", o.Name, name, value, a.Status, a.Body)
			}
		}
		if a := conditional(t, s, h, o, "If-Match", `"other"`); a.Status != 412 || a.Code() != "precondition_failed" || a.Header.Get("ETag") != "" {
			t.Errorf("%s, another If-Match: %d %v %s", o.Name, a.Status, a.Header, a.Body)
		}
	}
	bad := storetest.Do(t, http.DefaultClient, s.Request(t, http.MethodGet, "/v1/agent/quotes/quo_x", nil))
	if bad.Status != 404 || bad.Header.Get("ETag") != "" || bad.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("an error: %d %v", bad.Status, bad.Header)
	}
}

// TestIfMatch walks every write with the ETag of something else: nothing is done, and
// the trail says so for members.
func TestIfMatch(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), rich())
	h := everything(t, s, "ada")
	for _, o := range api.All(app.Shelf()) {
		if !o.Writes() {
			continue
		}
		for _, other := range []string{`"other"`, "other", `W/"other"`} {
			a := conditional(t, s, h, o, "If-Match", other)
			if a.Status != 412 || a.Code() != "precondition_failed" || a.Text("fixes", 0) == "" {
				t.Errorf("%s, If-Match %s: %d %s", o.Name, other, a.Status, a.Body)
			}
		}
		if o.Replaces == "" {
			continue
		}
		if a := conditional(t, s, h, o, "If-None-Match", "*"); a.Status != 412 {
			t.Errorf("%s only if there is none: %d %s", o.Name, a.Status, a.Body)
		}
		trail := member(t, h.browser, http.MethodGet, "/audit?outcome=refused&operation="+o.Name, nil, 200)
		if trail.Text("events", 0, "outcome") != "precondition_failed" {
			t.Errorf("%s is not in the trail: %s", o.Name, trail.Body)
		}
		if done := member(t, h.browser, http.MethodGet, "/audit?outcome=done&operation="+o.Name, nil, 200); len(done.Get("events").([]any)) > 0 && o.Name != "protection_set" {
			t.Errorf("%s was done: %s", o.Name, done.Body)
		}
	}
}

// replacement is a change that a person makes of what they have read.
type replacement struct {
	operation api.Operation
	read      string // below the account's path
	path      string
	change    func(n int) object
}

func replacements(h household) []replacement {
	policy := func(n int) object {
		return object{"limits": []any{object{"currency": "usd", "perDayMinor": 1000 + n}}}
	}
	agent, service := "/agents/"+h.ids["agentId"], "/services/"+h.ids["serviceId"]
	return []replacement{
		{api.PolicySet(app.Shelf()), "/policy", "/policy", policy},
		{api.AgentPolicySet(app.Shelf()), agent + "/policy", agent + "/policy", policy},
		{api.ProtectionSet(app.Shelf()), service, service + "/protection", func(int) object { return object{"protection": []string{}} }},
	}
}

// TestReplacementsAreOfWhatWasRead: of many who change what they have all read, one
// does, on every engine; the others are told.
func TestReplacementsAreOfWhatWasRead(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, rich())
		h := everything(t, s, "ada")
		for _, r := range replacements(h) {
			tag := member(t, h.browser, http.MethodGet, r.read, nil, 200).Header.Get("ETag")
			change := func(n int) storetest.Answer {
				request := h.browser.Request(t, http.MethodPut, storetest.Account+r.path, r.change(n))
				request.Header.Set("If-Match", tag)
				return storetest.Do(t, &h.browser.Client, request)
			}
			var done atomic.Int64
			var people sync.WaitGroup
			for n := range 8 {
				people.Go(func() {
					switch a := change(n); {
					case a.Status == http.StatusOK:
						done.Add(1)
					case a.Code() != "precondition_failed":
						t.Errorf("%s: %d %s", r.operation.Name, a.Status, a.Body)
					}
				})
			}
			people.Wait()
			if n := done.Load(); n != 1 {
				t.Errorf("%s was done %d times", r.operation.Name, n)
			}
			tag = member(t, h.browser, http.MethodGet, r.read, nil, 200).Header.Get("ETag")
			if a := change(9); a.Status != http.StatusOK {
				t.Errorf("%s after reading again: %d %s", r.operation.Name, a.Status, a.Body)
			}
		}
	})
}

// The security of the account is compared with the account, as its reader sees it.
func TestSecurityIsOfWhatWasRead(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), rich())
	b := s.Owner(t)
	b.LogInWithMFA(t, "/login?max_age=900", "Ada", "ada@example.com")
	for i, want := range []int{200, 412, 200} {
		tag := member(t, b, http.MethodGet, "", nil, 200).Header.Get("ETag")
		if want == 412 {
			tag = fmt.Sprintf("%q", "old")
		}
		r := b.Request(t, http.MethodPut, storetest.Account+"/security", object{"requireMfa": i == 0})
		r.Header.Set("If-Match", tag)
		if a := storetest.Do(t, &b.Client, r); a.Status != want {
			t.Errorf("%d: %d %s", i, a.Status, a.Body)
		}
	}
}

// Each operation that replaces something names the one that reads it.
func TestReplacesNamesARead(t *testing.T) {
	t.Parallel()
	all := api.All(app.Shelf())
	for _, o := range all {
		reads := slices.ContainsFunc(all, func(r api.Operation) bool { return r.Name == o.Replaces && r.Method == http.MethodGet })
		if o.Replaces != "" && !reads {
			t.Errorf("%s replaces what %s reads, which is no operation", o.Name, o.Replaces)
		}
	}
}
