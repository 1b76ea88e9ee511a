package provision

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"

	"agentstore/pkg/app"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/hetzner"
	"agentstore/pkg/shop"
)

// Checked is what a project says about what the catalog sells from it.
type Checked struct {
	Name string // what the catalog calls it
	hetzner.Report
	// Sold are the items of the report.
	Sold map[string]shop.Item
}

// Check asks each project about what a catalog sells from it. It changes nothing.
func Check(ctx context.Context, c app.Config, goods shop.Catalog, log *slog.Logger) ([]Checked, error) {
	projects, err := Projects(ctx, c, log)
	if err != nil {
		return nil, err
	}
	var all []Checked
	for _, name := range slices.Sorted(maps.Keys(projects)) {
		one := Checked{Name: name, Sold: make(map[string]shop.Item)}
		offers, err := one.offers(goods)
		if err != nil {
			return nil, err
		}
		if one.Report, err = hetzner.New(projects[name]).Check(ctx, offers); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		all = append(all, one)
	}
	return all, nil
}

// offers are the items that come from the project.
func (c Checked) offers(goods shop.Catalog) (offers []hetzner.Offer, err error) {
	for _, item := range goods.Items {
		if item.Provider != c.Name || item.ServiceType != server.ServiceType {
			continue
		}
		plan, err := server.PlanOf(item.Plan)
		if err != nil {
			return nil, err
		}
		c.Sold[string(item.ID)] = item
		offers = append(offers, hetzner.Offer{Item: string(item.ID), Regions: plan.Regions, Images: plan.Images, Source: plan.Source})
	}
	return offers, nil
}
