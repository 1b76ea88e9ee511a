package license_test

import (
	"context"
	"encoding/json"
	"testing"
	"testing/synctest"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// TestExtendRoundTrips counts how often a quote and a purchase of an action wait for
// the table: once to read and once to write, as those of an item.
func TestExtendRoundTrips(t *testing.T) {
	t.Parallel()
	s := newIdleStore(t, dynamotest.Embedded(t), license.Desk{})
	service := id.Service(s.bought(t))
	recorder := dynamotest.Recorder{Delay: time.Second}
	watched := *s.Shop
	watched.Store = dynamo.New(s.Engine.With(recorder.Record), s.Name)
	caller := shop.Caller{Account: s.Agent.Account(), Agent: s.Agent, Confirm: func(context.Context) error { return nil }}
	expectTrips := func(what string, call func(context.Context) (shop.Response, error)) {
		recorder.Reset()
		// In a bubble a second is exact and free: requests that start together end together.
		synctest.Test(t, func(t *testing.T) {
			if _, err := call(t.Context()); err != nil {
				t.Error(err)
			}
		})
		if trips := recorder.RoundTrips(); trips != 2 {
			t.Errorf("%s takes %d round trips, want 2", what, trips)
		}
	}
	var quote id.Quote
	expectTrips("the quote", func(ctx context.Context) (shop.Response, error) {
		return watched.QuoteAction(ctx, caller, service, license.ServiceType, shop.Intent{Action: "extend", Input: json.RawMessage(`{"seats":1}`)}, shop.Request[shop.Quoted]{
			Operation: "license_extend_quote", Key: "k", Encode: func(q shop.Quoted) ([]byte, error) { quote = q.Quote.ID; return nil, nil },
		})
	})
	expectTrips("the purchase", func(ctx context.Context) (shop.Response, error) {
		return watched.BuyQuote(ctx, caller, quote, shop.Repeated{}, shop.Request[shop.Bought]{
			Operation: "purchase_create", Key: "k", Encode: func(shop.Bought) ([]byte, error) { return nil, nil },
		})
	})
	s.settled(t)
}
