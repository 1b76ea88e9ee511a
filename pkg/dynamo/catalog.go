package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type itemRow struct {
	head
	offerItem
}

// offerItem is an item of the catalog, in the catalog or inside an offer.
type offerItem struct {
	ID           string    `dynamodbav:"id"`
	SKU          string    `dynamodbav:"sku"`
	Name         string    `dynamodbav:"name"`
	Category     string    `dynamodbav:"category"`
	Description  string    `dynamodbav:"description"`
	ServiceType  string    `dynamodbav:"serviceType"`
	Position     int       `dynamodbav:"position"`
	Availability string    `dynamodbav:"availability"`
	Currency     string    `dynamodbav:"currency"`
	PriceMinor   int64     `dynamodbav:"priceMinor"`
	SetupMinor   int64     `dynamodbav:"setupMinor"`
	Terms        []termRow `dynamodbav:"terms,omitempty"`
	Plan         string    `dynamodbav:"plan,omitempty"`
	Provider     string    `dynamodbav:"provider,omitempty"`
	CeilingMinor int64     `dynamodbav:"ceilingMinor,omitempty"`
	// Schedule is that of the item's services.
	Schedule *scheduleRow `dynamodbav:"schedule,omitempty"`
}

type termRow struct {
	Months          int `dynamodbav:"months"`
	DiscountPercent int `dynamodbav:"discountPercent"`
	Hours           int `dynamodbav:"hours,omitempty"`
}

type categoryRow struct {
	head
	ID          string `dynamodbav:"id"`
	Name        string `dynamodbav:"name"`
	Description string `dynamodbav:"description"`
	Position    int    `dynamodbav:"position"`
}

// catalogRow reads every kind; the kind of its head tells which.
type catalogRow struct {
	head
	offerItem
	Edition string `dynamodbav:"edition,omitempty"`
}

// readCatalog reads one partition, in a query for each 1 MB of it, which is more than a
// thousand items. The name of the edition is its first item: what was read after it
// may be newer than that edition, which is found out the next time, and is never older.
func (t *Table) readCatalog(ctx context.Context) (edition, error) {
	rows, err := query[catalogRow](ctx, t, span{partition: catalogPartition})
	if err != nil {
		return edition{}, err
	}
	var read edition
	catalog := &read.catalog
	for _, row := range rows {
		switch row.Kind {
		case kindEdition:
			read.name = row.Edition
		case kindCategory:
			catalog.Categories = append(catalog.Categories, shop.Category{
				ID: row.ID, Name: row.Name, Description: row.Description, Position: row.Position,
			})
		case kindItem:
			catalog.Items = append(catalog.Items, row.offerItem.domain())
		}
	}
	catalog.Arrange()
	return read, nil
}

// Item reads one item, as it is now.
func (t *Table) Item(ctx context.Context, itemID id.Item) (shop.Item, error) {
	row, err := get[itemRow](ctx, t, itemKey(itemID))
	return row.offerItem.domain(), err
}

const (
	kindCategory = "category"
	kindItem     = "item"
)

func storedCategory(c shop.Category) categoryRow {
	return categoryRow{
		head: newHead(categoryKey(c.ID), kindCategory, 1),
		ID:   c.ID, Name: c.Name, Description: c.Description, Position: c.Position,
	}
}

func storedItem(i shop.Item) offerItem {
	row := offerItem{
		ID: string(i.ID), SKU: i.SKU, Name: i.Name, Category: i.Category, Description: i.Description,
		ServiceType: i.ServiceType, Position: i.Position, Availability: string(i.Availability),
		Currency: string(i.Price.Currency), PriceMinor: i.Price.Minor, SetupMinor: i.SetupFee.Minor,
		Plan: storedData(i.Plan), Provider: i.Provider, CeilingMinor: i.Ceiling, Schedule: storedSchedule(i.Schedule),
	}
	for _, term := range i.Terms {
		row.Terms = append(row.Terms, termRow(term))
	}
	return row
}

func (r offerItem) domain() shop.Item {
	i := shop.Item{
		ID: id.Item(r.ID), SKU: r.SKU, Name: r.Name, Category: r.Category, Description: r.Description,
		ServiceType: r.ServiceType, Position: r.Position, Availability: shop.Availability(r.Availability),
		Price: moneyOf(r.PriceMinor, r.Currency), SetupFee: moneyOf(r.SetupMinor, r.Currency),
		Plan: dataOf(r.Plan), Provider: r.Provider, Ceiling: r.CeilingMinor, Schedule: r.Schedule.domain(),
	}
	for _, term := range r.Terms {
		i.Terms = append(i.Terms, shop.Term(term))
	}
	return i
}
