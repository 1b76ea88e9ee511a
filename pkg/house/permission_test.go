package house

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/api"
	"agentstore/pkg/discovery"
	"agentstore/pkg/dynamo/dynamotest"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/storetest"
	"agentstore/pkg/storetest/contract"
	"agentstore/pkg/web"
)

// TestOperationsMayDoWhatTheyNeed compares what the template lets each function
// do with what its operation does, on all of its ways.
func TestOperationsMayDoWhatTheyNeed(t *testing.T) {
	t.Parallel()
	needed := make(map[string][]string)
	for _, o := range observe(t) {
		needed[o.operation] = append(needed[o.operation], o.actions...)
		if len(o.indexes) > 0 {
			t.Errorf("%s, %s: queries the indexes %q", o.operation, o.name, o.indexes)
		}
	}
	functions := deployed(t)
	for _, o := range api.Operations() {
		f := functions[o.Name]
		expect(t, o.Name, "its table", f.TableActions, sortedOnce(needed[o.Name]))
		expect(t, o.Name, "an index", f.IndexActions, nil)
		// An operation that writes nothing else writes down that a key was used.
		var uses []string
		if !slices.Contains(f.TableActions, "dynamodb:PutItem") {
			uses = []string{"dynamodb:PutItem"}
		}
		expect(t, o.Name, "the uses of keys", f.ConditionalActions, uses)
		expect(t, o.Name, "anything else", f.OtherActions, kicks(o.Name))
	}
}

// TestMCPMayDoWhatItsToolsDo: its tools are the operations, and a question to a
// person is a put.
func TestMCPMayDoWhatItsToolsDo(t *testing.T) {
	t.Parallel()
	needed := []string{"dynamodb:PutItem"}
	for _, o := range observe(t) {
		needed = append(needed, o.actions...)
	}
	f := deployed(t)[mcp]
	expect(t, mcp, "its table", f.TableActions, needed)
	expect(t, mcp, "an index", f.IndexActions, nil)
	expect(t, mcp, "anything else", f.OtherActions, kicks("purchase_create"))
}

// TestDashboardMayDoWhatPeopleDo has somebody log in and do all that the pages offer.
func TestDashboardMayDoWhatPeopleDo(t *testing.T) {
	t.Parallel()
	var recorder dynamotest.Recorder
	var indexes indexQueries
	s := storetest.New(t, dynamotest.Minidyn(t), storetest.Options{
		Client:     []func(*dynamodb.Options){recorder.Record, indexes.watch},
		DemoCredit: money.Money{Minor: 1, Currency: "usd"},
	})
	recorder.Reset()
	ada, bob := s.LogIn(t, "Ada", "ada@example.com"), s.LogIn(t, "Bob", "bob@example.com")
	home := bob.Visitor(t).Account
	beside := *s.People
	beside.Store = s.Table
	_, link, err := beside.Invite(t.Context(), ada.Visitor(t), "bob@example.com", shop.RoleViewer)
	if err != nil {
		t.Fatal(err)
	}
	invitation := strings.TrimPrefix(link, s.URL)
	s.Clock.Advance(time.Hour) // so that the use of a session is written down
	for _, page := range []storetest.Page{
		bob.Open(t, "/"), bob.Open(t, invitation), bob.Send(t, invitation, nil),
		bob.Send(t, web.SwitchPath, url.Values{"account": {string(home)}}), bob.Send(t, web.LogoutPath, nil),
	} {
		if page.Status != http.StatusOK {
			t.Errorf("%s: status %d: %s", page.URL, page.Status, page.Body)
		}
	}
	f := deployed(t)[dashboard]
	expect(t, dashboard, "its table", f.TableActions, recorder.IAMActions())
	expect(t, dashboard, "an index", f.IndexActions, indexes.names)
	expect(t, dashboard, "anything else", f.OtherActions, kicks("purchase_create"))
}

// kicks is what an operation may do beside its table: a purchase calls the
// provisioner.
func kicks(operation string) []string {
	if operation == "purchase_create" {
		return []string{"lambda:InvokeFunction"}
	}
	return nil
}

func TestFunctionsWithoutDataMayDoNothing(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{openapi, notFound} {
		f := deployed(t)[folder]
		expect(t, folder, "its table", f.TableActions, nil)
		expect(t, folder, "an index", f.IndexActions, nil)
		expect(t, folder, "anything else", f.OtherActions, nil)
	}
}

// TestDiscoveryMayReadTheCatalog asks for every document, each of which may take
// one round trip to the table at most.
func TestDiscoveryMayReadTheCatalog(t *testing.T) {
	t.Parallel()
	w := watch(t, dynamotest.Minidyn(t))
	var needed, indexes []string
	for _, path := range discovery.Paths() {
		answer := w.serve(t.Context(), get(path)(t, w))
		if trips := w.recorder.RoundTrips(); answer.Code != http.StatusOK || trips > 1 {
			t.Errorf("%s: status %d, %d round trips", path, answer.Code, trips)
		}
		needed = append(needed, w.recorder.IAMActions()...)
		indexes = append(indexes, w.indexes.names...)
	}
	if len(needed) == 0 || len(indexes) > 0 {
		t.Errorf("the documents need %q, and the indexes %q", needed, indexes)
	}
	f := deployed(t)[documents]
	expect(t, documents, "its table", f.TableActions, needed)
	expect(t, documents, "an index", f.IndexActions, nil)
	expect(t, documents, "anything else", f.OtherActions, nil)
}

func TestProvisionerMayDoWhatItNeeds(t *testing.T) {
	t.Parallel()
	f := deployed(t)[provisioner]
	p := provision(t)
	expect(t, provisioner, "its table", f.TableActions, p.work.IAMActions())
	expect(t, provisioner, "an index", f.IndexActions, p.nomination.IAMActions())
	expect(t, provisioner, "anything else", f.OtherActions, []string{
		// The event source mapping reads the stream by the role of the function.
		"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams",
		"sqs:SendMessage",
	})
	if len(p.indexesOfWork.names) > 0 {
		t.Errorf("work on jobs queries the indexes %q", p.indexesOfWork.names)
	}
	if got := sortedOnce(p.indexesOfNomination.names); !slices.Equal(got, []string{"GSI1"}) {
		t.Errorf("due jobs are looked for in the indexes %q, and the policy is about GSI1", got)
	}
}

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

// TestAccountMayDoWhatMembersDo has an owner call every operation of members.
func TestAccountMayDoWhatMembersDo(t *testing.T) {
	t.Parallel()
	var recorder dynamotest.Recorder
	var indexes indexQueries
	s := storetest.New(t, dynamotest.Minidyn(t), storetest.Options{
		Client: []func(*dynamodb.Options){recorder.Record, indexes.watch}, NoKick: true,
	})
	b := s.Owner(t)
	recorder.Reset()
	for _, o := range api.AccountOperations() {
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
	f := deployed(t)[account]
	expect(t, account, "its table", f.TableActions, recorder.IAMActions())
	expect(t, account, "an index", f.IndexActions, indexes.names)
	expect(t, account, "anything else", f.OtherActions, kicks("purchase_create"))
}
