package shop_test

import (
	"math/rand/v2"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore/pkg/shop"
)

func TestArrangeCatalog(t *testing.T) {
	t.Parallel()
	want := shop.Catalog{
		Categories: []shop.Category{{ID: "z", Position: 1}, {ID: "a", Position: 2}, {ID: "b", Position: 2}, {ID: "c", Position: 10}},
		Items:      []shop.Item{{ID: "z", Position: -1}, {ID: "a", Position: 0}, {ID: "b", Position: 0}, {ID: "y", Position: 3}},
	}
	for range 20 {
		got := shop.Catalog{Categories: shuffled(want.Categories), Items: shuffled(want.Items)}
		got.Arrange()
		if diff := gocmp.Diff(want, got, cmpopts.IgnoreUnexported(shop.Catalog{})); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}

func shuffled[T any](list []T) []T {
	out := make([]T, len(list))
	for i, j := range rand.Perm(len(list)) {
		out[i] = list[j]
	}
	return out
}

func TestTermOfItem(t *testing.T) {
	t.Parallel()
	item := shop.Item{Terms: []shop.Term{{Months: 1}, {Months: 12, DiscountPercent: 10}}}
	if got, ok := item.Term(12); !ok || got != (shop.Term{Months: 12, DiscountPercent: 10}) {
		t.Errorf("the term of 12 months is %+v, %v", got, ok)
	}
	if got, ok := item.Term(6); ok || got != (shop.Term{}) {
		t.Errorf("the term of 6 months is %+v, %v", got, ok)
	}
}
