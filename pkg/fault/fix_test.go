package fault_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/fault"
)

// Whoever meets an error is told what to do about it, whatever the code, and even
// where the place that refuses had nothing to say.
func TestEveryCodeHasAFix(t *testing.T) {
	t.Parallel()
	for _, code := range fault.Codes() {
		next := fault.New(code, "No.").Next()
		if len(next) != 1 || !strings.HasSuffix(next[0], ".") || strings.Count(next[0], " ") < 2 {
			t.Errorf("%s: the fixes are %q", code, next)
		}
		if invalid := fault.Invalid(fault.Problem{Code: code, Param: "$.a", Detail: "is wrong"}); !slices.Equal(invalid.Next(), next) {
			t.Errorf("%s: of a problem the fixes are %q", code, invalid.Next())
		}
	}
}

func TestNextPrefersTheFixes(t *testing.T) {
	t.Parallel()
	e := fault.New(fault.SoldOut, "No.").Fix("Buy %s.", "another").Fix("Wait.")
	if diff := cmp.Diff([]string{"Buy another.", "Wait."}, e.Next()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOneOf(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, given string
		exist       []string
		detail, fix string
	}{
		{"another", "c", []string{"a", "b"}, "must be one of a, b", "Send $.x as one of a, b."},
		{"in upper case", "A", []string{"a", "b"}, "must be one of a, b, in lower case", "Send $.x in lower case: a."},
		{"another in upper case", "C", []string{"a", "b"}, "must be one of a, b", "Send $.x as one of a, b."},
		{"one alone", "", []string{"a"}, "must be one of a", "Send $.x as one of a."},
		{"none", "a", nil, "must be left out: there is none", "Leave out $.x."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := fault.Problem{Code: fault.InvalidInput, Param: "$.x", Detail: tt.detail, Fix: tt.fix}
			if diff := cmp.Diff(want, fault.OneOf("$.x", tt.given, tt.exist...)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
