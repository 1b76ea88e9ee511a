// Package money holds integer money that cannot overflow silently.
package money

import (
	"errors"
	"math"
	"math/bits"
)

// The errors of this package.
var (
	ErrOverflow = errors.New("money: amount out of range")
	ErrCurrency = errors.New("money: currencies differ")
	ErrSyntax   = errors.New("money: currency is not three lower-case letters")
)

// Currency is a lower-case ISO 4217 code, such as usd.
type Currency string

// ParseCurrency checks the form of a code. It returns ErrSyntax.
func ParseCurrency(s string) (Currency, error) {
	if len(s) != 3 {
		return "", ErrSyntax
	}
	for _, c := range []byte(s) {
		if c < 'a' || c > 'z' {
			return "", ErrSyntax
		}
	}
	return Currency(s), nil
}

// Money is an amount in the minor unit of its currency: 2000 of usd are 20 dollars,
// and 2000 of jpy are 2000 yen.
type Money struct {
	Minor    int64
	Currency Currency
}

// Add returns m + n. It returns ErrCurrency or ErrOverflow.
func (m Money) Add(n Money) (Money, error) {
	if m.Currency != n.Currency {
		return Money{}, ErrCurrency
	}
	sum := m.Minor + n.Minor
	if (sum > m.Minor) != (n.Minor > 0) {
		return Money{}, ErrOverflow
	}
	return Money{sum, m.Currency}, nil
}

// Times returns m * n. It returns ErrOverflow.
func (m Money) Times(n int) (Money, error) {
	return m.scale(int64(n), 1)
}

// Percent returns p hundredths of m, rounded half away from zero, which is what
// a person does on paper. It returns ErrOverflow.
func (m Money) Percent(p int) (Money, error) {
	return m.scale(int64(p), 100)
}

// Prorate returns part/whole of m, rounded half away from zero. Part is not negative,
// and whole is positive. It returns ErrOverflow.
func (m Money) Prorate(part, whole int64) (Money, error) {
	return m.scale(part, whole)
}

// Share returns part/whole of m, rounded down. Nothing is negative, and part is no more
// than whole, which is positive.
func (m Money) Share(part, whole int64) Money {
	hi, lo := bits.Mul64(uint64(m.Minor), uint64(part))
	quotient, _ := bits.Div64(hi, lo, uint64(whole)) // no more than m
	return Money{Minor: int64(quotient), Currency: m.Currency}
}

// Neg returns -m. It returns ErrOverflow for the smallest amount.
func (m Money) Neg() (Money, error) {
	return m.scale(-1, 1)
}

// scale computes m * n / d exactly in 128 bits and rounds half away from zero.
// The smallest int64 is out of range, so that every result can be negated.
func (m Money) scale(n, d int64) (Money, error) {
	hi, lo := bits.Mul64(magnitude(m.Minor), magnitude(n))
	lo, carry := bits.Add64(lo, uint64(d)/2, 0)
	hi += carry
	if hi >= uint64(d) {
		return Money{}, ErrOverflow
	}
	quotient, _ := bits.Div64(hi, lo, uint64(d))
	if quotient > math.MaxInt64 {
		return Money{}, ErrOverflow
	}
	minor := int64(quotient)
	if (m.Minor < 0) != (n < 0) {
		minor = -minor
	}
	return Money{minor, m.Currency}, nil
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
