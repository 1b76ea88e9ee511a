package e2e

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// sight is what an operation of agents has to do with the other agents of the
// account.
type sight int

const (
	nobodys   sight = iota + 1 // it is about none of them
	listed                     // it lists what they have
	named                      // it names what one of them has
	previewed                  // it needs the token of a preview, which is about what its caller sees
)

// sights has every operation of agents. The test fails for one without a row.
var sights = map[string]sight{
	"catalog_categories":            nobodys,
	"catalog_search":                nobodys,
	"catalog_checkout_requirements": nobodys,
	"quote_create":                  nobodys,
	"quote_get":                     named,
	"purchase_create":               named,
	"purchase_get_status":           named,
	"purchase_list":                 listed,
	"service_list":                  listed,
	"service_get":                   named,
	"server_restart":                named,
	"server_reinstall":              named,
	"server_firewall_set":           named,
	"server_start":                  named,
	"server_stop":                   named,
	"server_rename":                 named,
	"server_rescue":                 named,
	"server_password_reset":         named,
	"server_console":                named,
	"server_metrics":                named,
	"server_resize_quote":           named,
	"server_snapshot_create_quote":  named,
	"server_snapshot_delete":        named,
	"action_list":                   named,
	"action_get":                    named,
	"wallet_get":                    nobodys,
	"usage_get":                     nobodys,
	"service_cancel_many_preview":   nobodys,
	"service_cancel_many":           previewed,
	"service_cancel_many_get":       named,
	"service_labels_set":            named,
	"service_renewal_set":           named,
	"service_extend":                named,
	"service_cancel_preview":        named,
	"service_cancel":                named,
	"personal_get":                  named,
	"personal_erase":                named,
	"ssh_key_create":                nobodys,
	"ssh_key_list":                  nobodys,
	"ssh_key_delete":                nobodys,
}

// colleague is a key, with every scope, of another agent of the household's account.
func (h household) colleague(t *testing.T, name string, sees shop.Sees) string {
	t.Helper()
	agent := member(t, h.browser, http.MethodPost, "/agents", object{"name": name, "sees": sees}, 201)
	if agent.Text("agent", "sees") != string(sees) {
		t.Errorf("the agent is %s", agent.Body)
	}
	path := "/agents/" + agent.Text("agent", "id") + "/keys"
	return member(t, h.browser, http.MethodPost, path, object{"name": "k", "scopes": app.Shelf().Rules().Scopes()}, 201).Text("secret")
}

// sshKeys counts the SSH keys that tests make.
var sshKeys atomic.Uint32

// sshKey gives a call about an SSH key one that no call before was about: a name is taken
// once, and a key is deleted once.
func (h household) sshKey(t *testing.T, o api.Operation, in object) object {
	t.Helper()
	if o.Name != "ssh_key_create" && o.Name != "ssh_key_delete" {
		return in
	}
	n := sshKeys.Add(1)
	one := object{"name": fmt.Sprint("key-", n), "publicKey": storetest.PublicKey(t, byte(100+n))}
	if o.Name == "ssh_key_create" {
		return one
	}
	in = maps.Clone(in)
	in["sshKeyId"] = member(t, h.browser, http.MethodPost, "/ssh-keys", one, 201).Text("sshKey", "id")
	return in
}

// TestColleagues walks every operation of agents, over REST and MCP, with the
// identifiers of another agent of the same account. For an agent that sees its own
// alone they do not exist: neither the answer nor its words tell them from made-up
// ones. An agent that sees the account meets them all, and so do members.
func TestColleagues(t *testing.T) {
	t.Parallel()
	for _, sees := range []shop.Sees{shop.SeesAccount, shop.SeesOwn} {
		t.Run("of an agent that sees "+string(sees), func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
			h := everythingOf(t, s, "owner", sees)
			own, other := h.colleague(t, "own", shop.SeesOwn), h.colleague(t, "other", shop.SeesAccount)
			for _, call := range []caller{byREST, byMCP} {
				for _, o := range api.Operations(app.Shelf()) {
					in := arguments(o, h)
					if o.Effect == api.Buys {
						in["idempotencyKey"] = "k" // of the purchase that there is
					}
					sight := sights[o.Name]
					hidden, seen := call(t, s, own, o, h.sshKey(t, o, in)), call(t, s, other, o, h.sshKey(t, o, in))
					switch sight {
					case nobodys:
						expectCode(t, o, hidden, "")
					case previewed:
						expectCode(t, o, hidden, "invalid_input")
						expectCode(t, o, seen, "invalid_input")
					case listed:
						expectList(t, o, h, hidden, seen)
					case named:
						unknown := call(t, s, own, o, madeUp(h, in))
						expectCode(t, o, hidden, "not_found")
						if got, want := anyIDs(h, in, hidden), anyIDs(h, madeUp(h, in), unknown); got != want {
							t.Errorf("%s tells what exists: %s, and of what does not: %s", o.Name, got, want)
						}
						if seen.Code() == "not_found" {
							t.Errorf("%s hides from an agent that sees the account: %s", o.Name, seen.Body)
						}
					default:
						t.Errorf("%s has no row: does it show what other agents have?", o.Name)
					}
				}
			}
			h.seenByMembers(t)
		})
	}
}

// caller makes a call and returns its answer, or its problem.
type caller func(t *testing.T, s *storetest.Store, key string, o api.Operation, in object) storetest.Answer

func byREST(t *testing.T, s *storetest.Store, key string, o api.Operation, in object) storetest.Answer {
	t.Helper()
	return storetest.Do(t, http.DefaultClient, household{key: key}.request(t, s, o, in))
}

func byMCP(t *testing.T, s *storetest.Store, key string, o api.Operation, in object) storetest.Answer {
	t.Helper()
	a := withMessage(t, s, key, "tools/call", object{"name": o.Name, "arguments": in})
	return storetest.Answer{Status: a.Status, Body: []byte(a.Text("result", "content", 0, "text"))}
}

func withMessage(t *testing.T, s *storetest.Store, key, method string, params object) storetest.Answer {
	t.Helper()
	r := s.Request(t, http.MethodPost, "/mcp", object{"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
	return storetest.Do(t, http.DefaultClient, withKey(r, key))
}

func expectCode(t *testing.T, o api.Operation, a storetest.Answer, code string) {
	t.Helper()
	if a.Code() != code || len(a.Body) == 0 {
		t.Errorf("%s: %d %s, want the code %q", o.Name, a.Status, a.Body, code)
	}
}

// expectList: one has nothing, and the other what its colleague has.
func expectList(t *testing.T, o api.Operation, h household, hidden, seen storetest.Answer) {
	t.Helper()
	list := strings.TrimSuffix(o.Name, "_list")
	if got, isList := hidden.Get(list + "s").([]any); !isList || len(got) != 0 {
		t.Errorf("%s shows %s", o.Name, hidden.Body)
	}
	if seen.Text(list+"s", 0, "id") != h.ids[list+"Id"] {
		t.Errorf("%s hides from an agent that sees the account: %s", o.Name, seen.Body)
	}
}

// madeUp are the arguments with identifiers that nothing has.
func madeUp(h household, in object) object {
	out := maps.Clone(in)
	for name := range in {
		if value, isID := h.ids[name]; isID {
			out[name] = value[:len(value)-4] + "0000"
		}
	}
	return out
}

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

// anyIDs is an answer without what two calls may differ in.
func anyIDs(h household, in object, a storetest.Answer) string {
	body := requestID.ReplaceAllString(string(a.Body), "")
	for name := range in {
		if _, isID := h.ids[name]; isID {
			body = strings.ReplaceAll(body, in[name].(string), name)
		}
	}
	return body
}

// seenByMembers: members see everything, whatever its agent does.
func (h household) seenByMembers(t *testing.T) {
	t.Helper()
	for path, want := range map[string]string{
		"/purchases": h.ids["purchaseId"], "/services": h.ids["serviceId"], "/approvals": h.ids["approvalId"], "/agents": h.ids["agentId"],
	} {
		if a := member(t, h.browser, http.MethodGet, path, nil, 200); !strings.Contains(string(a.Body), `"`+want+`"`) {
			t.Errorf("members see at %s %s, and not %s", path, a.Body, want)
		}
	}
	for _, path := range []string{"/purchases/" + h.ids["purchaseId"], "/services/" + h.ids["serviceId"], "/approvals/" + h.ids["approvalId"]} {
		member(t, h.browser, http.MethodGet, path, nil, 200)
	}
}

// What an agent that sees its own alone has tried is in the trail, as its own.
func TestHiddenIsInTheTrail(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	own := *s
	own.Key = h.colleague(t, "own", shop.SeesOwn)
	path := storetest.Services + "/" + h.ids["serviceId"]
	expectStatus(t, own.Call(t, http.MethodPost, path+"/server/restart", nil), http.StatusNotFound)
	trail := member(t, h.browser, http.MethodGet, "/audit?outcome=refused&operation=server_restart", nil, 200)
	if trail.Text("events", 0, "outcome") != "not_found" || trail.Text("events", 0, "subject") != h.ids["serviceId"] ||
		!strings.HasPrefix(own.Key, "ask_test_"+trail.Text("events", 0, "keyId")) {
		t.Errorf("the trail is %s", trail.Body)
	}
}

// The address of a service as a resource of MCP is that of the service.
func TestHiddenResource(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everything(t, s, "owner")
	read := func(key, service string) storetest.Answer {
		return withMessage(t, s, key, "resources/read", object{"uri": "agentstore://services/" + service})
	}
	own, other := h.colleague(t, "own", shop.SeesOwn), h.colleague(t, "other", shop.SeesAccount)
	in := object{"serviceId": h.ids["serviceId"]}
	made := madeUp(h, in)
	hidden, unknown := read(own, h.ids["serviceId"]), read(own, made["serviceId"].(string))
	if hidden.Text("error", "data", "code") != "not_found" || anyIDs(h, in, hidden) != anyIDs(h, made, unknown) {
		t.Errorf("hidden: %s, unknown: %s", hidden.Body, unknown.Body)
	}
	if a := read(other, h.ids["serviceId"]); a.Get("error") != nil {
		t.Errorf("an agent that sees the account gets %s", a.Body)
	}
}

// An agent that sees its own alone buys, operates and lists what is its own, and
// nobody's quote but its own.
func TestOwnFlow(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		own := *s
		own.Agent = s.Shop.IDs.OwnAgent(s.Agent.Account())
		own.Key = own.NewKey(t, own.Agent, app.Shelf().Rules().Scopes()...)
		theirs, quote := s.Service(t), s.Quote(t)

		expectStatus(t, own.Buy(t, quote, "k"), http.StatusNotFound)
		mine := own.Service(t)
		restarted := own.Call(t, http.MethodPost, storetest.Services+"/"+mine+"/server/restart", nil)
		expectStatus(t, restarted, http.StatusAccepted)
		actions := storetest.Services + "/" + mine + "/actions"
		expectStatus(t, own.Call(t, http.MethodGet, actions+"/"+restarted.Text("actionId"), nil), http.StatusOK)
		s.Work(t)

		list := own.Call(t, http.MethodGet, storetest.Services, nil)
		read := own.Call(t, http.MethodGet, storetest.Services+"/"+mine, nil)
		whole, _ := read.Get("service").(object)
		delete(whole, "blockedActions") // which lists leave out
		if got, want := fmt.Sprint(list.Get("services")), fmt.Sprint([]any{whole}); got != want {
			t.Errorf("listed is %s, and it is %s", got, want)
		}
		purchases := own.Call(t, http.MethodGet, storetest.Purchases, nil)
		bought := own.Call(t, http.MethodGet, storetest.Purchases+"/"+purchases.Text("purchases", 0, "id"), nil)
		if got, want := fmt.Sprint(purchases.Get("purchases")), fmt.Sprint([]any{bought.Get("purchase")}); got != want {
			t.Errorf("listed is %s, and it is %s", got, want)
		}
		all := s.Call(t, http.MethodGet, storetest.Services, nil)
		if ids := []string{all.Text("services", 0, "id"), all.Text("services", 1, "id")}; !slices.Contains(ids, mine) || !slices.Contains(ids, theirs) {
			t.Errorf("the account has %v", ids)
		}
		expectStatus(t, s.Buy(t, quote, "k"), http.StatusCreated) // which is still open
		expectStatus(t, s.Call(t, http.MethodPost, storetest.Services+"/"+mine+"/server/restart", nil), http.StatusAccepted)
		b := books(t, s)
		holdings, err := app.Servers(app.Config{}, s.Table, s.Clock.Now).Holdings(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		b.Holdings = holdings
		if findings := verify.Account(b, s.Clock.Now(), 0); len(findings) > 0 {
			t.Errorf("the books are broken: %v", findings)
		}
	})
}

// An agent that sees its own alone waits for the table as often as any other.
func TestOwnRoundTrips(t *testing.T) {
	t.Parallel()
	recorder := &dynamotest.Recorder{Delay: 20 * time.Millisecond}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){recorder.Record}})
	s.Agent = s.Shop.IDs.OwnAgent(s.Agent.Account())
	s.Key = s.NewKey(t, s.Agent, app.Shelf().Rules().Scopes()...)
	quote := s.Quote(t)
	service := storetest.Services + "/" + s.Service(t)
	action := service + "/actions/" + s.Call(t, http.MethodPost, service+"/server/restart", nil).Text("actionId")
	for _, step := range []struct {
		method, path string
		body         any
		trips        int
	}{
		{http.MethodGet, storetest.Purchases, nil, 1},
		{http.MethodGet, storetest.Services, nil, 1},
		{http.MethodGet, service, nil, 1},
		{http.MethodGet, service + "/actions", nil, 1},
		{http.MethodGet, action, nil, 1},
		{http.MethodPost, storetest.Purchases, object{"quoteId": quote, "idempotencyKey": "k"}, 2},
		{http.MethodPost, service + "/server/restart", nil, 2},
	} {
		recorder.Reset()
		a := s.Call(t, step.method, step.path, step.body)
		if got := recorder.RoundTrips(); a.Status >= http.StatusBadRequest || got != step.trips {
			t.Errorf("%s %s takes %d round trips, want %d: %s", step.method, step.path, got, step.trips, a.Body)
		}
	}
}

// TestOwnPageCostsItsRows: the read units of a page of an agent that sees its own
// alone are the same whether the account has 5 other purchases or 500.
func TestOwnPageCostsItsRows(t *testing.T) {
	t.Parallel()
	recorder := &dynamotest.Recorder{}
	s := storetest.New(t, dynamotest.Local(t), storetest.Options{Client: []func(*dynamodb.Options){recorder.Record}})
	others := s.Agent
	s.Agent = s.Shop.IDs.OwnAgent(others.Account())
	s.Key = s.NewKey(t, s.Agent, app.Shelf().Rules().Scopes()...)
	for range 3 {
		s.Service(t)
	}
	pages := []string{storetest.Purchases, storetest.Services, storetest.Purchases + "?limit=2", storetest.Services + "?limit=100"}
	cost := func() (units []float64) {
		for _, page := range pages {
			recorder.Reset()
			expectStatus(t, s.Call(t, http.MethodGet, page, nil), http.StatusOK)
			units = append(units, recorder.ReadUnits())
		}
		return units
	}
	stock(t, s, others, 5)
	few := cost()
	stock(t, s, others, 495)
	if many := cost(); !slices.Equal(few, many) || slices.Min(few) <= 0 {
		t.Errorf("the pages %v cost %v with 5 others, and %v with 500", pages, few, many)
	}
	t.Logf("%v cost %v read units, the key's read among them", pages, few)
}

// stock has an agent have more purchases, at the time of the others and long after
// them, so that they are on both sides in a list of the account.
func stock(t *testing.T, s *storetest.Store, agent id.Agent, n int) {
	t.Helper()
	bought, _, err := s.Table.OwnPurchases(t.Context(), s.Agent, shop.Page{Limit: 1})
	if err != nil || len(bought) != 1 {
		t.Fatalf("%v, %v", bought, err)
	}
	services, _, err := s.Table.OwnServices(t.Context(), s.Agent, shop.Page{Limit: 1})
	if err != nil || len(services) != 1 {
		t.Fatalf("%v, %v", services, err)
	}
	var writers sync.WaitGroup
	turns := make(chan struct{}, 8)
	for i := range n {
		turns <- struct{}{}
		writers.Go(func() {
			defer func() { <-turns }()
			ids := id.Maker{Now: s.Clock.Now, Entropy: s.Shop.IDs.Entropy}
			purchase, service := bought[0], services[0]
			purchase.ID, purchase.Agent, purchase.Version = ids.Purchase(), agent, 1
			service.ID, service.Agent, service.Version, service.Purchase = ids.Service(), agent, 1, purchase.ID
			if i%2 == 0 {
				purchase.ID = id.Purchase(strings.Replace(string(purchase.ID), "pur_0", "pur_1", 1))
				service.ID = id.Service(strings.Replace(string(service.ID), "svc_0", "svc_1", 1))
			}
			if err := s.Table.Commit(t.Context(), shop.Change{Purchase: &purchase, Services: []shop.Service{service}}); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
}
