package shop_test

import (
	"net/http"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// A quote is bought at its price, whatever the catalog says by then.
func TestPriceChangesAfterQuote(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		quoteID := s.Quote(t)
		goods, err := catalog.Load(app.Shelf())
		expectOK(t, err)
		for i := range goods.Items {
			goods.Items[i].Price.Minor *= 3
			goods.Items[i].Availability = shop.SoldOut
		}
		_, err = s.Table.Seed(t.Context(), goods)
		expectOK(t, err)

		quote := s.Call(t, "GET", storetest.Quotes+"/"+quoteID, nil)
		expectSame(t, "quote", quote.Get("quote", "totalPriceMinor"), any(2400.0))
		bought := s.Buy(t, quoteID, "the key")
		expectStatus(t, bought, http.StatusCreated)
		expectSame(t, "purchase", bought.Get("purchase", "totalPriceMinor"), any(2400.0))
		expectSame(t, "renewal", bought.Get("service", "renewal", "priceMinor"), any(2400.0))

		order := storetest.Order()
		order["idempotencyKey"] = "another key"
		direct := s.Call(t, "POST", storetest.Purchases, order)
		expectSame(t, "a purchase at the price of now", direct.Code(), string(fault.SoldOut))
	})
}

// A purchase without a quote is made at the price of the moment.
func TestBuyItem(t *testing.T) {
	t.Parallel()
	onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
		order := storetest.Order()
		order["quantity"], order["idempotencyKey"] = 2, "the key"
		bought := s.Call(t, "POST", storetest.Purchases, order)
		expectStatus(t, bought, http.StatusCreated)
		expectSame(t, "price", bought.Get("purchase", "totalPriceMinor"), any(4800.0))
		expectSame(t, "quote", bought.Get("purchase", "quoteId"), nil)
		expectStock(t, s, 1, 2)
		service := s.Call(t, "GET", storetest.Services+"/"+bought.Text("services", 1, "id"), nil)
		expectSame(t, "status", service.Text("service", "status"), "active")
		expectSame(t, "name", service.Text("service", "displayName"), "deploy-node-01-2")
	})
}
