package web

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"agentstore/pkg/fault"
)

// The size of a body is what Lambda's envelope makes of it.
func FuzzStringSize(f *testing.F) {
	for _, text := range []string{"", `{"a":"b\\c"}`, "\x00\x01\x1f\x7f\b\f\n\r\t", "<a&b>", "\u2027\u2028\u2029\u202a", "é€😀", "\xff", "\xe2\x80"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		want, err := json.Marshal(string(text))
		if err != nil {
			t.Fatal(err)
		}
		got := stringSize(text)
		if string(text) != strings.ToValidUTF8(string(text), "") {
			want = []byte(base64.StdEncoding.EncodeToString(text))
		}
		if got != len(want) {
			t.Errorf("%q is counted as %d bytes, and has %d: %s", text, got, len(want), want)
		}
	})
}

func TestCheckSize(t *testing.T) {
	t.Parallel()
	for text, fits := range map[string]bool{
		strings.Repeat("x", MaxAnswer-2):        true,
		strings.Repeat("x", MaxAnswer-1):        false,
		strings.Repeat(`"`, MaxAnswer/2-1):      true,
		strings.Repeat(`"`, MaxAnswer/2):        false,
		strings.Repeat("\xff", MaxAnswer/5*3):   true,
		strings.Repeat("\xff", MaxAnswer/4*3+3): false,
	} {
		err := CheckSize([]byte(text))
		if fits != (err == nil) || err != nil && !fault.Is(err, fault.PayloadTooLarge) {
			t.Errorf("%d bytes as %.1q: %v", len(text), text, err)
		}
	}
}
