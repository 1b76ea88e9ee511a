package dynamo

import (
	"context"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/shop"
)

// Seeded counts what Seed did.
type Seeded struct{ Written, Unchanged, Removed int }

// Seed makes the table's catalog equal to the given one. Doing it again changes
// nothing. Quotes and purchases hold what they need, and are not touched.
func (t *Table) Seed(ctx context.Context, catalog shop.Catalog) (Seeded, error) {
	var done Seeded
	present, err := t.catalogItems(ctx)
	if err != nil {
		return done, err
	}
	wanted := catalogItems(catalog)
	for k, item := range wanted {
		if reflect.DeepEqual(item, present[k]) {
			done.Unchanged++
			continue
		}
		if _, err := t.client.PutItem(ctx, &dynamodb.PutItemInput{TableName: &t.name, Item: item}); err != nil {
			return done, classify(err)
		}
		done.Written++
	}
	for k := range present {
		if _, stays := wanted[k]; stays {
			continue
		}
		if _, err := t.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &t.name, Key: k.item()}); err != nil {
			return done, classify(err)
		}
		done.Removed++
	}
	return done, nil
}

func catalogItems(c shop.Catalog) map[key]item {
	items := make(map[key]item)
	for _, category := range c.Categories {
		items[categoryKey(category.ID)] = categoryItem(category)
	}
	for _, i := range c.Items {
		items[itemKey(i.ID)] = catalogItem(i)
	}
	return items
}

// catalogItems reads the catalog as it is stored.
func (t *Table) catalogItems(ctx context.Context) (map[key]item, error) {
	found, _, err := t.query(ctx, span{partition: catalogPartition})
	items := make(map[key]item, len(found))
	for _, i := range found {
		items[keyOf(i)] = i
	}
	return items, err
}

func keyOf(i item) key {
	pk, _ := i["PK"].(*types.AttributeValueMemberS)
	sk, _ := i["SK"].(*types.AttributeValueMemberS)
	if pk == nil || sk == nil {
		return key{} // no item is without its keys
	}
	return key{pk.Value, sk.Value}
}
