package dashboard

import (
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// Pages say money, times and names in the same way everywhere.

// signed writes money with its sign.
func signed(m money.Money) string {
	if m.Minor > 0 {
		return "+" + m.String()
	}
	return signedDown(m)
}

// each writes the price of a term, as $24.00 a month.
func each(price money.Money, t shop.Term) string {
	switch {
	case t.Hours > 0:
		return price.String() + " an hour"
	case t.Months > 1:
		return price.String() + " every " + strconv.Itoa(t.Months) + " months"
	default:
		return price.String() + " a month"
	}
}

// clock writes a time in UTC as people read it: only its clock where it is today, and
// the year where it is another. The script of the pages writes the same in the zone of
// whoever looks.
func clock(at, now time.Time) string {
	at, now = at.UTC(), now.UTC()
	switch {
	case at.Format(time.DateOnly) == now.Format(time.DateOnly):
		return at.Format("15:04")
	case at.Year() == now.Year():
		return at.Format("2 Jan 15:04")
	default:
		return at.Format("2 Jan 2006 15:04")
	}
}

// brief shortens an identifier for a list.
func brief[T ~string](id T) string {
	const head, tail = 12, 4
	if len(id) <= head+tail+1 {
		return string(id)
	}
	return string(id[:head]) + "…" + string(id[len(id)-tail:])
}

// sentence has a word begin with a capital letter, and its parts apart.
func sentence[T ~string](word T) string {
	text := strings.NewReplacer("_", " ", "-", " ").Replace(string(word))
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// plural counts things.
func plural(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

// alike is an amount in the currency of another.
func alike(m money.Money, minor int64) money.Money {
	return money.Money{Minor: minor, Currency: m.Currency}
}

// isGain reports whether money comes in.
func isGain(m money.Money) bool { return m.Minor > 0 }

// reached reports whether a limit is used up.
func reached(spent money.Money, limit int64) bool { return spent.Minor >= limit }

// percent is how much of a limit is used, as the width of a bar.
func percent(spent money.Money, limit int64) string {
	if limit <= 0 || reached(spent, limit) {
		return "100"
	}
	return strconv.FormatInt(spent.Minor*100/limit, 10)
}

// percentOf is a part of a sum, as the width of a bar.
func percentOf(part, of money.Money) string { return percent(part, max(of.Minor, 1)) }
