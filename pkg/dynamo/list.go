package dynamo

import (
	"context"
	"strings"

	"agentstore/pkg/shop"
)

// keyed is a row that knows its sort key.
type keyed interface{ sortKey() string }

func (h head) sortKey() string { return h.SK }

// list reads one page of the objects under a prefix, the newest first: their
// identifiers sort by the time they were made. The cursor is the identifier of the
// last object, so it cannot point outside the list.
func list[Row keyed, T any](ctx context.Context, t *Table, partition, prefix string, p shop.Page, domain func(Row) T) ([]T, shop.Cursor, error) {
	// One more than asked for tells whether there is a next page.
	s := span{partition: partition, prefix: prefix, backwards: true, limit: p.Limit + 1}
	if p.After != "" {
		s.after = prefix + string(p.After)
	}
	items, short, err := t.query(ctx, s)
	if err != nil {
		return nil, "", err
	}
	rows, err := rowsOf[Row](items)
	if err != nil {
		return nil, "", err
	}
	if len(rows) > p.Limit {
		rows, short = rows[:p.Limit], true
	}
	var next shop.Cursor
	if short {
		next = shop.Cursor(strings.TrimPrefix(rows[len(rows)-1].sortKey(), prefix))
	}
	objects := make([]T, len(rows))
	for i, row := range rows {
		objects[i] = domain(row)
	}
	return objects, next, nil
}
