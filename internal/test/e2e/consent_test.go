package e2e

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/money"
)

// yesSayer is a session of the official client whose host says yes to whatever a
// person is asked, and how often it was asked.
func yesSayer(t *testing.T, s *storetest.Store, key string) (*sdk.ClientSession, *int) {
	t.Helper()
	asked := new(int)
	options := &sdk.ClientOptions{ElicitationHandler: func(context.Context, *sdk.ElicitRequest) (*sdk.ElicitResult, error) {
		*asked++
		return &sdk.ElicitResult{Action: "accept", Content: object{"approve": true}}, nil
	}}
	return contract.Client{Base: s.URL, Key: key, Revision: "2026-07-28", Options: options}.Connect(t), asked
}

// An agent that answers the questions of its own host does nothing to a server that
// is protected: a member is asked, on a page that no key opens.
func TestAnAgentDoesNotConsentForAPerson(t *testing.T) {
	t.Parallel()
	onEachAskers(t, func(t *testing.T, s askers) {
		s.policy(t, object{})
		service := s.Service(t)
		s.Work(t)
		member(t, s.owner, http.MethodPut, "/services/"+service+"/protection", object{"protection": []string{"reinstall"}}, 200)
		session, asked := yesSayer(t, s.Store, s.Key)
		r, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "server_reinstall", Arguments: object{"serviceId": service, "image": "debian-12"}})
		if err != nil {
			t.Fatal(err)
		}
		problem, _ := r.StructuredContent.(object)
		if !r.IsError || problem["code"] != "approval_required" || problem["approvalStatus"] != "pending" || *asked > 0 {
			t.Errorf("the host was asked %d times, and the answer is %v", *asked, r.StructuredContent)
		}
		if actions, _ := s.Call(t, http.MethodGet, storetest.Services+"/"+service+"/actions", nil).Get("actions").([]any); len(actions) > 0 {
			t.Errorf("the server is wiped: %v", actions)
		}
		open := member(t, s.owner, http.MethodGet, "/approvals", nil, 200)
		if open.Text("approvals", 0, "serviceId") != service || open.Text("approvals", 0, "id") != problem["approvalId"] {
			t.Errorf("the members see %s", open.Body)
		}
	})
}

// guards are what protects an account from its own agents, as its owner reads it.
func (h household) guards(t *testing.T) map[string]any {
	t.Helper()
	read := func(path string) storetest.Answer { return member(t, h.browser, http.MethodGet, path, nil, 200) }
	answered := make(map[string]any)
	list, _ := read("/approvals").Get("approvals").([]any)
	for _, a := range list {
		if approval, _ := a.(object); approval["status"] != "pending" {
			answered[approval["id"].(string)] = approval["status"]
		}
	}
	purchases := string(read("/purchases").Body)
	agents, _ := read("/agents").Get("agents").([]any)
	return map[string]any{
		"policy of the account": read("/policy").Get("policy"),
		"policy of the agent":   read("/agents/" + h.ids["agentId"] + "/policy").Get("policy"),
		"protection":            read("/services").Get("services", 0, "protection"),
		"actions":               len(read("/audit?operation=server_reinstall&outcome=done").Get("events").([]any)),
		"approvals":             answered,
		"members":               read("/members").Get("members"),
		"agents":                len(agents),
		"purchases":             strings.Count(purchases, `"status":"completed"`),
	}
}

// Nothing that an agent can call, over REST or MCP, with whatever its host
// answers, lifts a protection, changes a policy or decides an approval.
func TestNoKeyLiftsWhatProtects(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	limits := []any{object{"currency": "usd", "approvalAboveMinor": 0, "confirmAboveMinor": 0}}
	for _, path := range []string{"/policy", "/agents/" + h.ids["agentId"] + "/policy"} {
		member(t, h.browser, http.MethodPut, path, object{"limits": limits}, 200)
	}
	before := h.guards(t)
	session, _ := yesSayer(t, s, h.key)
	for _, o := range api.All(app.Shelf()) {
		in := arguments(o, h)
		if o.Effect == api.Buys && o.Role == "" {
			in = storetest.Order()
			in["idempotencyKey"] = "another"
		}
		for name := range o.Input.Properties { // which a key could choose to its liking
			if value, loose := loosest()[name]; loose {
				in[name] = value
			}
		}
		r := withKey(contract.RequestOf(t, s.URL, o, in), h.key)
		storetest.Do(t, http.DefaultClient, r)
		known := slices.ContainsFunc(api.Operations(app.Shelf()), func(of api.Operation) bool { return of.Name == o.Name })
		if _, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: o.Name, Arguments: in}); known != (err == nil) {
			t.Errorf("the tool %s: %v", o.Name, err)
		}
		expectGuards(t, o.Name, h.guards(t), before)
	}
	for _, path := range []string{"/approvals/" + h.ids["approvalId"], "/"} {
		storetest.Do(t, http.DefaultClient, withKey(s.Request(t, http.MethodPost, path, "decision=approve"), h.key))
		expectGuards(t, "a page", h.guards(t), before)
	}
}

func expectGuards(t *testing.T, after string, got, want map[string]any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("after %s (-before +now):\n%s", after, diff)
	}
}

// loosest are arguments that would let an agent do more.
func loosest() object {
	return object{"limits": []any{}, "frozen": false, "protection": []any{}, "role": "owner", "note": "go on"}
}
