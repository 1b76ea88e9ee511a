package shop_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// shelf is a store that holds items and nothing else.
type shelf struct {
	shop.Store
	items []shop.Item
}

func (s shelf) Catalog(context.Context) (shop.Catalog, error) {
	catalog := shop.Catalog{Items: s.items}
	for _, category := range []string{"compute", "storage", "games"} {
		catalog.Categories = append(catalog.Categories, shop.Category{ID: category})
	}
	return catalog, nil
}

func search(items []shop.Item, s shop.Search) ([]id.Item, shop.Cursor, error) {
	found, err := (&shop.Shop{Store: shelf{items: items}}).Search(context.Background(), s)
	ids := make([]id.Item, len(found.Items))
	for i, item := range found.Items {
		ids[i] = item.ID
	}
	return ids, found.Next, err
}

// all is every hit, in one page.
func all(items []shop.Item, query, category string) shop.Search {
	return shop.Search{Query: query, Category: category, Page: shop.Page{Limit: len(items) + 1}}
}

func TestSearchOfTheContract(t *testing.T) {
	t.Parallel()
	goods, err := catalog.Load(app.Shelf())
	if err != nil {
		t.Fatal(err)
	}
	got, next, err := search(goods.Items, shop.Search{Category: "compute", Query: "vps", Page: shop.Page{Limit: 3}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]id.Item{"cat_vps_micro", "cat_vps_small", "cat_vps_gpu_standard"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if next == "" {
		t.Error("there is no next page")
	}
}

// TestSearchInNoCategory: an empty page would say that there is nothing to buy.
func TestSearchInNoCategory(t *testing.T) {
	t.Parallel()
	for given, fix := range map[string]string{
		"music": "Send $.category as one of compute, storage, games.", "comp": "Send $.category as one of compute, storage, games.",
		"Compute": "Send $.category in lower case: compute.",
	} {
		_, _, err := search(nil, all(nil, "", given))
		if next := fault.From(err).Next(); len(next) != 1 || next[0] != fix {
			t.Errorf("%q is answered by %v and %q", given, err, next)
		}
	}
}

func TestSearch(t *testing.T) {
	t.Parallel()
	items := []shop.Item{
		{ID: "words", Position: 1, Name: "Large lamp", SKU: "a-1", Category: "compute", Description: "With a disk."},
		{ID: "substring", Position: 2, Name: "The Disk", SKU: "a-2", Category: "storage", Description: "Large."},
		{ID: "prefix", Position: 3, Name: "Disk, large", SKU: "a-3", Category: "storage", Description: "For files."},
		{ID: "exact", Position: 4, Name: "Disk", SKU: "a-4", Category: "storage", Description: "For archives."},
		{ID: "prefix2", Position: 5, Name: "Other", SKU: "disk-9", Category: "storage", Description: "A Large Disk."},
	}
	tests := []struct {
		name, query, category string
		want                  []id.Item
	}{
		{"everything, in the order of the shelf", "", "", []id.Item{"words", "substring", "prefix", "exact", "prefix2"}},
		{"white space for everything", " \t", "", []id.Item{"words", "substring", "prefix", "exact", "prefix2"}},
		{"exact before prefix before substring", "disk", "", []id.Item{"exact", "prefix", "prefix2", "words", "substring"}},
		{"without regard to case", " DISK ", "", []id.Item{"exact", "prefix", "prefix2", "words", "substring"}},
		{"a substring before all the words", "large disk", "", []id.Item{"prefix2", "words", "substring", "prefix"}},
		{"words with more white space between", "large  disk", "", []id.Item{"words", "substring", "prefix", "prefix2"}},
		{"words that are not all there", "large tape", "", []id.Item{}},
		{"a sku", "a-4", "", []id.Item{"exact"}},
		{"the name of a category", "compute", "", []id.Item{"words"}},
		{"a category", "", "storage", []id.Item{"substring", "prefix", "exact", "prefix2"}},
		{"a query in a category", "large", "compute", []id.Item{"words"}},
		{"a category with nothing in it", "", "games", []id.Item{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, next, err := search(items, all(items, tt.query, tt.category))
			if err != nil || next != "" {
				t.Fatalf("the next page is %q, the error %v", next, err)
			}
			if diff := gocmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// stocks draws items of so few words that they match in every way, and share
// positions.
var stocks = rapid.Custom(func(t *rapid.T) []shop.Item {
	text := func(name string) string {
		return strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{"vps", "Micro", "GPU", "v"}), 1, 3).Draw(t, name), rapid.SampledFrom([]string{" ", "-"}).Draw(t, "between"))
	}
	items := make([]shop.Item, rapid.IntRange(0, 12).Draw(t, "items"))
	for i := range items {
		items[i] = shop.Item{
			ID: id.Item(fmt.Sprintf("cat_%d", i)), Position: rapid.IntRange(-2, 4).Draw(t, "position"),
			Name: text("name"), SKU: text("sku"), Description: text("description"),
			Category: rapid.SampledFrom([]string{"compute", "storage"}).Draw(t, "category"),
		}
	}
	return items
})

var (
	queries    = rapid.SampledFrom([]string{"", "vps", "v", "Micro", "gpu", "vps micro", "micro  vps", "vps-micro", "none", "compute"})
	categories = rapid.SampledFrom([]string{"", "compute", "storage"})
)

// The hits are those of the rules, sorted by how well they match, then by their
// place on the shelf, then by id.
func TestSearchByTheRules(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items, query, category := stocks.Draw(t, "items"), queries.Draw(t, "query"), categories.Draw(t, "category")
		got, _, err := search(items, all(items, query, category))
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(slices.Clone(items), func(i shop.Item) bool {
			return quality(i, query) == 0 || category != "" && i.Category != category
		})
		slices.SortFunc(want, func(a, b shop.Item) int {
			return cmp.Or(-cmp.Compare(quality(a, query), quality(b, query)), cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID))
		})
		ids := make([]id.Item, len(want))
		for i := range want {
			ids[i] = want[i].ID
		}
		if diff := gocmp.Diff(ids, got); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

// quality is how well an item matches: 4 exactly, 3 by a prefix, 2 by a
// substring, 1 by all the words, 0 not at all.
func quality(item shop.Item, query string) int {
	query = strings.ToLower(query)
	text := strings.ToLower(strings.Join([]string{item.Name, item.SKU, item.Category, item.Description}, "\n"))
	has := func(before, after string) bool { return strings.Contains("\n"+text+"\n", before+query+after) }
	switch {
	case query == "" || has("\n", "\n"):
		return 4
	case has("\n", ""):
		return 3
	case has("", ""):
		return 2
	}
	for _, word := range strings.Fields(query) {
		if !strings.Contains(text, word) {
			return 0
		}
	}
	return 1
}

// Walking the pages by their cursors gives the whole list, once and in order.
func TestPagesMakeTheList(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		items := stocks.Draw(t, "items")
		whole := all(items, queries.Draw(t, "query"), categories.Draw(t, "category"))
		want, _, err := search(items, whole)
		if err != nil {
			t.Fatal(err)
		}
		paged := whole
		paged.Page.Limit = rapid.IntRange(1, len(items)+1).Draw(t, "limit")
		var got []id.Item
		for {
			part, next, err := search(items, paged)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, part...)
			if next == "" {
				break
			}
			if len(part) != paged.Page.Limit {
				t.Fatalf("a page of %d holds %d, and is not the last", paged.Page.Limit, len(part))
			}
			paged.Page.After, err = shop.OpenCursor("catalog", next.Seal("catalog"))
			if err != nil {
				t.Fatal(err)
			}
		}
		if !slices.Equal(want, got) {
			t.Fatalf("pages of %d: %v, want %v", paged.Page.Limit, got, want)
		}
	})
}

// A cursor stays good when the item that it points at is gone, and another has
// come before it.
func TestPagesOfAChangingCatalog(t *testing.T) {
	t.Parallel()
	items := []shop.Item{{ID: "a", Position: 1}, {ID: "b", Position: 2}, {ID: "c", Position: 3}, {ID: "d", Position: 4}}
	_, next, err := search(items, shop.Search{Page: shop.Page{Limit: 2}})
	if err != nil {
		t.Fatal(err)
	}
	changed := []shop.Item{{ID: "new", Position: 0}, items[0], items[2], items[3]}
	got, _, err := search(changed, shop.Search{Page: shop.Page{Limit: 2, After: next}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff([]id.Item{"c", "d"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Whatever a caller makes of a cursor, they get the end of the list or a refusal.
func TestSearchAfterAnything(t *testing.T) {
	t.Parallel()
	cursors := rapid.OneOf(rapid.StringN(1, 20, -1), rapid.StringMatching(`[0-4]\.-?[0-9]\.[a-z_0-9]{1,6}`))
	rapid.Check(t, func(t *rapid.T) {
		items, query := stocks.Draw(t, "items"), queries.Draw(t, "query")
		whole, _, err := search(items, all(items, query, ""))
		if err != nil {
			t.Fatal(err)
		}
		after := all(items, query, "")
		after.Page.After = shop.Cursor(cursors.Draw(t, "cursor"))
		got, _, err := search(items, after)
		if err == nil && !slices.Equal(whole[len(whole)-len(got):], got) {
			t.Fatalf("after %q: %v of %v", after.Page.After, got, whole)
		}
		if err != nil && !fault.Is(err, fault.InvalidInput) {
			t.Fatalf("after %q: %v", after.Page.After, err)
		}
	})
}

func TestSearchRefusesOtherCursors(t *testing.T) {
	t.Parallel()
	for _, cursor := range []shop.Cursor{"x", "1", "1.2", "1.2.", ".", "..", "a.b.c", "99999999999999999999.1.a"} {
		t.Run(string(cursor), func(t *testing.T) {
			t.Parallel()
			_, _, err := search(nil, shop.Search{Page: shop.Page{Limit: 1, After: cursor}})
			expectBadCursor(t, err)
		})
	}
}

// arranged is a store that has its catalog at hand.
type arranged struct {
	shop.Store
	catalog shop.Catalog
}

func (s arranged) Catalog(context.Context) (shop.Catalog, error) { return s.catalog, nil }

// BenchmarkSearch is what a search costs beside reading the catalog.
func BenchmarkSearch(b *testing.B) {
	goods, err := catalog.Load(app.Shelf())
	if err != nil {
		b.Fatal(err)
	}
	plans := goods.Items
	for _, n := range []int{10, 1000, 10_000} {
		items := make([]shop.Item, n)
		for i := range items {
			name := fmt.Sprintf("%05d", i)
			items[i] = shop.Item{
				ID: id.Item("cat_" + name), SKU: "sku-" + name, Name: "Server " + name, Category: "compute", Position: i,
				Description: "A server for whatever it is that needs one of this size, with disks, memory and a network.",
				ServiceType: server.ServiceType, Plan: plans[i%len(plans)].Plan,
			}
		}
		c := shop.Catalog{Items: items}
		c.Arrange()
		s := &shop.Shop{Store: arranged{catalog: c}, Products: app.Shelf().Rules()}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := s.Search(b.Context(), shop.Search{Query: "Memory disks", Page: shop.Page{Limit: 20}}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
