package dynamo_test

import (
	"reflect"
	"testing"

	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

func goods(t *testing.T) shop.Catalog {
	t.Helper()
	c, err := catalog.Load(app.Shelf())
	expectOK(t, err)
	return c
}

func (s store) expectSeeded(t *testing.T, what string, c shop.Catalog, want dynamo.Seeded) {
	t.Helper()
	done, err := s.Seed(t.Context(), c)
	expectOK(t, err)
	expectSame(t, what, done, want)
	got, err := s.Catalog(t.Context())
	expectOK(t, err)
	expectSame(t, what, got, c)
	for _, want := range c.Items {
		got, err := s.Item(t.Context(), want.ID)
		expectOK(t, err)
		expectSame(t, what, got, want)
	}
}

// Seeding makes the catalog what it is told, and does no more than that takes.
func TestSeed(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		c := goods(t)
		all := len(c.Items) + len(c.Categories)
		s.expectSeeded(t, "an empty table", c, dynamo.Seeded{Written: all})
		s.expectSeeded(t, "again", c, dynamo.Seeded{Unchanged: all})

		c.Items[0].Price.Minor++
		c.Categories[0].Name = "Computers"
		s.expectSeeded(t, "a price and a name", c, dynamo.Seeded{Written: 2, Unchanged: all - 2})

		gone := c.Items[1].ID
		c.Items = append(c.Items[:1:1], c.Items[2:]...)
		s.expectSeeded(t, "an item less", c, dynamo.Seeded{Unchanged: all - 1, Removed: 1})
		_, err := s.Item(t.Context(), gone)
		expectError(t, "the removed item", err, shop.ErrNotFound)

		s.expectSeeded(t, "nothing", shop.Catalog{}, dynamo.Seeded{Removed: all - 1})
	})
}

// The order of the catalog is that of the shelf, not of the identifiers.
func TestCatalogOrder(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		var c shop.Catalog
		for position, itemID := range []id.Item{"cat_z", "cat_b", "cat_a"} {
			item := fullItem()
			item.ID, item.Position = itemID, position
			c.Items = append(c.Items, item)
		}
		c.Categories = []shop.Category{
			{ID: "y", Name: "Y", Description: "the first", Position: 1},
			{ID: "x", Name: "X", Description: "the second", Position: 2},
		}
		s.expectSeeded(t, "order", c, dynamo.Seeded{Written: 5})
	})
}

func TestFullItem(t *testing.T) {
	t.Parallel()
	item := fullItem()
	expectSame(t, "fields without a value", zeros("Item", reflect.ValueOf(item)), []string(nil))
	onEach(t, func(t *testing.T, s store) {
		least := shop.Item{ID: "cat_least", Price: usd(1), SetupFee: usd(0)}
		s.expectSeeded(t, "items", shop.Catalog{Items: []shop.Item{least, item}}, dynamo.Seeded{Written: 2})
	})
}

// What was offered stays as it was offered, whatever becomes of the catalog.
func TestSeedLeavesOffers(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		o := fresh(newAgent())
		c := shop.Catalog{Items: []shop.Item{o.quote.Offer.Item}}
		s.expectSeeded(t, "the first catalog", c, dynamo.Seeded{Written: 1})
		s.commit(t, o.change())
		c.Items[0].Price.Minor = 999_999
		s.expectSeeded(t, "another price", c, dynamo.Seeded{Written: 1})
		s.expectSeeded(t, "nothing for sale", shop.Catalog{}, dynamo.Seeded{Removed: 1})

		quote, err := s.Quote(t.Context(), o.quote.Account, o.quote.ID)
		expectOK(t, err)
		expectSame(t, "quote", quote, o.quote)
		purchase, err := s.Purchase(t.Context(), o.purchase.Account, o.purchase.ID)
		expectOK(t, err)
		expectSame(t, "purchase", purchase, o.purchase)
	})
}
