package dashboard

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// The chart adds up to what was spent, gives the colours in the order of the agents and the
// last one to all others, and its blocks stand on each other.
func TestSpendChart(t *testing.T) {
	t.Parallel()
	f := &frame{now: time.Date(2026, 3, 18, 14, 17, 0, 0, time.UTC), free: money.Money{Minor: 1, Currency: "usd"}}
	var entries []shop.Entry
	spent := func(agent id.Agent, minor int64, daysAgo int) {
		entries = append(entries, shop.Entry{Kind: shop.EntryPurchase, Agent: agent, Amount: money.Money{Minor: -minor, Currency: "usd"}, At: f.now.AddDate(0, 0, -daysAgo)})
	}
	for i := range 6 {
		agent := id.Agent(fmt.Sprintf("agt_%d", i))
		f.agents = append(f.agents, shop.Agent{ID: agent, Name: "agent " + strconv.Itoa(i), CreatedAt: f.now.AddDate(0, 0, i-100)})
		if i > 0 { // the first has spent nothing
			spent(agent, 100, 0)
			spent(agent, 50, 13)
		}
	}
	spent("", 7, 0)          // nobody's
	spent("agt_1", -20, 0)   // which came back
	spent("agt_2", 1000, 14) // before the first day
	entries = append(entries, shop.Entry{Kind: shop.EntryFunding, Amount: money.Money{Minor: 5000, Currency: "usd"}, At: f.now})
	c := f.chart(entries, false)
	if c.whole.Minor != 5*150+7-20 || len(c.days) != chartDays || c.days[chartDays-1].day != "2026-03-18" || c.most != 5*100+7-20 || c.partial {
		t.Errorf("the chart is %+v", c)
	}
	var names []string
	for at, s := range c.series {
		names = append(names, s.name+" "+c.class(at)+" "+strconv.FormatInt(s.spent, 10))
	}
	if got := strings.Join(names, ", "); got != "agent 1 c1 130, agent 2 c2 150, agent 3 c3 150, agent 4 c4 150, Everyone else c5 157" {
		t.Errorf("the series are %s", got)
	}
	heights := make(map[string]int)
	for _, b := range c.blocks() {
		height, err := strconv.Atoi(b.height)
		if err != nil || height <= 0 {
			t.Errorf("a block is %+v", b)
		}
		if y, _ := strconv.Atoi(b.y); y+height != 100-heights[b.x] {
			t.Errorf("block %+v stands at %d, on %d", b, 100-y-height, heights[b.x])
		}
		heights[b.x] += height
	}
	if heights["131"] != 100 {
		t.Errorf("the highest day is %d high", heights["131"])
	}
	if c := f.chart(entries[:1], true); !c.partial {
		t.Error("a chart of some entries says that it is of all")
	}
	spent("agt_2", 1, 15)
	if c := f.chart(entries, true); c.partial {
		t.Error("what was not read is before the first day, and the chart says that it lacks something")
	}
}

// BenchmarkHomePage renders the first page with its chart at its fullest.
func BenchmarkHomePage(b *testing.B) {
	f := &frame{path: "/", now: time.Date(2026, 3, 18, 14, 17, 0, 0, time.UTC), free: money.Money{Minor: 1, Currency: "usd"}}
	var entries []shop.Entry
	for i := range chartEntries {
		agent := id.Agent("agt_" + strconv.Itoa(i%6))
		if i < 6 {
			f.agents = append(f.agents, shop.Agent{ID: agent, Name: "agent"})
		}
		entries = append(entries, shop.Entry{Kind: shop.EntryPurchase, Agent: agent, Amount: money.Money{Minor: -100, Currency: "usd"}, At: f.now.AddDate(0, 0, -i%chartDays)})
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := homePage(f, overview{spend: f.chart(entries, true)}).Render(b.Context(), io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
