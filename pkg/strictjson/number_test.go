package strictjson_test

import (
	"errors"
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"agentstore/pkg/strictjson"
)

func TestNumbers(t *testing.T) {
	t.Parallel()
	const more = "has more digits than a number keeps here: it would be read as "
	tests := []struct {
		literal string
		want    float64
		reason  string
	}{
		{"0", 0, ""},
		{"-7", -7, ""},
		{"2.0", 2, ""},
		{"2e0", 2, ""},
		{"0.2E1", 2, ""},
		{"200e-2", 2, ""},
		{"0.1", 0.1, ""},
		{"1.5", 1.5, ""},
		{"-0", 0, ""},
		{"0e999999999999999999999", 0, ""},
		{"0.000e-999999999999999999999", 0, ""},
		{"9007199254740992", 1 << 53, ""},
		{"1e22", 1e22, ""},
		{"1.0000000000000001", 0, more + "1"},
		{"0.99999999999999999", 0, more + "1"},
		{"9007199254740993", 0, more + "9.007199254740992e+15"},
		{"-9007199254740993", 0, more + "-9.007199254740992e+15"},
		{"1e23", 0, more + "1e+23"},
		{"1e-400", 0, more + "0"},
		{"1e-99999999999999999999", 0, more + "0"},
		{"1e400", 0, "is a number out of range"},
		{"1e99999999999999999999", 0, "is a number out of range"},
	}
	for _, tt := range tests {
		got, err := strictjson.Object([]byte(`{"n":[` + tt.literal + `]}`))
		if tt.reason == "" {
			if err != nil || got["n"].([]any)[0] != tt.want {
				t.Errorf("%s is read as %v, %v", tt.literal, got, err)
			}
			continue
		}
		var e *strictjson.Error
		if !errors.As(err, &e) || e.Param != "$.n[0]" || e.Reason != tt.reason {
			t.Errorf("%s: %v, want %q", tt.literal, err, tt.reason)
		}
	}
}

// What is read as an integer is exactly the number that was written.
func TestIntegersAreExact(t *testing.T) {
	t.Parallel()
	literals := rapid.StringMatching(`-?(0|[1-9][0-9]{0,24})(\.[0-9]{1,20})?([eE][-+]?[0-9]{1,2})?`)
	rapid.Check(t, func(t *rapid.T) {
		literal := literals.Draw(t, "literal")
		written, ok := new(big.Rat).SetString(literal)
		if !ok {
			t.Fatalf("%s is no number", literal)
		}
		near, _ := written.Float64()
		exact := written.Cmp(new(big.Rat).SetFloat64(near)) == 0
		got, err := strictjson.Object([]byte(`{"n":` + literal + `}`))
		if good := exact || near != math.Trunc(near); good != (err == nil) || good && got["n"] != near {
			t.Fatalf("%s is read as %v, %v; the nearest is %v", literal, got["n"], err, near)
		}
	})
}

// A number may be as long as a body: reading it takes no more than its length.
func TestLongNumber(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("9", 250_000)
	for _, literal := range []string{"1." + long, long, "0." + strings.Repeat("0", 250_000) + "1"} {
		if _, err := strictjson.Object([]byte(`{"n":` + literal + `}`)); err == nil {
			t.Errorf("%.20s… is taken", literal)
		}
	}
}
