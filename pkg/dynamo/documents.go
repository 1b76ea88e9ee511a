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

// Keys lists the keys with the prefix.
func (d Documents) Keys(ctx context.Context, prefix string) ([]string, error) {
	rows, err := query[head](ctx, d.Table, span{partition: mockPartition, prefix: prefix})
	keys := make([]string, len(rows))
	for i, row := range rows {
		keys[i] = row.SK
	}
	return keys, err
}

// Put writes all of the documents or none.
func (d Documents) Put(ctx context.Context, documents ...mock.Document) error {
	b := builder{table: &d.Table.name}
	for _, doc := range documents {
		b.version(documentRow{newHead(key{mockPartition, doc.Key}, "mock", doc.Version), doc.Body}, doc.Version)
	}
	if b.err != nil {
		return b.err
	}
	err := d.Table.write(ctx, b.puts)
	if errors.Is(err, shop.ErrConflict) {
		return mock.ErrConflict
	}
	return err
}
