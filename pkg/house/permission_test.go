package house

import (
	"net/http"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/api"
	"agentstore/pkg/discovery"
	"agentstore/pkg/dynamo/dynamotest"
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
