package house

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/discovery"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/template"
	"agentstore/pkg/web"
)

// TestOperationsMayDoWhatTheyNeed compares what the template lets each function
// do with what its operation does, on all of its ways.
func TestOperationsMayDoWhatTheyNeed(t *testing.T) {
	t.Parallel()
	calls := make(map[string][]dynamotest.Call)
	for _, o := range observe(t) {
		calls[o.operation] = append(calls[o.operation], o.calls...)
		if len(o.indexes) > 0 {
			t.Errorf("%s, %s: queries the indexes %q", o.operation, o.name, o.indexes)
		}
	}
	functions := deployed(t)
	for _, o := range api.Operations(app.Shelf()) {
		f := functions[o.Name]
		expectGrants(t, f, calls[o.Name], keyUses)
		expect(t, o.Name, "an index", f.IndexActions, nil)
		expect(t, o.Name, "anything else", f.OtherActions, besides(o.Name))
	}
}

// TestMCPMayDoWhatItsToolsDo: its tools are the operations, and a question to a
// person is a put of the account.
func TestMCPMayDoWhatItsToolsDo(t *testing.T) {
	t.Parallel()
	var calls []dynamotest.Call
	for _, o := range observe(t) {
		calls = append(calls, o.calls...)
	}
	f := deployed(t)[mcp]
	expectGrants(t, f, calls, keyUses)
	expect(t, mcp, "an index", f.IndexActions, nil)
	expect(t, mcp, "anything else", f.OtherActions, besides("purchase_create", "action_get"))
}

// TestDashboardMayDoWhatPeopleDo has somebody log in and do all that the pages offer.
func TestDashboardMayDoWhatPeopleDo(t *testing.T) {
	t.Parallel()
	var recorder dynamotest.Recorder
	var indexes indexQueries
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{
		Client:     []func(*dynamodb.Options){recorder.Record, indexes.watch},
		DemoCredit: money.Money{Minor: 100_000, Currency: "usd"},
	})
	recorder.Delay = 2 * time.Millisecond
	recorder.Reset()
	ada, bob := s.LogIn(t, "Ada", "ada@example.com"), s.LogIn(t, "Bob", "bob@example.com")
	home := bob.Caller(t).Account
	beside := *s.People
	beside.Store = s.Table
	_, link, err := beside.Invite(t.Context(), ada.Caller(t), "bob@example.com", shop.RoleViewer)
	if err != nil {
		t.Fatal(err)
	}
	invitation := strings.TrimPrefix(link, s.URL)
	s.Clock.Advance(time.Hour) // so that the use of a session is written down
	for _, page := range []storetest.Page{
		bob.Open(t, "/"), bob.Open(t, invitation), bob.Send(t, invitation, nil),
		bob.Send(t, web.SwitchPath, url.Values{"account": {string(home)}}),
		bob.Open(t, web.SessionsPath), bob.Send(t, web.SessionsPath, url.Values{"which": {"others"}}), bob.Send(t, web.LogoutPath, nil),
	} {
		if page.Status != http.StatusOK {
			t.Errorf("%s: status %d: %s", page.URL, page.Status, page.Body)
		}
	}
	calls := recorder.Calls()
	w := &walk{Browser: s.LogIn(t, "Ada", "ada@example.com"), recorder: &recorder}
	w.everywhere(t)
	f := deployed(t)[dashboard]
	expectGrants(t, f, append(calls, w.calls...), membersToo...)
	expect(t, dashboard, "an index", f.IndexActions, indexes.names)
	expect(t, dashboard, "anything else", f.OtherActions, besides("purchase_create"))
}

// besides is what operations may do beside their table: a purchase and a read from a
// provider call the provisioner, and who reads an action opens its secret.
func besides(operations ...string) []string {
	var actions []string
	for _, o := range api.All(app.Shelf()) {
		if !slices.Contains(operations, o.Name) {
			continue
		}
		if o.Effect == api.Buys || o.Remote {
			actions = append(actions, "lambda:InvokeFunction")
		}
		if strings.HasSuffix(o.Name, "action_get") {
			actions = append(actions, "kms:Decrypt")
		}
	}
	return actions
}

func TestFunctionsWithoutDataMayDoNothing(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{openapi, notFound} {
		f := deployed(t)[folder]
		expectGrants(t, f, nil)
		expect(t, folder, "an index", f.IndexActions, nil)
		expect(t, folder, "anything else", f.OtherActions, nil)
	}
}

// TestDiscoveryMayReadTheCatalog asks for every document, each of which may take
// one round trip to the table at most.
func TestDiscoveryMayReadTheCatalog(t *testing.T) {
	t.Parallel()
	w := watch(t, dynamotest.Embedded(t))
	var needed []dynamotest.Call
	var indexes []string
	twice := slices.Concat(discovery.Paths(), discovery.Paths()) // a process that has the catalog reads it in another way
	for _, path := range twice {
		answer := w.serve(t.Context(), get(path)(t, w))
		if trips := w.recorder.RoundTrips(); answer.Code != http.StatusOK || trips > 1 {
			t.Errorf("%s: status %d, %d round trips", path, answer.Code, trips)
		}
		needed = append(needed, w.recorder.Calls()...)
		indexes = append(indexes, w.indexes.names...)
	}
	if len(needed) == 0 || len(indexes) > 0 {
		t.Errorf("the documents need %d calls, and the indexes %q", len(needed), indexes)
	}
	f := deployed(t)[documents]
	expectGrants(t, f, needed)
	expect(t, documents, "an index", f.IndexActions, nil)
	expect(t, documents, "anything else", f.OtherActions, nil)
}

func TestProvisionerMayDoWhatItNeeds(t *testing.T) {
	t.Parallel()
	f := deployed(t)[provisioner]
	p := provision(t)
	expectGrants(t, f, p.work.Calls())
	expect(t, provisioner, "an index", f.IndexActions, p.nomination.IAMActions())
	expect(t, provisioner, "anything else", f.OtherActions, []string{
		// The event source mapping reads the stream by the role of the function.
		"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
		"sqs:SendMessage", "kms:GenerateDataKey",
	})
	if len(p.indexesOfWork.names) > 0 {
		t.Errorf("work on jobs queries the indexes %q", p.indexesOfWork.names)
	}
	if got := sortedOnce(p.indexesOfNomination.names); !slices.Equal(got, []string{"GSI1"}) {
		t.Errorf("due jobs are looked for in the indexes %q, and the policy is about GSI1", got)
	}
}

// keyUses is what no probe writes: that a key was used, once a day for each.
const keyUses = "KEYUSE#*"

// expectGrants holds what a function may do to items of the table to the calls that
// it makes, both ways: each call is allowed, and each action and each pattern of a
// partition key is needed by one, but for the unseen patterns.
//
// Whether AWS compares each entry of a transaction with its own key or with those of
// all entries is not documented. So one grant must allow each entry with all of them.
func expectGrants(tb testing.TB, f template.Function, calls []dynamotest.Call, unseen ...string) {
	tb.Helper()
	expect(tb, f.Folder, "its whole table", f.TableActions, nil)
	used := make(map[string]bool)
	for _, c := range calls {
		for _, action := range c.Actions {
			allowed := false
			for i, g := range f.Grants {
				if !slices.Contains(g.Actions, action) || !allMatch(g.LeadingKeys, c.Keys) {
					continue
				}
				allowed = true
				used[fmt.Sprint(i, action)] = true
				for _, k := range c.Keys {
					used[fmt.Sprint(i, matching(g.LeadingKeys, k))] = true
				}
			}
			if !allowed {
				tb.Errorf("%s may not %s of %v", f.Folder, action, c.Keys)
			}
		}
	}
	for i, g := range f.Grants {
		idle := 0
		for _, pattern := range g.LeadingKeys {
			if slices.Contains(unseen, pattern) {
				idle++
			} else if !used[fmt.Sprint(i, pattern)] {
				tb.Errorf("%s may %v of %s, and does not", f.Folder, g.Actions, pattern)
			}
		}
		for _, action := range g.Actions {
			if idle < len(g.LeadingKeys) && !used[fmt.Sprint(i, action)] {
				tb.Errorf("%s may %s of %v, and does not", f.Folder, action, g.LeadingKeys)
			}
		}
	}
}

func allMatch(patterns []string, keys []dynamotest.Key) bool {
	return !slices.ContainsFunc(keys, func(k dynamotest.Key) bool { return matching(patterns, k) == "" })
}

// matching is the pattern that a partition key matches, as IAM's StringLike compares.
func matching(patterns []string, k dynamotest.Key) string {
	for _, pattern := range patterns {
		prefix, open := strings.CutSuffix(pattern, "*")
		if k.PK == pattern || open && strings.HasPrefix(k.PK, prefix) {
			return pattern
		}
	}
	return ""
}

// TestNoOtherKindIsWritten: an operation writes the kinds of items that are its
// business, and checks no others than are named here.
func TestNoOtherKindIsWritten(t *testing.T) {
	t.Parallel()
	want := map[string][]string{
		"quote_create": {"Put ACCOUNT# EVENT#", "Put ACCOUNT# PERSONAL#", "Put ACCOUNT# QUOTE#", "Put ACCOUNT# RECORD#", "Update ACCOUNT# REFUSED#"},
		"purchase_create": {
			"ConditionCheck ACCOUNT# BUDGET#", "Put ACCOUNT# ACTION#", "Put ACCOUNT# APPROVAL#", "Put ACCOUNT# BUDGET#", "Put ACCOUNT# CAUSE#", "Put ACCOUNT# EVENT#", "Put ACCOUNT# HOLD#", "Put ACCOUNT# JOB#", "Put ACCOUNT# LEDGER#",
			"Put ACCOUNT# PERSONAL#", "Put ACCOUNT# PURCHASE#", "Put ACCOUNT# RECORD#", "Put ACCOUNT# SERVICE#", "Put ACCOUNT# WAITING#",
			"Update ACCOUNT# BUDGET#", "Update ACCOUNT# LABEL#", "Update ACCOUNT# PERSONAL#", "Update ACCOUNT# QUOTE#", "Update ACCOUNT# REFUSED#", "Update ACCOUNT# SERVICE#", "Update ACCOUNT# WALLET",
		},
		"action_get":     {"Delete SECRET# ACTION#"},
		"server_restart": actionWrites(withKey, wasRefused),
		"service_cancel_many": {
			"ConditionCheck ACCOUNT# BUDGET#", "Put ACCOUNT# CANCEL#", "Put ACCOUNT# EVENT#", "Put ACCOUNT# RECORD#",
		},
		"service_labels_set": {
			"ConditionCheck ACCOUNT# BUDGET#", "Put ACCOUNT# EVENT#", "Put ACCOUNT# RECORD#", "Update ACCOUNT# LABEL#", "Update ACCOUNT# REFUSED#", "Update ACCOUNT# SERVICE#",
		},
		"service_renewal_set": {
			"ConditionCheck ACCOUNT# BUDGET#", "Put ACCOUNT# EVENT#", "Put ACCOUNT# RECORD#", "Update ACCOUNT# LABEL#", "Update ACCOUNT# REFUSED#", "Update ACCOUNT# SERVICE#",
		},
		"service_extend": {
			"Put ACCOUNT# BUDGET#", "Put ACCOUNT# EVENT#", "Put ACCOUNT# HOLD#", "Put ACCOUNT# RECORD#", "Update ACCOUNT# BUDGET#", "Update ACCOUNT# LABEL#",
			"Update ACCOUNT# REFUSED#", "Update ACCOUNT# SERVICE#",
		},
		"service_cancel": {
			"ConditionCheck ACCOUNT# BUDGET#", "Put ACCOUNT# APPROVAL#", "Put ACCOUNT# CAUSE#", "Put ACCOUNT# EVENT#", "Put ACCOUNT# HOLD#", "Put ACCOUNT# JOB#",
			"Put ACCOUNT# LEDGER#", "Put ACCOUNT# RECORD#", "Put ACCOUNT# WAITING#", "Update ACCOUNT# BUDGET#", "Update ACCOUNT# LABEL#", "Update ACCOUNT# REFUSED#",
			"Update ACCOUNT# SERVICE#", "Update ACCOUNT# WALLET",
		},
		"server_reinstall":      actionWrites(withKey, wasRefused, wasAsked),
		"server_firewall_set":   actionWrites(withKey, wasRefused, wasAsked),
		"server_start":          actionWrites(wasRefused),
		"server_stop":           actionWrites(wasRefused, wasAsked),
		"server_rename":         actionWrites(),
		"server_rescue":         actionWrites(wasRefused, wasAsked),
		"server_password_reset": actionWrites(wasRefused, wasAsked),
		"server_console":        actionWrites(),
		"ssh_key_create": {
			"ConditionCheck ACCOUNT# BUDGET#", "Put ACCOUNT# EVENT#", "Put ACCOUNT# RECORD#", "Put ACCOUNT# SSHKEYS", "Update ACCOUNT# SSHKEYS",
		},
		"ssh_key_delete": {
			"ConditionCheck ACCOUNT# BUDGET#", "Put ACCOUNT# EVENT#", "Put ACCOUNT# RECORD#", "Update ACCOUNT# REFUSED#", "Update ACCOUNT# SSHKEYS",
		},
		"server_resize_quote":          {"Put ACCOUNT# EVENT#", "Put ACCOUNT# QUOTE#", "Put ACCOUNT# RECORD#", "Update ACCOUNT# REFUSED#"},
		"server_snapshot_create_quote": {"Put ACCOUNT# EVENT#", "Put ACCOUNT# QUOTE#", "Put ACCOUNT# RECORD#", "Update ACCOUNT# REFUSED#"},
		"server_snapshot_delete":       actionWrites(withKey, wasRefused),
		"personal_erase": {
			"ConditionCheck ACCOUNT# BUDGET#", "Put ACCOUNT# EVENT#", "Put ACCOUNT# RECORD#",
			"Update ACCOUNT# PERSONAL#", "Update ACCOUNT# REFUSED#",
		},
		provisioner: {
			"Delete MOCK address", "Delete MOCK server", "Put ACCOUNT# CAUSE#", "Put ACCOUNT# HOLD#", "Put ACCOUNT# JOB#", "Put ACCOUNT# LEDGER#",
			"Put MOCK address", "Put MOCK server", "Put SECRET# ACTION#",
			"Update ACCOUNT# ACTION#", "Update ACCOUNT# APPROVAL#", "Update ACCOUNT# BUDGET#", "Update ACCOUNT# JOB#", "Update ACCOUNT# LABEL#", "Update ACCOUNT# PURCHASE#",
			"Update ACCOUNT# SERVICE#", "Update ACCOUNT# WAITING#", "Update ACCOUNT# WALLET", "Update MOCK server",
		},
	}
	got := map[string][]string{provisioner: kindsWritten(provision(t).work.Calls())}
	for _, o := range observe(t) {
		kinds := slices.DeleteFunc(kindsWritten(o.calls), func(kind string) bool { return kind == "Update KEYUSE# KEY#" }) // beside every write
		if len(kinds) > 0 {
			got[o.operation] = sortedOnce(append(got[o.operation], kinds...))
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("kinds of items (-wanted +written):\n%s", diff)
	}
}

// actionWrites is what an action of a product writes, and what else where its probes do
// more than begin it.
func actionWrites(more ...[]string) []string {
	kinds := []string{
		"ConditionCheck ACCOUNT# BUDGET#", "Put ACCOUNT# ACTION#", "Put ACCOUNT# EVENT#", "Put ACCOUNT# JOB#", "Update ACCOUNT# SERVICE#",
	}
	return sortedOnce(append(kinds, slices.Concat(more...)...))
}

// What else the probes of an action may have it write.
var (
	withKey    = []string{"Put ACCOUNT# RECORD#"}
	wasRefused = []string{"Update ACCOUNT# REFUSED#"}
	wasAsked   = []string{"Put ACCOUNT# APPROVAL#", "Update ACCOUNT# WAITING#"}
)

// kindsWritten are what calls do to which kinds of keys, but for reading them.
func kindsWritten(calls []dynamotest.Call) []string {
	var kinds []string
	for _, c := range calls {
		for i, action := range c.Actions {
			does, writes := strings.CutSuffix(strings.TrimPrefix(action, "dynamodb:"), "Item")
			if !writes || strings.HasSuffix(does, "Get") {
				continue
			}
			k := c.Keys[i]
			kinds = append(kinds, strings.Join([]string{does, kindOf(k.PK), kindOf(k.SK)}, " "))
		}
	}
	return sortedOnce(kinds)
}

// kindOf is how a key begins, up to what names one object of its kind.
func kindOf(key string) string {
	if i := strings.IndexByte(key, '#'); i >= 0 {
		return key[:i+1]
	}
	kind, _, _ := strings.Cut(key, "/")
	return kind
}

// membersToo is what members do on ways that TestAccountMayDoWhatMembersDo does not
// go: buy what they approve, invite, change members, look at the uses of keys.
var membersToo = []string{"CATALOG", "INVITATION#*", "KEYUSE#*", "PERSON#*", "SESSION#*"}

// expect holds what a function is allowed to what it needs, which is never a scan.
func expect(tb testing.TB, function, on string, allowed, needed []string) {
	tb.Helper()
	if slices.Contains(needed, "dynamodb:Scan") {
		tb.Errorf("%s scans %s", function, on)
	}
	if diff := cmp.Diff(sortedOnce(needed), sortedOnce(allowed)); diff != "" {
		tb.Errorf("what %s does to %s (-needed +template.yaml):\n%s", function, on, diff)
	}
}

func sortedOnce(names []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(names)))
}

// revealToMember has a member read the secret of an action that they began.
func revealToMember(t *testing.T, s *storetest.Store, b *storetest.Browser) {
	t.Helper()
	visitor := b.Caller(t)
	caller, err := visitor.For(shop.RoleOperator)
	if err != nil {
		t.Fatal(err)
	}
	service, action := s.Confided(t, caller, "hunter2")
	answer := b.Call(t, http.MethodGet, storetest.Account+"/services/"+string(service)+"/actions/"+string(action), nil)
	if answer.Text("action", "secret") != "hunter2" {
		t.Errorf("the action is %s", answer.Body)
	}
}

// labelAsMember has a member find a service by its label.
func labelAsMember(t *testing.T, b *storetest.Browser) {
	t.Helper()
	services := storetest.Account + "/services"
	id := b.Call(t, http.MethodGet, services, nil).Text("services", 0, "id")
	b.Call(t, http.MethodPost, services+"/"+id+"/labels", map[string]any{"labels": []any{"ci"}})
	if found := b.Call(t, http.MethodGet, services+"?label=ci", nil); found.Text("services", 0, "id") != id {
		t.Errorf("found are %s", found.Body)
	}
}

// TestAccountMayDoWhatMembersDo has an owner call every operation of members.
func TestAccountMayDoWhatMembersDo(t *testing.T) {
	t.Parallel()
	var recorder dynamotest.Recorder
	var indexes indexQueries
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{
		Client: []func(*dynamodb.Options){recorder.Record, indexes.watch}, NoKick: true,
	})
	b := s.Owner(t)
	recorder.Reset()
	for _, o := range api.AccountOperations(app.Shelf()) {
		in := object{"name": "n", "email": "x@example.com", "role": "viewer", "protection": []any{}}
		for name := range in {
			if o.Input.Properties[name] == nil {
				delete(in, name)
			}
		}
		for _, name := range o.Input.Required {
			if in[name] == nil {
				in[name] = "none"
			}
		}
		storetest.Do(t, &b.Client, contract.RequestOf(t, s.URL, o, in))
	}
	revealToMember(t, s, b)
	labelAsMember(t, b)
	f := deployed(t)[account]
	expectGrants(t, f, recorder.Calls(), membersToo...)
	expect(t, account, "an index", f.IndexActions, indexes.names)
	expect(t, account, "anything else", f.OtherActions, besides("purchase_create", "account_action_get"))
}
