package dynamo_test

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// largestPurchase is what the shop writes when the largest configuration is
// bought as often as can be, by an agent that sees its own alone, of which there
// are copies.
func largestPurchase(t *testing.T) (open, buy shop.Change) {
	t.Helper()
	item := goods(t).Items[0]
	reference := newID(id.Maker.Personal)
	configured, problems, err := storetest.Rules().Configure(item, storetest.Largest(t), shop.MaxQuantity, func() id.Personal { return reference })
	expectOK(t, err)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	configuration := configured.JSON
	units, err := storetest.Rules().Units(item, configuration, shop.MaxQuantity)
	expectOK(t, err)
	open, buy = purchaseOf(newOwnAgent(), shop.MaxQuantity)
	open.Quote.Offer.Item, open.Quote.Offer.Configuration, open.Quote.Offer.Personal = item, configuration, reference
	open.Personal = &shop.Personal{ID: reference, Account: open.Quote.Account, Version: 1, Data: configured.Personal, ExpiresAt: open.Quote.ExpiresAt}
	buy.Personal = nil // it is the quote's
	buy.Quote.Offer, buy.Purchase.Offer = open.Quote.Offer, open.Quote.Offer
	for i, unit := range units {
		buy.Services[i].DisplayName, buy.Services[i].Configuration, buy.Services[i].State = unit.DisplayName, unit.Configuration, unit.State
	}
	// The answer to a quote holds the configuration, and its record the answer.
	answer, err := json.Marshal(map[string]any{"quote": "with all of its lines, which take less than the white space here"})
	expectOK(t, err)
	open.Record = &shop.Record{RecordKey: buy.Record.RecordKey, Body: append(answer, configuration...), CreatedAt: now}
	buy.Record.Key += "of the purchase"
	return open, buy
}

// The largest input that the store accepts fits into its items, which onEach
// holds to their limit, and into one transaction, which has one of its own.
func TestLargestPurchase(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		open, buy := largestPurchase(t)
		s.commit(t, open, buy)
		const limit = 4 << 20
		size := 0
		for _, item := range s.items(t) {
			size += dynamotest.SizeOf(&types.AttributeValueMemberM{Value: item})
		}
		if size > limit {
			t.Errorf("%d bytes, and a transaction takes %d", size, limit)
		}
		expectSame(t, "copies", len(s.copies(t)), 1+shop.MaxQuantity)
		got, err := s.Purchase(t.Context(), buy.Purchase.Account, buy.Purchase.ID)
		expectOK(t, err)
		expectSame(t, "purchase", got, *buy.Purchase)

		// They fill several pages of 1 MB.
		services, next, err := s.Services(t.Context(), buy.Purchase.Account, shop.Page{Limit: shop.MaxQuantity})
		expectOK(t, err)
		expectSame(t, "cursor", next, shop.Cursor(""))
		expectSame(t, "services", len(services), shop.MaxQuantity)
		for i, service := range services {
			expectSame(t, "service", service, buy.Services[shop.MaxQuantity-1-i])
		}
	})
}
