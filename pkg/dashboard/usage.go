package dashboard

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"agentstore/pkg/api"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/sorting"
	"agentstore/pkg/web"
)

// spending is what the page of usage shows: what was spent in the last days, as the
// ledger has it.
type spending struct {
	days     int
	byDay    shop.Usage
	byAgent  shop.Usage
	byItem   shop.Usage
	currency money.Currency
}

// periods are those that can be chosen, in days.
var periods = []int{7, 30, 90}

// usage shows what was spent, by day, agent and item.
func (s Site) usage(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AccountUsageGet())
	if err != nil {
		return err
	}
	u := spending{days: 30}
	if days, err := strconv.Atoi(r.URL.Query().Get("days")); err == nil && slices.Contains(periods, days) {
		u.days = days
	}
	to := f.now.UTC().Truncate(24*time.Hour).AddDate(0, 0, 1)
	by := func(into *shop.Usage, group shop.UsageBy) func(context.Context) error {
		return func(ctx context.Context) (err error) {
			*into, err = s.Shop.Usage(ctx, f.caller, shop.UsageOrder{From: to.AddDate(0, 0, -u.days), To: to, By: group})
			return err
		}
	}
	err = s.fill(r.Context(), f, by(&u.byDay, shop.UsageByDay), by(&u.byAgent, shop.UsageByAgent), by(&u.byItem, shop.UsageByProduct))
	if err != nil {
		return err
	}
	u.currency = f.free.Currency
	return render(w, r, http.StatusOK, usagePage(f, u))
}

// bar is a day of the chart. Its numbers are those of the picture, 100 high.
type bar struct {
	day    string // as 2026-03-18
	spent  money.Money
	x, y   string
	height string
}

// width is how wide the picture is: ten for each day.
func (u spending) width() int { return 10 * u.days }

// bars are the days, also those on which nothing was spent.
func (u spending) bars() []bar {
	spent := make(map[string]int64)
	var most int64 = 1
	for _, g := range u.byDay.Groups {
		spent[g.Key] = max(g.Spent(), 0)
		most = max(most, spent[g.Key])
	}
	bars := make([]bar, u.days)
	for i := range bars {
		day := u.byDay.From.AddDate(0, 0, i).Format(time.DateOnly)
		height := spent[day] * 100 / most
		bars[i] = bar{day, u.money(spent[day]), strconv.Itoa(10*i + 1), strconv.FormatInt(100-height, 10), strconv.FormatInt(height, 10)}
	}
	return bars
}

func (u spending) money(minor int64) money.Money {
	return money.Money{Minor: minor, Currency: u.currency}
}

// total is what was spent.
func (u spending) total() money.Money { return u.money(u.byDay.Sum.Spent()) }

// groups are those of a usage, the dearest first.
func (u spending) groups(of shop.Usage) []shop.UsageGroup {
	groups := slices.Clone(of.Groups)
	sorting.By(groups, func(a, b shop.UsageGroup) int { return int(min(max(b.Spent()-a.Spent(), -1), 1)) })
	return groups
}

// spender is who a group of usage is about.
func (f *frame) spender(key string) string {
	if !id.ValidAgent(id.Agent(key)) {
		return "Before it was recorded, and held money"
	}
	return f.agent(id.Agent(key))
}
