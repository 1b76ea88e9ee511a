package dynamo

import (
	"context"
	"strings"

	"agentstore/pkg/shop"
)

// keyed is a row that knows its sort key.
type keyed interface{ sortKey() string }

func (h head) sortKey() string { return h.SK }

// list reads one page of the objects under a prefix, in the order of their
// identifiers, which sort by the time they were made. The cursor is the identifier of
// the last object, so it cannot point outside the list, and what comes and goes on
// either side of it moves nothing else.
func list[Row keyed, T any](ctx context.Context, t *Table, partition, prefix string, p shop.Page, domain func(Row) T) ([]T, shop.Cursor, error) {
	rows, next, err := rowsOn[Row](ctx, t, pageOf(partition, prefix, p))
	if err != nil {
		return nil, "", err
	}
	objects := make([]T, len(rows))
	for i, row := range rows {
		objects[i] = domain(row)
	}
	return objects, next, nil
}

// pageOf is a page of the objects under a prefix, and one object more, which tells
// whether there is a next page.
func pageOf(partition, prefix string, p shop.Page) span {
	s := span{partition: partition, prefix: prefix, backwards: !p.Oldest, limit: p.Limit + 1}
	if p.After != "" {
		s.after = prefix + string(p.After)
	}
	return s
}

// rowsOn reads what pageOf says.
func rowsOn[Row keyed](ctx context.Context, t *Table, s span) ([]Row, shop.Cursor, error) {
	items, short, err := t.query(ctx, s)
	if err != nil {
		return nil, "", err
	}
	rows, err := rowsOf[Row](items)
	if err != nil {
		return nil, "", err
	}
	if limit := s.limit - 1; len(rows) > limit {
		rows, short = rows[:limit], true
	}
	if !short {
		return rows, "", nil
	}
	return rows, placeOf(rows[len(rows)-1], s.prefix), nil
}

func placeOf(row keyed, prefix string) shop.Cursor {
	return shop.Cursor(strings.TrimPrefix(row.sortKey(), prefix))
}
