package shop

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"agentstore/pkg/money"
)

func dollars(minor int64) money.Money { return money.Money{Minor: minor, Currency: "usd"} }

// step is a purchase, or a refund of one.
type step struct {
	at     string
	bought string // of a refund
	amount money.Money
	units  int
}

func (s step) take(t *testing.T, b Budget) Budget {
	t.Helper()
	after, err := b.spend(s.amount, s.units, at(s.at))
	if s.bought != "" {
		after, err = b.GiveBack(s.amount, s.units, at(s.bought), at(s.at))
	}
	if err != nil {
		t.Fatal(err)
	}
	if after.Version != b.Version+1 || !after.UpdatedAt.Equal(at(s.at)) {
		t.Errorf("version %d at %s", after.Version, after.UpdatedAt)
	}
	return after
}

func TestSpending(t *testing.T) {
	t.Parallel()
	const (
		noon     = "2026-01-31T12:00:00Z"
		late     = "2026-01-31T23:59:59Z"
		february = "2026-02-01T00:00:00Z"
	)
	bought := step{noon, "", dollars(700), 3}
	tests := []struct {
		name  string
		steps []step
		want  []Sum
		live  int
	}{
		{"a purchase", []step{bought}, []Sum{{"usd", "2026-01-31", 700, "2026-01", 700, 700}}, 3},
		{"two on one day", []step{bought, {late, "", dollars(10), 1}}, []Sum{{"usd", "2026-01-31", 710, "2026-01", 710, 710}}, 4},
		{"two in one month", []step{bought, {"2026-01-30T12:00:00Z", "", dollars(10), 1}}, []Sum{{"usd", "2026-01-31", 710, "2026-01", 710, 710}}, 4},
		{"the next day in the next month", []step{bought, {february, "", dollars(10), 1}}, []Sum{{"usd", "2026-02-01", 10, "2026-02", 10, 710}}, 4},
		{"a day of a zone that is ahead", []step{bought, {"2026-02-01T01:00:00+02:00", "", dollars(10), 1}}, []Sum{{"usd", "2026-01-31", 710, "2026-01", 710, 710}}, 4},
		{"a year later", []step{bought, {"2027-01-31T12:00:00Z", "", dollars(10), 1}}, []Sum{{"usd", "2027-01-31", 10, "2027-01", 10, 710}}, 4},
		{"the 29th of February", []step{{"2028-02-28T23:59:59Z", "", dollars(5), 1}, {"2028-02-29T00:00:00Z", "", dollars(10), 1}}, []Sum{{"usd", "2028-02-29", 10, "2028-02", 15, 15}}, 2},
		{"and the 1st of March", []step{{"2028-02-29T23:59:59Z", "", dollars(5), 1}, {"2028-03-01T00:00:00Z", "", dollars(10), 1}}, []Sum{{"usd", "2028-03-01", 10, "2028-03", 10, 15}}, 2},

		{"a refund on the day", []step{bought, {late, noon, dollars(200), 1}}, []Sum{{"usd", "2026-01-31", 500, "2026-01", 500, 500}}, 2},
		{"a refund in the next month", []step{bought, {february, noon, dollars(200), 1}}, []Sum{{"usd", "2026-02-01", 0, "2026-02", 0, 500}}, 2},
		{
			"a refund on another day of the month",
			[]step{{"2026-01-30T12:00:00Z", "", dollars(700), 3}, {noon, "", dollars(50), 1}, {late, "2026-01-30T12:00:00Z", dollars(200), 1}},
			[]Sum{{"usd", "2026-01-31", 50, "2026-01", 550, 550}},
			3,
		},
		{"all of it given back", []step{bought, {late, noon, dollars(700), 3}}, []Sum{{"usd", "2026-01-31", 0, "2026-01", 0, 0}}, 0},

		{
			"two currencies",
			[]step{bought, {february, "", money.Money{Minor: 30, Currency: "eur"}, 1}},
			[]Sum{{"usd", "2026-01-31", 700, "2026-01", 700, 700}, {"eur", "2026-02-01", 30, "2026-02", 30, 30}},
			4,
		},
		{"a clock that is behind", []step{{february, "", dollars(10), 1}, {late, "", dollars(5), 1}}, []Sum{{"usd", "2026-02-01", 15, "2026-02", 15, 15}}, 2},
	}
	for _, tt := range tests {
		var b Budget
		for _, s := range tt.steps {
			before := slices.Clone(b.Spending.Sums)
			after := s.take(t, b)
			if !slices.Equal(b.Spending.Sums, before) {
				t.Errorf("%s: the budget before is changed", tt.name)
			}
			b = after
		}
		if !slices.Equal(b.Spending.Sums, tt.want) || b.Spending.LiveServices != tt.live {
			t.Errorf("%s: %v, want %v with %d live", tt.name, b.Spending, tt.want, tt.live)
		}
	}
}

func TestSpendingOverflows(t *testing.T) {
	t.Parallel()
	b := step{"2026-01-31T12:00:00Z", "", dollars(math.MaxInt64), 1}.take(t, Budget{})
	if _, err := b.spend(dollars(1), 1, time.Time{}); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("the error is %v", err)
	}
	if _, err := b.GiveBack(dollars(math.MinInt64), 1, time.Time{}, time.Time{}); !errors.Is(err, money.ErrOverflow) {
		t.Errorf("the error is %v", err)
	}
}

// A policy stays as it is when something is spent.
func TestSpendingKeepsThePolicy(t *testing.T) {
	t.Parallel()
	b := Budget{Account: "acc_1", Agent: "agt_1", Version: 4, Policy: Policy{Frozen: true}}
	after := step{"2026-01-31T12:00:00Z", "", dollars(1), 1}.take(t, b)
	if !after.Policy.Frozen || after.Account != "acc_1" || after.Agent != "agt_1" {
		t.Errorf("got %v", after)
	}
}
