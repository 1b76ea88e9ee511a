package dashboard

import (
	"slices"
	"strconv"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/sorting"
)

// The chart of the first page shows what the newest entries of the ledger say of so many
// days: in one round trip, also for an account whose day has more.
const (
	chartDays    = 14
	chartEntries = 500
)

// chartColours is how many colours there are; the last is that of all who have none.
const chartColours = 5

// spend is what was spent on some days, by whom.
type spend struct {
	whole   money.Money // of which everything is the currency
	days    []spendDay  // the oldest first
	series  []series
	most    int64 // on one day
	partial bool  // the ledger has more of these days than was read
}

type spendDay struct {
	day   string  // as 2026-03-18
	spent []int64 // by series
}

// series is what one of them has spent, or all who have no colour of their own.
type series struct {
	name  string
	agent id.Agent
	spent int64
}

// chart adds up entries, of which there are more than were read where partial says so.
// The colours go to the agents in the order in which they were made.
func (f *frame) chart(entries []shop.Entry, partial bool) spend {
	today := f.now.UTC().Truncate(24 * time.Hour)
	first := today.AddDate(0, 0, 1-chartDays)
	sums := make(map[string]map[id.Agent]int64)
	total := make(map[id.Agent]int64)
	for _, e := range entries {
		if e.Kind == shop.EntryFunding || e.Kind == shop.EntryAdjustment || e.Amount.Currency != f.free.Currency || e.At.Before(first) {
			continue
		}
		day := e.At.UTC().Format(time.DateOnly)
		if sums[day] == nil {
			sums[day] = make(map[id.Agent]int64)
		}
		sums[day][e.Agent] -= e.Amount.Minor
		total[e.Agent] -= e.Amount.Minor
	}
	c := spend{whole: alike(f.free, 0), partial: partial && len(entries) > 0 && !entries[len(entries)-1].At.Before(first)}
	for _, a := range sorting.Collect(slices.Values(f.agents), func(a, b shop.Agent) int { return a.CreatedAt.Compare(b.CreatedAt) }) {
		if total[a.ID] > 0 && len(c.series) < chartColours-1 {
			c.series = append(c.series, series{f.agent(a.ID), a.ID, 0})
		}
	}
	c.series = append(c.series, series{name: "Everyone else"})
	for i := range chartDays {
		day := spendDay{first.AddDate(0, 0, i).Format(time.DateOnly), make([]int64, len(c.series))}
		for agent, minor := range sums[day.day] {
			at := slices.IndexFunc(c.series, func(s series) bool { return s.agent == agent && agent != "" })
			if at < 0 {
				at = len(c.series) - 1
			}
			day.spent[at] += minor
		}
		var height int64
		for at, minor := range day.spent {
			c.series[at].spent += minor
			c.whole.Minor += minor
			height += max(minor, 0)
		}
		c.most = max(c.most, height)
		c.days = append(c.days, day)
	}
	if last := len(c.series) - 1; c.series[last].spent == 0 && last > 0 {
		c.series = c.series[:last]
	}
	return c
}

// block is a part of a day's bar, of the picture that is 100 high and ten wide a day.
type block struct{ class, x, y, height string }

func (c spend) blocks() []block {
	var blocks []block
	for i, day := range c.days {
		var below int64
		for at := range c.series {
			from := below * 100 / max(c.most, 1)
			below += max(day.spent[at], 0)
			to := below * 100 / max(c.most, 1)
			if to > from {
				blocks = append(blocks, block{c.class(at), strconv.Itoa(10*i + 1), strconv.FormatInt(100-to, 10), strconv.FormatInt(to-from, 10)})
			}
		}
	}
	return blocks
}

// class is that of the colour of a series.
func (c spend) class(at int) string {
	if c.series[at].agent == "" {
		at = chartColours - 1
	}
	return "c" + strconv.Itoa(at+1)
}

func (c spend) money(minor int64) string { return signedDown(alike(c.whole, minor)) }

// total is what was spent on a day.
func (d spendDay) total() (sum int64) {
	for _, minor := range d.spent {
		sum += minor
	}
	return sum
}

// dayWords is a day as people write it, as 18 Mar.
func dayWords(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return at.Format("2 Jan")
}

// width is how wide the picture is.
func (c spend) width() string { return strconv.Itoa(10 * len(c.days)) }
