// Package catalog reads the catalog file.
package catalog

import (
	"cmp"
	_ "embed" // the catalog of the store
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
	"agentstore/pkg/text"
)

//go:embed catalog.yaml
var file []byte

// Load reads the store's own catalog, of the products on a shelf.
func Load(shelf product.Shelf) (shop.Catalog, error) { return Parse(file, shelf) }

// Parse reads a catalog and checks all of it. Its error lists every problem, one per
// line.
func Parse(text []byte, shelf product.Shelf) (shop.Catalog, error) {
	var doc document
	if err := yaml.Load(text, &doc, yaml.WithKnownFields()); err != nil {
		return shop.Catalog{}, fmt.Errorf("catalog: %w", err)
	}
	c := checker{shelf: shelf}
	catalog := doc.domain(&c)
	c.check(catalog)
	if err := errors.Join(c.problems...); err != nil {
		return shop.Catalog{}, fmt.Errorf("catalog:\n%w", err)
	}
	return catalog, nil
}

// hour is the billing term of an item that is paid by the hour.
const hour = "hour"

type document struct {
	Currency string `yaml:"currency"`
	// Provider is where services come from, unless their item says otherwise.
	Provider   string     `yaml:"provider"`
	Categories []category `yaml:"categories"`
	Items      []item     `yaml:"items"`
	// Anchors are for the items to refer to.
	Anchors map[string]any `yaml:"anchors"`
}

type category struct {
	ID          string `yaml:"id"`
	Name        string `yaml:"name"`
	Description string `yaml:"description"`
}

type item struct {
	ID            string `yaml:"id"`
	SKU           string `yaml:"sku"`
	Name          string `yaml:"name"`
	Category      string `yaml:"category"`
	Description   string `yaml:"description"`
	ServiceType   string `yaml:"serviceType"`
	Availability  string `yaml:"availability"`
	PriceMinor    int64  `yaml:"priceMinor"`
	SetupFeeMinor int64  `yaml:"setupFeeMinor"`
	Terms         []term `yaml:"terms"`
	// BillingTerm is hour for an item that is paid by the hour, which has no terms.
	BillingTerm         string    `yaml:"billingTerm"`
	MonthlyCeilingMinor int64     `yaml:"monthlyCeilingMinor"`
	Renewal             *schedule `yaml:"renewal"`
	Provider            string    `yaml:"provider"`
	// Plan has one member, which the product reads: that of its service type.
	Plan map[string]any `yaml:",inline"`
}

// schedule is what happens around the end of a term, in durations of ISO 8601.
type schedule struct {
	WarnBefore   []string `yaml:"warnBefore"`
	RetryAfter   []string `yaml:"retryAfter"`
	Grace        string   `yaml:"grace"`
	SuspendedFor string   `yaml:"suspendedFor"`
}

type term struct {
	Months          int `yaml:"months"`
	DiscountPercent int `yaml:"discountPercent"`
}

func (d document) domain(check *checker) shop.Catalog {
	var c shop.Catalog
	for i, v := range d.Categories {
		c.Categories = append(c.Categories, shop.Category{ID: v.ID, Name: text.Normal(v.Name), Description: text.Normal(v.Description), Position: i + 1})
	}
	for i, v := range d.Items {
		item := v.domain(money.Currency(d.Currency), i+1)
		item.Plan = check.plan(v)
		item.Schedule = check.schedule(v)
		check.want(v.BillingTerm == "" || v.BillingTerm == "month" || v.BillingTerm == hour, "item %q: billingTerm must be month or hour", v.ID)
		check.want(v.BillingTerm != hour || len(v.Terms) == 0, "item %q: has no terms, because it is paid by the hour", v.ID)
		if found, _ := check.shelf.Find(v.ServiceType); found.Provided {
			item.Provider = cmp.Or(v.Provider, d.Provider)
		}
		c.Items = append(c.Items, item)
	}
	return c
}

func (i item) domain(currency money.Currency, position int) shop.Item {
	out := shop.Item{
		ID: id.Item(i.ID), SKU: i.SKU, Name: text.Normal(i.Name), Category: i.Category, Description: text.Normal(i.Description),
		ServiceType: i.ServiceType, Position: position, Availability: shop.Availability(i.Availability),
		Price:    money.Money{Minor: i.PriceMinor, Currency: currency},
		SetupFee: money.Money{Minor: i.SetupFeeMinor, Currency: currency},
	}
	out.Ceiling = i.MonthlyCeilingMinor
	if i.BillingTerm == hour {
		out.Terms = []shop.Term{{Hours: 1}}
	}
	for _, t := range i.Terms {
		out.Terms = append(out.Terms, shop.Term{Months: t.Months, DiscountPercent: t.DiscountPercent})
	}
	return out
}
