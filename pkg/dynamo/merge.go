package dynamo

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sync"

	"agentstore/pkg/shop"
	"agentstore/pkg/sorting"
)

// merge reads the items of a list in order, from the partitions over which they are
// spread, side by side. What is read and not taken waits for its turn.
type merge struct {
	table   *Table
	sources []source
	// inTurn: the partitions have equal parts of any stretch.
	inTurn  bool
	queries int
}

// source is what comes from one partition.
type source struct {
	rest  span   // not read yet
	items []item // read, and not taken
	ended bool   // all is read
}

func (s *source) dry() bool { return len(s.items) == 0 && !s.ended }

// merge begins where the page does.
func (t *Table) merge(partition, prefix string, p shop.Page) *merge {
	m := merge{table: t, inTurn: prefix == ledgerPrefix}
	for _, partition := range t.spread.partitions(partition, prefix) {
		rest := span{partition: partition, prefix: prefix, backwards: !p.Oldest}
		if p.After != "" {
			rest.after = prefix + string(p.After)
		}
		m.sources = append(m.sources, source{rest: rest})
	}
	return &m
}

// share is how many items to read from each partition to have so many in order. Each
// has its share by chance: one in a few hundred reads meets more than three standard
// deviations above it in some partition, and has to read there once more.
func (m *merge) share(wanted int) int {
	parts := float64(len(m.sources))
	share := float64(wanted) / parts
	if !m.inTurn {
		share += 3 * math.Sqrt(share*(1-1/parts))
	}
	return min(int(math.Ceil(share)), wanted)
}

// read reads so many items of each partition that has fewer, or as many as are 1 MB.
func (m *merge) read(ctx context.Context, atMost int) error {
	return m.readWhere(ctx, atMost, func(s *source) bool { return !s.ended && len(s.items) < atMost })
}

// readOn reads where the next item is not known.
func (m *merge) readOn(ctx context.Context, atMost int) error {
	return m.readWhere(ctx, atMost, (*source).dry)
}

func (m *merge) readWhere(ctx context.Context, atMost int, where func(*source) bool) error {
	var some []*source
	for i := range m.sources {
		if s := &m.sources[i]; where(s) {
			some = append(some, s)
		}
	}
	m.queries += len(some)
	return sideBySide(len(some), func(i int) error { return some[i].read(ctx, m.table, atMost) })
}

func (s *source) read(ctx context.Context, t *Table, atMost int) error {
	s.rest.limit = atMost
	out, err := t.client.Query(ctx, s.rest.input(t.name))
	if err != nil {
		return classify(err)
	}
	s.items = append(s.items, out.Items...)
	s.ended = out.LastEvaluatedKey == nil
	s.rest.after = keyOf(out.LastEvaluatedKey).SK
	return nil
}

// next takes the next item; false where it is not known, or there is none.
func (m *merge) next() (item, bool) {
	if m.dry() || !m.ready() {
		return nil, false
	}
	first := &m.sources[0]
	for i := range m.sources[1:] {
		if s := &m.sources[1+i]; len(s.items) > 0 && (len(first.items) == 0 || s.before(first)) {
			first = s
		}
	}
	next := first.items[0]
	first.items = first.items[1:]
	return next, true
}

// before reports whether the next item of a source comes before that of another.
func (s *source) before(other *source) bool {
	order := cmp.Compare(keyOf(s.items[0]).SK, keyOf(other.items[0]).SK)
	return order < 0 != s.rest.backwards
}

// dry reports whether a partition has to be read before there is a next item.
func (m *merge) dry() bool {
	return slices.ContainsFunc(m.sources, func(s source) bool { return s.dry() })
}

// ready reports whether an item was read and not taken.
func (m *merge) ready() bool {
	return slices.ContainsFunc(m.sources, func(s source) bool { return len(s.items) > 0 })
}

// more reports whether there is another item, and reads on where that is not known.
func (m *merge) more(ctx context.Context) (bool, error) {
	for !m.ready() && m.dry() {
		if err := m.readOn(ctx, 1); err != nil {
			return false, err
		}
	}
	return m.ready(), nil
}

// sideBySide does each of several things, and returns the first error in their order.
func sideBySide(several int, do func(int) error) error {
	if several == 1 {
		return do(0)
	}
	errs := make([]error, several)
	var done sync.WaitGroup
	for i := range several {
		done.Go(func() { errs[i] = do(i) })
	}
	done.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// all reads whole partitions, or what in them has a prefix, in order.
func (t *Table) all(ctx context.Context, partitions []string, prefix string) ([]item, error) {
	found := make([][]item, len(partitions))
	err := sideBySide(len(partitions), func(i int) (err error) {
		found[i], err = t.query(ctx, span{partition: partitions[i], prefix: prefix})
		return err
	})
	items := slices.Concat(found...)
	sorting.By(items, func(a, b item) int { return cmp.Compare(keyOf(a).SK, keyOf(b).SK) })
	return items, err
}
