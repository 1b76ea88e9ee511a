package api_test

import (
	"testing"

	"agentstore/pkg/api"
)

// Two spellings of what a person will see are one request. A document is not what
// people see: its bytes are what it says.
func TestTwoSpellingsAreOneRequest(t *testing.T) {
	t.Parallel()
	name := func(s string) map[string]any { return map[string]any{"name": s} }
	note := func(s string) map[string]any { return map[string]any{"approvalId": "apr_x", "note": s} }
	document := func(s string) map[string]any {
		return map[string]any{"catalogItemId": "cat_x", "configuration": map[string]any{"userData": s}}
	}
	for what, tc := range map[string]struct {
		operation  api.Operation
		one, other map[string]any
		same       bool
	}{
		"a decomposed letter":    {api.AgentCreate(), name("Zo\u00eb"), name("Zoe\u0308"), true},
		"white space around":     {api.AgentCreate(), name("Zo\u00eb"), name(" Zo\u00eb\u3000"), true},
		"decomposed Hangul":      {api.AgentCreate(), name("한국"), name("\u1112\u1161\u11ab\u1100\u116e\u11a8"), true},
		"another name":           {api.AgentCreate(), name("Zo\u00eb"), name("Zoe"), false},
		"another case":           {api.AgentCreate(), name("Zo\u00eb"), name("zo\u00eb"), false},
		"the lines of a form":    {api.ApprovalDeny(), note("a\nb"), note("a\r\nb\r\n"), true},
		"other lines":            {api.ApprovalDeny(), note("a\nb"), note("a\n\nb"), false},
		"a document in two ways": {api.QuoteCreate(), document("\u00eb"), document("e\u0308"), false},
		"a document with a line": {api.QuoteCreate(), document("a"), document("a\n"), false},
	} {
		one, err := tc.operation.Arguments(tc.one, "")
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		other, err := tc.operation.Arguments(tc.other, "")
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if (one.Call(nil) == other.Call(nil)) != tc.same {
			t.Errorf("%s: the same request is %v", what, !tc.same)
		}
	}
}
