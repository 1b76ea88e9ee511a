package schemathesis

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"agentstore/internal/release"
)

// owner is whom the account belongs to that release.Store.Seed makes.
const owner = "ada@example.com"

// furnish leaves something in the store for every operation to act upon.
func furnish(t *testing.T, s *release.Store) {
	t.Helper()
	if _, err := s.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	ada := person(t, s, owner)
	policy := map[string]any{"limits": []map[string]any{{"currency": "usd", "approvalAboveMinor": 10_000}}}
	if err := ada.Put(t.Context(), "/v1/account/policy", policy, nil); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		ask(t, hire(t, s, ada))
	}
	for _, email := range []string{"alan@example.com", "barbara@example.com", "edsger@example.com"} {
		join(t, s, ada, email)
	}
	for range 20 {
		person(t, s, owner) // with another session
	}
}

// hire makes an agent that may buy.
func hire(t *testing.T, s *release.Store, ada *release.Caller) *release.Caller {
	t.Helper()
	var made struct {
		Agent  struct{ ID string }
		Secret string
	}
	if err := ada.Post(t.Context(), "/v1/account/agents", map[string]any{"name": "asks"}, &made); err != nil {
		t.Fatal(err)
	}
	key := map[string]any{"name": "first", "scopes": []string{"purchases:write"}}
	if err := ada.Post(t.Context(), "/v1/account/agents/"+made.Agent.ID+"/keys", key, &made); err != nil {
		t.Fatal(err)
	}
	return s.Agent(made.Secret)
}

// ask has the agent want what members must approve, nearly as often as it may.
func ask(t *testing.T, agent *release.Caller) {
	t.Helper()
	for i := range 15 {
		order := release.Order("dear")
		order["configuration"].(map[string]any)["billingTermMonths"] = 12
		order["idempotencyKey"] = fmt.Sprint("ask-", i)
		if err := agent.Post(t.Context(), "/v1/agent/purchases", order, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// join makes somebody a member of the account.
func join(t *testing.T, s *release.Store, ada *release.Caller, email string) {
	t.Helper()
	var invited struct{ Link string }
	invitation := map[string]any{"email": email, "role": "viewer"}
	if err := ada.Post(t.Context(), "/v1/account/invitations", invitation, &invited); err != nil {
		t.Fatal(err)
	}
	link, err := url.Parse(invited.Link)
	if err != nil {
		t.Fatal(err)
	}
	if err := person(t, s, email).Post(t.Context(), link.Path, nil, nil); err != nil {
		t.Fatal(err)
	}
}

func person(t *testing.T, s *release.Store, email string) *release.Caller {
	t.Helper()
	p, err := s.Person(t.Context(), email)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// session is a new one of the owner.
func session(t *testing.T, s *release.Store) string {
	t.Helper()
	cookies := person(t, s, owner).Cookies()
	for _, cookie := range strings.Fields(cookies) {
		if value, found := strings.CutPrefix(cookie, "agentstore_session="); found {
			return value
		}
	}
	t.Fatalf("a login ends with the cookies %s", cookies)
	return ""
}
