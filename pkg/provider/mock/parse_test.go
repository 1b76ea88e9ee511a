package mock

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParsedFailures(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		want Failures
	}{
		{"", Failures{}},
		{",,", Failures{}},
		{"create:0.5,restart:refuse", Failures{"create": {share: 0.5}, "restart": {refuse: true}}},
		{"reinstall:1, create:0", Failures{"reinstall": {share: 1}, "create": {}}},
		{"create:refuse,create:0.25", Failures{"create": {share: 0.25}}},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := ParseFailures(tt.text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(failure{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseFailuresSaysWhatToWrite(t *testing.T) {
	t.Parallel()
	tests := []struct{ text, want string }{
		{"list:0.5", `"list" is not a call of the provider; use console, create, delete, firewall_set, password_reset, read, reinstall, rename, rescue, resize, restart, resume, snapshot_create, snapshot_delete, start, stop, suspend`},
		{"create:0.5, ,", `"" is not a call of the provider; use console, create, delete, firewall_set, password_reset, read, reinstall, rename, rescue, resize, restart, resume, snapshot_create, snapshot_delete, start, stop, suspend`},
		{"create:0.5,restart", `"" is not how often restart fails; use a share from 0 to 1, or refuse`},
		{"create:1.5", `"1.5" is not how often create fails; use a share from 0 to 1, or refuse`},
		{"create:50%", `"50%" is not how often create fails; use a share from 0 to 1, or refuse`},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			if got, err := ParseFailures(tt.text); err == nil || err.Error() != tt.want || got != nil {
				t.Errorf("got %v, %v; want %s", got, err, tt.want)
			}
		})
	}
}

func FuzzParseFailures(f *testing.F) {
	for _, seed := range []string{"", "create:0.5,restart:refuse", "create:NaN", "create:-0", "create:1e400", "create:0x1p-2", "reinstall:refuse:1", "create:,", ":::", "create:0_1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := ParseFailures(text)
		if err != nil {
			return
		}
		for call, how := range got {
			if !strings.Contains(text, call) {
				t.Errorf("%q speaks of the call %q", text, call)
			}
			if !(how.share >= 0 && how.share <= 1) || how.refuse && how.share != 0 {
				t.Errorf("%q lets %s fail like %+v", text, call, how)
			}
		}
	})
}
