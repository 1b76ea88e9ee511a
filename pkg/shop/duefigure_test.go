package shop_test

import (
	"flag"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

var howManyDue = flag.Int("due", 400, "how many services are due at one minute in TestManyAreDue")

// hottest counts the write units that each partition takes, by the rules of AWS: of the
// index, a write that changes the key takes two. What was throttled takes none.
type hottest struct {
	mu     sync.Mutex
	all    int
	table  map[string]int
	index  map[string]int
	second map[string]int // of the index, in each second
}

func newHottest() *hottest {
	return &hottest{table: make(map[string]int), index: make(map[string]int), second: make(map[string]int)}
}

func (h *hottest) count(_ string, input any) error {
	if _, isTransaction := input.(*dynamodb.TransactWriteItemsInput); !isTransaction {
		return nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, item := range dynamotest.Written(input) {
		units := 2 * ((dynamotest.SizeOf(&types.AttributeValueMemberM{Value: item}) + 1023) / 1024)
		h.all += units
		if pk, ok := item["PK"].(*types.AttributeValueMemberS); ok {
			h.table[pk.Value] += units
		}
		if pk, ok := item["GSI1PK"].(*types.AttributeValueMemberS); ok {
			h.index[pk.Value] += 2
			h.second[fmt.Sprint(pk.Value, time.Now().Unix())] += 2
		}
	}
	return nil
}

func most(units map[string]int) (most int) {
	for _, n := range units {
		most = max(most, n)
	}
	return most
}

// dueEverywhere makes services that are due at one minute, so many of each account.
func dueEverywhere(t *testing.T, many, ofOne int) (life, time.Time) {
	t.Helper()
	l := newLife(t, 10_000)
	s := l.buy(t, nil)
	due := s.Bill.PaidUntil
	l.limit(t, false, shop.Policy{})
	for n := 0; n < many; {
		agent := l.Shop.IDs.Agent(l.Shop.IDs.Account())
		account := agent.Account()
		wallet := shop.Wallet{Account: account}
		b, err := wallet.Book(shop.EntryFunding, "x", money.Money{Minor: 1 << 30, Currency: "usd"}, "", l.Clock.Now())
		expectOK(t, err)
		expectOK(t, l.Table.Commit(t.Context(), shop.Change{Booking: &b, Budgets: []shop.Budget{{Account: account, Version: 1}}, At: l.Clock.Now()}))
		for range min(ofOne, many-n) {
			one := s
			one.ID, one.Account, one.Agent, one.Version = l.Shop.IDs.Service(), account, agent, 1
			one.DueAt = due.Add(time.Duration(n) * time.Minute / time.Duration(many))
			expectOK(t, l.Table.Commit(t.Context(), shop.Change{Services: []shop.Service{one}, At: l.Clock.Now()}))
			n++
		}
	}
	return l, due.Add(time.Minute)
}

// TestManyAreDue has many services due at one minute, of an account each and of few
// accounts, as on AWS: one worker charges them all. It prints how long it takes, in
// virtual time, and what the hottest partitions take.
func TestManyAreDue(t *testing.T) {
	for _, ofOne := range []int{1, 24} {
		l, due := dueEverywhere(t, *howManyDue, ofOne)
		var aws dynamotest.AWS
		heat := newHottest()
		faults := dynamotest.Faults{Before: heat.count}
		var took time.Duration
		var found int
		synctest.Test(t, func(t *testing.T) {
			start := time.Now()
			w := *l.Worker
			w.AtOnce, w.Sleep = 8, nil
			w.Now = func() time.Time { return due.Add(time.Since(start)) }
			w.Store = dynamo.NewSpread(l.Engine.With(aws.Imitate, faults.Inject), l.Name, dynamo.Always())
			var err error
			found, err = w.RunAllServices(t.Context())
			expectOK(t, err)
			took = time.Since(start)
		})
		left, err := l.Table.DueServices(t.Context(), due)
		expectOK(t, err)
		expectSame(t, "still due", len(left), 0)
		n := float64(*howManyDue)
		t.Logf("%d services, %d of each account: %s, %.0f a second; %.1f units for each; hottest partition of the table %d units, of the index %d, %d in a second; %+v; found %d",
			*howManyDue, ofOne, took.Round(10*time.Millisecond), n/took.Seconds(), float64(heat.all)/n, most(heat.table), most(heat.index), most(heat.second), aws.Counts(), found)
		if per := float64(heat.all) / n; per > 10.1 {
			t.Errorf("a charge takes %.1f units", per)
		}
		if most(heat.second) > 1000 {
			t.Errorf("a partition of the index takes %d units in a second", most(heat.second))
		}
		if aws.Counts().Throttles > 0 {
			t.Errorf("%d writes were throttled", aws.Counts().Throttles)
		}
		if share := float64(most(heat.index)) / (2 * n); n >= 400 && share > 0.25 {
			t.Errorf("%.0f %% of the charges meet in one partition of the index", 100*share)
		}
	}
}
