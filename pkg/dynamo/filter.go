package dynamo

import (
	"context"

	"agentstore/pkg/shop"
)

// maxQueries is how many queries a page of a filtered list makes, and those beside the
// last of them. Each looks at MaxPage objects, or as many as are 1 MB.
const maxQueries = 10

// A search looks at so many objects first, and at most so often: it finds few of many.
const (
	searched    = 1000
	maxSearches = 2
)

// sieve says what of a list is wanted, and when a page holds enough.
type sieve[T any] struct {
	wants func(T) bool
	// weight, where there is one, is that of an object; a page ends early where it
	// holds heaviest.
	weight   func(T) int
	heaviest int
	// once: it looks no further than one reading of many objects.
	once bool
}

// sifted is a page of what is wanted.
type sifted[T any] struct {
	sieve[T]
	limit  int
	wanted []T
	held   int         // the weight of what is wanted
	last   shop.Cursor // what was looked at last, wanted or not
}

func (s *sifted[T]) add(object T, at shop.Cursor) {
	s.last = at
	if !s.wants(object) {
		return
	}
	s.wanted = append(s.wanted, object)
	if s.weight != nil {
		s.held += s.weight(object)
	}
}

func (s *sifted[T]) full() bool {
	return len(s.wanted) == s.limit || s.weight != nil && s.held >= s.heaviest
}

// sift is list for what is wanted of it. A page may be short, or empty, where little is
// wanted of much; its cursor continues from there.
func sift[Row keyed, T any](ctx context.Context, t *Table, partition, prefix string, p shop.Page, domain func(Row) T, s sieve[T]) ([]T, shop.Cursor, error) {
	m := t.merge(partition, prefix, p)
	page := sifted[T]{sieve: s, limit: p.Limit, wanted: []T{}, last: p.After}
	most := max(shop.MaxPage, p.Limit)
	if p.Match != nil || s.once {
		most = searched
	}
	look := m.share(most)
	for looks := 1; ; looks++ {
		if err := m.read(ctx, look); err != nil {
			return nil, "", err
		}
		if err := siftInto(&page, m, prefix, domain); err != nil {
			return nil, "", err
		}
		switch {
		case page.full() && s.once:
			return page.wanted, page.last, nil
		case page.full():
			if more, err := m.more(ctx); err != nil || !more {
				return page.wanted, "", err
			}
			return page.wanted, page.last, nil
		case !m.dry():
			return page.wanted, "", nil
		case s.once || m.queries >= maxQueries || p.Match != nil && looks == maxSearches || shop.Tired(ctx):
			return page.wanted, page.last, nil
		}
		look = most
	}
}

// siftInto looks at what was read, until the page is full.
func siftInto[Row keyed, T any](page *sifted[T], m *merge, prefix string, domain func(Row) T) error {
	for !page.full() {
		next, ok := m.next()
		if !ok {
			return nil
		}
		row, err := decode[Row](next)
		if err != nil {
			return err
		}
		page.add(domain(row), placeOf(row, prefix))
	}
	return nil
}

// withStatus is list for the objects with the status of the page, if it names one.
func withStatus[Row keyed, T any, Status ~string](ctx context.Context, t *Table, partition, prefix string, p shop.Page, domain func(Row) T, status func(T) Status) ([]T, shop.Cursor, error) {
	if p.Status == "" {
		return list(ctx, t, partition, prefix, p, domain)
	}
	return sift(ctx, t, partition, prefix, p, domain, sieve[T]{wants: func(o T) bool { return string(status(o)) == p.Status }})
}
