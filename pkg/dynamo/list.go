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
// identifiers sort by the time they were made. The cursor is the identifier of
// the last object, so that it can point at nothing outside the list.
func list[Row keyed, T any](ctx context.Context, t *Table, partition, prefix string, p shop.Page, domain func(Row) T) ([]T, shop.Cursor, error) {
	s := span{partition: partition, prefix: prefix, backwards: true, limit: p.Limit}
	if p.After != "" {
		s.after = prefix + string(p.After)
	}
	rows, more, err := query[Row](ctx, t, s)
	if err != nil {
		return nil, "", err
	}
	objects := make([]T, len(rows))
	for i, row := range rows {
		objects[i] = domain(row)
	}
	if !more {
		return objects, "", nil
	}
	last := rows[len(rows)-1].sortKey()
	return objects, shop.Cursor(strings.TrimPrefix(last, prefix)), nil
}
