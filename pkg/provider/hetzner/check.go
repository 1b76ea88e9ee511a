package hetzner

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/hetznercloud/hcloud-go/v2/hcloud"
	"github.com/hetznercloud/hcloud-go/v2/hcloud/schema"

	"agentstore/pkg/product/server"
)

// Offer is an item of the catalog that is delivered from a project.
type Offer struct {
	Item    string
	Regions []string
	Images  []string
	Source  server.Source
}

// Report is what a project is, and what is wrong with what the catalog sells from it.
type Report struct {
	// Servers is how many there are, and Own how many of these are the store's.
	Servers, Own int
	// Writes reports whether the token may change anything.
	Writes bool
	// Limit is how many calls an hour the project has, and Remaining what is left.
	Limit, Remaining int
	Items            []ItemReport
}

// ItemReport is what the provider says about an item.
type ItemReport struct {
	Item string
	// Costs are what a month costs, by region: net, with an IPv4 address, in decimals.
	Costs map[string]Cost
	// Problems are why it cannot be delivered, or will not be for long.
	Problems []string
}

// Cost is a price of the provider. Its decimals are as it gives them.
type Cost struct{ Server, Address, Currency string }

// Check says what a project would deliver. It changes nothing.
func (p *Provider) Check(ctx context.Context, offers []Offer) (Report, error) {
	var r Report
	var err error
	if r.Servers, err = p.count(ctx, "", &r); err != nil {
		return r, err
	}
	if r.Own, err = p.count(ctx, labelServer+","+labelStore+"=="+p.project.Store, &r); err != nil {
		return r, err
	}
	if r.Writes, err = p.mayWrite(ctx); err != nil {
		return r, err
	}
	prices, err := p.prices(ctx)
	if err != nil {
		return r, err
	}
	for _, o := range offers {
		item, err := p.checkItem(ctx, o, prices)
		if err != nil {
			return r, err
		}
		r.Items = append(r.Items, item)
	}
	return r, nil
}

// count counts servers, by the first page of their list.
func (p *Provider) count(ctx context.Context, selector string, r *Report) (int, error) {
	_, response, err := p.client.Server.List(ctx, hcloud.ServerListOpts{ListOpts: hcloud.ListOpts{PerPage: 1, LabelSelector: selector}})
	if err != nil {
		return 0, err
	}
	r.Limit, r.Remaining = response.Meta.Ratelimit.Limit, response.Meta.Ratelimit.Remaining
	if response.Meta.Pagination == nil {
		return 0, nil
	}
	return response.Meta.Pagination.TotalEntries, nil
}

// mayWrite asks for an SSH key without a name and without a key. No project makes one;
// but whose token may only read is refused for another reason.
func (p *Provider) mayWrite(ctx context.Context) (bool, error) {
	r, err := p.client.NewRequest(ctx, http.MethodPost, "/ssh_keys", strings.NewReader(`{"name":"","public_key":""}`))
	if err != nil {
		return false, err
	}
	_, err = p.client.Do(r, nil)
	switch {
	case hcloud.IsError(err, hcloud.ErrorCodeInvalidInput):
		return true, nil
	case hcloud.IsError(err, hcloud.ErrorCodeForbidden, "token_readonly"):
		return false, nil
	case err == nil:
		return false, fmt.Errorf("hetzner: it takes an SSH key without a key")
	}
	return false, err
}

// prices are all prices, as they come: the library has its own ideas of what must be
// among them.
func (p *Provider) prices(ctx context.Context) (schema.Pricing, error) {
	var answer schema.PricingGetResponse
	r, err := p.client.NewRequest(ctx, http.MethodGet, "/pricing", nil)
	if err != nil {
		return answer.Pricing, err
	}
	_, err = p.client.Do(r, &answer)
	return answer.Pricing, err
}

func (p *Provider) checkItem(ctx context.Context, o Offer, prices schema.Pricing) (ItemReport, error) {
	r := ItemReport{Item: o.Item, Costs: make(map[string]Cost)}
	wrong := func(format string, args ...any) { r.Problems = append(r.Problems, fmt.Sprintf(format, args...)) }
	typed, _, err := p.client.ServerType.GetByName(ctx, o.Source.Type)
	if err != nil {
		return r, err
	}
	if typed == nil {
		wrong("there is no server type %q", o.Source.Type)
		return r, nil
	}
	for _, region := range o.Regions {
		location := o.Source.Location(region)
		at := slices.IndexFunc(typed.Locations, func(l hcloud.ServerTypeLocation) bool { return l.Location.Name == location })
		switch {
		case at < 0:
			wrong("%s: %s is not sold in %q", region, typed.Name, location)
			continue
		case !typed.Locations[at].Available:
			wrong("%s: %s is sold out in %s", region, typed.Name, location)
		case typed.Locations[at].IsDeprecated():
			wrong("%s: %s is sold in %s until %s", region, typed.Name, location, typed.Locations[at].UnavailableAfter().Format("2006-01-02"))
		}
		r.Costs[region] = costOf(prices, typed.Name, location)
	}
	for _, image := range o.Images {
		found, _, err := p.client.Image.GetByNameAndArchitecture(ctx, o.Source.Image(image), typed.Architecture)
		switch {
		case err != nil:
			return r, err
		case found == nil:
			wrong("there is no image %q for %s", o.Source.Image(image), typed.Architecture)
		case found.IsDeprecated():
			wrong("the image %s is deprecated", o.Source.Image(image))
		}
	}
	return r, nil
}

// costOf is what a server costs a month, and its IPv4 address.
func costOf(prices schema.Pricing, kind, location string) Cost {
	c := Cost{Currency: prices.Currency}
	for _, t := range prices.ServerTypes {
		for _, price := range t.Prices {
			if t.Name == kind && price.Location == location {
				c.Server = price.PriceMonthly.Net
			}
		}
	}
	for _, ip := range prices.PrimaryIPs {
		for _, price := range ip.Prices {
			if ip.Type == "ipv4" && price.Location == location {
				c.Address = price.PriceMonthly.Net
			}
		}
	}
	return c
}

// RegionsOf are the regions that have a cost, sorted.
func (r ItemReport) RegionsOf() []string { return slices.Sorted(maps.Keys(r.Costs)) }
