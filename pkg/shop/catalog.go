package shop

import (
	"cmp"
	"context"
	"errors"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/sorting"
)

// Catalog is what is on sale, in shelf order.
type Catalog struct {
	Categories []Category
	Items      []Item
	// What follows is there once it is arranged.
	folded []folded // of each item
	facets *facetIndex
}

// Category groups items.
type Category struct {
	ID          string
	Name        string
	Description string
	Position    int
}

// Item is something that can be bought.
type Item struct {
	ID          id.Item
	SKU         string
	Name        string
	Category    string
	Description string
	ServiceType string
	// Position is the place on the shelf; lower comes first.
	Position     int
	Availability Availability
	// Price is for one unit and one month, or one hour where its only term is an hour;
	// SetupFee is paid once for each unit.
	Price    money.Money
	SetupFee money.Money
	Terms    []Term
	// Ceiling is the most that one unit costs a month by the hour, in the minor unit of
	// its price; zero is no ceiling.
	Ceiling int64
	// Schedule is when its services are warned about, charged, suspended and deleted; nil
	// is that of its terms.
	Schedule *Schedule
	// Plan is what its product offers with it.
	Plan Data
	// Provider names where its services come from; empty for a product that needs none.
	Provider string
}

// Availability reports whether an item can be had now.
type Availability string

// The availabilities. Limited can be bought while stocks last.
const (
	Available Availability = "available"
	Limited   Availability = "limited"
	SoldOut   Availability = "sold_out"
)

// Hourly reports whether the item is paid by the hour.
func (i Item) Hourly() bool { return len(i.Terms) == 1 && i.Terms[0].Hours > 0 }

// Term finds the billing term of that many months.
func (i Item) Term(months int) (Term, bool) {
	for _, t := range i.Terms {
		if t.Months == months {
			return t, true
		}
	}
	return Term{}, false
}

// CheckoutCustom is how every item is bought today: with a configuration.
const CheckoutCustom = "custom"

// CategoryCount is a category and how many items it holds.
type CategoryCount struct {
	Category
	Items int
}

// Categories lists the categories with the number of items in each.
func (s *Shop) Categories(ctx context.Context) ([]CategoryCount, error) {
	catalog, err := s.Store.Catalog(ctx)
	if err != nil {
		return nil, err
	}
	counts := make([]CategoryCount, len(catalog.Categories))
	for i, c := range catalog.Categories {
		counts[i].Category = c
		for _, item := range catalog.Items {
			if item.Category == c.ID {
				counts[i].Items++
			}
		}
	}
	return counts, nil
}

// Requirements is what the configuration of an item must contain.
type Requirements struct {
	Item Item
	Configurable
}

// Requirements looks up what an item needs. It returns not_found.
func (s *Shop) Requirements(ctx context.Context, itemID id.Item) (Requirements, error) {
	item, product, err := s.item(ctx, itemID)
	if err != nil {
		return Requirements{}, err
	}
	needs, err := product.Requirements(item)
	return Requirements{item, needs}, err
}

// item reads an item and the product that it belongs to. It returns not_found.
func (s *Shop) item(ctx context.Context, itemID id.Item) (Item, Product, error) {
	item, err := s.Store.Item(ctx, itemID)
	if errors.Is(err, ErrNotFound) {
		return Item{}, nil, fault.New(fault.NotFound, "The catalog has no item %+q.", itemID).
			Fix("Search the catalog with catalog_search and pass the id of a hit as catalogItemId.")
	}
	if err != nil {
		return Item{}, nil, err
	}
	product, err := s.Products.Find(item.ServiceType)
	return item, product, err
}

// Arrange puts the catalog in shelf order, and makes it ready for many searches.
func (c *Catalog) Arrange() {
	sorting.By(c.Categories, func(a, b Category) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	sorting.By(c.Items, func(a, b Item) int {
		return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
	})
	c.folded = make([]folded, len(c.Items))
	for i, item := range c.Items {
		c.folded[i] = foldedOf(item)
	}
	c.facets = new(facetIndex)
}
