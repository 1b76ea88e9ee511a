package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/money"
)

// membersFile has the examples of what members do.
var membersFile = filepath.Join("..", "..", "..", "pkg", "openapi", "examples", "members.json")

// example is a call and its answer.
type example struct {
	Input  json.RawMessage `json:"input"`
	Output json.RawMessage `json:"output"`
}

// TestMemberExamples makes each call of a member in one run, and compares the answers,
// as TestExamples does for agents.
func TestMemberExamples(t *testing.T) {
	t.Parallel()
	got := memberExamples(t)
	for _, o := range api.AccountOperations(app.Shelf()) {
		if _, made := got[o.Name]; !made {
			t.Errorf("%s has no example", o.Name)
		}
	}
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	must(t, encoder.Encode(got))
	if *update {
		must(t, os.WriteFile(membersFile, text.Bytes(), 0o644))
		return
	}
	want, err := os.ReadFile(membersFile)
	must(t, err)
	if diff := cmp.Diff(string(want), text.String()); diff != "" {
		t.Errorf("run go test ./internal/test/e2e -run TestMemberExamples -update, then make generate\n%s", diff)
	}
}

// exampleRun is a run of a store in which a member and an agent make calls.
type exampleRun struct {
	store    *storetest.Store
	owner    *storetest.Browser
	client   http.RoundTripper
	key      string
	examples map[string]example
}

// memberExamples makes the calls. What one has made, the next ones name.
func memberExamples(t *testing.T) map[string]example {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{
		Entropy: newEntropy(), DemoCredit: money.Money{Minor: 100_000, Currency: "usd"},
	})
	r := &exampleRun{store: s, owner: s.Owner(t), client: documented.Client(t).Transport, examples: make(map[string]example)}
	r.owner.Transport = r.client

	r.member(t, "account_get", object{})
	agent := r.member(t, "agent_create", object{"name": "deployer", "sees": "own"}).Text("agent", "id")
	r.member(t, "agent_update", object{"agentId": agent, "name": "deployer of web servers"})
	r.member(t, "agent_list", object{})
	r.member(t, "policy_set", object{"limits": []any{object{"currency": "usd", "perMonthMinor": 50_000}}})
	policy := object{
		"agentId": agent, "limits": []any{object{"currency": "usd", "perPurchaseMinor": 5000, "approvalAboveMinor": 3000}},
		"regions": []any{"eu-west"}, "hours": object{"days": []any{"mon", "tue", "wed", "thu", "fri", "sat"}, "from": "08:00", "to": "20:00"},
		"frozen": true, "services": "keep",
	}
	r.member(t, "agent_policy_set", policy)
	r.store.Clock.Advance(time.Second) // the trail lists what happens at once in any order
	delete(policy, "frozen")
	delete(policy, "services")
	r.member(t, "agent_policy_set", policy)
	scopes := app.Shelf().Rules().Scopes()
	key := r.member(t, "key_create", object{"agentId": agent, "name": "web", "scopes": scopes})
	r.key = key.Text("secret")
	r.member(t, "key_list", object{"agentId": agent})

	order := storetest.PersonalOrder(t)
	order["expiresAfter"] = "P14D"
	quoted := r.agent(t, "quote_create", order)
	r.member(t, "key_request_list", object{"agentId": agent, "keyId": key.Get("key", "id")})
	delete(order, "expiresAfter")
	order["dryRun"] = true
	r.agent(t, "purchase_create", order)
	delete(order, "dryRun")
	order["idempotencyKey"] = "web-1"
	r.agent(t, "purchase_create", order)
	bought := r.agent(t, "purchase_create", object{"quoteId": quoted.Text("quote", "id"), "idempotencyKey": "web-2"})
	service := object{"serviceId": bought.Text("service", "id")}
	r.agent(t, "server_restart", service)
	r.member(t, "policy_get", object{})
	r.member(t, "agent_policy_get", object{"agentId": agent})
	r.checkout(t)
	r.purchases(t)
	r.services(t, service)
	r.approvals(t, agent)
	r.member(t, "key_rotate", object{"agentId": agent, "keyId": key.Get("key", "id"), "overlapHours": 1})
	r.member(t, "key_revoke", object{"agentId": agent, "keyId": key.Get("key", "id")})
	r.people(t)
	sshKey := r.member(t, "account_ssh_key_create", object{"name": "laptop", "publicKey": storetest.PublicKey(t, 1) + "ada@example.com"})
	r.member(t, "account_ssh_key_list", object{})
	r.member(t, "account_ssh_key_delete", object{"sshKeyId": sshKey.Get("sshKey", "id")})
	r.member(t, "audit_list", object{"operation": "agent_policy_set"})
	r.expectFilters(t)
	return r.examples
}

// expectFilters asks the trail for each operation that is in it.
func (r *exampleRun) expectFilters(t *testing.T) {
	t.Helper()
	trail := r.member(t, "audit_list", object{"limit": 100})
	events, _ := trail.Get("events").([]any)
	for _, e := range events {
		r.member(t, "audit_list", object{"operation": e.(object)["operation"]})
	}
	if len(events) < 30 {
		t.Errorf("only %d events", len(events))
	}
}

// checkout has the member buy a server, and do with it whatever can be done.
func (r *exampleRun) checkout(t *testing.T) {
	t.Helper()
	quote := r.member(t, "account_quote_create", storetest.Order()).Get("quote", "id")
	r.member(t, "account_quote_get", object{"quoteId": quote})
	order := storetest.Order()
	order["dryRun"] = true
	r.member(t, "account_purchase_create", order)
	bought := r.member(t, "account_purchase_create", object{"quoteId": quote, "idempotencyKey": "web-3"})
	service := bought.Text("service", "id")
	r.member(t, "account_server_restart", object{"serviceId": service})
	r.member(t, "account_server_reinstall", object{"serviceId": service, "image": "debian-12", "idempotencyKey": "reinstall-1"})
	r.member(t, "account_server_firewall_set", object{"serviceId": service, "rules": []any{
		object{"protocol": "tcp", "ports": "22", "sources": []any{"203.0.113.0/24"}},
	}})
	r.member(t, "account_server_rename", object{"serviceId": service, "hostname": "build-node-01"})
	r.member(t, "account_server_metrics", object{"serviceId": service})
	r.member(t, "account_server_console", object{"serviceId": service})
	r.member(t, "account_server_password_reset", object{"serviceId": service})
	r.member(t, "account_server_rescue", object{"serviceId": service, "enabled": true})
	r.member(t, "account_server_stop", object{"serviceId": service})
	r.member(t, "account_server_start", object{"serviceId": service})
	r.member(t, "account_server_resize_quote", object{"serviceId": service, "catalogItemId": "cat_vps_medium"})
	copied := r.member(t, "account_server_snapshot_create_quote", object{"serviceId": service, "name": "before the upgrade"}).Get("quote", "id")
	r.member(t, "account_purchase_create", object{"quoteId": copied, "idempotencyKey": "copy-1"})
	r.member(t, "account_server_snapshot_delete", object{"serviceId": service, "snapshotId": "img_1"})
}

func (r *exampleRun) purchases(t *testing.T) {
	t.Helper()
	list := r.member(t, "account_purchase_list", object{})
	r.member(t, "account_purchase_get", object{"purchaseId": list.Get("purchases", 0, "id")})
	of := 0
	for list.Get("purchases", of, "personalId") == nil && of < 10 {
		of++
	}
	personal := object{"personalId": list.Get("purchases", of, "personalId")}
	r.member(t, "account_personal_get", personal)
	r.member(t, "account_personal_erase", personal)
	r.member(t, "account_wallet_get", object{})
	r.member(t, "account_usage_get", object{"groupBy": "agent"})
	r.member(t, "ledger_list", object{})
}

func (r *exampleRun) services(t *testing.T, service object) {
	t.Helper()
	r.member(t, "account_service_list", object{})
	r.member(t, "account_service_get", service)
	actions := r.member(t, "account_action_list", service)
	r.member(t, "account_action_get", object{"serviceId": service["serviceId"], "actionId": actions.Get("actions", 0, "id")})
	r.member(t, "protection_set", object{"serviceId": service["serviceId"], "protection": []any{"cancel", "reinstall"}})
	r.member(t, "account_service_labels_set", object{"serviceId": service["serviceId"], "labels": []any{"ci", "run=42"}})
	r.many(t)
	extended := object{"serviceId": service["serviceId"], "expiresAfter": "P2M"}
	r.member(t, "account_service_extend", object{"serviceId": service["serviceId"], "expiresAfter": "P2M", "dryRun": true})
	r.member(t, "account_service_extend", extended)
	r.member(t, "account_service_renewal_set", object{"serviceId": service["serviceId"], "autoRenew": false})
	preview := r.member(t, "account_service_cancel_preview", object{"serviceId": service["serviceId"], "ends": "now"})
	r.member(t, "account_service_cancel", object{"serviceId": service["serviceId"], "ends": "now", "token": preview.Text("token")})
}

// many has the agent cancel what is protected, which stays, and then the member.
func (r *exampleRun) many(t *testing.T) {
	t.Helper()
	many := object{"label": "ci"}
	many["token"] = r.agent(t, "service_cancel_many_preview", object{"label": "ci"}).Text("token")
	kept := r.agent(t, "service_cancel_many", many)
	if _, err := r.store.Worker.RunCancellations(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.member(t, "account_service_cancel_many_get", object{"cancellationId": kept.Text("cancellationId")})
	many["token"] = r.member(t, "account_service_cancel_many_preview", object{"label": "ci"}).Text("token")
	r.member(t, "account_service_cancel_many", many)
}

// approvals answers three questions of the agent, each in another way.
func (r *exampleRun) approvals(t *testing.T, agent string) {
	t.Helper()
	for _, hostname := range []string{"first", "second", "third"} {
		order := storetest.Order()
		order["quantity"], order["idempotencyKey"] = 2, hostname
		order["configuration"].(map[string]any)["hostname"] = hostname
		r.agent(t, "purchase_create", order)
	}
	list := r.member(t, "approval_list", object{})
	approval := func(i int) object { return object{"approvalId": list.Get("approvals", i, "id")} }
	r.month(t, 5000)
	r.member(t, "approval_get", approval(0)) // which could not be approved
	r.month(t, 50_000)
	r.member(t, "approval_approve", approval(0))
	deny := approval(1)
	deny["note"] = "We have enough of them."
	r.member(t, "approval_deny", deny)
	r.member(t, "approval_deny_all", object{"agentId": agent})
}

// month sets what the account may spend in a month.
func (r *exampleRun) month(t *testing.T, minor int) {
	t.Helper()
	member(t, r.owner, http.MethodPut, "/policy", object{"limits": []any{object{"currency": "usd", "perMonthMinor": minor}}}, 200)
}

func (r *exampleRun) people(t *testing.T) {
	t.Helper()
	invited := r.member(t, "invitation_create", object{"email": "grace@example.com", "role": "viewer"})
	r.member(t, "invitation_list", object{})
	grace := r.store.LogIn(t, "Grace", "grace@example.com")
	at := strings.TrimPrefix(invited.Text("link"), r.store.URL)
	if page := grace.Send(t, at, url.Values{}); page.Status != http.StatusOK {
		t.Fatalf("the invitation ends with %d: %s", page.Status, page.Body)
	}
	members := r.member(t, "member_list", object{})
	second := object{"personId": members.Get("members", 1, "personId")}
	if members.Text("members", 1, "role") == "owner" {
		second["personId"] = members.Get("members", 0, "personId")
	}
	r.member(t, "member_update", object{"personId": second["personId"], "role": "operator"})
	r.member(t, "member_remove", second)
	another := r.member(t, "invitation_create", object{"email": "grace@example.com", "role": "viewer"})
	r.member(t, "invitation_revoke", object{"invitationId": another.Get("invitation", "id")})
	token := r.member(t, "token_create", object{"name": "monthly report", "scopes": []any{"audit:read", "wallet:read"}, "expiresAt": "2026-07-31T12:00:00Z"})
	r.member(t, "token_list", object{})
	r.member(t, "token_revoke", object{"tokenId": token.Get("token", "id")})
	r.store.Owner(t)
	sessions := r.member(t, "session_list", object{})
	for i := range 2 {
		if sessions.Get("sessions", i, "current") == false {
			r.member(t, "session_end", object{"sessionId": sessions.Get("sessions", i, "id")})
		}
	}
	r.member(t, "session_end_all", object{"thisToo": false})
	r.member(t, "account_security_set", object{"requireMfa": false})
}

// member makes a call as the owner, and keeps the first one of its name. A dry run
// has a name of its own.
func (r *exampleRun) member(t *testing.T, name string, input object) storetest.Answer {
	t.Helper()
	return r.call(t, api.AccountOperations(app.Shelf()), name, input, func(*http.Request) {})
}

// agent makes a call by the key of the agent.
func (r *exampleRun) agent(t *testing.T, name string, input object) storetest.Answer {
	t.Helper()
	return r.call(t, api.Operations(app.Shelf()), name, input, func(request *http.Request) {
		request.Header.Set("Authorization", "Bearer "+r.key)
	})
}

func (r *exampleRun) call(t *testing.T, table []api.Operation, name string, input object, as func(*http.Request)) storetest.Answer {
	t.Helper()
	for _, o := range table {
		if o.Name != name {
			continue
		}
		request := contract.RequestOf(t, r.store.URL, o, input)
		as(request)
		a := storetest.Do(t, &r.owner.Client, request)
		status := o.Status
		if input["dryRun"] == true {
			status, name = http.StatusOK, name+" dryRun"
		}
		if a.Status != status {
			t.Fatalf("%s: status %d: %s", name, a.Status, a.Body)
		}
		if _, kept := r.examples[name]; !kept {
			r.examples[name] = example{r.shown(t, input), r.shown(t, json.RawMessage(a.Body))}
		}
		return a
	}
	t.Fatalf("there is no operation %s", name)
	return storetest.Answer{}
}

var (
	secrets = regexp.MustCompile(`(as[kp]_test_\w+\.|/invitations/)[\w-]+`)
	random  = regexp.MustCompile(`((?:evt|req)_\w{10})\w{16}`)
)

// shown is JSON without what differs from run to run: secrets, the names of requests
// and of events, and where the store is.
func (r *exampleRun) shown(t *testing.T, value any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(value)
	must(t, err)
	text = bytes.ReplaceAll(text, []byte(r.store.URL), []byte("https://store.example.com"))
	text = random.ReplaceAll(text, []byte("${1}0000000000000000"))
	return secrets.ReplaceAll(text, []byte("${1}secret"))
}
