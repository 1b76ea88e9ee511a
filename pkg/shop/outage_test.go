package shop_test

import (
	"errors"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// whenAsked fails the requests that it is asked about, while it is on.
type whenAsked struct {
	on    atomic.Bool
	count atomic.Int64
	about func(operation string, input any) bool
	err   error
}

func (w *whenAsked) hook(operation string, input any) error {
	if !w.on.Load() || !w.about(operation, input) {
		return nil
	}
	w.count.Add(1)
	return w.err
}

func transactions(operation string, _ any) bool { return operation == "TransactWriteItems" }

func readsOf(prefix string) func(string, any) bool {
	return func(operation string, input any) bool {
		return operation == "GetItem" && strings.HasPrefix(sortKey(input), prefix)
	}
}

// A store that cannot reach its table writes nothing, says that it may be asked
// again, and then does what it was asked for, once.
func TestTableFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		about func(string, any) bool
		err   error
		want  fault.Code
	}{
		"the transaction":            {transactions, &types.InternalServerError{}, fault.ProviderUnavailable},
		"the transaction, throttled": {transactions, &types.ProvisionedThroughputExceededException{}, fault.RateLimited},
		"the transaction, unheard":   {transactions, errors.New("connection refused"), fault.ProviderUnavailable},
		"the record":                 {readsOf("RECORD#"), &types.InternalServerError{}, fault.ProviderUnavailable},
		"the quote":                  {readsOf("QUOTE#"), &types.InternalServerError{}, fault.ProviderUnavailable},
		"the key":                    {readsOf("KEY#"), &types.InternalServerError{}, fault.ProviderUnavailable},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
				failing := &whenAsked{about: test.about, err: test.err}
				faults := &dynamotest.Faults{Before: failing.hook}
				s := storetest.New(t, engine, storetest.Options{Client: []func(*dynamodb.Options){faults.Inject}})
				quoteID := s.Quote(t)
				failing.on.Store(true)
				answer := s.Buy(t, quoteID, "k")
				expectRefusal(t, name, answer, test.want)
				if answer.Header.Get("Retry-After") == "" {
					t.Error("it does not say when to come again")
				}
				expectStock(t, s, 0, 0)
				failing.on.Store(false)
				expectFirst(t, s.Buy(t, quoteID, "k"), http.StatusCreated)
				expectStock(t, s, 1, 1)
			})
		})
	}
}

// A purchase that was made although its answer was lost is not made again: the
// next try gets the answer.
func TestAnswerIsLost(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		failing := &whenAsked{about: transactions, err: errors.New("connection reset")}
		faults := &dynamotest.Faults{After: failing.hook}
		s := storetest.New(t, engine, storetest.Options{Client: []func(*dynamodb.Options){faults.Inject}})
		quoteID := s.Quote(t)
		failing.on.Store(true)
		expectRefusal(t, "the lost answer", s.Buy(t, quoteID, "k"), fault.ProviderUnavailable)
		failing.on.Store(false)
		expectStock(t, s, 1, 1)
		replay := s.Buy(t, quoteID, "k")
		expectStatus(t, replay, http.StatusCreated)
		expectSame(t, "replayed", replayed(replay), true)
		expectReplay(t, "once more", s.Buy(t, quoteID, "k"), replay)
		expectStock(t, s, 1, 1)

		// Nobody has tried its job at once; whoever looks for due ones finds it.
		s.Work(t)
		service := s.Call(t, http.MethodGet, storetest.Services+"/"+replay.Text("service", "id"), nil)
		expectSame(t, "status", service.Text("service", "status"), "active")
	})
}

// A client that retries by itself meets its own lost purchase, and understands.
func TestAnswerIsLostToAClientThatRetries(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		var once atomic.Bool
		faults := &dynamotest.Faults{After: func(operation string, _ any) error {
			if operation == "TransactWriteItems" && once.CompareAndSwap(false, true) {
				return &smithyhttp.RequestSendError{Err: errOutage}
			}
			return nil
		}}
		retrying := func(o *dynamodb.Options) {
			o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) { r.MaxBackoff = time.Millisecond })
		}
		s := storetest.New(t, engine, storetest.Options{Client: []func(*dynamodb.Options){faults.Inject, retrying}})
		first := s.Buy(t, s.Quote(t), "k")
		expectStatus(t, first, http.StatusCreated)
		expectSame(t, "the fault has happened", once.Load(), true)
		expectStock(t, s, 1, 1)
	})
}

// A conflict that does not end is a request to come later, after a few tries.
func TestConflictForEver(t *testing.T) {
	t.Parallel()
	failing := &whenAsked{about: transactions, err: &types.TransactionCanceledException{
		CancellationReasons: []types.CancellationReason{{Code: aws.String("TransactionConflict")}},
	}}
	faults := &dynamotest.Faults{Before: failing.hook}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){faults.Inject}})
	quoteID := s.Quote(t)
	failing.on.Store(true)
	answer := s.Buy(t, quoteID, "k")
	expectRefusal(t, "a conflict for ever", answer, fault.IdempotencyInFlight)
	expectSame(t, "Retry-After", answer.Header.Get("Retry-After"), "1")
	// Six tries are all that the calls of one request are enough for; then the refusal
	// is put into the trail.
	expectSame(t, "transactions", failing.count.Load(), 6+1)
	expectStock(t, s, 0, 0)
}

// A quote that expires while it is bought is not bought.
func TestQuoteExpiresMeanwhile(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		quoteID := id.Quote(s.Quote(t))
		encode := func(b shop.Bought) string {
			s.Clock.Advance(15 * time.Minute) // after the decision, and before the transaction
			return string(b.Purchase.ID)
		}
		if _, err := s.Shop.BuyQuote(t.Context(), confirmed(s), quoteID, shop.Repeated{}, once("k", encode)); !fault.Is(err, fault.QuoteExpired) {
			t.Errorf("%v, want %s", err, fault.QuoteExpired)
		}
		expectStock(t, s, 0, 0)
	})
}
