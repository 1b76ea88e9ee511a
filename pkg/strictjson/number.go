package strictjson

import (
	"math"
	"strconv"
	"strings"
)

// exactLength is the longest literal whose digits a float64 certainly keeps.
const exactLength = 15

// number is the value of a literal. What looks like an integer afterwards was one
// before: a float64 makes 1 of 1.0000000000000001, 9007199254740992 of
// 9007199254740993 and 0 of 1e-400, and somebody would get, or pay, what they have
// not asked for. 2.0 and 2e0 are the integer 2, as they are in JSON Schema (2020-12
// core, section 4.2.3). The reason is empty where the number is good.
func number(literal string) (value float64, reason string) {
	f, err := strconv.ParseFloat(literal, 64)
	switch {
	case err != nil:
		return 0, "is a number out of range"
	case len(literal) <= exactLength && !strings.ContainsAny(literal, ".eE"), f != math.Trunc(f):
		return f, ""
	case decimalOf(literal) == decimalOf(strconv.FormatFloat(f, 'f', 0, 64)):
		return f, ""
	}
	return 0, "has more digits than a number keeps here: it would be read as " + strconv.FormatFloat(f, 'g', -1, 64)
}

// decimal is a number as an integer without zeros at its ends, times a power of ten.
// Zero has no digits.
type decimal struct {
	negative bool
	digits   string
	exponent int
}

// decimalOf reads a literal of JSON. Its exponent is bounded by what a float64 holds
// as long as the literal has a digit that is not zero, and otherwise does not matter.
func decimalOf(literal string) decimal {
	text, negative := strings.CutPrefix(literal, "-")
	mantissa, power := text, 0
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		mantissa = text[:at]
		power, _ = strconv.Atoi(text[at+1:]) // beyond an int it is the nearest one
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := strings.TrimLeft(whole+fraction, "0")
	short := strings.TrimRight(digits, "0")
	if short == "" {
		return decimal{}
	}
	return decimal{negative, short, power - len(fraction) + len(digits) - len(short)}
}
