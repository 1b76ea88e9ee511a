package embedded

import (
	"math/big"
	"strconv"
	"strings"
)

// The most significant digits, and the most digits altogether, of a number (DynamoDB
// developer guide, "Naming rules and data types").
const (
	maxDigits = 38
	maxLength = 126
)

// whole reads a number and writes it as DynamoDB returns it: 1e3 and 1000.0 are
// 1000. It is not ok for a number that is not whole, not a number, or too long.
func whole(text string) (digits string, ok bool) {
	if plain(text) {
		return text, true
	}
	mantissa, exponent, hasExponent := strings.Cut(strings.ToLower(text), "e")
	shift := 0
	if hasExponent {
		var err error
		if shift, err = strconv.Atoi(exponent); err != nil || shift < -130 || shift > 130 {
			return "", false
		}
	}
	before, fraction, _ := strings.Cut(mantissa, ".")
	n, ok := new(big.Int).SetString(before+fraction, 10)
	if !ok || strings.ContainsAny(before+fraction, "_") {
		return "", false
	}
	return scaled(n, shift-len(fraction))
}

func scaled(n *big.Int, shift int) (digits string, ok bool) {
	factor := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(shift, -shift))), nil)
	if shift >= 0 {
		n.Mul(n, factor)
	} else if _, rest := n.QuoRem(n, factor, new(big.Int)); rest.Sign() != 0 {
		return "", false
	}
	digits = n.String()
	return digits, fits(digits)
}

// plain reports whether a number is already written as it is returned, as all
// numbers of the store are.
func plain(text string) bool {
	digits := strings.TrimPrefix(text, "-")
	if digits == "" || len(digits) > maxDigits || digits[0] == '0' && text != "0" {
		return false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return false
		}
	}
	return true
}

func fits(digits string) bool {
	return significant(digits) <= maxDigits && len(strings.TrimPrefix(digits, "-")) <= maxLength
}

func significant(digits string) int {
	return len(strings.TrimRight(strings.TrimPrefix(digits, "-"), "0"))
}

// compareNumbers compares two numbers as whole writes them.
func compareNumbers(a, b string) int {
	negative := strings.HasPrefix(a, "-")
	if negative != strings.HasPrefix(b, "-") {
		if negative {
			return -1
		}
		return 1
	}
	order := len(a) - len(b)
	if order == 0 {
		order = strings.Compare(a, b)
	}
	if negative {
		return -order
	}
	return order
}

// add returns a+b, or a-b. The sum may have too many digits.
func add(a, b string, minus bool) (sum string, ok bool) {
	x, _ := new(big.Int).SetString(a, 10)
	y, _ := new(big.Int).SetString(b, 10)
	if minus {
		x.Sub(x, y)
	} else {
		x.Add(x, y)
	}
	sum = x.String()
	return sum, fits(sum)
}
