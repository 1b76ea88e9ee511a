package conformance

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// runs is every scenario that the suite has for a revision of the protocol,
// those that it holds to be pending among them. The numbers are exact: a
// scenario that checks nothing any more, or is gone, is a difference.
//
// What is neither passed nor failed does not apply to this server: sessions,
// streams, and subscriptions, which it does not offer.
var runs = []struct {
	suite, revision string
	want            outcome
}{
	{"latest", "2025-11-25", outcome{Scenarios: 32, Passed: 25, Failed: 11, NotApplicable: 3}},
	{"next", "2025-11-25", outcome{Scenarios: 33, Passed: 58, Failed: 11, NotApplicable: 5}},
	{"next", "2026-07-28", outcome{Scenarios: 40, Passed: 146, Failed: 1, NotApplicable: 6}},
}

// TestConformance: the handler stack of the MCP endpoint is what the protocol
// says, but for what testdata lists with its reason.
func TestConformance(t *testing.T) {
	t.Parallel()
	requireSuite(t)
	for _, run := range runs {
		t.Run(run.suite+" for "+run.revision, func(t *testing.T) {
			t.Parallel()
			results := runSuite(t, run.suite, run.revision, serve(t))
			if diff := cmp.Diff(run.want, results.outcome()); diff != "" {
				t.Errorf("the checks came out otherwise (-want +got):\n%s", diff)
			}
			for _, entry := range expectedFailures(t, run.suite, run.revision) {
				if !results.failed(entry) {
					t.Errorf("the expected failure %s did not happen", entry)
				}
			}
		})
	}
}
