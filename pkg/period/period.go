// Package period has the lengths of time that people agree on: months of a calendar, and
// seconds of a clock.
package period

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Period is a number of calendar months and a number of seconds after them.
type Period struct {
	Months  int
	Seconds int64
}

// Pattern is what Parse takes: a duration of ISO 8601 in whole numbers, as P1M, P2W,
// P1DT12H or PT90M. A day has 24 hours, because all times are UTC.
const Pattern = `^P([0-9]{1,4}Y)?([0-9]{1,4}M)?([0-9]{1,4}W)?([0-9]{1,5}D)?(T([0-9]{1,6}H)?([0-9]{1,8}M)?([0-9]{1,9}S)?)?$`

var (
	pattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(Pattern) }) // not at the start of each function
	// What the groups of the pattern count: months first, then seconds.
	months  = map[int]int64{1: 12, 2: 1}
	seconds = map[int]int64{3: 7 * 86400, 4: 86400, 6: 3600, 7: 60, 8: 1}
)

// ErrSyntax means that a text is no duration of ISO 8601 in whole numbers.
var ErrSyntax = errors.New("period: not a duration as P1M or PT24H")

// Parse reads a duration. It returns ErrSyntax.
func Parse(text string) (Period, error) {
	groups := pattern().FindStringSubmatch(text)
	if groups == nil || strings.HasSuffix(text, "T") || text == "P" {
		return Period{}, ErrSyntax
	}
	count := func(units map[int]int64) (sum int64) {
		for group, unit := range units {
			n, _ := strconv.ParseInt("0"+strings.TrimRight(groups[group], "YMWDHS"), 10, 64) // the pattern has digits alone
			sum += n * unit
		}
		return sum
	}
	return Period{int(count(months)), count(seconds)}, nil
}

// String writes the period as Parse reads it, in the shortest form without weeks.
func (p Period) String() string {
	var b strings.Builder
	b.WriteByte('P')
	part := func(n int64, unit byte) {
		if n > 0 {
			fmt.Fprintf(&b, "%d%c", n, unit)
		}
	}
	part(int64(p.Months/12), 'Y')
	part(int64(p.Months%12), 'M')
	part(p.Seconds/86400, 'D')
	if rest := p.Seconds % 86400; rest > 0 || p == (Period{}) {
		b.WriteByte('T')
		part(rest/3600, 'H')
		part(rest%3600/60, 'M')
		part(rest%60, 'S')
		if rest == 0 {
			b.WriteString("0S")
		}
	}
	return b.String()
}

// After is the end of the period that begins at a time, in UTC and without fractions of
// a second.
func (p Period) After(t time.Time) time.Time {
	return AddMonths(t, p.Months).Add(time.Duration(min(p.Seconds, math.MaxInt64/int64(time.Second))) * time.Second)
}

// AddMonths is the same day of a later month, or that month's last day where it has
// no such day: one month after 31 January is 28 or 29 February. The time is in UTC,
// without fractions of a second.
func AddMonths(t time.Time, months int) time.Time {
	t = t.UTC()
	first := time.Date(t.Year(), t.Month(), 1, t.Hour(), t.Minute(), t.Second(), 0, time.UTC).AddDate(0, months, 0)
	lastDay := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), lastDay)-1)
}
