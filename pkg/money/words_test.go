package money_test

import (
	"math"
	"math/big"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"agentstore/pkg/money"
)

func TestString(t *testing.T) {
	t.Parallel()
	tests := []struct {
		minor    int64
		currency money.Currency
		want     string
	}{
		{259_200, "usd", "$2,592.00"},
		{-2400, "usd", "-$24.00"},
		{0, "usd", "$0.00"},
		{5, "usd", "$0.05"},
		{-5, "usd", "-$0.05"},
		{100, "usd", "$1.00"},
		{99_999, "usd", "$999.99"},
		{100_000, "usd", "$1,000.00"},
		{1250, "eur", "€12.50"},
		{123_456_789, "gbp", "£1,234,567.89"},
		{1200, "jpy", "JPY 1,200"},
		{-1200, "jpy", "JPY -1,200"},
		{0, "jpy", "JPY 0"},
		{999, "krw", "KRW 999"},
		{12_345, "kwd", "KWD 12.345"},
		{7, "bhd", "BHD 0.007"},
		{12_345, "clf", "CLF 1.2345"},
		{1050, "chf", "CHF 10.50"},
		{1050, "cad", "CAD 10.50"},
		{1050, "cny", "CNY 10.50"},
		{3, "xau", "XAU 3"},
		{math.MaxInt64, "usd", "$92,233,720,368,547,758.07"},
		{math.MinInt64, "usd", "-$92,233,720,368,547,758.08"},
		{math.MinInt64, "jpy", "JPY -9,223,372,036,854,775,808"},
		{0, "", "0"},
	}
	for _, tt := range tests {
		t.Run(tt.want, func(t *testing.T) {
			t.Parallel()
			m := money.Money{Minor: tt.minor, Currency: tt.currency}
			if got := m.String(); got != tt.want {
				t.Errorf("%d of %q is written %q, want %q", tt.minor, tt.currency, got, tt.want)
			}
		})
	}
}

// Whoever reads the words has the amount exactly.
func TestStringIsExact(t *testing.T) {
	t.Parallel()
	codes := rapid.SampledFrom([]money.Currency{"usd", "eur", "gbp", "jpy", "kwd", "clf", "sek"})
	rapid.Check(t, func(t *rapid.T) {
		m := money.Money{Minor: rapid.Int64().Draw(t, "minor"), Currency: codes.Draw(t, "currency")}
		figures := strings.NewReplacer(",", "", "$", "", "€", "", "£", "", strings.ToUpper(string(m.Currency))+" ", "").Replace(m.String())
		read, ok := new(big.Rat).SetString(figures)
		if !ok {
			t.Fatalf("%q is no number", m)
		}
		scale := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(m.Currency.Digits())), nil)
		if want := new(big.Rat).SetFrac(big.NewInt(m.Minor), scale); read.Cmp(want) != 0 {
			t.Fatalf("%d of %s is written %s", m.Minor, m.Currency, m)
		}
	})
}
