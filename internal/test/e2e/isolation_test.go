package e2e

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// household is an account with one of everything.
type household struct {
	browser *storetest.Browser
	owner   shop.Caller
	key     string
	ids     map[string]string // by the names of arguments
}

// everything has somebody log in, make an agent, buy and be asked.
func everything(t *testing.T, s *storetest.Store, name string) household {
	t.Helper()
	return everythingOf(t, s, name, shop.SeesAccount)
}

// everythingOf is everything, with an agent that sees so much.
func everythingOf(t *testing.T, s *storetest.Store, name string, sees shop.Sees) household {
	t.Helper()
	b := s.LogIn(t, name, name+"@example.com")
	h := household{browser: b, owner: b.Caller(t), ids: make(map[string]string)}
	h.ids["personId"] = string(h.owner.Person)
	h.ids["sessionId"] = member(t, b, http.MethodGet, "/sessions", nil, 200).Text("sessions", 0, "id")
	h.ids["agentId"] = member(t, b, http.MethodPost, "/agents", object{"name": "a", "sees": sees}, 201).Text("agent", "id")
	key := member(t, b, http.MethodPost, "/agents/"+h.ids["agentId"]+"/keys", object{"name": "k", "scopes": app.Shelf().Rules().Scopes()}, 201)
	h.ids["keyId"], h.key = key.Text("key", "id"), key.Text("secret")
	h.ids["invitationId"] = member(t, b, http.MethodPost, "/invitations", object{"email": "guest@example.com", "role": "viewer"}, 201).Text("invitation", "id")

	h.ids["tokenId"] = member(t, b, http.MethodPost, "/tokens", object{"name": "t", "scopes": []string{"account:read"}}, 201).Text("token", "id")

	own := *s
	own.Key = h.key
	h.ids["quoteId"] = own.Quote(t)
	h.ids["personalId"] = own.Personal(t)
	bought := own.Buy(t, h.ids["quoteId"], "k")
	h.ids["purchaseId"], h.ids["serviceId"] = bought.Text("purchase", "id"), bought.Text("service", "id")
	restarted := own.Call(t, http.MethodPost, storetest.Services+"/"+h.ids["serviceId"]+"/server/restart", nil)
	h.ids["actionId"] = restarted.Text("actionId")
	member(t, b, http.MethodPut, "/services/"+h.ids["serviceId"]+"/protection", object{"protection": []string{"reinstall"}}, 200)
	h.ids["sshKeyId"] = own.Call(t, http.MethodPost, sshKeysPath, object{"name": "laptop", "publicKey": storetest.PublicKey(t, 1)}).Text("sshKey", "id")
	asked := own.Call(t, http.MethodPost, storetest.Services+"/"+h.ids["serviceId"]+"/server/reinstall", object{"image": "debian-12"})
	h.ids["approvalId"] = asked.Text("approvalId")
	const cancellations = "/v1/agent/cancellations"
	nothing := own.Call(t, http.MethodGet, cancellations+"?label=none", nil)
	h.ids["cancellationId"] = own.Call(t, http.MethodPost, cancellations, object{"label": "none", "token": nothing.Text("token")}).Text("cancellationId")
	for name, value := range h.ids {
		if value == "" {
			t.Fatalf("there is no %s", name)
		}
	}
	return h
}

// others are the arguments that are no identifiers of an account's objects.
func others() object {
	return object{
		"catalogItemId": "cat_vps_micro", "snapshotId": "img_1", "idempotencyKey": "another", "image": "debian-12", "hostname": "other", "enabled": true, "name": "n", "role": "viewer",
		"email": "x@example.com", "protection": []any{}, "requireMfa": false, "autoRenew": true, "expiresAfter": "P1M", "label": "ci", "labels": []any{"ci"}, "scopes": []any{"account:read"}, "token": "cancel_none", "publicKey": storetest.PublicKey(&testing.T{}, 2), "configuration": storetest.Order()["configuration"],
	}
}

// public are the operations that are about no account.
var public = []string{"catalog_categories", "catalog_search", "catalog_checkout_requirements"}

// mine are those that name no object of an account: they are about the caller's.
var mine = []string{
	"quote_create", "account_quote_create", "purchase_list", "service_list", "wallet_get", "usage_get",
	"service_cancel_many_preview", "account_service_cancel_many_preview",
	"account_get", "account_security_set", "session_list", "session_end_all", "token_list", "token_create", "member_list", "invitation_list", "invitation_create", "agent_list", "agent_create", "policy_get", "policy_set",
	"account_wallet_get", "account_usage_get", "ledger_list", "approval_list", "account_service_list", "account_purchase_list", "audit_list",
	"ssh_key_create", "account_ssh_key_create", "ssh_key_list", "account_ssh_key_list",
}

// previewedFirst are those that need the token of a preview of what the caller sees.
var previewedFirst = []string{"service_cancel_many", "account_service_cancel_many"}

// arguments are those that the operation requires, and what it may name, with
// the identifiers of a household.
func arguments(o api.Operation, h household) object {
	in := object{}
	defer func() {
		if o.Name == "account_ssh_key_create" { // its twin has made the other
			in["name"], in["publicKey"] = "m", storetest.PublicKey(&testing.T{}, 3)
		}
	}()
	for name := range o.Input.Properties {
		required := slices.Contains(o.Input.Required, name)
		if value, isID := h.ids[name]; isID && (required || o.Effect == api.Buys) {
			in[name] = value
		} else if value, isOther := others()[name]; isOther && (required || needed(o, name)) {
			in[name] = value
		}
	}
	return in
}

// needed reports whether the operation needs an argument that its schema does not require,
// because another may stand for it, or a header.
func needed(o api.Operation, name string) bool {
	switch name {
	case "idempotencyKey":
		return o.Effect == api.Buys
	case "label":
		return strings.Contains(o.Name, "cancel_many")
	case "expiresAfter":
		return strings.Contains(o.Name, "service_extend")
	default:
		return false
	}
}

// request is the call of an operation.
func (h household) request(t *testing.T, s *storetest.Store, o api.Operation, in object) *http.Request {
	t.Helper()
	r := contract.RequestOf(t, s.URL, o, in)
	if o.Role == "" {
		r.Header.Set("Authorization", "Bearer "+h.key)
	}
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return r
}

// TestIsolation walks every operation with the identifiers of another account:
// what belongs to somebody else does not exist.
func TestIsolation(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	victim, stranger := everything(t, s, "victim"), everything(t, s, "stranger")
	for _, o := range api.All(app.Shelf()) {
		in := arguments(o, victim)
		a := storetest.Do(t, &stranger.browser.Client, stranger.request(t, s, o, in))
		if slices.Contains(previewedFirst, o.Name) {
			expectCode(t, o, a, "invalid_input") // the token is of nothing
			continue
		}
		own := slices.Contains(public, o.Name) || slices.Contains(mine, o.Name)
		if own && a.Status >= http.StatusBadRequest || !own && (a.Status != http.StatusNotFound || a.Code() != "not_found") {
			t.Errorf("%s with %v: %d %s", o.Name, in, a.Status, a.Body)
		}
		for name, value := range victim.ids {
			// The trail of the stranger has the identifiers that they have tried.
			found := value
			if o.Name == "audit_list" {
				found = `"` + name + `":"` + value + `"`
			}
			if in[name] != value && strings.Contains(string(a.Body), found) {
				t.Errorf("%s shows the %s of another account: %s", o.Name, name, a.Body)
			}
		}
	}
	for _, name := range slices.Concat(public, mine) {
		if !slices.ContainsFunc(api.All(app.Shelf()), func(o api.Operation) bool { return o.Name == name }) {
			t.Errorf("there is no operation %s", name)
		}
	}
}

// TestEveryScopeIsNeeded walks every operation of agents with a key that has all
// scopes but its own.
func TestEveryScopeIsNeeded(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	for _, o := range api.Operations(app.Shelf()) {
		scopes := slices.DeleteFunc(app.Shelf().Rules().Scopes(), func(scope shop.Scope) bool { return scope == o.Scope })
		if len(scopes) != len(app.Shelf().Rules().Scopes())-1 {
			t.Errorf("%s needs the scope %q, which is none", o.Name, o.Scope)
		}
		h.key = s.NewKey(t, id.Agent(h.ids["agentId"]), scopes...)
		a := storetest.Do(t, http.DefaultClient, h.request(t, s, o, arguments(o, h)))
		if a.Status != http.StatusForbidden || a.Text("missingScope") != string(o.Scope) {
			t.Errorf("%s without %s: %d %s", o.Name, o.Scope, a.Status, a.Body)
		}
	}
}

// TestEveryRoleIsNeeded walks every operation of members as a member whose role is
// the next one below, or as nobody; and with a key, which is none of it.
func TestEveryRoleIsNeeded(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	below := map[shop.Role]*storetest.Browser{
		shop.RoleOwner:    joined(t, s, h, "operator", shop.RoleOperator),
		shop.RoleOperator: joined(t, s, h, "viewer", shop.RoleViewer),
	}
	for _, o := range api.AccountOperations(app.Shelf()) {
		in := arguments(o, h)
		if b := below[o.Role]; b != nil {
			a := storetest.Do(t, &b.Client, h.request(t, s, o, in))
			if a.Status != http.StatusForbidden || a.Code() != "insufficient_role" || a.Text("neededRole") != string(o.Role) {
				t.Errorf("%s below %s: %d %s", o.Name, o.Role, a.Status, a.Body)
			}
		} else if o.Role != shop.RoleViewer {
			t.Errorf("%s needs the role %q", o.Name, o.Role)
		}
		for who, r := range map[string]*http.Request{"nobody": h.request(t, s, o, in), "a key": withKey(h.request(t, s, o, in), h.key)} {
			if a := storetest.Do(t, http.DefaultClient, r); a.Status != http.StatusUnauthorized {
				t.Errorf("%s by %s: %d %s", o.Name, who, a.Status, a.Body)
			}
		}
	}
}

// A member who asks for more than their role allows is in the trail.
func TestRefusedRoleIsInTheTrail(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	viewer := joined(t, s, h, "viewer", shop.RoleViewer)
	member(t, viewer, http.MethodPost, "/agents", object{"name": "mine"}, http.StatusForbidden)
	trail := member(t, h.browser, http.MethodGet, "/audit?outcome=refused&operation=agent_create", nil, 200)
	if trail.Text("events", 0, "outcome") != "insufficient_role" || trail.Text("events", 0, "personId") != string(viewer.Caller(t).Person) {
		t.Errorf("the trail is %s", trail.Body)
	}
}

func withKey(r *http.Request, key string) *http.Request {
	r.Header.Set("Authorization", "Bearer "+key)
	return r
}

// joined is the browser of somebody who has become a member with that role.
func joined(t *testing.T, s *storetest.Store, h household, name string, role shop.Role) *storetest.Browser {
	t.Helper()
	invited := member(t, h.browser, http.MethodPost, "/invitations", object{"email": name + "@example.com", "role": role}, 201)
	b := s.LogIn(t, name, name+"@example.com")
	path := strings.TrimPrefix(invited.Text("link"), s.URL)
	if page := b.Send(t, path, nil); page.Status != http.StatusOK {
		t.Fatalf("accepting ends with %d: %s", page.Status, page.Body)
	}
	if v := b.Caller(t); v.Account != h.owner.Account || v.Role != role {
		t.Fatalf("the member is %+v", v)
	}
	return b
}
