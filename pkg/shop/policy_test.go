package shop

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// In January 2026 the 5th is a Monday, and the 10th a Saturday.
func TestHours(t *testing.T) {
	t.Parallel()
	workdays := []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}
	office := Hours{Days: workdays, From: 9 * 60, To: 17*60 + 30}
	night := Hours{Days: []time.Weekday{time.Friday}, From: 22 * 60, To: 6 * 60}
	tests := []struct {
		name  string
		hours Hours
		at    string
		open  bool
		next  string // where it is closed
	}{
		{"the minute before", office, "2026-01-05T08:59:59Z", false, "2026-01-05T09:00:00Z"},
		{"the first minute", office, "2026-01-05T09:00:00Z", true, ""},
		{"the last minute", office, "2026-01-05T17:29:59Z", true, ""},
		{"the end", office, "2026-01-05T17:30:00Z", false, "2026-01-06T09:00:00Z"},
		{"the end of the week", office, "2026-01-09T17:30:00Z", false, "2026-01-12T09:00:00Z"},
		{"a day that is none of them", office, "2026-01-10T12:00:00Z", false, "2026-01-12T09:00:00Z"},
		{"a clock of another zone", office, "2026-01-05T10:00:00+05:00", false, "2026-01-05T09:00:00Z"},

		{"before the night", night, "2026-01-09T21:59:00Z", false, "2026-01-09T22:00:00Z"},
		{"the night", night, "2026-01-09T22:00:00Z", true, ""},
		{"past midnight", night, "2026-01-10T05:59:59Z", true, ""},
		{"the morning", night, "2026-01-10T06:00:00Z", false, "2026-01-16T22:00:00Z"},
		{"the morning before the night", night, "2026-01-09T05:00:00Z", false, "2026-01-09T22:00:00Z"},
		{"past midnight into Sunday's Monday", Hours{Days: []time.Weekday{time.Sunday}, From: 23 * 60, To: 60}, "2026-01-05T00:30:00Z", true, ""},
		{"past midnight of a day that is none", Hours{Days: []time.Weekday{time.Monday}, From: 23 * 60, To: 60}, "2026-01-05T00:30:00Z", false, "2026-01-05T23:00:00Z"},

		{"every day", Hours{From: 0, To: minutesPerDay}, "2026-01-10T23:59:59Z", true, ""},
		{"from and to the same minute", Hours{Days: []time.Weekday{time.Friday}, From: 600, To: 600}, "2026-01-10T09:59:00Z", true, ""},
		{"after such a day", Hours{Days: []time.Weekday{time.Friday}, From: 600, To: 600}, "2026-01-10T10:00:00Z", false, "2026-01-16T10:00:00Z"},

		{"a clock that is ahead", Hours{Days: workdays, From: 9 * 60, To: 17 * 60, Offset: 330}, "2026-01-05T03:30:00Z", true, ""},
		{"before its hours", Hours{Days: workdays, From: 9 * 60, To: 17 * 60, Offset: 330}, "2026-01-05T03:29:00Z", false, "2026-01-05T03:30:00Z"},
		{"a clock on the next day", Hours{Days: []time.Weekday{time.Tuesday}, From: 0, To: 60, Offset: 14 * 60}, "2026-01-05T10:30:00Z", true, ""},
		{"a clock that is behind", Hours{Days: []time.Weekday{time.Sunday}, From: 23 * 60, To: minutesPerDay, Offset: -480}, "2026-01-05T07:15:00Z", true, ""},
		{"after its hours", Hours{Days: []time.Weekday{time.Sunday}, From: 23 * 60, To: minutesPerDay, Offset: -480}, "2026-01-05T08:00:00Z", false, "2026-01-12T07:00:00Z"},
	}
	for _, tt := range tests {
		if got := tt.hours.Open(at(tt.at)); got != tt.open {
			t.Errorf("%s: open is %t", tt.name, got)
		}
		if !tt.open {
			if got := tt.hours.next(at(tt.at)).Format(time.RFC3339); got != tt.next {
				t.Errorf("%s: it opens at %s, want %s", tt.name, got, tt.next)
			}
		}
	}
}

// Where it is closed, the minute before next is closed and next itself is open,
// and nothing is open in between.
func TestHoursBeginAgain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		h := Hours{
			From: rapid.IntRange(0, minutesPerDay-1).Draw(r, "from"), To: rapid.IntRange(0, minutesPerDay).Draw(r, "to"),
			Offset: rapid.IntRange(-14*60, 14*60).Draw(r, "offset"),
		}
		for _, d := range rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 1, 7, rapid.ID).Draw(r, "days") {
			h.Days = append(h.Days, time.Weekday(d))
		}
		now := at("2026-02-25T00:00:00Z").Add(time.Duration(rapid.IntRange(0, 14*minutesPerDay).Draw(r, "minute")) * time.Minute)
		if h.Open(now) {
			return
		}
		next := h.next(now)
		if !next.After(now) || next.Sub(now) > 7*24*time.Hour {
			r.Fatalf("closed at %s, open at %s", now, next)
		}
		for m := now; m.Before(next); m = m.Add(time.Minute) {
			if h.Open(m) {
				r.Fatalf("open at %s, before %s", m, next)
			}
		}
		if !h.Open(next) {
			r.Fatalf("closed at %s", next)
		}
	})
}

func TestLimitOfACurrency(t *testing.T) {
	t.Parallel()
	p := Policy{Limits: []Limit{{Currency: "usd", Total: new(int64(1))}, {Currency: "eur", Total: new(int64(2))}}}
	if l := p.LimitOf("eur"); *l.Total != 2 {
		t.Errorf("the limit of eur is %d", *l.Total)
	}
	if l := p.LimitOf("gbp"); l != (Limit{Currency: "gbp"}) {
		t.Errorf("there is no limit of gbp, got %v", l)
	}
}
