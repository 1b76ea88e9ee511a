package main

import (
	"strings"
	"testing"
	"time"
)

// A key that is made by the command ends after 90 days, unless it is told otherwise.
func TestParseEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	for text, want := range map[string]time.Time{
		"":                          now.Add(90 * 24 * time.Hour),
		"never":                     {},
		"1d":                        now.AddDate(0, 0, 1),
		"365d":                      now.AddDate(0, 0, 365),
		"2027-01-01T00:00:00Z":      time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
		"2027-01-01T01:00:00+01:00": time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		if got, err := parseEnd(text, now); err != nil || got != want {
			t.Errorf("%q is %s, want %s: %v", text, got, want, err)
		}
	}
	for _, text := range []string{"0d", "-1d", "d", "1.5d", "99999d", "30", "720h", "Never", "tomorrow", "2027-01-01", "2026-01-31T12:00:00Z"} {
		if got, err := parseEnd(text, now); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%q is %s: %v", text, got, err)
		}
	}
}
