// Package catalog reads the catalog file.
package catalog

import (
	_ "embed" // the catalog of the store
	"errors"
	"fmt"

	"go.yaml.in/yaml/v4"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/text"
)

//go:embed catalog.yaml
var file []byte

// Load reads the store's own catalog.
func Load() (shop.Catalog, error) { return Parse(file) }

// Parse reads a catalog and checks all of it. Its error lists every problem, one
// on a line.
func Parse(text []byte) (shop.Catalog, error) {
	var doc document
	if err := yaml.Load(text, &doc, yaml.WithKnownFields()); err != nil {
		return shop.Catalog{}, fmt.Errorf("catalog: %w", err)
	}
	catalog := doc.domain()
	if err := errors.Join(check(catalog)...); err != nil {
		return shop.Catalog{}, fmt.Errorf("catalog:\n%w", err)
	}
	return catalog, nil
}

type document struct {
	Currency   string     `yaml:"currency"`
	Categories []category `yaml:"categories"`
	Items      []item     `yaml:"items"`

	// These hold nothing but anchors for the items.
	Regions    []string `yaml:"regions"`
	GPURegions []string `yaml:"gpuRegions"`
	Images     []string `yaml:"images"`
	ArmImages  []string `yaml:"armImages"`
	Terms      []term   `yaml:"terms"`
	GPUTerms   []term   `yaml:"gpuTerms"`
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
	Server        *plan  `yaml:"server"`
}

type term struct {
	Months          int `yaml:"months"`
	DiscountPercent int `yaml:"discountPercent"`
}

type plan struct {
	CPUCores       int      `yaml:"cpuCores"`
	DedicatedCPU   bool     `yaml:"dedicatedCpu"`
	Architecture   string   `yaml:"architecture"`
	MemoryGiB      int      `yaml:"memoryGib"`
	DiskGiB        int      `yaml:"diskGib"`
	TrafficGiB     int      `yaml:"trafficGib"`
	GPU            string   `yaml:"gpu"`
	GPUs           int      `yaml:"gpus"`
	Regions        []string `yaml:"regions"`
	Images         []string `yaml:"images"`
	BackupsPercent int      `yaml:"backupsPercent"`
}

func (d document) domain() shop.Catalog {
	var c shop.Catalog
	for i, v := range d.Categories {
		c.Categories = append(c.Categories, shop.Category{ID: v.ID, Name: text.Normal(v.Name), Description: text.Normal(v.Description), Position: i + 1})
	}
	for i, v := range d.Items {
		c.Items = append(c.Items, v.domain(money.Currency(d.Currency), i+1))
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
	for _, t := range i.Terms {
		out.Terms = append(out.Terms, shop.Term(t))
	}
	if i.Server != nil {
		plan := shop.ServerPlan(*i.Server)
		plan.GPU = text.Normal(plan.GPU)
		out.Server = &plan
	}
	return out
}
