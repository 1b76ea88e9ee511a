package shop_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// roomFor is a policy of each kind of limit that has room for so many purchases of
// storetest.Order.
func roomFor(n int) map[string]shop.Policy {
	cents := new(int64(n*unitPrice + unitPrice - 1)) // one cent too little for another
	return map[string]shop.Policy{
		"per day":       limited(func(l *shop.Limit) { l.PerDay = cents }),
		"per month":     limited(func(l *shop.Limit) { l.PerMonth = cents }),
		"total":         limited(func(l *shop.Limit) { l.Total = cents }),
		"live services": {MaxLiveServices: &n},
	}
}

// buyers are some agents of one account, who buy the same thing in turn.
type buyers struct {
	*storetest.Store
	keys []string
}

func newBuyers(t *testing.T, s *storetest.Store, agents int) buyers {
	t.Helper()
	b := buyers{s, []string{s.Key}}
	for range agents - 1 {
		b.keys = append(b.keys, s.NewKey(t, s.Shop.IDs.Agent(s.Agent.Account()), app.Shelf().Rules().Scopes()...))
	}
	return b
}

// request is the i-th purchase.
func (b buyers) request(t *testing.T, i int) *http.Request {
	t.Helper()
	order := storetest.Order()
	order["idempotencyKey"] = fmt.Sprint("key ", i)
	r := b.Request(t, "POST", storetest.Purchases, order)
	r.Header.Set("Authorization", "Bearer "+b.keys[i%len(b.keys)])
	return r
}

// buy has all of them buy at once, and those again that were told to come again.
func (b buyers) buy(t *testing.T) map[string]int {
	t.Helper()
	answers := atOnce(t, func(i int) *http.Request { return b.request(t, i) })
	for i := range answers {
		if toldToComeAgain(answers[i]) {
			answers[i] = persist(t, func() *http.Request { return b.request(t, i) })
		}
	}
	return outcomes(answers)
}

// Purchases at the same time cannot pass a limit together: neither those of one
// agent the agent's, nor those of several agents the account's.
func TestNoRacePassesALimit(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ agents, room int }{{1, 1}, {4, 1}, {4, 5}} {
		for kind, policy := range roomFor(tt.room) {
			if tt.room > 1 && kind != "per day" && kind != "live services" {
				continue // the sums of money are counted alike
			}
			t.Run(fmt.Sprintf("%s, %d agents, room for %d", kind, tt.agents, tt.room), func(t *testing.T) {
				t.Parallel()
				onEachAndAWS(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
					layer := s.Agent
					if tt.agents > 1 {
						layer = "" // the account's
					}
					setPolicy(t, s, s.Agent.Account(), layer, policy)
					counts := newBuyers(t, s, tt.agents).buy(t)
					expectSame(t, "outcomes", counts, map[string]int{"201": tt.room, string(fault.SpendLimitExceeded): callers - tt.room})
					expectStock(t, s, tt.room, tt.room)
					expectSound(t, s, s.Agent.Account())
				})
			})
		}
	}
}

// Once a freeze is acknowledged no purchase is written any more, however many were
// on their way.
func TestFreezeBindsAtOnce(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		b := newBuyers(t, s, 4)
		begun, frozen := make(chan struct{}), make(chan int)
		go func() {
			<-begun
			setPolicy(t, s, s.Agent.Account(), "", shop.Policy{Frozen: true})
			bought, _, err := s.Table.Purchases(t.Context(), s.Agent.Account(), shop.Page{Limit: shop.MaxPage})
			if err != nil {
				t.Error(err)
			}
			frozen <- len(bought)
		}()
		expectStatus(t, storetest.Do(t, http.DefaultClient, b.request(t, callers)), http.StatusCreated)
		close(begun)
		counts := b.buy(t)
		bought := <-frozen
		expectStock(t, s, bought, bought)
		expectSame(t, "outcomes", counts, without0(map[string]int{"201": bought - 1, string(fault.PolicyViolation): callers + 1 - bought}))
		expectSound(t, s, s.Agent.Account())
	})
}

// without0 leaves out what is zero.
func without0(counts map[string]int) map[string]int {
	for name, n := range counts {
		if n == 0 {
			delete(counts, name)
		}
	}
	return counts
}

// A policy that changes between the reads of a purchase and its write binds the
// purchase all the same.
func TestPolicyChangesInBetween(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		for _, layer := range []id.Agent{"", s.Agent} {
			slow := *s.Shop
			slow.Store = meanwhile{s.Table, sync.OnceFunc(func() {
				setPolicy(t, s, s.Agent.Account(), layer, shop.Policy{Frozen: true})
			})}
			_, err := slow.BuyItem(t.Context(), confirmed(s), storetest.Asked(1), once("the key", purchaseID))
			expectSame(t, "outcome", codeOf(err), fault.PolicyViolation)
			expectStock(t, s, 0, 0)
			setPolicy(t, s, s.Agent.Account(), layer, shop.Policy{})
		}
	})
}

// meanwhile is a store in which something happens just before the first write.
type meanwhile struct {
	shop.Store
	happen func()
}

func (m meanwhile) Commit(ctx context.Context, c shop.Change) error {
	m.happen()
	return m.Store.Commit(ctx, c)
}

func purchaseID(b shop.Bought) string { return string(b.Purchase.ID) }
