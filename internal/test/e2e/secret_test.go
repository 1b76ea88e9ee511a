package e2e

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/money"
	"agentstore/pkg/seal"
	"agentstore/pkg/shop"
)

// confide has the holder of the key restart the service, whose provider gives a
// secret, and returns the path of the action.
func confide(t *testing.T, s *storetest.Store, key, service, secret string) string {
	t.Helper()
	own := *s
	own.Key = key
	own.Work(t)
	stop := s.Give(secret)
	defer stop()
	action := act(t, &own, service, "restart", nil)
	s.Work(t)
	return actionPath(service, action)
}

// readWith gets an answer by a key, which must be good, and as the document says.
func readWith(t *testing.T, s *storetest.Store, key, path string) storetest.Answer {
	t.Helper()
	own := *s
	own.Key = key
	return read(t, &own, path)
}

// A secret is for the key that began the action, once.
func TestSecretIsReadOnce(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s, service := acting(t, engine, "")
		path := confide(t, s, s.Key, service, "hunter2")
		expires := s.Clock.Now().Add(shop.SecretLifetime).Format(time.RFC3339)

		other := readWith(t, s, s.NewKey(t, s.Agent, s.Shop.Products.Scopes()...), path)
		if other.Get("action", "secret") != nil || other.Text("action", "secretExpiresAt") != expires {
			t.Errorf("another key of the agent reads %s", other.Body)
		}
		list := read(t, s, storetest.Services+"/"+service+"/actions")
		if strings.Contains(string(list.Body), "secret") {
			t.Errorf("the list is %s", list.Body)
		}
		if !strings.Contains(items(t, s), `"kind":"secret"`) {
			t.Error("the table has no secret")
		}
		first := read(t, s, path)
		if first.Text("action", "secret") != "hunter2" || first.Get("action", "secretExpiresAt") != nil {
			t.Errorf("read first: %s", first.Body)
		}
		if strings.Contains(items(t, s), `"kind":"secret"`) {
			t.Error("the table still has the secret")
		}
		if again := read(t, s, path); strings.Contains(string(again.Body), "secret") {
			t.Errorf("read again: %s", again.Body)
		}
	})
}

// However many ask at once, one reads it.
func TestSecretIsReadByOne(t *testing.T) {
	t.Parallel()
	s, service := acting(t, dynamotest.Embedded(t), "")
	path := confide(t, s, s.Key, service, "hunter2")
	var seen atomic.Int64
	var readers sync.WaitGroup
	for range 64 {
		readers.Go(func() {
			a := s.Call(t, http.MethodGet, path, nil)
			if a.Status != http.StatusOK {
				t.Errorf("status %d: %s", a.Status, a.Body)
			}
			if a.Text("action", "secret") == "hunter2" {
				seen.Add(1)
			}
		})
	}
	readers.Wait()
	if n := seen.Load(); n != 1 {
		t.Errorf("%d of 64 have read the secret", n)
	}
}

// A secret that waits too long is gone, and one whose key was replaced is lost, and
// said to be.
func TestSecretIsTooOld(t *testing.T) {
	t.Parallel()
	s, service := acting(t, dynamotest.Embedded(t), "")
	path := confide(t, s, s.Key, service, "hunter2")
	s.Clock.Advance(shop.SecretLifetime)
	if late := read(t, s, path); strings.Contains(string(late.Body), "secret") {
		t.Errorf("after ten minutes: %s", late.Body)
	}
	path = confide(t, s, s.Key, service, "hunter2")
	ring, err := seal.WithKey(seal.NewKey())
	must(t, err)
	s.Shop.OpenSecret = ring.Open
	lost := read(t, s, path)
	if lost.Get("action", "secret") != nil || !strings.Contains(lost.Text("action", "secretError"), "Begin the action again") {
		t.Errorf("with another key: %s", lost.Body)
	}
}

// Whoever would not see the answer takes nothing.
func TestSecretIsNotTakenUnseen(t *testing.T) {
	t.Parallel()
	s, service := acting(t, dynamotest.Embedded(t), "")
	path := confide(t, s, s.Key, service, "hunter2")
	for _, tc := range []struct {
		method, name, value string
		status              int
	}{
		{http.MethodHead, "Accept", "*/*", 200},
		{http.MethodGet, "If-None-Match", "*", 304},
		{http.MethodGet, "If-Match", `"another"`, 412},
	} {
		r := s.Request(t, tc.method, path, nil)
		r.Header.Set(tc.name, tc.value)
		a := storetest.Do(t, http.DefaultClient, r)
		if a.Status != tc.status || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("ETag") != "" || tc.status != 412 && len(a.Body) > 0 {
			t.Errorf("%s with %s: %d %v %s", tc.method, tc.name, a.Status, a.Header, a.Body)
		}
	}
	seen := s.Request(t, http.MethodGet, path, nil)
	seen.Header.Set("If-None-Match", `"another"`)
	a := storetest.Do(t, documented.Client(t), seen)
	if a.Text("action", "secret") != "hunter2" || a.Header.Get("Cache-Control") != "no-store" || a.Header.Get("ETag") != "" {
		t.Errorf("the answer is %v %s", a.Header, a.Body)
	}
	if again := read(t, s, path); again.Header.Get("ETag") == "" {
		t.Errorf("without the secret: %v", again.Header)
	}
}

// A member reads what they began, and an agent what a member has approved for it.
func TestSecretOfAMember(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	ada := s.Owner(t)
	caller, err := ada.Caller(t).For(shop.RoleOperator)
	must(t, err)
	service, action := s.Confided(t, caller, "hunter2")
	path := "/services/" + string(service) + "/actions"
	if list := member(t, ada, http.MethodGet, path, nil, 200); list.Text("actions", 0, "id") != string(action) || strings.Contains(string(list.Body), "hunter2") {
		t.Errorf("the list is %s", list.Body)
	}
	a := storetest.Do(t, documented.Client(t), s.Request(t, http.MethodGet, actionPath(string(service), string(action)), nil))
	if strings.Contains(string(a.Body), "hunter2") {
		t.Errorf("an agent of another account reads %s", a.Body)
	}
	if got := member(t, ada, http.MethodGet, path+"/"+string(action), nil, 200); got.Text("action", "secret") != "hunter2" {
		t.Errorf("who began it reads %s", got.Body)
	}
}

func TestSecretOfAnApprovedAction(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "ada")
	s.Work(t)
	s.Clock.Advance(time.Second) // so that its action is the newest
	stop := s.Give("hunter2")
	defer stop()
	member(t, h.browser, http.MethodPost, "/approvals/"+h.ids["approvalId"]+"/approve", object{}, 200)
	s.Work(t)
	own := *s
	own.Key = h.key
	actions := read(t, &own, storetest.Services+"/"+h.ids["serviceId"]+"/actions")
	action := actions.Text("actions", 0, "id")
	if got := member(t, h.browser, http.MethodGet, "/services/"+h.ids["serviceId"]+"/actions/"+action, nil, 200); got.Get("action", "secret") != nil {
		t.Errorf("who has approved reads %s", got.Body)
	}
	if got := readWith(t, s, h.key, actionPath(h.ids["serviceId"], action)); got.Text("action", "secret") != "hunter2" {
		t.Errorf("who has asked reads %s", got.Body)
	}
}
