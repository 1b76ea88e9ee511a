package shop_test

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// The facets of a search are what counting all pages by hand comes to.
func TestFacets(t *testing.T) {
	t.Parallel()
	goods, err := catalog.Load(app.Shelf())
	if err != nil {
		t.Fatal(err)
	}
	goods.Arrange()
	s := &shop.Shop{Store: arranged{catalog: goods}, Products: app.Shelf().Rules()}
	rapid.Check(t, func(t *rapid.T) {
		look := shop.Search{
			Query: rapid.SampledFrom([]string{"", "vps", "gpu", "server", "arm", "none of them"}).Draw(t, "query"),
			Page:  shop.Page{Limit: rapid.IntRange(1, 20).Draw(t, "limit")},
		}
		first, err := s.Search(t.Context(), look)
		if err != nil {
			t.Fatal(err)
		}
		items := first.Items
		for page := first; page.Next != ""; items = append(items, page.Items...) {
			look.Page.After = page.Next
			if page, err = s.Search(t.Context(), look); err != nil || page.Facets != nil {
				t.Fatalf("a later page has the facets %v, %v", page.Facets, err)
			}
		}
		if diff := gocmp.Diff(facetsOf(t, items), first.Facets); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// facetsOf counts servers.
func facetsOf(t *rapid.T, items []shop.Item) []shop.Facet {
	counts := make(map[string]map[string]int)
	count := func(facet string, values ...string) {
		for _, value := range values {
			if counts[facet] == nil {
				counts[facet] = make(map[string]int)
			}
			counts[facet][value]++
		}
	}
	for _, item := range items {
		plan, err := server.PlanOf(item.Plan)
		if err != nil {
			t.Fatal(err)
		}
		count("category", item.Category)
		count("serviceType", item.ServiceType)
		count("availability", string(item.Availability))
		count("architecture", plan.Architecture)
		count("regions", plan.Regions...)
		if plan.GPU != "" {
			count("gpu", plan.GPU)
		}
	}
	facets := []shop.Facet{}
	for _, name := range []string{"category", "serviceType", "availability", "architecture", "gpu", "regions"} {
		facet := shop.Facet{Name: name}
		for value, n := range counts[name] {
			facet.Counts = append(facet.Counts, shop.FacetCount{Value: value, Items: n})
		}
		slices.SortFunc(facet.Counts, func(a, b shop.FacetCount) int {
			return cmp.Or(cmp.Compare(b.Items, a.Items), cmp.Compare(a.Value, b.Value))
		})
		if len(facet.Counts) > 0 {
			facets = append(facets, facet)
		}
	}
	return facets
}

// A facet has its most frequent values, and no more than are of use.
func TestFacetsAreBounded(t *testing.T) {
	t.Parallel()
	var items []shop.Item
	for n := range 3 * shop.MaxFacetCounts {
		for copies := range 1 + n%2 {
			items = append(items, shop.Item{ID: id.Item(fmt.Sprint("cat_", n, "_", copies)), Category: fmt.Sprintf("c%03d", n)})
		}
	}
	found, err := (&shop.Shop{Store: shelf{items: items}}).Search(t.Context(), shop.Search{Page: shop.Page{Limit: 1}})
	if err != nil {
		t.Fatal(err)
	}
	counts := found.Facets[0].Counts
	if len(counts) != shop.MaxFacetCounts {
		t.Errorf("%d values", len(counts))
	}
	for i, c := range counts {
		if want := fmt.Sprintf("c%03d", 2*i+1); c.Value != want || c.Items != 2 {
			t.Errorf("the value %d is %v, want %s of 2", i, c, want)
		}
	}
}

// A plan that this version cannot read counts for nothing, and everything else is found.
func TestFacetsOfAnUnknownPlan(t *testing.T) {
	t.Parallel()
	items := []shop.Item{{ID: "cat_newer", Category: "compute", Availability: shop.Limited, ServiceType: server.ServiceType, Plan: shop.Data{Shape: 99, JSON: []byte("{}")}}}
	s := &shop.Shop{Store: shelf{items: items}, Products: app.Shelf().Rules()}
	found, err := s.Search(t.Context(), shop.Search{Page: shop.Page{Limit: 1}})
	want := []shop.Facet{
		{Name: "category", Counts: []shop.FacetCount{{Value: "compute", Items: 1}}},
		{Name: "serviceType", Counts: []shop.FacetCount{{Value: "server", Items: 1}}},
		{Name: "availability", Counts: []shop.FacetCount{{Value: "limited", Items: 1}}},
	}
	if err != nil || len(found.Items) != 1 || gocmp.Diff(want, found.Facets) != "" {
		t.Errorf("%v, %v", found, err)
	}
}
