package shop_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// burden counts what purchases ask of a table: transactions and write units, those
// that were lost included.
type burden struct {
	dynamo.Client
	mu           sync.Mutex
	transactions int
	units        map[string]int // by partition key
}

func (b *burden) count(input any, transactions int, err error) {
	demand := dynamotest.Demand(input)
	if throttled(err) {
		demand = nil // DynamoDB has written nothing
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.transactions += transactions
	if b.units == nil {
		b.units = make(map[string]int)
	}
	for key, units := range demand {
		b.units[key] += units
	}
}

func (b *burden) PutItem(ctx context.Context, in *dynamodb.PutItemInput, o ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	out, err := b.Client.PutItem(ctx, in, o...)
	b.count(in, 0, err)
	return out, err
}

func (b *burden) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, o ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	out, err := b.Client.UpdateItem(ctx, in, o...)
	b.count(in, 0, err)
	return out, err
}

func (b *burden) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, o ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	out, err := b.Client.DeleteItem(ctx, in, o...)
	b.count(in, 0, err)
	return out, err
}

func (b *burden) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, o ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	out, err := b.Client.TransactWriteItems(ctx, in, o...)
	b.count(in, 1, err)
	return out, err
}

func throttled(err error) bool {
	var single *types.ThrottlingException
	var transaction *types.TransactionCanceledException
	return errors.As(err, &single) || errors.As(err, &transaction) &&
		slices.ContainsFunc(transaction.CancellationReasons, func(r types.CancellationReason) bool { return aws.ToString(r.Code) == "ThrottlingError" })
}

// all are the units of all partition keys.
func (b *burden) all() (sum int) {
	for _, units := range b.units {
		sum += units
	}
	return sum
}

// hottest is the partition key that takes the most, without whose it is.
func (b *burden) hottest() (key string, units int) {
	keys := slices.SortedFunc(maps.Keys(b.units), func(x, y string) int {
		return cmp.Or(cmp.Compare(b.units[y], b.units[x]), cmp.Compare(x, y))
	})
	if len(keys) == 0 {
		return "", 0
	}
	return ownersOfKeys.ReplaceAllString(keys[0], "…"), b.units[keys[0]]
}

var ownersOfKeys = regexp.MustCompile(`(acc|agt)_[0-9A-Z]+`)

// crowd is some buyers who never stop.
type crowd struct {
	buyers int
	apart  bool // each buys from an account of their own, and otherwise all from one
	// warm is how long they buy before it counts, and then it counts for so long.
	warm, window time.Duration
}

// carried is what a store has sold to a crowd.
type carried struct {
	rate         float64 // purchases a second
	p95          time.Duration
	bought       int // in all
	refused      map[fault.Code]int
	strange      error   // one of the refusals that are our own mistake; nil for none
	transactions float64 // for each purchase
	units        float64
	hottest      string
	hottestUnits float64 // for each purchase
}

// place is where a crowd buys.
type place struct {
	name   string
	engine func(testing.TB) dynamotest.Engine
	aws    bool // requests meet as on AWS
	// bubble: by a clock on which only waiting takes time.
	bubble bool
}

func places() []place {
	return []place{
		{name: "embedded, on disk", engine: dynamotest.EmbeddedOnDisk},
		{name: "DynamoDB Local", engine: dynamotest.Local},
		{name: "as on AWS", engine: dynamotest.Embedded, aws: true},
		{name: "as on AWS, virtual time", engine: dynamotest.Embedded, aws: true, bubble: true},
	}
}

// carry lets a crowd buy at a place.
func (p place) carry(t *testing.T, c crowd) (out carried) {
	t.Helper()
	s := storetest.New(t, p.engine(t), storetest.Options{NoKick: true, Funds: 1_000_000_000_000})
	agents := make([]id.Agent, c.buyers)
	for i := range agents {
		agents[i] = anAgent(t, s)
		if c.apart {
			agents[i] = s.Shop.IDs.Agent(s.Shop.IDs.Account())
			s.Fund(t, agents[i].Account(), 1_000_000_000)
		}
	}
	options := []func(*dynamodb.Options){asDeployed}
	if p.aws {
		options = append(options, new(dynamotest.AWS).Imitate)
	}
	b := &burden{Client: s.Engine.With(options...)}
	far := *s.Shop
	far.Store = dynamo.New(b, s.Name)
	far.Now = func() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
	far.IDs.Now = far.Now
	if !p.bubble {
		return c.buy(t, &far, agents, b)
	}
	synctest.Test(t, func(t *testing.T) { out = c.buy(t, &far, agents, b) })
	return out
}

// asDeployed has a client try again as that of a store does.
func asDeployed(o *dynamodb.Options) {
	o.Retryer = dynamo.NewClient(aws.Config{Region: o.Region}, "").Options().Retryer
}

// buy has all of them buy until it no longer counts.
func (c crowd) buy(t *testing.T, s *shop.Shop, agents []id.Agent, b *burden) carried {
	t.Helper()
	began := time.Now()
	from, until := began.Add(c.warm), began.Add(c.warm+c.window)
	sold := &sales{refused: make(map[fault.Code]int)}
	var all sync.WaitGroup
	for i, agent := range agents {
		all.Go(func() {
			for n := 0; time.Now().Before(until); n++ {
				started := time.Now()
				err := buyOnce(t, s, agent, fmt.Sprint(i, " ", n))
				sold.add(err, time.Since(started), !time.Now().Before(from) && time.Now().Before(until))
				if err != nil {
					time.Sleep(fault.From(err).RetryAfter)
				}
			}
		})
	}
	all.Wait()
	bought := float64(max(sold.bought, 1))
	key, units := b.hottest()
	slices.Sort(sold.took)
	out := carried{
		rate: float64(len(sold.took)) / c.window.Seconds(), bought: sold.bought, refused: sold.refused, strange: sold.strange,
		transactions: float64(b.transactions) / bought, units: float64(b.all()) / bought,
		hottest: key, hottestUnits: float64(units) / bought,
	}
	if n := len(sold.took); n > 0 {
		out.p95 = sold.took[(n*95+99)/100-1]
	}
	return out
}

// buyOnce makes one request, in the time that one may take.
func buyOnce(t *testing.T, s *shop.Shop, agent id.Agent, key string) error {
	ctx, cancel := context.WithTimeout(shop.OneRequest(t.Context()), 5*time.Second)
	defer cancel()
	_, err := s.BuyItem(ctx, callerOf(agent), storetest.Asked(1), once(key, purchaseID))
	return err
}

// sales are purchases, and refusals by their code.
type sales struct {
	mu      sync.Mutex
	bought  int
	took    []time.Duration // of those that count
	refused map[fault.Code]int
	strange error
}

func (s *sales) add(err error, took time.Duration, counts bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil {
		code := fault.From(err).Code
		if errors.Is(err, context.DeadlineExceeded) {
			code = fault.ProviderUnavailable // as a handler answers
		}
		if s.refused[code]++; code == fault.Internal {
			s.strange = err
		}
		return
	}
	s.bought++
	if counts {
		s.took = append(s.took, took)
	}
}
