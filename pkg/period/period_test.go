package period_test

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"agentstore/pkg/period"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]period.Period{
		"P1M": {Months: 1}, "P1Y2M": {Months: 14}, "PT24H": {Seconds: 86400}, "P1D": {Seconds: 86400}, "P2W": {Seconds: 14 * 86400},
		"P1M1DT1H1M1S": {1, 86400 + 3661}, "PT90M": {Seconds: 5400}, "PT0S": {}, "P0D": {},
	} {
		got, err := period.Parse(text)
		if err != nil || got != want {
			t.Errorf("%s is %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "P", "PT", "P1DT", "1D", "p1d", "P1.5D", "P-1D", "PT1H1D", "P1H", "P1D ", "P99999999999D", "P1D\n"} {
		if got, err := period.Parse(text); !errors.Is(err, period.ErrSyntax) {
			t.Errorf("%q is %+v, %v", text, got, err)
		}
	}
}

// TestString reads back what was written.
func TestString(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		want := period.Period{Months: rapid.IntRange(0, 100).Draw(t, "months"), Seconds: rapid.Int64Range(0, 86400*9999).Draw(t, "seconds")}
		if got, err := period.Parse(want.String()); err != nil || got != want {
			t.Fatalf("%+v is written %s and read %+v, %v", want, want, got, err)
		}
	})
}

// TestAfter has a month end where the next one has no such day.
func TestAfter(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 1, 31, 23, 30, 15, 9, time.UTC)
	for text, want := range map[string]string{
		"P1M": "2026-02-28T23:30:15Z", "P1MT1H": "2026-03-01T00:30:15Z", "P1Y1M": "2027-02-28T23:30:15Z", "P25M": "2028-02-29T23:30:15Z", "PT0S": "2026-01-31T23:30:15Z",
	} {
		p, err := period.Parse(text)
		if got := p.After(from).Format(time.RFC3339Nano); err != nil || got != want {
			t.Errorf("%s after %s is %s, %v, want %s", text, from, got, err, want)
		}
	}
}
