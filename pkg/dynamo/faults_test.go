package dynamo_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
)

// calls are all methods of a table, reading and writing what is not there.
func calls() map[string]func(context.Context, *dynamo.Table) error {
	o := fresh(newAgent())
	account := o.quote.Account
	return map[string]func(context.Context, *dynamo.Table) error{
		"Catalog": func(ctx context.Context, t *dynamo.Table) error { _, err := t.Catalog(ctx); return err },
		"Item":    func(ctx context.Context, t *dynamo.Table) error { _, err := t.Item(ctx, "cat_x"); return err },
		"Quote":   func(ctx context.Context, t *dynamo.Table) error { _, err := t.Quote(ctx, account, "quo_x"); return err },
		"Purchase": func(ctx context.Context, t *dynamo.Table) error {
			_, err := t.Purchase(ctx, account, "pur_x")
			return err
		},
		"Service": func(ctx context.Context, t *dynamo.Table) error {
			_, err := t.Service(ctx, account, "svc_x")
			return err
		},
		"Record": func(ctx context.Context, t *dynamo.Table) error {
			_, err := t.Record(ctx, o.record.RecordKey)
			return err
		},
		"Job":     func(ctx context.Context, t *dynamo.Table) error { _, err := t.Job(ctx, refOf(o.job)); return err },
		"DueJobs": func(ctx context.Context, t *dynamo.Table) error { _, err := t.DueJobs(ctx, now); return err },
		"Credential": func(ctx context.Context, t *dynamo.Table) error {
			_, err := t.Credential(ctx, o.credential.ID)
			return err
		},
		"PutCredential": func(ctx context.Context, t *dynamo.Table) error { return t.PutCredential(ctx, o.credential) },
		"Purchases": func(ctx context.Context, t *dynamo.Table) error {
			_, _, err := t.Purchases(ctx, account, shop.Page{Limit: 1})
			return err
		},
		"Services": func(ctx context.Context, t *dynamo.Table) error {
			_, _, err := t.Services(ctx, account, shop.Page{Limit: 1})
			return err
		},
		"Commit": func(ctx context.Context, t *dynamo.Table) error { return t.Commit(ctx, o.change()) },
		"Commit, one put": func(ctx context.Context, t *dynamo.Table) error {
			return t.Commit(ctx, shop.Change{Quote: &o.quote, At: now})
		},
		"Committed": func(ctx context.Context, t *dynamo.Table) error { _, err := t.Committed(ctx, account, "x"); return err },
		"HoldProof": func(ctx context.Context, t *dynamo.Table) error { _, err := t.HoldProof(ctx, account, "x"); return err },
		"VoidHold": func(ctx context.Context, t *dynamo.Table) error {
			return t.VoidHold(ctx, shop.HoldProof{Account: account, ID: "x", At: now})
		},
		"Holding": func(ctx context.Context, t *dynamo.Table) error { _, err := t.Holding(ctx); return err },
		"Entry":   func(ctx context.Context, t *dynamo.Table) error { _, err := t.Entry(ctx, account, 1); return err },
		"HoldBudget": func(ctx context.Context, t *dynamo.Table) error {
			return t.HoldBudget(ctx, shop.Budget{Account: account}, "usd", now)
		},
		"Seed": func(ctx context.Context, t *dynamo.Table) error {
			_, err := t.Seed(ctx, shop.Catalog{Items: []shop.Item{fullItem()}})
			return err
		},
		"Documents.Get": func(ctx context.Context, t *dynamo.Table) error {
			_, err := dynamo.Documents{Table: t}.Get(ctx, "x")
			return err
		},
		"Documents.Each": func(ctx context.Context, t *dynamo.Table) error {
			return dynamo.Documents{Table: t}.Each(ctx, "x", func(mock.Document) error { return nil })
		},
		"Documents.Put": func(ctx context.Context, t *dynamo.Table) error {
			return dynamo.Documents{Table: t}.Put(ctx, mock.Document{Key: "x", Version: 1})
		},
		"Documents.Remove": func(ctx context.Context, t *dynamo.Table) error {
			return dynamo.Documents{Table: t}.Remove(ctx, mock.Document{Key: "x", Version: 1})
		},
	}
}

// Whatever is asked of a table that fails, the caller learns what kind of
// failure it is, and nothing is written.
func TestFaults(t *testing.T) {
	t.Parallel()
	faults := map[string]struct {
		err  error
		want fault.Code
	}{
		"throttling":  {&types.ThrottlingException{}, fault.RateLimited},
		"outage":      {&types.InternalServerError{}, fault.ProviderUnavailable},
		"no answer":   {errors.New("connection reset"), fault.ProviderUnavailable},
		"a bad query": {&types.ResourceNotFoundException{}, fault.Internal},
	}
	onEach(t, func(t *testing.T, s store) {
		for name, f := range faults {
			broken := s.with((&dynamotest.Faults{Before: func(string, any) error { return f.err }}).Inject)
			for call, do := range calls() {
				if err := do(t.Context(), broken); err == nil || fault.From(err).Code != f.want {
					t.Errorf("%s meets %s: %v, want %s", call, name, err, f.want)
				}
			}
		}
		expectSame(t, "items", len(s.items(t)), 0)
	})
}

// A caller who has gone is no failure of the store; one whose time has run out
// is told to come again.
func TestContextEnds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		canceled, cancel := context.WithCancel(t.Context())
		cancel()
		late, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
		defer cancel()
		for name, do := range calls() {
			err := do(canceled, s.Table)
			expectError(t, name+", cancelled", err, context.Canceled)
			if !fault.Is(fault.From(err), fault.Internal) {
				t.Errorf("%s, cancelled: %v", name, err)
			}
			if err := do(late, s.Table); !fault.Is(err, fault.ProviderUnavailable) {
				t.Errorf("%s, too late: %v", name, err)
			}
		}
		expectSame(t, "items", len(s.items(t)), 0)
	})
}

// A commit whose answer was lost is there: the same change again is a conflict,
// and what was written says that it is one's own.
func TestLostAnswer(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		o := fresh(newAgent())
		broken := s.with((&dynamotest.Faults{After: func(string, any) error { return errors.New("connection reset") }}).Inject)
		if err := broken.Commit(t.Context(), o.change()); !fault.Is(err, fault.ProviderUnavailable) {
			t.Errorf("the lost answer is %v", err)
		}
		expectError(t, "again", s.Commit(t.Context(), o.change()), shop.ErrConflict)
		got, err := s.Record(t.Context(), o.record.RecordKey)
		expectOK(t, err)
		expectSame(t, "record", got, o.record)
	})
}

// The reasons of a cancelled transaction, as the client hands them over.
func TestCancellationReasons(t *testing.T) {
	t.Parallel()
	for code, want := range map[string]fault.Code{
		"ThrottlingError": fault.RateLimited,
		"ValidationError": fault.Internal,
		"None":            fault.ProviderUnavailable,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s store) {
				broken := s.with((&dynamotest.Faults{Before: func(string, any) error {
					return &types.TransactionCanceledException{CancellationReasons: []types.CancellationReason{
						{}, {Code: aws.String("None")}, {Code: aws.String(code)},
					}}
				}}).Inject)
				err := broken.Commit(t.Context(), fresh(newAgent()).change())
				if got := fault.From(err).Code; got != want {
					t.Errorf("%v is %s, want %s", err, got, want)
				}
			})
		})
	}
}

// What AWS answers to writes that meet each other: a single one and a transaction
// that want what another transaction holds, and more than a partition key takes.
func TestWritesThatMeet(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		a, o := new(dynamotest.AWS), fresh(newAgent())
		holds, goOn := make(chan struct{}), make(chan struct{})
		slow := s.with(a.Imitate, (&dynamotest.Faults{Before: func(string, any) error {
			close(holds)
			<-goOn
			return nil
		}}).Inject)
		var first error
		var done sync.WaitGroup
		done.Go(func() { first = slow.Commit(t.Context(), o.change()) })
		<-holds
		other := s.with(a.Imitate)
		expectError(t, "a transaction", other.Commit(t.Context(), o.change()), shop.ErrConflict)
		expectError(t, "a single write", other.Commit(t.Context(), shop.Change{Quote: &o.quote, At: now}), shop.ErrConflict)
		close(goOn)
		done.Wait()
		expectOK(t, first)

		large := o.service
		large.Configuration = []byte(`"` + strings.Repeat("x", 390<<10) + `"`)
		var throttled error
		for n := 0; n < 10 && throttled == nil; n++ {
			large.Version++
			throttled = other.Commit(t.Context(), shop.Change{Services: []shop.Service{large}, At: now})
		}
		if !fault.Is(throttled, fault.RateLimited) {
			t.Errorf("a hot key is %v", throttled)
		}
		large.Version++
		if err := other.Commit(t.Context(), shop.Change{Services: []shop.Service{large, o.service}, At: now}); !fault.Is(err, fault.RateLimited) {
			t.Errorf("a hot key in a transaction is %v", err)
		}
	})
}

// The first failure of a seed ends it, wherever it strikes, and another seed
// finishes the work.
func TestSeedAfterFault(t *testing.T) {
	t.Parallel()
	first, second := fullItem(), fullItem()
	second.ID = "cat_other"
	onEach(t, func(t *testing.T, s store) {
		s.expectSeeded(t, "before", shop.Catalog{Items: []shop.Item{first}}, dynamo.Seeded{Written: 1})
		for _, operation := range []string{"Query", "UpdateItem", "DeleteItem"} {
			broken := s.with((&dynamotest.Faults{Before: func(called string, _ any) error {
				if called == operation {
					return &types.InternalServerError{}
				}
				return nil
			}}).Inject)
			if _, err := broken.Seed(t.Context(), shop.Catalog{Items: []shop.Item{second}}); !fault.Is(err, fault.ProviderUnavailable) {
				t.Errorf("%s fails: %v", operation, err)
			}
		}
		s.expectSeeded(t, "after", shop.Catalog{Items: []shop.Item{second}}, dynamo.Seeded{Unchanged: 1, Removed: 1})
	})
}
