package shop

import (
	"cmp"
	"slices"
	"sync"

	"agentstore/pkg/sorting"
)

// Facet says of one property how many items have each of its values.
type Facet struct {
	Name   string
	Counts []FacetCount // the most frequent first
}

// FacetCount is a value, and how many items have it.
type FacetCount struct {
	Value string
	Items int
}

// MaxFacetCounts is how many values of a facet are counted in an answer: the most
// frequent.
const MaxFacetCounts = 50

// ofAll are the facets of every item. Behind them come those that products tell, by name.
var ofAll = []string{"category", "serviceType", "availability"}

// facetIndex is what each item of a catalog counts for. To read all plans takes much
// longer than a search, so it is done once for a catalog.
type facetIndex struct {
	once   sync.Once
	names  []string
	values []facetValue
	of     [][]int // of each item, places in values
}

type facetValue struct {
	facet int // its place in names
	value string
}

func (c Catalog) facetIndex(products Products) *facetIndex {
	index := c.facets
	if index == nil {
		index = new(facetIndex)
	}
	index.once.Do(func() { index.build(c.Items, products) })
	return index
}

func (x *facetIndex) build(items []Item, products Products) {
	places := make(map[facetValue]int)
	x.names = slices.Clone(ofAll)
	x.of = make([][]int, len(items))
	for i, item := range items {
		count := func(facet int, values ...string) {
			for _, value := range values {
				v := facetValue{facet, value}
				place, known := places[v]
				if !known {
					place = len(x.values)
					places[v] = place
					x.values = append(x.values, v)
				}
				x.of[i] = append(x.of[i], place)
			}
		}
		count(0, item.Category)
		count(1, item.ServiceType)
		count(2, string(item.Availability))
		for name, values := range products.facets(item) {
			facet := slices.Index(x.names, name)
			if facet < 0 {
				facet = len(x.names)
				x.names = append(x.names, name)
			}
			count(facet, values...)
		}
	}
}

// facets are what the product says of the plan of an item. A plan that cannot be read
// is counted for nothing: a later version may have written it, and all other items
// are still to be found.
func (p Products) facets(item Item) map[string][]string {
	product, err := p.Find(item.ServiceType)
	if err != nil {
		return nil
	}
	said, err := product.Facets(item.Plan)
	if err != nil {
		return nil
	}
	return said
}

// count counts the values of the hits, which are places in the catalog.
func (x *facetIndex) count(hits []hit) []Facet {
	counts := make([]int, len(x.values))
	for _, h := range hits {
		for _, value := range x.of[h.at] {
			counts[value]++
		}
	}
	facets := make([]Facet, len(x.names))
	for i, name := range x.names {
		facets[i].Name = name
	}
	for i, n := range counts {
		if v := x.values[i]; n > 0 {
			facets[v.facet].Counts = append(facets[v.facet].Counts, FacetCount{v.value, n})
		}
	}
	for i := range facets {
		all := facets[i].Counts
		sorting.By(all, func(a, b FacetCount) int {
			return cmp.Or(cmp.Compare(b.Items, a.Items), cmp.Compare(a.Value, b.Value))
		})
		facets[i].Counts = all[:min(len(all), MaxFacetCounts)]
	}
	sorting.By(facets[len(ofAll):], func(a, b Facet) int { return cmp.Compare(a.Name, b.Name) })
	return slices.DeleteFunc(facets, func(f Facet) bool { return len(f.Counts) == 0 })
}
