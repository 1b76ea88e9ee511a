package server

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"agentstore/pkg/shop"
)

func offering(tb testing.TB, region string) shop.Data {
	tb.Helper()
	data, err := Plan{Regions: []string{region}, Images: []string{"debian-13"}}.Data()
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// TestOfferFollowsItsItem changes each thing that an offer is made of: a remembered
// one must not outlive the item that it was made for.
func TestOfferFollowsItsItem(t *testing.T) {
	t.Parallel()
	item := shop.Item{Name: "VPS Micro", Terms: []shop.Term{{Months: 1}}, Plan: offering(t, "eu-west")}
	sells := func(item shop.Item) string {
		t.Helper()
		offer, err := offerOf(item)
		if err != nil {
			t.Fatal(err)
		}
		return strings.TrimSpace(fmt.Sprintln(offer.plan.Regions, offer.schema.Title, offer.schema.Properties["region"].Enum, offer.schema.Properties["billingTermMonths"].Enum))
	}
	elsewhere, renamed, longer, unknown := item, item, item, item
	elsewhere.Plan = offering(t, "ap-south")
	renamed.Name = "VPS Tiny"
	longer.Terms = []shop.Term{{Months: 7}}
	for range 2 { // the second time each is remembered, or was displaced
		for want, item := range map[string]shop.Item{
			"[eu-west] Configuration of VPS Micro [eu-west] [1]":   item,
			"[ap-south] Configuration of VPS Micro [ap-south] [1]": elsewhere,
			"[eu-west] Configuration of VPS Tiny [eu-west] [1]":    renamed,
			"[eu-west] Configuration of VPS Micro [eu-west] [7]":   longer,
		} {
			if got := sells(item); got != want {
				t.Errorf("the item sells %s, not %s", got, want)
			}
		}
	}
	unknown.Plan.Shape = planShape + 1
	if _, err := offerOf(unknown); err == nil {
		t.Error("a plan of an unknown shape was read")
	}
}

// TestOffersAreBounded fills the memory from several goroutines.
func TestOffersAreBounded(t *testing.T) {
	t.Parallel()
	var group sync.WaitGroup
	for g := range 4 {
		group.Go(func() {
			for i := range maxOffers {
				if _, err := offerOf(shop.Item{Plan: offering(t, fmt.Sprint(g, "-", i))}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	offersMu.RLock()
	defer offersMu.RUnlock()
	if len(offers) > maxOffers {
		t.Errorf("%d offers are remembered, and may be %d", len(offers), maxOffers)
	}
}
