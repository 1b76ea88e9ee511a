package money_test

import (
	"errors"
	"fmt"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"

	"agentstore/pkg/money"
)

// amounts are drawn from all of int64, and from its edges more often.
var amounts = rapid.OneOf(
	rapid.Int64(),
	rapid.Int64Range(-1000, 1000),
	rapid.Int64Range(math.MaxInt64-3, math.MaxInt64),
	rapid.Int64Range(math.MinInt64, math.MinInt64+3),
)

var factors = rapid.OneOf(rapid.Int(), rapid.IntRange(-400, 400), rapid.SampledFrom([]int{math.MinInt, math.MaxInt}))

func usd(minor int64) money.Money { return money.Money{Minor: minor, Currency: "usd"} }

// checkExact holds a result to the one of math/big: that very amount, or
// ErrOverflow where it is below least or above the largest int64.
func checkExact(t *rapid.T, got money.Money, err error, want *big.Int, least int64) {
	t.Helper()
	inRange := want.Cmp(big.NewInt(least)) >= 0 && want.Cmp(big.NewInt(math.MaxInt64)) <= 0
	switch {
	case !inRange && !errors.Is(err, money.ErrOverflow):
		t.Fatalf("%v, %v: want ErrOverflow for %v", got, err, want)
	case !inRange && got != money.Money{}:
		t.Fatalf("%v comes with ErrOverflow", got)
	case inRange && (err != nil || got != usd(want.Int64())):
		t.Fatalf("%v, %v: want %v usd", got, err, want)
	}
}

func TestAdd(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, b := amounts.Draw(t, "a"), amounts.Draw(t, "b")
		got, err := usd(a).Add(usd(b))
		checkExact(t, got, err, new(big.Int).Add(big.NewInt(a), big.NewInt(b)), math.MinInt64)
	})
}

func TestAddOfAnotherCurrency(t *testing.T) {
	t.Parallel()
	got, err := usd(1).Add(money.Money{Minor: 1, Currency: "eur"})
	if !errors.Is(err, money.ErrCurrency) || got != (money.Money{}) {
		t.Errorf("1 usd + 1 eur = %v, %v", got, err)
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, n := amounts.Draw(t, "a"), factors.Draw(t, "n")
		got, err := usd(a).Times(n)
		checkExact(t, got, err, new(big.Int).Mul(big.NewInt(a), big.NewInt(int64(n))), -math.MaxInt64)
	})
}

func TestPercent(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a, p := amounts.Draw(t, "a"), factors.Draw(t, "p")
		got, err := usd(a).Percent(p)
		checkExact(t, got, err, rounded(a, int64(p), 100), -math.MaxInt64)
	})
}

// rounded is a * n / d by the rule on paper: drop the sign, add a half, cut, and put
// the sign back.
func rounded(a, n, d int64) *big.Int {
	product := new(big.Int).Mul(big.NewInt(a), big.NewInt(n))
	out := new(big.Int).Abs(product)
	out.Div(out.Add(out, big.NewInt(d/2)), big.NewInt(d))
	if product.Sign() < 0 {
		out.Neg(out)
	}
	return out
}

func TestPercentRoundsHalfAwayFromZero(t *testing.T) {
	t.Parallel()
	tests := []struct {
		minor int64
		p     int
		want  int64
	}{
		{2000, 20, 400},
		{1, 50, 1},
		{1, 49, 0},
		{-1, 50, -1},
		{1, -50, -1},
		{-1, -50, 1},
		{3, 50, 2},
		{-3, 50, -2},
		{0, 100, 0},
		{7, 0, 0},
		{math.MaxInt64, 100, math.MaxInt64},
		{math.MaxInt64, -100, -math.MaxInt64},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprintf("%d %% of %d", tt.p, tt.minor), func(t *testing.T) {
			t.Parallel()
			got, err := usd(tt.minor).Percent(tt.p)
			if err != nil || got != usd(tt.want) {
				t.Errorf("got %v, %v; want %d", got, err, tt.want)
			}
		})
	}
}

func TestProrate(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := amounts.Draw(t, "a")
		whole := rapid.Int64Range(1, math.MaxInt64).Draw(t, "whole")
		part := rapid.OneOf(rapid.Int64Range(0, whole), rapid.Just(whole), rapid.Int64Range(0, math.MaxInt64)).Draw(t, "part")
		got, err := usd(a).Prorate(part, whole)
		checkExact(t, got, err, rounded(a, part, whole), -math.MaxInt64)
	})
}

func TestNeg(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := amounts.Draw(t, "a")
		got, err := usd(a).Neg()
		checkExact(t, got, err, new(big.Int).Neg(big.NewInt(a)), -math.MaxInt64)
	})
}

func TestParseCurrency(t *testing.T) {
	t.Parallel()
	tests := []struct {
		text string
		ok   bool
	}{
		{"usd", true},
		{"aaa", true},
		{"zzz", true},
		{"", false},
		{"us", false},
		{"usdt", false},
		{"USD", false},
		{"us1", false},
		{"us ", false},
		{"`ab", false},
		{"ab{", false},
		{"uß", false},
	}
	for _, tt := range tests {
		t.Run(tt.text, func(t *testing.T) {
			t.Parallel()
			got, err := money.ParseCurrency(tt.text)
			switch {
			case tt.ok && (err != nil || string(got) != tt.text):
				t.Errorf("got %q, %v", got, err)
			case !tt.ok && (!errors.Is(err, money.ErrSyntax) || got != ""):
				t.Errorf("got %q, %v; want ErrSyntax", got, err)
			}
		})
	}
}
