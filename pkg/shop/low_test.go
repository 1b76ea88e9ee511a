package shop_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// below has members told below which balance they want to hear of it.
func below(t *testing.T, s *storetest.Store, minor int64) {
	t.Helper()
	setPolicy(t, s, s.Agent.Account(), "", shop.Policy{LowBalance: &minor})
}

// told are what the trail has of a balance below what members have set, the oldest first.
func told(t *testing.T, s *storetest.Store) (operations []string, balances []int64) {
	return toldBy(t, s, func(operation string) bool { return operation != "renewal_warning" })
}

// toldBy is the same of some operations.
func toldBy(t *testing.T, s *storetest.Store, of func(string) bool) (operations []string, balances []int64) {
	t.Helper()
	events, _, err := s.Table.Trail(t.Context(), s.Agent.Account(), shop.TrailFilter{Operation: "wallet_low"}, shop.Page{Limit: 100, Oldest: true})
	expectOK(t, err)
	for _, e := range events {
		if !of(e.Operation) {
			continue
		}
		operations = append(operations, e.Operation)
		if e.Low == nil {
			t.Fatalf("%+v has no balance", e)
		}
		balances = append(balances, *e.Low)
	}
	return operations, balances
}

// crossings are the balances of the ledger that are the first below one.
func crossings(t *testing.T, s *storetest.Store, minor int64) (balances []int64) {
	t.Helper()
	entries, err := s.Table.Ledger(t.Context(), s.Agent.Account())
	expectOK(t, err)
	for i, e := range entries {
		if i > 0 && e.Balance.Minor < minor && entries[i-1].Balance.Minor >= minor {
			balances = append(balances, e.Balance.Minor)
		}
	}
	return balances
}

// TestLowBalanceIsToldOnce: whatever takes the balance below what members have set says
// so, and nothing says so again until it was above it.
func TestLowBalanceIsToldOnce(t *testing.T) {
	t.Parallel()
	l := newLife(t, 10_000)
	l.buy(t, nil) // before anybody wants to know
	below(t, l.Store, 5000)
	fund := func(minor int64) {
		t.Helper()
		l.Clock.Advance(time.Second)
		if minor > 0 {
			l.Fund(t, l.Agent.Account(), minor)
			return
		}
		_, _, err := l.Shop.Adjust(t.Context(), l.Agent.Account(), money.Money{Minor: minor, Currency: "usd"}, l.Shop.IDs.ULID(), "a correction")
		expectOK(t, err)
	}
	l.buy(t, nil)
	l.buy(t, nil) // 4000
	l.buy(t, nil) // 2000: nothing new
	fund(11_000)  // 13,000
	l.pass(t, 29*days, 6*time.Hour)
	expectSame(t, "after four renewals", l.balance(t), 5000) // exactly, which is not below
	fund(-1)
	fund(1)
	fund(-2)
	fund(2000)
	l.pass(t, 31*days, 6*time.Hour) // three are paid
	operations, balances := told(t, l.Store)
	expectSame(t, "what has told", operations, []string{"purchase_create", "wallet_adjustment", "wallet_adjustment", "service_renew"})
	expectSame(t, "balances", balances, crossings(t, l.Store, 5000))
	expectSame(t, "the first", balances[:3], []int64{4000, 4999, 4998})
	l.verify(t)
}

// TestLowBalanceByApproval: who approves what was asked takes the money.
func TestLowBalanceByApproval(t *testing.T) {
	t.Parallel()
	for name, holds := range map[string]bool{"paid when it is approved": false, "paid when it is asked": true} {
		s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Funds: 5000})
		policy := askAlways()
		policy.HoldForApproval, policy.LowBalance = holds, new(int64(5000))
		setPolicy(t, s, s.Agent.Account(), "", policy)
		order := storetest.Order()
		order["idempotencyKey"] = "k"
		answer := s.Call(t, "POST", storetest.Purchases, order)
		expectStatus(t, answer, 201)
		questions, err := s.Table.Waiting(t.Context(), s.Agent.Account(), s.Agent)
		expectOK(t, err)
		_, err = s.Shop.Approve(t.Context(), aMember(s), questions.Questions[0].Approval, "")
		expectOK(t, err)
		operations, balances := told(t, s)
		want := []string{"approval_approve"}
		if holds {
			want = []string{"purchase_create"}
		}
		expectSame(t, name, operations, want)
		expectSame(t, "balances", balances, crossings(t, s, 5000))
	}
}

// TestLowBalanceInACrowd: where many spend at once, and some of it comes to nothing, each
// entry that crosses is told once, and no other.
func TestLowBalanceInACrowd(t *testing.T) {
	t.Parallel()
	const buyers, each = 8, 6
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: 1_000_000})
	below(t, s, 994_000)
	s.Hold(t, s.Agent)
	var commits atomic.Int64
	faults := dynamotest.Faults{Before: func(_ string, input any) error {
		in, ok := input.(*dynamodb.TransactWriteItemsInput)
		if ok && len(in.TransactItems) > 4 && commits.Add(1)%3 == 0 { // a purchase, not what settles it
			return errOutage
		}
		return nil
	}}
	far := *s.Shop
	far.Store = dynamo.New(s.Engine.With(faults.Inject), s.Name)
	failed := 0
	var mu sync.Mutex
	for n := range each { // funded again and again, so that it is crossed several times
		var done sync.WaitGroup
		for i := range buyers {
			buy := buying(s.Quote(t))
			done.Go(func() {
				_, err := buy(t.Context(), &far, confirmed(s), fmt.Sprint(n, i))
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					failed++
				}
			})
		}
		done.Wait()
		s.Fund(t, s.Agent.Account(), int64(2500*buyers))
	}
	s.Clock.Advance(time.Minute)
	expectOK(t, errors.Join(s.Worker.SettleHolds(t.Context()), s.Worker.SettleHolds(t.Context())))
	operations, balances := told(t, s)
	want := crossings(t, s, 994_000)
	slices.Sort(balances)
	slices.Sort(want)
	expectSame(t, "balances", balances, want)
	t.Logf("%d failed, told by %q", failed, operations)
	if failed == 0 || len(want) == 0 {
		t.Errorf("%d purchases failed, and %d entries crossed", failed, len(want))
	}
	expectSound(t, s, s.Agent.Account())
}

// TestLowBalanceOfWhatWasHeld: the entry of a purchase that came to nothing has crossed too,
// and the worker that writes it says so.
func TestLowBalanceOfWhatWasHeld(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: 5000})
	below(t, s, 5000)
	s.Hold(t, s.Agent)
	faults := dynamotest.Faults{Before: func(operation string, _ any) error {
		if operation == "TransactWriteItems" || operation == "PutItem" {
			return errOutage // its process cannot give back what it holds either
		}
		return nil
	}}
	far := *s.Shop
	far.Store = dynamo.New(s.Engine.With(faults.Inject), s.Name)
	_, err := buying(s.Quote(t))(t.Context(), &far, confirmed(s), "k")
	expectFailure(t, err)
	operations, _ := told(t, s)
	expectSame(t, "told while it is held", len(operations), 0)
	s.Clock.Advance(time.Minute)
	expectOK(t, s.Worker.SettleHolds(t.Context()))
	operations, balances := told(t, s)
	expectSame(t, "told", operations, []string{"wallet_low"})
	expectSame(t, "balances", balances, crossings(t, s, 5000))
	w, err := s.Table.Wallet(t.Context(), s.Agent.Account())
	expectOK(t, err)
	expectSame(t, "free", w.Free().Minor, int64(5000))
}

// TestWarningOfALowBalance: the warnings of a renewal say whether the wallet holds what is
// charged until then, of all services, and whatever the policy says.
func TestWarningOfALowBalance(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		left     int64
		services int
		ends     bool
		want     []int64
	}{
		"it holds one of one":     {left: 2000, services: 1},
		"a cent too little":       {left: 1999, services: 1, want: []int64{1999, 1999}},
		"it holds two of two":     {left: 4000, services: 2},
		"it holds one of two":     {left: 3999, services: 2, want: []int64{3999, 3999}},
		"one that is not renewed": {left: 0, services: 1, ends: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLife(t, int64(tt.services)*2000+tt.left)
			var last shop.Service
			for range tt.services {
				last = l.buy(t, nil)
				l.Clock.Advance(time.Minute)
			}
			if tt.ends {
				last = l.now(t, last.ID)
				last.Version++
				last.Bill.Ends = true
				expectOK(t, l.Table.Commit(t.Context(), shop.Change{Services: []shop.Service{last}, At: l.Clock.Now()}))
			}
			l.pass(t, last.Bill.PaidUntil.Sub(l.Clock.Now())-time.Hour, 12*time.Hour)
			_, balances := toldBy(t, l.Store, func(operation string) bool { return operation == "renewal_warning" })
			expectSame(t, "balances", balances, tt.want)
		})
	}
}
