package shop

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/sorting"
)

// Search is what to look for in the catalog. Empty fields match everything.
type Search struct {
	Category string
	Query    string
	Page     Page
}

// rank is how well an item matches; lower is better.
type rank int

const (
	exact rank = iota
	prefix
	substring
	allWords
	noMatch
)

// Found is a page of what was looked for.
type Found struct {
	Items []Item
	Next  Cursor
	// Facets count all that was found, and are on the first page alone.
	Facets []Facet
}

// Search finds items by name, SKU, category and description, ignoring case. An exact
// match comes before a prefix, a prefix before a substring, and that before an item
// that has all the words somewhere; equal matches stay in shelf order. It returns
// invalid_input for a category that the catalog does not have.
func (s *Shop) Search(ctx context.Context, search Search) (Found, error) {
	catalog, err := s.Store.Catalog(ctx)
	if err != nil {
		return Found{}, err
	}
	if search.Category != "" && !slices.ContainsFunc(catalog.Categories, func(c Category) bool { return c.ID == search.Category }) {
		var exist []string
		for _, c := range catalog.Categories {
			exist = append(exist, c.ID)
		}
		return Found{}, fault.Invalid(fault.OneOf("$.category", search.Category, exist...))
	}
	hits := find(catalog, search)
	var found Found
	if search.Page.After == "" {
		found.Facets = catalog.facetIndex(s.Products).count(hits)
	}
	found.Items, found.Next, err = page(hits, search.Page)
	return found, err
}

type hit struct {
	*Item
	at   int // its place in the catalog
	rank rank
}

func find(catalog Catalog, search Search) []hit {
	query := strings.ToLower(strings.TrimSpace(search.Query))
	words := strings.Fields(query)
	var hits []hit
	for i := range catalog.Items {
		item := &catalog.Items[i]
		if search.Category != "" && search.Category != item.Category {
			continue
		}
		if r := match(catalog.foldedAt(i), query, words); r < noMatch {
			hits = append(hits, hit{item, i, r})
		}
	}
	sorting.By(hits, compareHits)
	return hits
}

// cursorForm is the rank, the position and the id of a hit.
const cursorForm = "%d.%d.%s"

func compareHits(a, b hit) int {
	return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
}

// page cuts out the hits after the cursor. The cursor holds the values that the
// order of the hits is based on, so that it stays valid when the catalog changes.
func page(hits []hit, p Page) ([]Item, Cursor, error) {
	if p.After != "" {
		last := hit{Item: new(Item)}
		if _, err := fmt.Sscanf(string(p.After), cursorForm, &last.rank, &last.Position, &last.ID); err != nil {
			return nil, "", errCursor()
		}
		hits = slices.DeleteFunc(hits, func(h hit) bool { return compareHits(h, last) <= 0 })
	}
	var next Cursor
	if len(hits) > p.Limit {
		hits = hits[:p.Limit]
		last := hits[p.Limit-1]
		next = Cursor(fmt.Sprintf(cursorForm, last.rank, last.Position, last.ID))
	}
	items := make([]Item, len(hits))
	for i, h := range hits {
		items[i] = *h.Item
	}
	return items, next, nil
}

// folded are the texts of an item that are searched, in lower case.
type folded [4]string

func foldedOf(item Item) folded {
	return folded{strings.ToLower(item.Name), strings.ToLower(item.SKU), strings.ToLower(item.Category), strings.ToLower(item.Description)}
}

// foldedAt are those of the item at that place.
func (c Catalog) foldedAt(i int) folded {
	if c.folded == nil {
		return foldedOf(c.Items[i])
	}
	return c.folded[i]
}

func match(in folded, query string, words []string) rank {
	if query == "" {
		return exact
	}
	best := noMatch
	for _, field := range in {
		best = min(best, matchField(field, query))
	}
	if best == noMatch && in.haveAll(words) {
		return allWords
	}
	return best
}

func matchField(field, query string) rank {
	switch at := strings.Index(field, query); {
	case at < 0:
		return noMatch
	case len(field) == len(query):
		return exact
	case at == 0:
		return prefix
	default:
		return substring
	}
}

// haveAll reports whether each of the words is somewhere.
func (f folded) haveAll(wanted []string) bool {
	for _, word := range wanted {
		if !slices.ContainsFunc(f[:], func(field string) bool { return strings.Contains(field, word) }) {
			return false
		}
	}
	return true
}
