package license_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/openapi"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// The shelf holds licenses beside what a real store sells: neither disturbs the other.
func shelf() product.Shelf { return append(app.Shelf(), license.New()) }

type store struct{ *storetest.Store }

func newStore(t *testing.T, engine dynamotest.Engine, desk license.Desk) store {
	t.Helper()
	return store{storetest.New(t, engine, storetest.Options{
		Shelf: shelf(), Catalog: license.Catalog, Fulfilments: map[string]shop.Fulfilment{license.ServiceType: desk},
	})}
}

// protocols are the ways to reach the store. What REST answers is held to the OpenAPI
// document of this shelf.
func (s store) protocols(t *testing.T) map[string]contract.Call {
	t.Helper()
	document, err := openapi.Document(shelf())
	if err != nil {
		t.Fatal(err)
	}
	return map[string]contract.Call{
		"rest": contract.RESTOf(shelf(), documented.ClientOf(t, document), s.URL, s.Key),
		"mcp":  contract.MCP(contract.Client{Base: s.URL, Key: s.Key}.Connect(t)),
	}
}

func order(item, edition string) map[string]any {
	return map[string]any{"catalogItemId": item, "configuration": map[string]any{"edition": edition, "seats": 3, "billingTermMonths": 1}}
}

func at(body any, path ...any) any {
	for _, step := range path {
		switch v := body.(type) {
		case map[string]any:
			body = v[step.(string)]
		case []any:
			body = v[step.(int)]
		default:
			return nil
		}
	}
	return body
}

func expectAt(t *testing.T, body map[string]any, want any, path ...any) {
	t.Helper()
	if got := at(body, path...); got != want {
		t.Errorf("%v is %v, want %v", path, got, want)
	}
}

// TestLife buys a license, acts on it, reads it and finds it in the lists, over each
// protocol and on each engine.
func TestLife(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := newStore(t, engine, license.Desk{})
		for protocol, call := range s.protocols(t) {
			t.Run(protocol, func(t *testing.T) {
				s.Clock.Advance(time.Second) // what is bought here is newer
				found := call(t, "catalog_search", map[string]any{"q": "render"})
				expectAt(t, found, 20.0, "items", 0, "license", "maxSeats")
				needs := call(t, "catalog_checkout_requirements", map[string]any{"catalogItemId": "cat_render"})
				expectAt(t, needs, "team", "supportedEditions", 1)
				quoted := call(t, "quote_create", order("cat_render", "team"))
				expectAt(t, quoted, 3000.0, "quote", "totalPriceMinor")
				expectAt(t, quoted, "seats", "quote", "lines", 0, "kind")
				expectAt(t, quoted, "license:rotate", "quote", "managementCapabilities", 0)

				bought := call(t, "purchase_create", map[string]any{"quoteId": at(quoted, "quote", "id"), "idempotencyKey": "the license over " + protocol})
				expectAt(t, bought, "active", "service", "status") // at once
				number, _ := at(bought, "service", "license", "number").(string)
				service := map[string]any{"serviceId": at(bought, "service", "id")}
				if !strings.HasPrefix(number, "LK-") {
					t.Errorf("the number is %q", number)
				}

				rotate := map[string]any{"serviceId": service["serviceId"], "reason": "leaked", "idempotencyKey": "rotation over " + protocol}
				accepted := call(t, "license_rotate", rotate)
				expectAt(t, accepted, true, "license", "rotating")
				action := map[string]any{"serviceId": service["serviceId"], "actionId": accepted["actionId"]}
				s.Work(t)
				settled := call(t, "action_get", action)
				expectAt(t, settled, "succeeded", "action", "status")
				expectAt(t, settled, "rotate", "action", "type")
				expectAt(t, settled, "leaked", "action", "input", "reason")
				if key, _ := at(settled, "action", "secret").(string); !strings.HasPrefix(key, "key-") {
					t.Errorf("the key is %q", key)
				}
				expectAt(t, call(t, "action_get", action), nil, "action", "secret") // which is shown once

				read := call(t, "service_get", service)
				expectAt(t, read, 1.0, "service", "license", "rotations")
				expectAt(t, read, "license:rotate", "service", "allowedActions", 0)
				expectAt(t, read, nil, "service", "server")
				usage := call(t, "license_usage", map[string]any{"serviceId": service["serviceId"], "unit": "seats"})
				expectAt(t, usage, number, "number")
				expectAt(t, usage, 3.0, "seats")
				expectAt(t, usage, nil, "rotations")
				expectAt(t, call(t, "service_list", map[string]any{}), number, "services", 0, "license", "number")
				expectAt(t, call(t, "purchase_list", map[string]any{}), number, "purchases", 0, "services", 0, "displayName")
				s.settled(t)
			})
		}
	})
}

// settled wants no promise of the store to be broken.
func (s store) settled(t *testing.T) {
	t.Helper()
	books, err := s.Table.Books(t.Context(), s.Agent.Account())
	if err != nil {
		t.Fatal(err)
	}
	for _, finding := range verify.Account(books, s.Clock.Now(), time.Hour) {
		t.Error(finding)
	}
}

// TestRefusedDelivery gives the money back for a license that the desk refuses.
func TestRefusedDelivery(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t), license.Desk{Refuses: func(j shop.Job) bool { return j.Intent.Action == shop.ActionCreate }})
	for protocol, call := range s.protocols(t) {
		before := s.balance(t)
		input := order("cat_compose", "team")
		input["idempotencyKey"] = "refused over " + protocol
		bought := call(t, "purchase_create", input)
		expectAt(t, bought, "completed", "purchase", "status")
		s.Work(t)
		purchase := call(t, "purchase_get_status", map[string]any{"purchaseId": at(bought, "purchase", "id")})
		expectAt(t, purchase, "failed", "purchase", "status")
		expectAt(t, purchase, 15000.0, "purchase", "refundedMinor")
		expectAt(t, purchase, "The create failed: the desk is closed.", "purchase", "failureReason")
		if after := s.balance(t); after != before {
			t.Errorf("over %s the wallet held %d before and holds %d", protocol, before, after)
		}
	}
	s.settled(t)
}

func (s store) balance(t *testing.T) int64 {
	t.Helper()
	w, err := s.Table.Wallet(t.Context(), s.Agent.Account())
	if err != nil {
		t.Fatal(err)
	}
	return w.Balance.Minor
}

// A failed action leaves a license as its product says, and the purchase alone.
func TestFailedAction(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t), license.Desk{Refuses: func(shop.Job) bool { return true }})
	service := s.bought(t)
	s.act(t, service, "routine", http.StatusAccepted)
	s.Work(t)
	read := s.Call(t, http.MethodGet, storetest.Services+"/"+service, nil)
	if read.Get("service", "license", "rotating") != false || read.Get("service", "license", "rotations") != 0.0 || read.Text("service", "status") != "active" {
		t.Errorf("the service is %s", read.Body)
	}
}

func (s store) bought(t *testing.T) string {
	t.Helper()
	input := order("cat_render", "team")
	input["idempotencyKey"] = rand(t)
	a := s.Call(t, http.MethodPost, storetest.Purchases, input)
	if a.Status != http.StatusCreated {
		t.Fatalf("%d: %s", a.Status, a.Body)
	}
	return a.Text("service", "id")
}

func rand(t *testing.T) string { return t.Name() + time.Now().String() }

func (s store) act(t *testing.T, service, reason string, want int) storetest.Answer {
	t.Helper()
	a := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/license/rotate", map[string]any{"reason": reason})
	if a.Status != want {
		t.Fatalf("%d, want %d: %s", a.Status, want, a.Body)
	}
	return a
}

// TestRefusals are what the product, the service's state, a scope, a policy and a
// protection say no to.
func TestRefusals(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t), license.Desk{})
	service := s.bought(t)
	if a := s.act(t, service, "impossible", http.StatusForbidden); a.Code() != "policy_violation" {
		t.Errorf("the product refuses with %s", a.Body)
	}
	if a := s.act(t, service, "boredom", http.StatusBadRequest); a.Text("param") != "$.reason" {
		t.Errorf("the schema refuses with %s", a.Body)
	}
	a := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/restart", map[string]any{})
	if a.Code() != "service_not_ready" || !strings.Contains(string(a.Body), "license:rotate") {
		t.Errorf("a license that is restarted: %s", a.Body)
	}

	s.Key = s.NewKey(t, s.Agent, "licenses:read")
	if a := s.act(t, service, "routine", http.StatusForbidden); a.Code() != "insufficient_scope" {
		t.Errorf("another scope: %s", a.Body)
	}
	if a := s.Call(t, http.MethodGet, storetest.Services+"/"+service+"/license/usage", nil); a.Status != http.StatusOK {
		t.Errorf("the scope itself: %s", a.Body)
	}

	s.Key = s.NewKey(t, s.Agent, s.Shop.Products.Scopes()...)
	if _, err := s.Shop.Protect(t.Context(), s.Agent.Account(), id.Service(service), true); err != nil {
		t.Fatal(err)
	}
	if a := s.act(t, service, "routine", http.StatusForbidden); a.Code() != "approval_required" {
		t.Errorf("a protected license: %s", a.Body)
	}
}

// TestPolicyLimitsAChoice of the product, and says nothing of services without it.
func TestPolicyLimitsAChoice(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t), license.Desk{})
	owner := s.Owner(t)
	account := owner.Caller(t).Account
	s.Fund(t, account, 1_000_000)
	agent := s.Shop.IDs.Agent(account)
	policy := map[string]any{"editions": []string{"personal"}, "regions": []string{"eu-west"}}
	set := owner.Call(t, http.MethodPut, storetest.Account+"/policy", policy)
	if set.Status != http.StatusOK || set.Get("policy", "editions", 0) != "personal" || set.Get("policy", "regions", 0) != "eu-west" {
		t.Fatalf("%d: %s", set.Status, set.Body)
	}
	s.Key = s.NewKey(t, agent, s.Shop.Products.Scopes()...)
	for edition, status := range map[string]int{"team": http.StatusForbidden, "personal": http.StatusCreated} {
		input := order("cat_render", edition)
		input["idempotencyKey"] = edition
		a := s.Call(t, http.MethodPost, storetest.Purchases, input)
		if a.Status != status || status == http.StatusForbidden && a.Text("rule") != "editions" {
			t.Errorf("%s: %d %s", edition, a.Status, a.Body)
		}
	}
}

// Everything that is said of actions and reads follows from the product: tools, scopes,
// routes, protection, the documents.
func TestEverythingFollows(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t), license.Desk{})
	if scopes := s.Shop.Products.Scopes(); !slices.Contains(scopes, "licenses:rotate") || !slices.Contains(scopes, "servers:restart") {
		t.Errorf("the scopes are %v", scopes)
	}
	tools, err := contract.Client{Base: s.URL, Key: s.Key}.Connect(t).ListTools(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"license_rotate", "license_usage", "server_restart"} {
		if !slices.ContainsFunc(tools.Tools, func(tool *sdk.Tool) bool { return tool.Name == name }) {
			t.Errorf("there is no tool %s", name)
		}
	}
	document, err := openapi.Document(shelf())
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		`"/v1/agent/services/{serviceId}/license/rotate"`, `"/v1/agent/services/{serviceId}/license/usage"`,
		`"name": "licenses"`, `"license": {`, `"supportedEditions": {`, `"licenses:rotate"`,
	} {
		if !strings.Contains(string(document), text) {
			t.Errorf("the OpenAPI document has no %s", text)
		}
	}
	llms := s.Call(t, http.MethodGet, "/llms.txt", nil)
	if !strings.Contains(string(llms.Body), "license_rotate") {
		t.Error("llms.txt has no license_rotate")
	}
}
