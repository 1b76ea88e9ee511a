package linear

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// Of two calls with one key, one looks for its record too early to find it, and
// for all else too late: it sees what the other has done. That is no reason to
// refuse: the answer is the same for both.
func TestOwnEffectIsNoRefusal(t *testing.T) {
	t.Parallel()
	for name, prepare := range map[string]prepare{
		"the quote is used":         quoteOnce,
		"the wallet is empty":       spendAll,
		"the action is in progress": restartOnce,
	} {
		overtaken(t, name, "RECORD#", prepare, func(t *testing.T, write write, late, early *shop.Shop, overtake *func()) {
			var first shop.Response
			*overtake = func() { first = must(write(early, "k"))(t) }
			second := must(write(late, "k"))(t)
			if !second.Replayed || !bytes.Equal(second.Body, first.Body) {
				t.Errorf("the first call got %s, the second %s, replayed %t", first.Body, second.Body, second.Replayed)
			}
		})
	}
}

// A call reads something, another call with another key changes it, and the
// first goes on with what it has read. It must not get through.
func TestChangedInBetween(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name, early string
		prepare     prepare
		want        fault.Code
	}{
		{"the quote is used", "QUOTE#", quoteOnce, fault.QuoteAlreadyUsed},
		{"the wallet is empty", "WALLET", spendAll, fault.InsufficientFunds},
		{"the action is in progress", "SERVICE#", restartOnce, fault.ActionInProgress},
	} {
		overtaken(t, tc.name, tc.early, tc.prepare, func(t *testing.T, write write, late, early *shop.Shop, overtake *func()) {
			*overtake = func() { must(write(early, "first"))(t) }
			if _, err := write(late, "second"); !fault.Is(err, tc.want) {
				t.Errorf("the second call: %v, want %s", err, tc.want)
			}
		})
	}
}

type (
	// write does a thing that can be done once, by a key.
	write   func(s *shop.Shop, key string) (shop.Response, error)
	prepare func(*testing.T, *storetest.Store) write
)

// overtaken runs a test on each engine with a shop whose first read of early is
// followed by overtake, before anything else is read; and with one that is quick.
func overtaken(t *testing.T, name, early string, prepare prepare, test func(t *testing.T, write write, late, quick *shop.Shop, overtake *func())) {
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		dynamotest.Each(t, func(t *testing.T, db dynamotest.Engine) {
			late := &latecomer{early: early, done: make(chan struct{})}
			s := storetest.New(t, db, storetest.Options{
				Client: []func(*dynamodb.Options){late.inject}, NoKick: true, Funds: enough,
			})
			quick := *s.Shop
			quick.Store = s.Table
			test(t, prepare(t, s), s.Shop, &quick, &late.overtake)
		})
	})
}

// enough is the money for one purchase.
const enough = unitPrice

func must(kept shop.Response, err error) func(*testing.T) shop.Response {
	return func(t *testing.T) shop.Response {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
		return kept
	}
}

func quoteOnce(t *testing.T, s *storetest.Store) write {
	s.Fund(t, s.Agent.Account(), enough) // the quote alone stands in the way of a second purchase
	plain := *s.Shop
	plain.Store = s.Table
	quote := createQuote(t, &plain, caller(s.Agent), order{quote: noQuote, units: 1})
	return func(of *shop.Shop, key string) (shop.Response, error) {
		return of.BuyQuote(t.Context(), caller(s.Agent), quote, shop.Repeated{}, purchaseOnce(key))
	}
}

func spendAll(t *testing.T, s *storetest.Store) write {
	return func(of *shop.Shop, key string) (shop.Response, error) {
		return of.BuyItem(t.Context(), caller(s.Agent), order{quote: noQuote, units: 1}.order(), purchaseOnce(key))
	}
}

func restartOnce(t *testing.T, s *storetest.Store) write {
	plain := *s.Shop
	plain.Store = s.Table
	if _, err := spendAll(t, s)(&plain, "bought"); err != nil {
		t.Fatal(err)
	}
	s.Work(t)
	services, _, err := s.Table.Services(t.Context(), s.Agent.Account(), shop.Page{Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	return func(of *shop.Shop, key string) (shop.Response, error) {
		return of.Act(t.Context(), caller(s.Agent), services[0].ID, storetest.ServiceType, storetest.Harmless(), shop.Request[shop.Accepted]{
			Operation: storetest.Operation(storetest.Harmless()), Key: key,
			Encode: func(a shop.Accepted) ([]byte, error) { return []byte(a.Action.ID), nil },
		})
	}
}

func purchaseOnce(key string) shop.Request[shop.Bought] {
	return shop.Request[shop.Bought]{
		Operation: "purchase_create", Key: key,
		Encode: func(p shop.Bought) ([]byte, error) { return []byte(p.Purchase.ID), nil },
	}
}

// latecomer lets another call happen after a read of what is early, and before
// every other read.
type latecomer struct {
	early    string // how its sort key begins
	overtake func()
	once     sync.Once
	done     chan struct{}
}

func (l *latecomer) inject(o *dynamodb.Options) {
	faults := dynamotest.Faults{
		Before: func(_ string, input any) error {
			if get, ok := input.(*dynamodb.GetItemInput); ok && !l.isEarly(get) {
				<-l.done
			}
			return nil
		},
		After: func(_ string, input any) error {
			if get, ok := input.(*dynamodb.GetItemInput); ok && l.isEarly(get) {
				l.once.Do(func() {
					l.overtake()
					close(l.done)
				})
			}
			return nil
		},
	}
	faults.Inject(o)
}

func (l *latecomer) isEarly(get *dynamodb.GetItemInput) bool {
	sort, ok := get.Key["SK"].(*types.AttributeValueMemberS)
	return ok && strings.HasPrefix(sort.Value, l.early)
}
