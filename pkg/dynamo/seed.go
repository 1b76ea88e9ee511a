package dynamo

import (
	"context"
	"crypto/rand"
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
	present, err := t.catalogItems(ctx)
	if err != nil {
		return Seeded{}, err
	}
	current, err := decode[editionRow](present[editionKey()])
	if err != nil {
		return Seeded{}, err
	}
	delete(present, editionKey())
	write, remove, unchanged := differences(present, catalogRows(catalog))
	done := Seeded{Unchanged: unchanged}
	if current.Edition != "" && len(write)+len(remove) == 0 {
		return done, nil
	}
	// Until it is all written nobody takes it for an edition, a crash included.
	if err := t.nameEdition(ctx, ""); err != nil {
		return done, err
	}
	for _, row := range write {
		b := t.builder()
		b.rewrite(row, "", nil)
		if err := t.write(ctx, b); err != nil {
			return done, err
		}
		done.Written++
	}
	for _, k := range remove {
		if _, err := t.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{TableName: &t.name, Key: t.spread.item(k)}); err != nil {
			return done, classify(err)
		}
		done.Removed++
	}
	return done, t.nameEdition(ctx, rand.Text())
}

// differences are what makes the present items say what the wanted rows do.
func differences(present map[key]item, wanted map[key]any) (write []any, remove []key, unchanged int) {
	for k, row := range wanted {
		if says(present[k], row) {
			unchanged++
			continue
		}
		write = append(write, row)
	}
	for k := range present {
		if _, stays := wanted[k]; !stays {
			remove = append(remove, k)
		}
	}
	return write, remove, unchanged
}

func catalogRows(c shop.Catalog) map[key]any {
	rows := make(map[key]any)
	for _, category := range c.Categories {
		rows[categoryKey(category.ID)] = storedCategory(category)
	}
	for _, i := range c.Items {
		rows[itemKey(i.ID)] = itemRow{newHead(itemKey(i.ID), kindItem, 1), storedItem(i)}
	}
	return rows
}

// says reports whether an item has the attributes of the row, whatever else it has.
func says(present item, row any) bool {
	v := reflect.ValueOf(row)
	p := planOf(v.Type())
	for i := range p.fields {
		f := &p.fields[i]
		if !reflect.DeepEqual(present[f.name], f.encode(v)) {
			return false
		}
	}
	return true
}

// catalogItems reads the catalog as it is stored.
func (t *Table) catalogItems(ctx context.Context) (map[key]item, error) {
	found, err := t.query(ctx, span{partition: catalogPartition})
	items := make(map[key]item, len(found))
	for _, i := range found {
		if err := checkShape(i); err != nil {
			return nil, err
		}
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
