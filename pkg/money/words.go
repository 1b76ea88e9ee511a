package money

import (
	"strconv"
	"strings"
)

// symbols are those that mean one currency to everybody. The yen and the yuan share
// theirs, and so do many pounds and crowns: these are written with their code.
var symbols = map[Currency]string{"usd": "$", "eur": "€", "gbp": "£"}

// The currencies whose minor unit is not a hundredth, by the number of its digits
// (ISO 4217, list one). Metals and units of account have none.
const (
	noDigits    = "bif clp djf gnf isk jpy kmf krw pyg rwf ugx uyi vnd vuv xaf xof xpf xag xau xba xbb xbc xbd xdr xpd xpt xsu xts xua xxx"
	threeDigits = "bhd iqd jod kwd lyd omr tnd"
	fourDigits  = "clf uyw"
)

// Digits is how many decimals the minor unit is of the currency: 2 for a cent.
func (c Currency) Digits() int {
	switch {
	case c == "", strings.Contains(noDigits, string(c)):
		return 0
	case strings.Contains(threeDigits, string(c)):
		return 3
	case strings.Contains(fourDigits, string(c)):
		return 4
	default:
		return 2
	}
}

// String writes money as people do in English: $2,592.00, -€12.50, JPY 1,200, KWD
// 12.345. Money without a currency, which is what a wallet holds before it was first
// funded, is 0.
func (m Money) String() string {
	figures := grouped(strconv.FormatUint(magnitude(m.Minor), 10), m.Currency.Digits())
	sign := ""
	if m.Minor < 0 {
		sign = "-"
	}
	if symbol, has := symbols[m.Currency]; has {
		return sign + symbol + figures
	}
	return strings.TrimSpace(strings.ToUpper(string(m.Currency)) + " " + sign + figures)
}

// grouped puts a point before the last decimals, and a comma before each three digits
// in front of it.
func grouped(digits string, decimals int) string {
	if missing := decimals + 1 - len(digits); missing > 0 {
		digits = strings.Repeat("0", missing) + digits
	}
	whole, rest := digits[:len(digits)-decimals], digits[len(digits)-decimals:]
	for at := len(whole) - 3; at > 0; at -= 3 {
		whole = whole[:at] + "," + whole[at:]
	}
	if rest == "" {
		return whole
	}
	return whole + "." + rest
}
