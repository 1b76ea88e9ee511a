package money_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"agentstore/pkg/money"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		text     string
		currency money.Currency
		want     int64
	}{
		{"50", "usd", 5000}, {" 1,200.5 ", "usd", 120_050}, {"0.05", "usd", 5}, {"1200", "jpy", 1200}, {"1.234", "kwd", 1234},
	} {
		if got, err := money.Parse(tt.text, tt.currency); err != nil || got != (money.Money{Minor: tt.want, Currency: tt.currency}) {
			t.Errorf("Parse(%q, %s) = %v, %v", tt.text, tt.currency, got, err)
		}
	}
	for _, text := range []string{"", ".", ".5", "5.", "-1", "+1", "1.234", "1e3", "٣", "99999999999999999999", "$5", "1 000"} {
		if got, err := money.Parse(text, "usd"); !errors.Is(err, money.ErrAmount) {
			t.Errorf("Parse(%q) = %v, %v", text, got, err)
		}
	}
}

// What is written can be read again.
func TestDecimalIsParsed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := money.Money{
			Minor:    rapid.Int64Min(0).Draw(t, "minor"),
			Currency: rapid.SampledFrom([]money.Currency{"usd", "jpy", "kwd"}).Draw(t, "currency"),
		}
		if got, err := money.Parse(m.Decimal(), m.Currency); err != nil || got != m {
			t.Fatalf("%s is read as %v, %v", m.Decimal(), got, err)
		}
	})
}
