package mcp_test

import (
	"net/http"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/auth"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// TestPublicWithoutKey: a client can look around before anybody has a key.
func TestPublicWithoutKey(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, body := range public() {
		a := anonymous(t, s, body)
		if a.Status != http.StatusOK || a.Get("result") == nil || a.Get("result", "isError") != nil {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
	for _, revision := range []string{"", "2025-11-25"} { // server/discover and initialize
		session := contract.Client{Base: s.URL, Revision: revision}.Connect(t)
		if list, err := session.ListTools(t.Context(), nil); err != nil || len(list.Tools) == 0 {
			t.Errorf("revision %q: %v", revision, err)
		}
	}
}

// public are the messages that need no key.
func public() map[string]object {
	out := map[string]object{
		"initialize": message("initialize", object{
			"protocolVersion": "2025-11-25", "capabilities": object{}, "clientInfo": object{"name": "raw", "version": "1"},
		}),
		"a public resource": message("resources/read", object{"uri": "agentstore://catalog/cat_vps_micro"}),
		"docs":              message("resources/read", object{"uri": "agentstore://docs/server"}),
		"a prompt":          message("prompts/get", object{"name": "buy_server", "arguments": object{"purpose": "a blog"}}),
		"categories":        toolCall("catalog_categories", object{}),
		"search":            toolCall("catalog_search", object{"q": "vps"}),
		"requirements":      toolCall("catalog_checkout_requirements", object{"catalogItemId": "cat_vps_micro"}),
	}
	for _, method := range []string{"ping", "tools/list", "resources/list", "resources/templates/list", "prompts/list"} {
		out[method] = message(method, object{})
	}
	return out
}

// TestKeyIsNeeded: every tool of an operation that is not public says where to
// learn how to get a key.
func TestKeyIsNeeded(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, o := range api.Operations(app.Shelf()) {
		if !o.Public {
			expectChallenge(t, s, anonymous(t, s, toolCall(o.Name, object{})), "id-of-tools/call")
		}
	}
	a := anonymous(t, s, message("resources/read", object{"uri": "agentstore://services/svc_x"}))
	expectChallenge(t, s, a, "id-of-resources/read")
	if a := anonymous(t, s, toolCall("catalog_search", object{"limit": 0})); a.Status != http.StatusOK {
		t.Errorf("a mistake in a public tool needs a key: %s", a.Body)
	}
}

func expectChallenge(t *testing.T, s *storetest.Store, a storetest.Answer, id any) {
	t.Helper()
	expectRefused(t, a, http.StatusUnauthorized, id, string(fault.Unauthenticated))
	want := `Bearer resource_metadata="` + s.URL + `/.well-known/oauth-protected-resource/mcp"`
	if got := a.Header.Get("WWW-Authenticate"); got != want {
		t.Errorf("the challenge is %q, want %q", got, want)
	}
}

// TestBadKey: a key that is no good opens nothing, not even what needs none.
func TestBadKey(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	quote := s.Quote(t)
	bodies := public()
	bodies["a purchase"] = toolCall("purchase_create", object{"quoteId": quote, "idempotencyKey": "k"})
	bodies["bad input"] = toolCall("service_get", object{"serviceId": 7})
	bodies["an unknown tool"] = toolCall("nothing", object{})
	bodies["a service"] = message("resources/read", object{"uri": "agentstore://services/svc_x"})
	bodies["what is refused"] = message("subscriptions/listen", object{})
	for kind, key := range badKeys(t, s) {
		for name, body := range bodies {
			r := s.Request(t, http.MethodPost, "/mcp", body)
			r.Header.Set("Authorization", key)
			t.Log(kind, name)
			expectChallenge(t, s, do(t, r), body["id"])
		}
	}
	if r := use(t, s, "quote_get", object{"quoteId": quote}); r.body().Text("quote", "status") != "open" {
		t.Errorf("the quote was used: %s", r.StructuredContent)
	}
	expectPurchases(t, s, 0)
}

// badKeys are Authorization headers with keys that are no good.
func badKeys(t *testing.T, s *storetest.Store) map[string]string {
	t.Helper()
	elsewhere := newStore(t)
	return map[string]string{
		"empty":           "",
		"no key":          "Bearer hello",
		"another scheme":  "Basic " + s.Key,
		"no scheme":       s.Key,
		"a changed key":   "Bearer " + s.Key[:len(s.Key)-1] + "!",
		"of another town": "Bearer " + elsewhere.Key,
		"revoked":         "Bearer " + revoke(t, s, s.NewKey(t, s.Agent, app.Shelf().Rules().Scopes()...)),
	}
}

// revoke revokes a key and returns it.
func revoke(t *testing.T, s *storetest.Store, key string) string {
	t.Helper()
	token, err := auth.ParseToken(auth.Test, key)
	if err != nil {
		t.Fatal(err)
	}
	credential, err := s.Table.Credential(t.Context(), token.Key)
	if err != nil {
		t.Fatal(err)
	}
	credential.RevokedAt = s.Clock.Now()
	credential.Version++
	if err := s.Table.PutCredential(t.Context(), credential); err != nil {
		t.Fatal(err)
	}
	return key
}

func TestMissingScope(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, o := range api.Operations(app.Shelf()) {
		var others []shop.Scope
		for _, scope := range app.Shelf().Rules().Scopes() {
			if scope != o.Scope {
				others = append(others, scope)
			}
		}
		s.Key = s.NewKey(t, s.Agent, others...)
		r := use(t, s, o.Name, object{})
		expectError(t, r, fault.InsufficientScope)
		if got := r.body().Text("missingScope"); got != string(o.Scope) {
			t.Errorf("%s: missingScope is %q", o.Name, got)
		}
	}
}

// TestOtherAccount: what another account has is not there.
func TestOtherAccount(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	quote := s.Quote(t)
	bought := s.Buy(t, quote, "k")
	service := bought.Text("service", "id")
	action := use(t, s, "server_restart", object{"serviceId": service}).body().Text("actionId")
	s.Key = stranger(t, s)
	for tool, input := range map[string]object{
		"quote_get":           {"quoteId": quote},
		"purchase_create":     {"quoteId": quote, "idempotencyKey": "k"},
		"purchase_get_status": {"purchaseId": bought.Text("purchase", "id")},
		"service_get":         {"serviceId": service},
		"server_restart":      {"serviceId": service},
		"server_reinstall":    {"serviceId": service, "image": "debian-12"},
		"action_list":         {"serviceId": service},
		"action_get":          {"serviceId": service, "actionId": action},
	} {
		t.Log(tool)
		expectError(t, use(t, s, tool, input), fault.NotFound)
	}
	a := post(t, s, message("resources/read", object{"uri": "agentstore://services/" + service}))
	if a.Text("error", "data", "code") != string(fault.NotFound) {
		t.Errorf("the resource: %s", a.Body)
	}
}
