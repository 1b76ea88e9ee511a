package shop

import (
	"math"
	"testing"
	"time"

	"agentstore/pkg/money"
)

func TestLeft(t *testing.T) {
	t.Parallel()
	day := func(month time.Month, day int) time.Time { return time.Date(2026, month, day, 12, 0, 0, 0, time.UTC) }
	const days = 24 * 60 * 60
	tests := map[string]struct {
		created, renews time.Time
		months          int
		at              time.Time
		left, term      int64
	}{
		"at the beginning":            {day(1, 31), day(2, 28), 1, day(1, 31), 28 * days, 28 * days},
		"a second later":              {day(1, 31), day(2, 28), 1, day(1, 31).Add(time.Second), 28*days - 1, 28 * days},
		"within a second":             {day(1, 31), day(2, 28), 1, day(1, 31).Add(1999 * time.Millisecond), 28*days - 1, 28 * days},
		"created within a second":     {day(1, 31).Add(999 * time.Millisecond), day(2, 28), 1, day(1, 31), 28 * days, 28 * days},
		"at the end":                  {day(1, 31), day(2, 28), 1, day(2, 28), 0, 28 * days},
		"behind the end":              {day(1, 31), day(2, 28), 1, day(3, 28), 0, 28 * days},
		"before the beginning":        {day(1, 31), day(2, 28), 1, day(1, 1), 28 * days, 28 * days},
		"the second term":             {day(1, 31), day(3, 31), 1, day(3, 1), 30 * days, 31 * days},
		"one that a lease cuts short": {day(1, 31), day(3, 28), 1, day(3, 1), 27 * days, 31 * days},
		"the first of several months": {day(1, 31), day(4, 30), 3, day(4, 29), 1 * days, 89 * days},
		"the second of them":          {day(1, 31), day(7, 31), 3, day(7, 30), 1 * days, 92 * days},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left, term := Service{CreatedAt: tt.created, Bill: Bill{Term: Term{Months: tt.months}, PaidUntil: tt.renews}}.Left(tt.at)
			if left != tt.left || term != tt.term {
				t.Errorf("%d of %d seconds are left, want %d of %d", left, term, tt.left, tt.term)
			}
		})
	}
}

// What a product charges is a price, or nothing is sold.
func TestChargeIsAPrice(t *testing.T) {
	t.Parallel()
	usd := func(minor int64) money.Money { return money.Money{Minor: minor, Currency: "usd"} }
	eur := money.Money{Currency: "eur"}
	less := usd(-1)
	line := func(amount int64) Line {
		return Line{Kind: LineBase, Quantity: 1, Unit: usd(amount), Amount: usd(amount)}
	}
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	service := Service{Bill: Bill{Renewal: usd(500), Term: Term{Months: 3}, Paid: 11, PaidFrom: now.Add(-time.Hour), PaidUntil: now.Add(time.Hour)}}
	tests := map[string]struct {
		charge Charge
		good   bool
	}{
		"nothing":                           {Charge{Total: usd(0)}, true},
		"a line and a discount":             {Charge{Lines: []Line{line(9), line(-2)}, Total: usd(7), Renewal: new(usd(900))}, true},
		"another total":                     {Charge{Lines: []Line{line(9)}, Total: usd(8)}, false},
		"less than nothing":                 {Charge{Lines: []Line{line(-5)}, Total: usd(-5)}, true},
		"more back than is unused":          {Charge{Lines: []Line{line(-6)}, Total: usd(-6)}, false},
		"a total of another currency":       {Charge{Total: eur}, false},
		"an amount of another currency":     {Charge{Lines: []Line{{Unit: usd(0), Amount: eur}}, Total: usd(0)}, false},
		"a unit price of another currency":  {Charge{Lines: []Line{{Unit: eur, Amount: usd(0)}}, Total: usd(0)}, false},
		"more than there is":                {Charge{Lines: []Line{line(math.MaxInt64), line(1)}, Total: usd(math.MinInt64)}, false},
		"a renewal below nothing":           {Charge{Total: usd(0), Renewal: &less}, false},
		"a renewal in another currency":     {Charge{Total: usd(0), Renewal: &eur}, false},
		"a renewal that costs nothing more": {Charge{Total: usd(0), Renewal: new(usd(0))}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			price, err := tt.charge.price(service, now)
			if (err == nil) != tt.good {
				t.Fatalf("%+v, %v", price, err)
			}
			want := usd(500)
			if tt.charge.Renewal != nil {
				want = *tt.charge.Renewal
			}
			due := price.Total
			due.Minor -= price.Back.Minor
			if tt.good && (due != tt.charge.Total || price.Total.Minor*price.Back.Minor != 0 || price.Renewal != want || price.Term.Months != 3) {
				t.Errorf("the price is %+v", price)
			}
		})
	}
}
