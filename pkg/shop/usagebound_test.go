package shop

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// entriesOnly is a store that has a ledger.
type entriesOnly struct {
	Store
	entries []Entry // the newest first
	pages   []int
}

func (s *entriesOnly) Entries(_ context.Context, _ id.Account, p Page) ([]Entry, Cursor, error) {
	s.pages = append(s.pages, p.Limit)
	rest := s.entries
	if p.After != "" {
		i := slices.IndexFunc(rest, func(e Entry) bool { return fmt.Sprint(e.Number) == string(p.After) })
		rest = rest[i+1:]
	}
	if len(rest) <= p.Limit {
		return rest, "", nil
	}
	return rest[:p.Limit], Cursor(fmt.Sprint(rest[p.Limit-1].Number)), nil
}

// eachMinute is a ledger with an entry of a cent each minute until now.
func eachMinute(n int, now time.Time) *entriesOnly {
	s := new(entriesOnly)
	for i := range n {
		s.entries = append(s.entries, Entry{
			Number: n - i, Kind: EntryPurchase, Amount: dollars(-1), Agent: "agt_a", Item: "cat_a", At: now.Add(-time.Duration(i+1) * time.Minute),
		})
	}
	return s
}

// TestUsageReadsNoMoreThanItNeeds: a period that is short needs one page, and one that
// goes too far back is refused with what can be asked for.
func TestUsageReadsNoMoreThanItNeeds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		entries int
		from    time.Duration
		want    int
		pages   []int
		since   time.Duration // of a refusal
	}{
		{20_000, time.Hour, 60, []int{500}, 0},
		{20_000, 1000 * time.Minute, 1000, []int{500, 2000}, 0},
		{20_000, 9000 * time.Minute, 9000, []int{500, 2000, 7500}, 0},
		{20_000, 9960 * time.Minute, 0, []int{500, 2000, 7500}, 9880 * time.Minute},
		{20_000, 30 * day, 0, []int{500, 2000, 7500}, 9880 * time.Minute},
		{10_000, 30 * day, 10_000, []int{500, 2000, 7500}, 0},
		{10_001, 30 * day, 0, []int{500, 2000, 7500}, 9880 * time.Minute},
		{0, 30 * day, 0, []int{500}, 0},
	} {
		store := eachMinute(tc.entries, leapDay)
		s := &Shop{Store: store, Now: func() time.Time { return leapDay }}
		u, err := s.Usage(t.Context(), Caller{}, UsageOrder{From: leapDay.Add(-tc.from)})
		if tc.since > 0 {
			if !fault.Is(err, fault.InvalidInput) || !strings.Contains(fmt.Sprint(fixes(err)), leapDay.Add(-tc.since).Format(time.RFC3339)) {
				t.Errorf("%d back to %s: %v, %q", tc.entries, tc.from, err, fixes(err))
			}
			if _, err := s.Usage(t.Context(), Caller{}, UsageOrder{From: leapDay.Add(-tc.since)}); err != nil {
				t.Errorf("what it offers: %v", err)
			}
			store.pages = store.pages[:3]
		} else if err != nil || u.Sum != (UsageSum{int64(tc.want), 0, tc.want}) {
			t.Errorf("%d back to %s: %+v, error %v", tc.entries, tc.from, u.Sum, err)
		}
		if !slices.Equal(store.pages, tc.pages) {
			t.Errorf("%d back to %s reads %d", tc.entries, tc.from, store.pages)
		}
	}
}

func fixes(err error) []string {
	if e, ok := err.(*fault.Error); ok {
		return e.Fixes
	}
	return nil
}

// TestUsageOfEntriesOutOfOrder: an entry may say that it is a little later than the next.
func TestUsageOfEntriesOutOfOrder(t *testing.T) {
	t.Parallel()
	store := eachMinute(10, leapDay)
	store.entries[3].At, store.entries[4].At = store.entries[4].At, store.entries[3].At
	s := &Shop{Store: store, Now: func() time.Time { return leapDay }}
	u, err := s.Usage(t.Context(), Caller{}, UsageOrder{From: leapDay.Add(-4 * time.Minute)})
	if err != nil || u.Sum.Entries != 4 {
		t.Errorf("%+v, error %v", u.Sum, err)
	}
}

// TestUsageOfEarlierVersions: their entries do not say whose they are.
func TestUsageOfEarlierVersions(t *testing.T) {
	t.Parallel()
	store := eachMinute(3, leapDay)
	store.entries[2].Agent, store.entries[2].Item = "", ""
	s := &Shop{Store: store, Now: func() time.Time { return leapDay }}
	for by, want := range map[UsageBy][]UsageGroup{
		UsageByAgent:   {{"agt_a", UsageSum{2, 0, 2}}, {"unknown", UsageSum{1, 0, 1}}},
		UsageByProduct: {{"cat_a", UsageSum{2, 0, 2}}, {"unknown", UsageSum{1, 0, 1}}},
		UsageByDay:     {{"2028-02-29", UsageSum{3, 0, 3}}},
	} {
		u, err := s.Usage(t.Context(), Caller{}, UsageOrder{By: by})
		if err != nil || !slices.Equal(u.Groups, want) {
			t.Errorf("by %s: %+v, error %v", by, u.Groups, err)
		}
	}
}

// TestUsagePeriods refuses what is none, and what is too long.
func TestUsagePeriods(t *testing.T) {
	t.Parallel()
	s := &Shop{Store: eachMinute(1, leapDay), Now: func() time.Time { return leapDay }}
	for _, tc := range []struct {
		from, to time.Time
		good     bool
	}{
		{leapDay.Add(-92 * day), leapDay, true},
		{leapDay.Add(-92*day - time.Second), leapDay, false},
		{leapDay, leapDay, false},
		{leapDay.Add(time.Hour), time.Time{}, false},
		{time.Time{}, leapDay.Add(-400 * day), true},
		{time.Time{}, time.Time{}, true},
	} {
		_, err := s.Usage(t.Context(), Caller{}, UsageOrder{From: tc.from, To: tc.to})
		if (err == nil) != tc.good || err != nil && !fault.Is(err, fault.InvalidInput) {
			t.Errorf("%s to %s: %v", tc.from, tc.to, err)
		}
	}
}
