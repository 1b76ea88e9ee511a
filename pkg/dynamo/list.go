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
	items, short, err := t.merge(partition, prefix, p).page(ctx, p.Limit+1) // one more tells whether there is a next page
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
	objects := make([]T, len(rows))
	for i, row := range rows {
		objects[i] = domain(row)
	}
	if !short {
		return objects, "", nil
	}
	return objects, placeOf(rows[len(rows)-1], prefix), nil
}

// maxReads bounds what a page reads of each partition: each query reads at most 1 MB.
const maxReads = 4

// page takes so many items. It also reports whether there are fewer because they are
// large, or because the request has made many calls already.
func (m *merge) page(ctx context.Context, wanted int) (items []item, short bool, err error) {
	if err := m.read(ctx, m.share(wanted)); err != nil {
		return nil, false, err
	}
	for reads := 1; ; reads++ {
		for len(items) < wanted {
			next, ok := m.next()
			if !ok {
				break
			}
			items = append(items, next)
		}
		switch {
		case len(items) == wanted || !m.dry():
			return items, false, nil
		case len(items) > 0 && (reads == maxReads || shop.Tired(ctx)):
			return items, true, nil
		}
		if err := m.readOn(ctx, wanted-len(items)); err != nil {
			return nil, false, err
		}
	}
}

func placeOf(row keyed, prefix string) shop.Cursor {
	return shop.Cursor(strings.TrimPrefix(row.sortKey(), prefix))
}
