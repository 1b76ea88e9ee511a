package dynamo

import (
	"context"
	"errors"

	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
)

// Documents keeps the state of the mock provider, apart from every account.
type Documents struct{ Table *Table }

const mockPartition = "MOCK"

type documentRow struct {
	head
	Body []byte `dynamodbav:"body,omitempty"`
}

// Get reads one document.
func (d Documents) Get(ctx context.Context, name string) (mock.Document, error) {
	row, err := get[documentRow](ctx, d.Table, key{mockPartition, name})
	if errors.Is(err, shop.ErrNotFound) {
		err = nil
	}
	return mock.Document{Key: name, Version: row.Version, Body: row.Body}, err
}

// Each shows the documents whose keys begin with prefix, until see returns an error.
func (d Documents) Each(ctx context.Context, prefix string, see func(mock.Document) error) error {
	return d.Table.each(ctx, span{partition: mockPartition, prefix: prefix}, func(items []item) error {
		rows, err := rowsOf[documentRow](items)
		for _, row := range rows {
			if err := see(mock.Document{Key: row.SK, Version: row.Version, Body: row.Body}); err != nil {
				return err
			}
		}
		return err
	})
}

// Remove deletes all of the documents or none.
func (d Documents) Remove(ctx context.Context, documents ...mock.Document) error {
	b := d.Table.builder()
	for _, doc := range documents {
		b.remove(key{mockPartition, doc.Key}, doc.Version)
	}
	return changed(d.Table.write(ctx, b))
}

// Put writes all of the documents or none.
func (d Documents) Put(ctx context.Context, documents ...mock.Document) error {
	b := d.Table.builder()
	for _, doc := range documents {
		b.version(documentRow{newHead(key{mockPartition, doc.Key}, "mock", doc.Version), doc.Body}, doc.Version)
	}
	return changed(d.Table.write(ctx, b))
}

// changed translates a conflict into the mock's error.
func changed(err error) error {
	if errors.Is(err, shop.ErrConflict) {
		return mock.ErrConflict
	}
	return err
}
