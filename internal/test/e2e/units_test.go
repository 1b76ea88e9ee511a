package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/money"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// A purchase takes two sequential round trips up to its commit, and a replay
// one: the wallet is read together with everything else. Where it holds, two more are
// taken to hold and to end that.
func TestPurchaseRoundTrips(t *testing.T) {
	t.Parallel()
	recorder := &dynamotest.Recorder{Delay: 20 * time.Millisecond}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){recorder.Record}, NoKick: true})
	quote, held := s.Quote(t), s.Quote(t)
	order := storetest.Order()
	order["idempotencyKey"] = "without a quote"
	for _, step := range []struct {
		name  string
		body  map[string]any
		trips int
	}{
		{"a purchase", map[string]any{"quoteId": quote, "idempotencyKey": "k"}, 2},
		{"a replay", map[string]any{"quoteId": quote, "idempotencyKey": "k"}, 1},
		{"a purchase without a quote", order, 2},
		{"a purchase from a wallet that holds", map[string]any{"quoteId": held, "idempotencyKey": "held"}, 4},
		{"its replay", map[string]any{"quoteId": held, "idempotencyKey": "held"}, 1},
	} {
		if step.body["quoteId"] == held {
			s.Hold(t, s.Agent)
		}
		recorder.Reset()
		expectStatus(t, s.Call(t, http.MethodPost, storetest.Purchases, step.body), http.StatusCreated)
		if got := recorder.RoundTrips(); got != step.trips {
			t.Errorf("%s takes %d round trips, want %d: %v", step.name, got, step.trips, recorder.Calls())
		}
	}
}

// meter counts write units as AWS does: one for each KiB that an item begins,
// twice in a transaction, and one for each entry that joins or leaves the index
// (DynamoDB developer guide, "Read/write capacity mode"). DynamoDB Local counts
// transactions otherwise, and the embedded store not at all.
type meter struct {
	units   int
	indexed map[string]string // by the key of the item
}

// count is a hook of dynamotest.Faults that lets everything pass.
func (m *meter) count(_ string, input any) error {
	times := 1
	if _, isTransaction := input.(*dynamodb.TransactWriteItemsInput); isTransaction {
		times = 2
	}
	for _, item := range dynamotest.Written(input) {
		if step, isUpdate := input.(*dynamodb.UpdateItemInput); isUpdate && !strings.Contains(*step.UpdateExpression, "GSI1") {
			m.units++ // of a row of money that holds, whose entry stays as it is
			continue
		}
		m.put(item, times)
	}
	return nil
}

func (m *meter) put(item map[string]types.AttributeValue, times int) {
	const kib = 1024
	size := dynamotest.SizeOf(&types.AttributeValueMemberM{Value: item})
	m.units += times * ((size + kib - 1) / kib)
	key := textOf(item["PK"]) + textOf(item["SK"])
	before, after := m.indexed[key], textOf(item["GSI1PK"])+textOf(item["GSI1SK"])
	for _, entry := range []string{before, after} {
		if before != after && entry != "" {
			m.units++
		}
	}
	m.indexed[key] = after
}

func textOf(value types.AttributeValue) string {
	text, _ := value.(*types.AttributeValueMemberS)
	if text == nil {
		return ""
	}
	return text.Value
}

// since returns the units since the last time.
func (m *meter) since() int {
	units := m.units
	m.units = 0
	return units
}

// steps are the write units of a purchase: of its commit, and of all claims,
// provider calls and settlements that follow. The mock provider keeps its state
// in the table, and another one costs nothing here.
type steps struct{ commit, claim, provider, settle int }

func TestPurchaseWriteUnits(t *testing.T) {
	t.Parallel()
	type buyer struct {
		quantity int
		sees     shop.Sees
		held     bool // its wallet and budgets hold what is spent
	}
	for buyer, want := range map[buyer]steps{
		{1, shop.SeesAccount, false}:  {commit: 29, claim: 3, provider: 4, settle: 8},
		{1, shop.SeesAccount, true}:   {commit: 31, claim: 3, provider: 4, settle: 8},
		{10, shop.SeesAccount, false}: {commit: 94, claim: 30, provider: 40, settle: 80},
		{10, shop.SeesAccount, true}:  {commit: 96, claim: 30, provider: 40, settle: 80},
		{1, shop.SeesOwn, false}:      {commit: 33, claim: 3, provider: 4, settle: 12},
		{10, shop.SeesOwn, false}:     {commit: 98, claim: 30, provider: 40, settle: 120},
	} {
		t.Run(fmt.Sprint(buyer.quantity, " for an agent that sees ", buyer.sees, ", held ", buyer.held), func(t *testing.T) {
			t.Parallel()
			quantity := buyer.quantity
			m := &meter{indexed: make(map[string]string)}
			faults := &dynamotest.Faults{Before: m.count}
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){faults.Inject}, NoKick: true, Funds: -1})
			if _, _, err := s.Shop.Fund(t.Context(), s.Agent.Account(), money.Money{Minor: 10 * quotedPrice, Currency: "usd"}, "r", ""); err != nil {
				t.Fatal(err)
			}
			if buyer.sees == shop.SeesOwn {
				s.Key = s.NewKey(t, s.Shop.IDs.OwnAgent(s.Agent.Account()), app.Shelf().Rules().Scopes()...)
			}
			order := storetest.Order()
			order["quantity"] = quantity
			quoted := s.Call(t, http.MethodPost, storetest.Quotes, order)
			expectStatus(t, quoted, http.StatusCreated)
			if buyer.held {
				s.Hold(t, s.Agent)
			}
			m.since()

			expectStatus(t, s.Buy(t, quoted.Text("quote", "id"), "k"), http.StatusCreated)
			got := steps{commit: m.since()}
			table := dynamo.New(s.Engine.With(faults.Inject), s.Name)
			s.Worker.Store = table
			servers := app.Servers(app.Config{}, table, s.Clock.Now)
			s.Worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: perform(func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
				got.claim += m.since()
				outcome, err := servers.Perform(ctx, service, job)
				got.provider += m.since()
				return outcome, err
			})}
			due, err := table.DueJobs(t.Context(), s.Clock.Now())
			if err != nil {
				t.Fatal(err)
			}
			for _, ref := range due {
				if _, err := s.Worker.Run(t.Context(), ref); err != nil {
					t.Fatal(err)
				}
				got.settle += m.since()
			}
			if got != want {
				t.Errorf("write units are %+v, want %+v", got, want)
			}
		})
	}
}

// perform is a fulfilment of one function.
type perform func(context.Context, shop.Service, shop.Job) (shop.Outcome, error)

func (p perform) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	return p(ctx, service, job)
}
