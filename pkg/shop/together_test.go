package shop_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/shop"
)

// dueAtOnce is a store of which many services of one account, at 20.00 a month each, are
// due at one moment, which has come.
func dueAtOnce(t *testing.T, many int, funds int64) (life, []shop.Service) {
	t.Helper()
	l := life{storetest.New(t, dynamotest.Embedded(t), storetest.Options{Funds: int64(many)*2000 + funds})}
	services := make([]shop.Service, many)
	for i := range services {
		services[i] = l.buy(t, nil)
		l.Clock.Advance(time.Second)
	}
	l.Clock.Advance(services[many-1].Bill.PaidUntil.Sub(l.Clock.Now()))
	return l, services
}

// paidAgain are those that are paid for the second month, in their order.
func (l life) paidAgain(t *testing.T, services []shop.Service) (charged []int) {
	t.Helper()
	for i, s := range services {
		if l.now(t, s.ID).Bill.PaidUntil.Equal(shop.Term{Months: 2}.End(s.CreatedAt)) {
			charged = append(charged, i)
		}
	}
	return charged
}

func keysOf(services []shop.Service) (keys []shop.ServiceKey) {
	for _, s := range services {
		keys = append(keys, shop.ServiceKey{Account: s.Account, Service: s.ID})
	}
	return keys
}

func upTo(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// written counts transactions, and their write units by the rules of AWS.
type written struct{ transactions, units int }

func (w *written) count(_ string, input any) error {
	in, isTransaction := input.(*dynamodb.TransactWriteItemsInput)
	if !isTransaction {
		return nil
	}
	w.transactions++
	for _, item := range dynamotest.Written(in) {
		w.units += 2 * ((dynamotest.SizeOf(&types.AttributeValueMemberM{Value: item}) + 1023) / 1024)
	}
	return nil
}

// watched is a worker whose writes are counted.
func (l life) watched(writes *written) *shop.Worker {
	faults := dynamotest.Faults{Before: writes.count}
	w := *l.Worker
	w.Store = dynamo.New(l.Engine.With(faults.Inject), l.Name)
	return &w
}

// TestDueTogetherAreChargedTogether: in one transaction of one wallet write, each with an
// entry of its own in the ledger and in the trail; beyond 24 in another.
func TestDueTogetherAreChargedTogether(t *testing.T) {
	t.Parallel()
	const many = 30
	l, services := dueAtOnce(t, many, many*2000)
	var writes written
	_, err := l.watched(&writes).RunServices(t.Context())
	expectOK(t, err)
	expectSame(t, "charged", l.paidAgain(t, services), upTo(many))
	expectSame(t, "transactions", writes.transactions, 2)
	expectSame(t, "balance", l.balance(t), 0)
	expectSame(t, "events", len(l.events(t)), many)
	expectSame(t, "units", writes.units, many*6+2*4)
	l.verify(t)
}

// TestUnitsOfChargesTogether compares them with charges one by one.
func TestUnitsOfChargesTogether(t *testing.T) {
	t.Parallel()
	units := func(many int, together bool) float64 {
		l, services := dueAtOnce(t, many, int64(many)*2000)
		var writes written
		w := l.watched(&writes)
		if together {
			expectOK(t, w.RunTogether(t.Context(), keysOf(services)))
		} else {
			for _, key := range keysOf(services) {
				expectOK(t, w.RunService(t.Context(), key))
			}
		}
		expectSame(t, "charged", l.paidAgain(t, services), upTo(many))
		return float64(writes.units) / float64(many)
	}
	for _, many := range []int{1, 2, 8, 24} {
		one, all := units(many, false), units(many, true)
		t.Logf("%2d services: %4.1f units for each one by one, %4.1f together", many, one, all)
		if one > 10 || all > one {
			t.Errorf("%d services take %.1f units each one by one, and %.1f together", many, one, all)
		}
	}
}

// TestWalletForSomeOnly charges the oldest, as many as it holds, and declines the others.
func TestWalletForSomeOnly(t *testing.T) {
	t.Parallel()
	l, services := dueAtOnce(t, 9, 5*2000+100)
	l.Live(t)
	expectSame(t, "charged", l.paidAgain(t, services), upTo(5))
	expectSame(t, "balance", l.balance(t), 100)
	for _, s := range services[5:] {
		expectSame(t, "declined", string(l.now(t, s.ID).Bill.Declined), "insufficient_funds")
	}
	l.verify(t)
	l.Fund(t, l.Agent.Account(), 8000)
	l.pass(t, 2*time.Hour, time.Minute)
	expectSame(t, "charged after funding", l.paidAgain(t, services), upTo(9))
	l.verify(t)
}

// TestLimitForSomeOnly is the same with a limit of the account.
func TestLimitForSomeOnly(t *testing.T) {
	t.Parallel()
	l, services := dueAtOnce(t, 6, 12_000)
	l.limit(t, false, shop.Policy{Limits: []shop.Limit{{Currency: "usd", Total: new(int64(12_000 + 8000))}}})
	l.Live(t)
	expectSame(t, "charged", l.paidAgain(t, services), upTo(4))
	l.verify(t)
}

// TestCrashOfChargesTogether loses each write, before it or after it: each service is
// charged once, and no state is in between.
func TestCrashOfChargesTogether(t *testing.T) {
	t.Parallel()
	for which, fault := range map[string]func(int) dynamotest.Faults{"before": before, "after": after} {
		for nth := 1; nth <= 6; nth++ {
			t.Run(fmt.Sprint(which, " write ", nth), func(t *testing.T) {
				t.Parallel()
				l, services := dueAtOnce(t, 6, 4*2000)
				faults := fault(nth)
				dying := *l.Worker
				dying.Store = dynamo.New(l.Engine.With(faults.Inject), l.Name)
				_ = dying.RunTogether(t.Context(), keysOf(services))
				if n := len(l.paidAgain(t, services)); n != 0 && n != 4 {
					t.Errorf("%d of them are charged", n)
				}
				l.verify(t)
				l.Live(t)
				expectSame(t, "charged", l.paidAgain(t, services), upTo(4))
				expectSame(t, "balance", l.balance(t), 0)
				l.verify(t)
			})
		}
	}
}

// TestChargesTogetherRace: workers charge the same services at once, while others of the
// account are cancelled and bought. Each is charged once.
func TestChargesTogetherRace(t *testing.T) {
	t.Parallel()
	l, services := dueAtOnce(t, 12, 13*2000)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for range 3 {
				if err := l.Worker.RunTogether(t.Context(), keysOf(services)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Go(func() { l.buy(t, nil) })
	for _, s := range services[:2] {
		all.Go(func() {
			preview := l.Call(t, "GET", cancelAt(s)+"?ends=end_of_term", nil)
			body := map[string]any{"ends": "end_of_term", "token": preview.Text("token"), "idempotencyKey": string(s.ID)}
			if answer := l.Call(t, "POST", cancelAt(s), body); answer.Status != 200 {
				t.Logf("%s", answer.Body) // its term was charged after the preview
			}
		})
	}
	all.Wait()
	l.pass(t, 2*time.Hour, time.Minute)
	ended := 0
	for _, s := range services[:2] {
		if l.now(t, s.ID).Status.Ended() {
			ended++
		}
	}
	expectSame(t, "charged", len(l.paidAgain(t, services)), 12-ended)
	expectSame(t, "balance", l.balance(t), int64(ended)*2000)
	l.verify(t)
}

// TestOthersAmongThem: a lease that ends, a service that is not renewed, one that is asked
// about, and one that is suspended take their own steps beside the charges.
func TestOthersAmongThem(t *testing.T) {
	t.Parallel()
	l, services := dueAtOnce(t, 5, 5*2000)
	change := func(i int, to func(*shop.Service)) {
		s := l.now(t, services[i].ID)
		s.Version++
		to(&s)
		expectOK(t, l.Table.Commit(t.Context(), shop.Change{Services: []shop.Service{s}, At: l.Clock.Now()}))
	}
	change(0, func(s *shop.Service) { s.Bill.Ends = true })
	change(1, func(s *shop.Service) {
		s.Lease = &shop.Lease{ExpiresAt: s.Bill.PaidUntil, OnExpiry: shop.ExpiryDelete}
	})
	change(2, func(s *shop.Service) { s.Bill.Renewal.Minor = 2500 })
	l.ask(t, new(int64(2000)))
	expectOK(t, l.Worker.RunTogether(t.Context(), keysOf(services)))
	expectSame(t, "charged", l.paidAgain(t, services), []int{3, 4})
	for i, want := range []shop.EndReason{shop.EndCanceled, shop.EndExpired} {
		expectSame(t, "ended", l.now(t, services[i].ID).End.Reason, want)
	}
	expectSame(t, "questions", len(l.questions(t)), 1)
	change(2, func(s *shop.Service) { s.Bill.Renewal.Minor = 2000 })
	l.pass(t, 2*time.Minute, time.Minute)
	l.verify(t)
}

// TestLowBalanceTogether: of entries in one transaction, the one that crosses says so.
func TestLowBalanceTogether(t *testing.T) {
	t.Parallel()
	l, services := dueAtOnce(t, 6, 6*2000)
	below(t, l.Store, 5000)
	l.Live(t)
	expectSame(t, "charged", l.paidAgain(t, services), upTo(6))
	operations, balances := told(t, l.Store)
	expectSame(t, "operations", operations, []string{"service_renew"})
	expectSame(t, "balances", balances, crossings(t, l.Store, 5000))
}
