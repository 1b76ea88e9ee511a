package etag_test

import (
	"net/http"
	"testing"

	"agentstore/pkg/etag"
)

func TestOf(t *testing.T) {
	t.Parallel()
	// The first 16 bytes of the SHA-256 of nothing (FIPS 180-4, example values).
	if got := etag.Of(nil); got != `"47DEQpj8HBSa-_TImW-5JA"` {
		t.Errorf("the tag of nothing is %s", got)
	}
	if etag.Of([]byte("a")) == etag.Of([]byte("b")) {
		t.Error("two bodies have one tag")
	}
}

func TestJudge(t *testing.T) {
	t.Parallel()
	const proceed, failed, known = etag.Proceed, etag.Failed, etag.Known
	tests := []struct {
		name         string
		match, none  []string
		tagged, bare etag.Verdict
	}{
		{"none", nil, nil, proceed, proceed},
		{"the same", []string{`"a"`}, nil, proceed, failed},
		{"another", []string{`"b"`}, nil, failed, failed},
		{"one of several", []string{`"b", "a"`}, nil, proceed, failed},
		{"one of several lines", []string{`"b"`, `"a"`}, nil, proceed, failed},
		{"any", []string{"*"}, nil, proceed, proceed},
		{"a weak one", []string{`W/"a"`}, nil, failed, failed},
		{"no tag at all", []string{"a"}, nil, failed, failed},
		{"nothing", []string{""}, nil, failed, failed},
		{"half a tag", []string{`"a`}, nil, failed, failed},
		{"with a comma", []string{`"x,"a",y"`}, nil, failed, failed},
		{"known", nil, []string{`"a"`}, known, proceed},
		{"known weakly", nil, []string{`W/"a"`}, known, proceed},
		{"known among others", nil, []string{`"b,c",W/"a"`}, known, proceed},
		{"another known", nil, []string{`"b"`}, proceed, proceed},
		{"any known", nil, []string{" * "}, known, known},
		{"no known tag", nil, []string{"a"}, proceed, proceed},
		{"empty", nil, []string{`""`}, proceed, proceed},
		{"failed before known", []string{`"b"`}, []string{`"a"`}, failed, failed},
		{"known after it matched", []string{`"a"`}, []string{`"a"`}, known, failed},
	}
	for _, tt := range tests {
		c := etag.Read(http.Header{"If-Match": tt.match, "If-None-Match": tt.none})
		if got := c.Judge(`"a"`); got != tt.tagged {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.tagged)
		}
		if got := c.Judge(""); got != tt.bare {
			t.Errorf("%s, where there is no tag: %v, want %v", tt.name, got, tt.bare)
		}
		if c.Expects() != (tt.match != nil) {
			t.Errorf("%s: expects %v", tt.name, c.Expects())
		}
	}
}
