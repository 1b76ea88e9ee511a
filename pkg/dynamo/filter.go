package dynamo

import (
	"context"

	"agentstore/pkg/shop"
)

// maxLooks is how many queries one page of a filtered list makes at most. Each looks at
// MaxPage objects, or as many as are 1 MB.
const maxLooks = 10

// sieve says what of a list is wanted, and when a page holds enough.
type sieve[T any] struct {
	wants func(T) bool
	// weight, where there is one, is that of an object; a page ends early where it
	// holds heaviest.
	weight   func(T) int
	heaviest int
}

// sift is list for what is wanted of it. A page may be short, or empty, where little is
// wanted of much; its cursor continues from there.
func sift[Row keyed, T any](ctx context.Context, t *Table, partition, prefix string, p shop.Page, domain func(Row) T, s sieve[T]) ([]T, shop.Cursor, error) {
	wanted := []T{}
	weight := 0
	for looks := 1; ; looks++ {
		look := pageOf(partition, prefix, shop.Page{Limit: shop.MaxPage, After: p.After, Oldest: p.Oldest})
		look.once = true
		rows, next, err := rowsOn[Row](ctx, t, look)
		if err != nil {
			return nil, "", err
		}
		for i, row := range rows {
			if object := domain(row); s.wants(object) {
				wanted = append(wanted, object)
				if s.weight != nil {
					weight += s.weight(object)
				}
			}
			full := len(wanted) == p.Limit || s.weight != nil && weight >= s.heaviest
			if full && i < len(rows)-1 {
				return wanted, placeOf(row, prefix), nil
			} else if full {
				return wanted, next, nil
			}
		}
		if next == "" || looks == maxLooks || shop.Tired(ctx) {
			return wanted, next, nil
		}
		p.After = next
	}
}

// withStatus is list for the objects with the status of the page, if it names one.
func withStatus[Row keyed, T any, Status ~string](ctx context.Context, t *Table, partition, prefix string, p shop.Page, domain func(Row) T, status func(T) Status) ([]T, shop.Cursor, error) {
	if p.Status == "" {
		return list(ctx, t, partition, prefix, p, domain)
	}
	return sift(ctx, t, partition, prefix, p, domain, sieve[T]{wants: func(o T) bool { return string(status(o)) == p.Status }})
}
