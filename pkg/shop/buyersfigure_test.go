package shop_test

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"agentstore/pkg/fault"
)

var (
	buyersFlag = flag.String("buyers", "4", "how many buyers TestBuyers has, with commas between")
	windowFlag = flag.Duration("window", 200*time.Millisecond, "how long TestBuyers measures each figure, after a quarter of that")
)

// TestBuyers prints what buyers who never stop get of one account, and of an account
// each: a table for docs/scale.md. Whoever is refused is only told to come again.
func TestBuyers(t *testing.T) {
	var rows, hot strings.Builder
	began := time.Now()
	for _, p := range places() {
		t.Run(p.name, func(t *testing.T) {
			var last [2]carried
			for _, buyers := range numbersOf(t, *buyersFlag) {
				var got [2]carried
				for i, apart := range []bool{false, true} {
					got[i] = p.carry(t, crowd{buyers: buyers, apart: apart, warm: *windowFlag / 4, window: *windowFlag})
					expectOnlyBusy(t, got[i])
				}
				fmt.Fprintf(&rows, "| %s | %d | %s | %s | %s |\n", p.name, buyers, got[0].cells(), got[1].cells(), share(got))
				t.Logf("%3d buyers after %3.0f s: %.0f a second of one account, %.0f of one each", buyers, time.Since(began).Seconds(), got[0].rate, got[1].rate)
				last = got
			}
			for i, of := range []string{"one account", "an account each"} {
				fmt.Fprintf(&hot, "| %s, %s | `%s` | %.2f |\n", p.name, of, last[i].hottest, last[i].hottestUnits)
			}
		})
	}
	if !testing.Verbose() {
		return
	}
	fmt.Print("\n| | buyers | one account: a second | p95 | refused | transactions | units | an account each: a second | p95 | refused | transactions | units | one of many |\n",
		"|---|---|---|---|---|---|---|---|---|---|---|---|---|\n", rows.String(),
		"\n| most buyers | hottest partition | units a purchase |\n|---|---|---|\n", hot.String())
}

// cells are those of a table. Transactions and units are for each purchase.
func (c carried) cells() string {
	return fmt.Sprintf("%.0f | %.0f ms | %s | %.2f | %.1f", c.rate, float64(c.p95.Microseconds())/1000, c.refusedWords(), c.transactions, c.units)
}

func (c carried) refusedWords() string {
	if len(c.refused) == 0 {
		return "0"
	}
	var words []string
	for _, code := range slices.Sorted(maps.Keys(c.refused)) {
		words = append(words, fmt.Sprintf("%d %s", c.refused[code], code))
	}
	return strings.Join(words, ", ")
}

// share is how much of the rate of accounts apart one account has.
func share(got [2]carried) string {
	if got[1].rate == 0 {
		return "-"
	}
	return fmt.Sprintf("%.0f %%", 100*got[0].rate/got[1].rate)
}

// expectOnlyBusy expects no refusal but for being too many: too many for the store, or
// for a machine that does not get to them within their five seconds.
func expectOnlyBusy(t *testing.T, c carried) {
	t.Helper()
	if c.bought == 0 && len(c.refused) == 0 {
		t.Error("nothing was bought")
	}
	for code, n := range c.refused {
		if code != fault.Busy && code != fault.RateLimited && code != fault.ProviderUnavailable {
			t.Errorf("%d are refused with %s: %v", n, code, c.strange)
		}
	}
}

func numbersOf(t *testing.T, words string) (numbers []int) {
	t.Helper()
	for _, word := range strings.Split(words, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			t.Fatalf("%q are no numbers with commas between", words)
		}
		numbers = append(numbers, n)
	}
	return numbers
}
