package money

import (
	"errors"
	"strconv"
	"strings"
)

// ErrAmount is returned by Parse for a text that is no amount.
var ErrAmount = errors.New("money: not an amount")

// Parse reads an amount as people write it into a form, in whole or decimal units of
// the currency: 50, 1,200.50. It returns ErrAmount for anything else, for a negative
// amount, and for more decimals than the currency has.
func Parse(text string, c Currency) (Money, error) {
	whole, part, hasPart := strings.Cut(strings.ReplaceAll(strings.TrimSpace(text), ",", ""), ".")
	digits := c.Digits()
	if hasPart && (part == "" || len(part) > digits) {
		return Money{}, ErrAmount
	}
	all := whole + part + strings.Repeat("0", digits-len(part))
	if whole == "" || strings.ContainsFunc(all, func(r rune) bool { return r < '0' || r > '9' }) {
		return Money{}, ErrAmount
	}
	minor, err := strconv.ParseInt(all, 10, 64)
	if err != nil {
		return Money{}, ErrAmount
	}
	return Money{Minor: minor, Currency: c}, nil
}

// Decimal writes an amount as Parse reads it: 1200.50.
func (m Money) Decimal() string {
	digits := m.Currency.Digits()
	text := strconv.FormatInt(m.Minor, 10)
	if digits == 0 {
		return text
	}
	sign := ""
	if m.Minor < 0 {
		sign, text = "-", text[1:]
	}
	if len(text) <= digits {
		text = strings.Repeat("0", digits+1-len(text)) + text
	}
	return sign + text[:len(text)-digits] + "." + text[len(text)-digits:]
}
