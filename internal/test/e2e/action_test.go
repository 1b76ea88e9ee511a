package e2e

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/app"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
)

// An action begins a minute after the store, and takes another.
const (
	actionTakes = time.Minute
	begins      = "2026-01-31T12:01:00Z"
	ends        = "2026-01-31T12:02:00Z"
)

// acting is a store with an active service, whose jobs wait for Work.
func acting(t *testing.T, engine dynamotest.Engine, failures string) (s *storetest.Store, service string) {
	t.Helper()
	parsed, err := mock.ParseFailures(failures)
	if err != nil {
		t.Fatal(err)
	}
	s = storetest.New(t, engine, storetest.Options{Failures: parsed, NoKick: true})
	service = s.Service(t)
	s.Work(t)
	return s, service
}

// act asks for an action and returns its id.
func act(t *testing.T, s *storetest.Store, service, action string, body any) string {
	t.Helper()
	a := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/"+action, body)
	expectStatus(t, a, http.StatusAccepted)
	return a.Text("actionId")
}

func actionPath(service, action string) string {
	return storetest.Services + "/" + service + "/actions/" + action
}

// read gets an answer that must be good, and as the document says.
func read(t *testing.T, s *storetest.Store, path string) storetest.Answer {
	t.Helper()
	a := storetest.Do(t, documented.Client(t), s.Request(t, http.MethodGet, path, nil))
	expectStatus(t, a, http.StatusOK)
	return a
}

func expectJSON(t *testing.T, what string, got any, want map[string]any) {
	t.Helper()
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// The action of an accepted call can be read at once, and the service shows it
// until it is settled.
func TestActionRunsAndSucceeds(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s, service := acting(t, engine, "")
		s.Clock.Advance(actionTakes)
		action := act(t, s, service, "reinstall", map[string]any{"image": "debian-12"})
		running := map[string]any{
			"id": action, "type": "reinstall", "status": "running", "progress": 0.0, "input": map[string]any{"image": "debian-12"}, "startedAt": begins,
		}
		expectJSON(t, "action_get", read(t, s, actionPath(service, action)).Get("action"), running)
		expectJSON(t, "action_list", read(t, s, storetest.Services+"/"+service+"/actions").Get("actions", 0), running)
		current := read(t, s, storetest.Services+"/"+service).Get("service", "currentAction")
		expectJSON(t, "currentAction", current, running)

		s.Clock.Advance(actionTakes)
		s.Work(t)
		succeeded := map[string]any{
			"id": action, "type": "reinstall", "status": "succeeded", "progress": 100.0, "input": map[string]any{"image": "debian-12"},
			"startedAt": begins, "finishedAt": ends,
		}
		expectJSON(t, "action_get", read(t, s, actionPath(service, action)).Get("action"), succeeded)
		expectJSON(t, "action_list", read(t, s, storetest.Services+"/"+service+"/actions").Get("actions", 0), succeeded)
		if current := read(t, s, storetest.Services+"/"+service).Get("service", "currentAction"); current != nil {
			t.Errorf("currentAction is %v", current)
		}
	})
}

func TestActionFails(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s, service := acting(t, engine, "restart:refuse")
		s.Clock.Advance(actionTakes)
		action := act(t, s, service, "restart", nil)
		s.Work(t)
		expectJSON(t, "action_get", read(t, s, actionPath(service, action)).Get("action"), map[string]any{
			"id": action, "type": "restart", "status": "failed", "progress": 0.0, "startedAt": begins, "finishedAt": begins,
			"error": "The restart failed: the provider refuses: the mock is told to refuse every restart.",
		})
		after := read(t, s, storetest.Services+"/"+service)
		if after.Get("service", "currentAction") != nil || after.Text("service", "status") != "active" {
			t.Errorf("the service is %s", after.Body)
		}
		// It failed, and so did nothing that keeps another one from being tried.
		act(t, s, service, "reinstall", map[string]any{"image": "debian-12"})
	})
}

// A create is no action of an agent's: a new service has none.
func TestNoActionsYet(t *testing.T) {
	t.Parallel()
	s, service := acting(t, dynamotest.Embedded(t), "")
	if body := strings.TrimSpace(string(read(t, s, storetest.Services+"/"+service+"/actions").Body)); body != `{"actions":[],"hasMore":false}` {
		t.Errorf("the list is %s", body)
	}
}

func TestActionsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	const actions, limit = 5, 2
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s, service := acting(t, engine, "")
		var newestFirst []string
		for range actions {
			s.Clock.Advance(actionTakes)
			newestFirst = append([]string{act(t, s, service, "restart", nil)}, newestFirst...)
			s.Work(t)
		}
		other := s.Service(t) // whose actions are its own
		s.Work(t)
		s.Clock.Advance(actionTakes)
		act(t, s, other, "restart", nil)

		path := storetest.Services + "/" + service + "/actions"
		expectIDs(t, "all", read(t, s, path), newestFirst)
		cursor := ""
		for from := 0; from < actions; from += limit {
			page := read(t, s, fmt.Sprintf("%s?limit=%d&cursor=%s", path, limit, cursor))
			expectIDs(t, "page", page, newestFirst[from:min(from+limit, actions)])
			cursor = page.Text("nextCursor")
			if isLast := from+limit >= actions; isLast != (cursor == "") {
				t.Errorf("nextCursor after %d is %q", from+limit, cursor)
			}
		}
	})
}

func expectIDs(t *testing.T, what string, a storetest.Answer, want []string) {
	t.Helper()
	var got []string
	for i := 0; a.Text("actions", i, "id") != ""; i++ {
		got = append(got, a.Text("actions", i, "id"))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// An action is found under its own account and its own service alone.
func TestActionOfAnother(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s, service := acting(t, engine, "")
		action := act(t, s, service, "restart", nil)
		quote := s.Quote(t)
		bought := s.Buy(t, quote, "another")
		expectStatus(t, bought, http.StatusCreated)
		another := bought.Text("service", "id")

		refuses := func(what, path string) {
			t.Helper()
			a := s.Call(t, http.MethodGet, path, nil)
			if a.Status != http.StatusNotFound || a.Code() != "not_found" {
				t.Errorf("%s: %d %s", what, a.Status, a.Body)
			}
		}
		read(t, s, actionPath(service, action))
		refuses("the action under another service", actionPath(another, action))
		refuses("an action that is none", actionPath(service, "act_x"))

		s.Key = s.NewKey(t, s.Shop.IDs.Agent(s.Shop.IDs.Account()), app.Shelf().Rules().Scopes()...)
		refuses("another account's action", actionPath(service, action))
		refuses("another account's list", storetest.Services+"/"+service+"/actions")
	})
}

// Another key of the same account reads it, if it may read services.
func TestActionNeedsItsScope(t *testing.T) {
	t.Parallel()
	s, service := acting(t, dynamotest.Embedded(t), "")
	action := act(t, s, service, "restart", nil)
	for scope, status := range map[shop.Scope]int{shop.ScopeServicesRead: http.StatusOK, "servers:restart": http.StatusForbidden} {
		s.Key = s.NewKey(t, s.Agent, scope)
		expectStatus(t, s.Call(t, http.MethodGet, actionPath(service, action), nil), status)
		expectStatus(t, s.Call(t, http.MethodGet, storetest.Services+"/"+service+"/actions", nil), status)
	}
}

// A refusal because of an action names it, so that it can be followed.
func TestActionInProgressNamesTheAction(t *testing.T) {
	t.Parallel()
	s, service := acting(t, dynamotest.Embedded(t), "")
	action := act(t, s, service, "restart", nil)
	a := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/restart", nil)
	expectStatus(t, a, http.StatusConflict)
	if a.Code() != "action_in_progress" || a.Text("actionId") != action {
		t.Errorf("the refusal is %s", a.Body)
	}
}

// A retry with the same key is the same action.
func TestActionOnce(t *testing.T) {
	t.Parallel()
	s, service := acting(t, dynamotest.Embedded(t), "")
	key := map[string]any{"idempotencyKey": "k"}
	first := act(t, s, service, "restart", key)
	s.Work(t)
	if again := act(t, s, service, "restart", key); again != first {
		t.Errorf("the retry is %s, the first was %s", again, first)
	}
	expectIDs(t, "actions", read(t, s, storetest.Services+"/"+service+"/actions"), []string{first})
}
