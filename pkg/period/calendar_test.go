package period_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"agentstore/pkg/period"
)

func TestAddMonths(t *testing.T) {
	t.Parallel()
	tests := []struct {
		from   string
		months int
		want   string
	}{
		{"2026-01-15T12:34:56Z", 1, "2026-02-15T12:34:56Z"},
		{"2026-01-31T12:00:00Z", 1, "2026-02-28T12:00:00Z"},
		{"2028-01-31T12:00:00Z", 1, "2028-02-29T12:00:00Z"},
		{"2026-01-29T12:00:00Z", 1, "2026-02-28T12:00:00Z"},
		{"2026-01-31T12:00:00Z", 3, "2026-04-30T12:00:00Z"},
		{"2026-01-31T12:00:00Z", 2, "2026-03-31T12:00:00Z"},
		{"2026-12-31T23:59:59Z", 1, "2027-01-31T23:59:59Z"},
		{"2026-11-30T00:00:00Z", 3, "2027-02-28T00:00:00Z"},
		{"2028-02-29T00:00:00Z", 12, "2029-02-28T00:00:00Z"},
		{"2024-02-29T00:00:00Z", 48, "2028-02-29T00:00:00Z"},
		{"2099-12-31T00:00:00Z", 2, "2100-02-28T00:00:00Z"},
		{"2026-05-31T00:00:00Z", 0, "2026-05-31T00:00:00Z"},
		{"2026-05-31T00:00:00.999Z", 1, "2026-06-30T00:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%s and %d months", tt.from, tt.months), func(t *testing.T) {
			t.Parallel()
			from, err := time.Parse(time.RFC3339, tt.from)
			if err != nil {
				t.Fatal(err)
			}
			if got := period.AddMonths(from, tt.months).Format(time.RFC3339Nano); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// moments are in this century, at the ends of months more often.
var moments = rapid.Custom(func(t *rapid.T) time.Time {
	day := rapid.OneOf(rapid.IntRange(1, 28), rapid.IntRange(28, 31)).Draw(t, "day")
	return time.Date(rapid.IntRange(2001, 2099).Draw(t, "year"), time.Month(rapid.IntRange(1, 12).Draw(t, "month")), day,
		rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), rapid.IntRange(0, 59).Draw(t, "second"), 0, time.UTC)
})

var spans = rapid.IntRange(0, 36)

// It is the month that many later, and in it the same day or the last.
func TestAddMonthsByTheRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, months := moments.Draw(t, "from"), spans.Draw(t, "months")
		got := period.AddMonths(from, months)
		if elapsed := 12*(got.Year()-from.Year()) + int(got.Month()-from.Month()); elapsed != months {
			t.Fatalf("%v is %d months after %v, want %d", got, elapsed, from, months)
		}
		isLast := got.AddDate(0, 0, 1).Month() != got.Month()
		if got.Day() != from.Day() && (got.Day() > from.Day() || !isLast) {
			t.Fatalf("%v is another day than %v", got, from)
		}
		if got.Format(time.TimeOnly) != from.Format(time.TimeOnly) || got.Location() != time.UTC {
			t.Fatalf("%v is another time of day than %v", got, from)
		}
	})
}

// More months end later, and what began on a later day does not end on an
// earlier one.
func TestAddMonthsIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		from, months := moments.Draw(t, "from"), spans.Draw(t, "months")
		end := period.AddMonths(from, months)
		if longer := period.AddMonths(from, months+1); !longer.After(end) {
			t.Fatalf("%d months end %v, one more %v", months, end, longer)
		}
		later := from.AddDate(0, 0, rapid.IntRange(0, 90).Draw(t, "days"))
		if got := period.AddMonths(later, months); got.Before(end) {
			t.Fatalf("%v ends %v, %v ends %v", from, end, later, got)
		}
	})
}
