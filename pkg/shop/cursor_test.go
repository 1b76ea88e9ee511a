package shop_test

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

func expectBadCursor(t *testing.T, err error) {
	t.Helper()
	const reason = "is not a cursor of this list: it is damaged, or from another operation, account, order or filter"
	want := &fault.Error{
		Code: fault.InvalidInput, Detail: "$.cursor " + reason + ".",
		Problems: []fault.Problem{{Code: fault.InvalidInput, Param: "$.cursor", Detail: reason}},
		Fixes:    []string{"Leave cursor out to begin again, and send the filters of the first page again."},
	}
	var got *fault.Error
	if !errors.As(err, &got) {
		t.Fatalf("the error is %v", err)
	}
	if diff := gocmp.Diff(want, got, cmpopts.IgnoreUnexported(fault.Error{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

var lists = []string{"catalog_search\n\n{}", "purchase_list\nacc_1\n{}", "purchase_list\nacc_2\n{}", `purchase_list` + "\n" + `acc_1` + "\n" + `{"status":"failed"}`}

func TestCursorRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := shop.Cursor(rapid.StringMatching(`[!-~]{0,60}`).Draw(t, "cursor"))
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
	rapid.Check(t, func(t *rapid.T) {
		sealed := shop.Cursor(rapid.String().Draw(t, "cursor")).Seal("catalog")
		if rest := strings.Trim(sealed, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"); rest != "" {
			t.Fatalf("%s has %q", sealed, rest)
		}
	})
}

// No cursor of one list is one of another, and a changed one is one of none.
func TestCursorIsOfOneList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sealed := shop.Cursor(rapid.StringMatching(`[!-~]{1,60}`).Draw(t, "cursor")).Seal(lists[0])
		for _, other := range lists[1:] {
			if got, err := shop.OpenCursor(other, sealed); err == nil {
				t.Fatalf("%q is read as %q of %q", sealed, got, other)
			}
		}
		changed := []byte(sealed)
		at := rapid.IntRange(0, len(changed)-1).Draw(t, "at")
		changed[at] = rapid.ByteRange('A', 'Z').Filter(func(b byte) bool { return b != changed[at] }).Draw(t, "letter")
		for _, bad := range []string{string(changed), sealed[:at], sealed + sealed[at:], sealed[at:] + "!"} {
			if got, err := shop.OpenCursor(lists[0], bad); bad != "" && err == nil {
				t.Fatalf("%q is read as %q", bad, got)
			}
		}
	})
}

func TestOpenCursorRefuses(t *testing.T) {
	t.Parallel()
	good := shop.Cursor("1.2.cat_a").Seal("catalog")
	plain := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	tests := []struct{ name, sealed string }{
		{"another list's cursor", shop.Cursor("1.2.cat_a").Seal("purchases")},
		{"what is inside", "1.2.cat_a"},
		{"not base64", "%%%"},
		{"one of an earlier version", plain("catalog:1.2.cat_a")},
		{"only a sum", good[:12]},
		{"a place with white space", shop.Cursor("1 2").Seal("catalog")},
		{"a place with a zero byte", shop.Cursor("1\x00").Seal("catalog")},
		{"a place that is no ASCII", shop.Cursor("é").Seal("catalog")},
		{"padding", good + "=="},
		{"a line feed inside", good[:4] + "\n" + good[4:]},
		{"a line feed behind", good + "\r\n"},
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
