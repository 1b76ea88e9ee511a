package shop_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// park has the agent buy something that a member must approve.
func park(t *testing.T, s *storetest.Store, key string) shop.Purchase {
	t.Helper()
	order := storetest.Order()
	order["idempotencyKey"] = key
	answer := s.Call(t, "POST", storetest.Purchases, order)
	expectStatus(t, answer, 201)
	expectSame(t, "status", answer.Text("purchase", "status"), string(shop.PurchasePendingApproval))
	p, err := s.Table.Purchase(t.Context(), s.Agent.Account(), id.Purchase(answer.Text("purchase", "id")))
	expectOK(t, err)
	return p
}

type decide func(context.Context, shop.Caller, id.Approval, string) (shop.Decided, error)

// allDecide has many members decide at the same time, in turn by each of the
// ways, and counts what became of it.
func allDecide(t *testing.T, s *storetest.Store, approval id.Approval, ways ...decide) map[string]int {
	t.Helper()
	var mu sync.Mutex
	counts := make(map[string]int)
	var ready, done sync.WaitGroup
	ready.Add(callers)
	for i := range callers {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			a, err := ways[i%len(ways)](t.Context(), aMember(s), approval, fmt.Sprint("member ", i))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				counts[string(codeOf(err))]++
				return
			}
			counts[string(a.Status)]++
		})
	}
	done.Wait()
	return counts
}

// However many approve it, a purchase is made once.
func TestManyApprove(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{NoKick: true, Funds: startFunds}, func(t *testing.T, s *storetest.Store) {
		setPolicy(t, s, s.Agent.Account(), "", askAlways())
		p := park(t, s, "k")
		counts := allDecide(t, s, p.Approval.ID, s.Shop.Approve)
		expectSame(t, "outcomes", counts, map[string]int{string(shop.ApprovalApproved): 1, string(fault.ApprovalDecided): callers - 1})
		expectStock(t, s, 1, 1)
		expectEntries(t, s, 2)
		expectSound(t, s, s.Agent.Account())
	})
}

// Of those who approve and those who deny one wins, and what follows is as they
// decided.
func TestApproveAndDeny(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{NoKick: true, Funds: startFunds}, func(t *testing.T, s *storetest.Store) {
		setPolicy(t, s, s.Agent.Account(), "", askAlways())
		p := park(t, s, "k")
		counts := allDecide(t, s, p.Approval.ID, s.Shop.Approve, s.Shop.Deny)
		approved := counts[string(shop.ApprovalApproved)]
		expectSame(t, "outcomes", counts, without0(map[string]int{
			string(shop.ApprovalApproved): approved, string(shop.ApprovalDenied): 1 - approved, string(fault.ApprovalDecided): callers - 1,
		}))
		expectStock(t, s, 1, approved)
		expectEntries(t, s, 1+approved)
		expectSound(t, s, s.Agent.Account())
	})
}

// Approvals at the same time cannot pass a limit together, and what the limit
// refuses stays to be decided.
func TestManyApprovalsOneLimit(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{NoKick: true}, func(t *testing.T, s *storetest.Store) {
		const parked, room = 8, 3
		policy := askAlways()
		policy.Limits[0].PerDay = new(int64(room * unitPrice))
		setPolicy(t, s, s.Agent.Account(), s.Agent, policy)
		var approvals []id.Approval
		for i := range parked {
			approvals = append(approvals, park(t, s, fmt.Sprint("key ", i)).Approval.ID)
		}
		outcomes := make([]string, parked)
		var done sync.WaitGroup
		for i, approval := range approvals {
			done.Go(func() {
				a, err := s.Shop.Approve(t.Context(), aMember(s), approval, "")
				outcomes[i] = string(a.Status) + string(codeOf(err))
			})
		}
		done.Wait()
		counts := make(map[string]int)
		for _, outcome := range outcomes {
			counts[outcome]++
		}
		expectSame(t, "outcomes", counts, map[string]int{
			string(shop.ApprovalApproved): room, string(fault.SpendLimitExceeded): parked - room,
		})
		expectStock(t, s, parked, room)
		expectSound(t, s, s.Agent.Account())
	})
}

// expectEntries makes sure how often money moved.
func expectEntries(t *testing.T, s *storetest.Store, want int) {
	t.Helper()
	entries, err := s.Table.Ledger(t.Context(), s.Agent.Account())
	expectOK(t, err)
	expectSame(t, "entries", len(entries), want)
}
