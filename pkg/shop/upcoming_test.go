package shop_test

import (
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// upcoming is what the wallet says to the agent.
func (l life) upcoming(t *testing.T) shop.Upcoming {
	t.Helper()
	a, err := l.Shop.Allowance(t.Context(), shop.Caller{Account: l.Agent.Account(), Agent: l.Agent})
	expectOK(t, err)
	return a.Upcoming
}

// charged are the renewals of the ledger since an entry of that number: their sum, and
// of each service its first.
func (l life) charged(t *testing.T, since int) (sum int64, first map[id.Service]int64) {
	t.Helper()
	entries, err := l.Table.Ledger(t.Context(), l.Agent.Account())
	expectOK(t, err)
	first = make(map[id.Service]int64)
	for _, e := range entries[since:] {
		if e.Kind != shop.EntryRenewal {
			continue
		}
		sum -= e.Amount.Minor
		if _, known := first[e.Service]; !known {
			first[e.Service] = -e.Amount.Minor
		}
	}
	return sum, first
}

// expectForetold lets the time of a forecast pass, and compares it with the ledger.
func (l life) expectForetold(t *testing.T, step time.Duration) {
	t.Helper()
	told := l.upcoming(t)
	before, err := l.Table.Ledger(t.Context(), l.Agent.Account())
	expectOK(t, err)
	l.pass(t, told.Until.Sub(l.Clock.Now()), step)
	sum, first := l.charged(t, len(before))
	expectSame(t, "the total", told.Total.Minor, sum)
	expectSame(t, "how many services", told.Services, len(first))
	for _, c := range told.First {
		expectSame(t, "the first charge", c.Minor, first[c.Service])
	}
	if sum == 0 {
		t.Error("nothing was charged")
	}
}

// TestWalletForetellsRenewals: what it says of 30 days is what the ledger has after them,
// whatever is paid by which term, ends with its lease or is not renewed.
func TestWalletForetellsRenewals(t *testing.T) {
	t.Parallel()
	l := newLife(t, 1_000_000)
	l.buy(t, nil)
	l.pass(t, 4*days, 6*time.Hour)
	leased := l.buy(t, map[string]any{"catalogItemId": "cat_vps_small"})
	ending := l.buy(t, nil)
	answer := l.Call(t, "POST", "/v1/agent/services/"+string(ending.ID)+"/renewal", map[string]any{"autoRenew": false})
	expectStatus(t, answer, 200)
	l.leased(t, map[string]any{"expiresAfter": "P35D"})
	l.pass(t, 9*days, 6*time.Hour)
	expectSame(t, "who is charged first", l.upcoming(t).First[0].At.Before(l.now(t, leased.ID).Bill.PaidUntil), true)
	for range 3 {
		l.expectForetold(t, 6*time.Hour)
	}
	l.verify(t)
}

// TestWalletForetellsHours does so for a server by the hour, whose month has a ceiling
// that is reached, and begins again.
func TestWalletForetellsHours(t *testing.T) {
	t.Parallel()
	l, _ := hourlyLife(t, 10_000)
	l.pass(t, 25*time.Hour+17*time.Minute, time.Hour)
	l.expectForetold(t, time.Hour)
	l.verify(t)
}

// TestWalletCountsAll counts all services, and says so where it has looked at the newest
// alone: in an account whose rows are together.
func TestWalletCountsAll(t *testing.T) {
	t.Parallel()
	for _, together := range []bool{false, true} {
		l := life{storetest.New(t, dynamotest.Embedded(t), storetest.Options{Funds: 1_000_000, Together: together})}
		for range 21 {
			l.buy(t, map[string]any{"quantity": 10})
		}
		u := l.upcoming(t)
		all := 210
		if together {
			all = 200
		}
		expectSame(t, "complete", u.Complete, !together)
		expectSame(t, "services", u.Services, all)
		expectSame(t, "total", u.Total.Minor, int64(all*2000))
		expectSame(t, "named", len(u.First), 5)
	}
}

// TestWalletForetellsTheOldest: what it says of services that it knows by their outlook alone
// is what the ledger has 30 days later, whatever was paid, left, changed or ends before.
func TestWalletForetellsTheOldest(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000_000)
	l.buy(t, nil)
	l.pass(t, 3*days, 6*time.Hour)
	l.buy(t, map[string]any{"catalogItemId": "cat_vps_small"})
	ending := l.buy(t, nil)
	l.leased(t, map[string]any{"expiresAfter": "P50D"})
	hour := map[string]any{"hostname": "job", "region": "eu-west", "image": "debian-12"}
	l.leased(t, map[string]any{"catalogItemId": "cat_vps_micro_hourly", "configuration": hour, "expiresAfter": "P60D"})
	l.pass(t, 10*days+17*time.Minute, time.Hour)
	expectStatus(t, l.Call(t, "POST", "/v1/agent/services/"+string(ending.ID)+"/renewal", map[string]any{"autoRenew": false}), 200)
	for range 200 { // which are the newest, and were cancelled long ago
		gone := ending
		gone.ID, gone.Version, gone.Status, gone.DueAt = l.Shop.IDs.Service(), 1, shop.ServiceCanceled, time.Time{}
		expectOK(t, l.Table.Commit(t.Context(), shop.Change{Services: []shop.Service{gone}}))
	}
	expectSame(t, "complete", l.upcoming(t).Complete, true)
	l.expectForetold(t, time.Hour)
}
