package catalog

import (
	"fmt"
	"regexp"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/text"
)

var (
	itemID = regexp.MustCompile(`^cat_[a-z0-9_]{1,60}$`)
	slug   = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
)

// maxPriceMinor keeps the dearest purchase, ten units for three years with every
// extra, far inside an int64.
const maxPriceMinor = 1_000_000_000

// The most characters of what people read.
const (
	maxName        = 64
	maxDescription = 500
)

type checker struct{ problems []error }

func (c *checker) want(ok bool, format string, args ...any) {
	if !ok {
		c.problems = append(c.problems, fmt.Errorf(format, args...))
	}
}

// text holds what people read to the rule of package text.
func (c *checker) text(kind, id, field, s string, characters int) {
	_, flaw := text.Rule{Characters: characters}.Check(s)
	c.want(flaw.Detail == "", "%s %q: %s %s", kind, id, field, flaw.Detail)
}

// check lists everything that is wrong with a catalog.
func check(catalog shop.Catalog) []error {
	var c checker
	categories := make(map[string]bool)
	for _, v := range catalog.Categories {
		c.want(slug.MatchString(v.ID), "category %q: id must be lower-case letters, digits, dots and hyphens", v.ID)
		c.want(!categories[v.ID], "category %q: is there twice", v.ID)
		c.want(v.Name != "" && v.Description != "", "category %q: needs a name and a description", v.ID)
		c.text("category", v.ID, "name", v.Name, maxName)
		c.text("category", v.ID, "description", v.Description, maxDescription)
		categories[v.ID] = true
	}
	c.want(len(catalog.Items) > 0, "there are no items")
	seen := make(map[string]bool)
	for _, i := range catalog.Items {
		c.want(!seen[string(i.ID)] && !seen[i.SKU], "item %q: id or sku is there twice", i.ID)
		c.want(categories[i.Category], "item %q: there is no category %q", i.ID, i.Category)
		c.item(i)
		seen[string(i.ID)], seen[i.SKU] = true, true
	}
	return c.problems
}

func (c *checker) item(i shop.Item) {
	c.want(itemID.MatchString(string(i.ID)), "item %q: id must be cat_ and lower-case letters, digits and underscores", i.ID)
	c.want(slug.MatchString(i.SKU), "item %q: sku must be lower-case letters, digits, dots and hyphens", i.ID)
	c.want(i.Name != "" && i.Description != "", "item %q: needs a name and a description", i.ID)
	c.text("item", string(i.ID), "name", i.Name, maxName)
	c.text("item", string(i.ID), "description", i.Description, maxDescription)
	_, err := money.ParseCurrency(string(i.Price.Currency))
	c.want(err == nil, "item %q: currency must be a lower-case ISO 4217 code", i.ID)
	c.want(i.Price.Minor > 0 && i.Price.Minor <= maxPriceMinor, "item %q: priceMinor must be 1 to %d", i.ID, maxPriceMinor)
	c.want(i.SetupFee.Minor >= 0 && i.SetupFee.Minor <= maxPriceMinor, "item %q: setupFeeMinor must be 0 to %d", i.ID, maxPriceMinor)
	switch i.Availability {
	case shop.Available, shop.Limited, shop.SoldOut:
	default:
		c.want(false, "item %q: availability must be available, limited or sold_out", i.ID)
	}
	c.terms(i)
	c.want(i.ServiceType == "server" && i.Server != nil, "item %q: serviceType must be server, with a server", i.ID)
	if i.Server != nil {
		c.plan(i.ID, *i.Server)
	}
}

func (c *checker) terms(i shop.Item) {
	c.want(len(i.Terms) > 0, "item %q: needs at least one billing term", i.ID)
	last := 0
	for _, t := range i.Terms {
		c.want(t.Months > last && t.Months <= 36, "item %q: the months of terms must rise, from 1 to 36", i.ID)
		c.want(t.DiscountPercent >= 0 && t.DiscountPercent <= 90, "item %q: discountPercent must be 0 to 90", i.ID)
		last = t.Months
	}
}

func (c *checker) plan(i id.Item, p shop.ServerPlan) {
	c.want(p.CPUCores > 0 && p.MemoryGiB > 0 && p.DiskGiB > 0 && p.TrafficGiB > 0,
		"item %q: cpuCores, memoryGib, diskGib and trafficGib must be above 0", i)
	c.want(p.Architecture == "x86_64" || p.Architecture == "arm64", "item %q: architecture must be x86_64 or arm64", i)
	c.text("item", string(i), "gpu", p.GPU, maxName)
	c.want((p.GPUs > 0) == (p.GPU != ""), "item %q: gpu and gpus go together", i)
	c.want(p.BackupsPercent >= 0 && p.BackupsPercent <= 100, "item %q: backupsPercent must be 0 to 100", i)
	c.words(i, "regions", p.Regions)
	c.words(i, "images", p.Images)
}

func (c *checker) words(i id.Item, name string, words []string) {
	c.want(len(words) > 0, "item %q: needs %s", i, name)
	seen := make(map[string]bool)
	for _, w := range words {
		c.want(slug.MatchString(w), "item %q: %s: %q must be lower-case letters, digits, dots and hyphens", i, name, w)
		c.want(!seen[w], "item %q: %s: %q is there twice", i, name, w)
		seen[w] = true
	}
}
