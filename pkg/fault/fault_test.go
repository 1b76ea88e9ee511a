package fault_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore/pkg/fault"
)

func expect(t *testing.T, got, want *fault.Error) {
	t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(fault.Error{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	got := fault.New(fault.NotFound, "There is no quote %q.", "quo_1").
		Fix("Create a quote with %s.", "quote_create").
		Fix("Or do not.").
		With("purchaseId", "pur_1").
		With("actionId", "act_1").
		After(3 * time.Second)
	expect(t, got, &fault.Error{
		Code: fault.NotFound, Detail: `There is no quote "quo_1".`,
		Fixes:      []string{"Create a quote with quote_create.", "Or do not."},
		RetryAfter: 3 * time.Second,
		Extra:      map[string]any{"purchaseId": "pur_1", "actionId": "act_1"},
	})
	if got.Error() != `not_found: There is no quote "quo_1".` {
		t.Errorf("Error() = %q", got.Error())
	}
	if got.Unwrap() != nil {
		t.Errorf("it has the cause %v", got.Unwrap())
	}
}

func TestInvalid(t *testing.T) {
	t.Parallel()
	region := fault.Problem{Code: fault.UnsupportedRegion, Param: "$.configuration.region", Detail: "must be one of eu-west"}
	image := fault.Problem{Code: fault.UnsupportedImage, Param: "$.configuration.image", Detail: "must be one of debian-12"}
	limit := fault.Problem{Code: fault.InvalidInput, Param: "$.limit", Detail: "must be at least 1"}
	tests := []struct {
		name     string
		problems []fault.Problem
		code     fault.Code
		detail   string
	}{
		{"one", []fault.Problem{limit}, fault.InvalidInput, "$.limit must be at least 1."},
		{"one of its own code", []fault.Problem{region}, fault.UnsupportedRegion, "$.configuration.region must be one of eu-west."},
		{"two of one code", []fault.Problem{region, region}, fault.UnsupportedRegion, "$.configuration.region must be one of eu-west. 1 more in errors."},
		{"two codes", []fault.Problem{region, image}, fault.InvalidInput, "$.configuration.region must be one of eu-west. 1 more in errors."},
		{"the last differs", []fault.Problem{image, image, limit}, fault.InvalidInput, "$.configuration.image must be one of debian-12. 2 more in errors."},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			expect(t, fault.Invalid(tt.problems...), &fault.Error{Code: tt.code, Detail: tt.detail, Problems: tt.problems})
		})
	}
}

// A request can hold tens of thousands of bad fields, an answer cannot.
func TestInvalidIsBounded(t *testing.T) {
	t.Parallel()
	problems := make([]fault.Problem, 20_000)
	for i := range problems {
		problems[i] = fault.Problem{Code: fault.InvalidInput, Param: fmt.Sprintf("$.f%d", i), Detail: "is not a known field"}
	}
	expect(t, fault.Invalid(problems...), &fault.Error{
		Code: fault.InvalidInput, Detail: "$.f0 is not a known field. 99 more in errors.", Problems: problems[:100],
	})
}

func TestInvalidParam(t *testing.T) {
	t.Parallel()
	expect(t, fault.InvalidParam("$.limit", "must be at least %d", 1), &fault.Error{
		Code: fault.InvalidInput, Detail: "$.limit must be at least 1.",
		Problems: []fault.Problem{{Code: fault.InvalidInput, Param: "$.limit", Detail: "must be at least 1"}},
	})
}

var errSecret = errors.New("the table store-prod refuses")

// The cause is for the log: it is in the text of the error and in no field that
// the caller sees.
func TestWrap(t *testing.T) {
	t.Parallel()
	got := fault.Wrap(fault.ProviderUnavailable, errSecret, "The provider %s is away.", "mock")
	expect(t, got, &fault.Error{Code: fault.ProviderUnavailable, Detail: "The provider mock is away."})
	if !errors.Is(got, errSecret) {
		t.Error("the cause is lost")
	}
	if want := "provider_unavailable: The provider mock is away.: " + errSecret.Error(); got.Error() != want {
		t.Errorf("Error() = %q, want %q", got.Error(), want)
	}
}

func TestFrom(t *testing.T) {
	t.Parallel()
	known := fault.New(fault.NotFound, "Nothing here.")
	if got := fault.From(known); got != known {
		t.Errorf("From(%v) = %v", known, got)
	}
	if got := fault.From(fmt.Errorf("while reading: %w", known)); got != known {
		t.Errorf("From of a wrapped error = %v", got)
	}
	got := fault.From(errSecret)
	if got.Code != fault.Internal || strings.Contains(got.Detail, errSecret.Error()) || !errors.Is(got, errSecret) {
		t.Errorf("From(%v) = %+v", errSecret, got)
	}
}

func TestIs(t *testing.T) {
	t.Parallel()
	err := fmt.Errorf("wrapped: %w", fault.New(fault.NotFound, "Nothing here."))
	tests := []struct {
		name string
		err  error
		code fault.Code
		want bool
	}{
		{"that code", err, fault.NotFound, true},
		{"another code", err, fault.Internal, false},
		{"another error", errSecret, fault.Internal, false},
		{"none", nil, fault.Internal, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := fault.Is(tt.err, tt.code); got != tt.want {
				t.Errorf("Is(%v, %s) = %v", tt.err, tt.code, got)
			}
		})
	}
}
