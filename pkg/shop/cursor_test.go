package shop_test

import (
	"encoding/base64"
	"errors"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

func expectBadCursor(t *testing.T, err error) {
	t.Helper()
	want := &fault.Error{
		Code: fault.InvalidInput, Detail: "$.cursor is not a cursor of this list.",
		Problems: []fault.Problem{{Code: fault.InvalidInput, Param: "$.cursor", Detail: "is not a cursor of this list"}},
		Fixes:    []string{"Pass the nextCursor of the previous page unchanged, or leave cursor out to start over."},
	}
	var got *fault.Error
	if !errors.As(err, &got) {
		t.Fatalf("the error is %v", err)
	}
	if diff := gocmp.Diff(want, got, cmpopts.IgnoreUnexported(fault.Error{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

var lists = []string{"catalog", "purchases", "services"}

func TestCursorRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := shop.Cursor(rapid.OneOf(rapid.String(), rapid.Just(""), rapid.StringMatching(`[a-z#:.0-9]{1,40}`)).Draw(t, "cursor"))
		list := rapid.SampledFrom(lists).Draw(t, "list")
		got, err := shop.OpenCursor(list, want.Seal(list))
		if err != nil || got != want {
			t.Fatalf("%q comes back as %q, %v", want, got, err)
		}
	})
}

func TestCursorOfNothing(t *testing.T) {
	t.Parallel()
	if sealed := shop.Cursor("").Seal("catalog"); sealed != "" {
		t.Errorf("the end of a list is sealed as %q", sealed)
	}
	if got, err := shop.OpenCursor("catalog", ""); err != nil || got != "" {
		t.Errorf("no cursor is read as %q, %v", got, err)
	}
}

// A cursor can be sent in the query of a URL as it is.
func TestCursorIsSafeInURLs(t *testing.T) {
	t.Parallel()
	const plain = "catalog:\xfb\xff\xfe?>~"
	if got, want := shop.Cursor("\xfb\xff\xfe?>~").Seal("catalog"), base64.RawURLEncoding.EncodeToString([]byte(plain)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestOpenCursorRefuses(t *testing.T) {
	t.Parallel()
	good := shop.Cursor("1.2.cat_a").Seal("catalog")
	plain := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	tests := []struct{ name, sealed string }{
		{"another list's cursor", shop.Cursor("1.2.cat_a").Seal("purchases")},
		{"what is inside", "1.2.cat_a"},
		{"not base64", "%%%"},
		{"no list", plain("1.2.cat_a")},
		{"an empty list", plain(":1.2.cat_a")},
		{"no place", plain("catalog:")},
		{"a list that begins alike", plain("catalogs:1.2.cat_a")},
		{"padding", base64.URLEncoding.EncodeToString([]byte("catalog:1.2.c"))},
		{"a line feed inside", good[:4] + "\n" + good[4:]},
		{"a line feed behind", good + "\r\n"},
		{"bits that base64 does not use", good[:len(good)-1] + next(good[len(good)-1:])},
		{"white space", " "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := shop.OpenCursor("catalog", tt.sealed)
			if got != "" {
				t.Errorf("%q is read as %q", tt.sealed, got)
			}
			expectBadCursor(t, err)
		})
	}
}

// next is the letter after a letter.
func next(letter string) string { return string(rune(letter[0] + 1)) }

func FuzzOpenCursor(f *testing.F) {
	for _, list := range lists {
		f.Add(shop.Cursor("1.2.cat_a").Seal(list))
		f.Add(shop.Cursor("PUR#01K9BT5M00Q3").Seal(list)[:6])
	}
	f.Add("")
	f.Add("Y2F0YWxvZzo")
	f.Add("Y2F0YWxv\nZzox")
	f.Fuzz(func(t *testing.T, sealed string) {
		for _, list := range lists {
			got, err := shop.OpenCursor(list, sealed)
			if err == nil && got.Seal(list) != sealed {
				t.Errorf("%q is read as %q, which is sealed as %q", sealed, got, got.Seal(list))
			}
			if err != nil && !fault.Is(err, fault.InvalidInput) {
				t.Errorf("%q: %v", sealed, err)
			}
		}
	})
}
