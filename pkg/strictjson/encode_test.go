package strictjson_test

import (
	"math"
	"testing"

	"agentstore/pkg/strictjson"
)

func TestEncode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		value any
		want  string
	}{
		{"no escapes for browsers", "<a href='x?b=1&c=2'>", `"<a href='x?b=1&c=2'>"`},
		{"an object in the order of its names", map[string]any{"b": 1, "a": []any{}}, `{"a":[],"b":1}`},
		{"a text that ends in a line feed", "a\n", `"a\n"`},
		{"null", nil, `null`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := strictjson.Encode(tt.value)
			if err != nil || string(got) != tt.want {
				t.Errorf("got %s, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func TestEncodeRefuses(t *testing.T) {
	t.Parallel()
	if got, err := strictjson.Encode(math.NaN()); err == nil {
		t.Errorf("NaN is written as %s", got)
	}
}
