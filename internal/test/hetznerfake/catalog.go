package hetznerfake

import (
	"slices"
	"time"

	"github.com/hetznercloud/hcloud-go/v2/hcloud/schema"
)

// What the provider sells: a few of its types, with invented prices.
var (
	made      = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	locations = []schema.Location{
		{ID: 1, Name: "fsn1", Description: "Falkenstein DC Park 1", Country: "DE", City: "Falkenstein", Latitude: 50.47612, Longitude: 12.370071, NetworkZone: "eu-central"},
		{ID: 2, Name: "nbg1", Description: "Nuremberg DC Park 1", Country: "DE", City: "Nuremberg", Latitude: 49.452102, Longitude: 11.076665, NetworkZone: "eu-central"},
		{ID: 3, Name: "ash", Description: "Ashburn, VA", Country: "US", City: "Ashburn, VA", Latitude: 39.045821, Longitude: -77.487073, NetworkZone: "us-east"},
	}
	types = []schema.ServerType{
		serverType(104, "cx23", "x86", 2, 4, 40, "3.4900000000"),
		serverType(105, "cx33", "x86", 4, 8, 80, "5.4900000000"),
		serverType(45, "cax11", "arm", 2, 4, 40, "3.7900000000"),
	}
	images = []schema.Image{
		image(161547269, "ubuntu-24.04", "ubuntu", "24.04", "x86"),
		image(161547270, "ubuntu-24.04", "ubuntu", "24.04", "arm"),
		image(114690387, "debian-12", "debian", "12", "x86"),
		image(114690389, "debian-12", "debian", "12", "arm"),
	}
)

func serverType(number int64, name, architecture string, cores int, memory float32, disk int, month string) schema.ServerType {
	t := schema.ServerType{
		ID: number, Name: name, Description: name, Category: "cost_optimized", Cores: cores, Memory: memory, Disk: disk,
		StorageType: "local", CPUType: "shared", Architecture: architecture,
	}
	for _, location := range locations {
		t.Locations = append(t.Locations, schema.ServerTypeLocation{ID: location.ID, Name: location.Name, Available: true, Recommended: true})
		t.Prices = append(t.Prices, schema.PricingServerTypePrice{
			Location: location.Name, PriceHourly: schema.Price{Net: "0.0056000000", Gross: "0.0066640000"}, PriceMonthly: schema.Price{Net: month, Gross: month},
			IncludedTraffic: 20 << 40, PricePerTBTraffic: schema.Price{Net: "1.0000000000", Gross: "1.1900000000"},
		})
	}
	return t
}

func image(number int64, name, flavor, version, architecture string) schema.Image {
	return schema.Image{
		ID: number, Status: "available", Type: "system", Name: &name, Description: name, DiskSize: 5, Created: &made,
		OSFlavor: flavor, OSVersion: &version, Architecture: architecture, RapidDeploy: true, Labels: map[string]string{},
	}
}

// datacenter is where a server was until datacenters were given up.
func datacenter(at schema.Location) any {
	numbers := map[string][]int64{"available": {}, "available_for_migration": {}, "supported": {}}
	return map[string]any{"id": 10 + at.ID, "name": at.Name + "-dc14", "description": at.Description, "location": at, "server_types": numbers}
}

func typeOf(wanted schema.IDOrName) (schema.ServerType, error) {
	for _, t := range types {
		if t.ID == wanted.ID || t.Name == wanted.Name {
			return t, nil
		}
	}
	return schema.ServerType{}, fail("not_found", "server type not found")
}

func imageOf(wanted schema.IDOrName, architecture string) (schema.Image, error) {
	for _, i := range images {
		if i.ID == wanted.ID && i.Architecture != architecture {
			return i, fail("invalid_input", "the image is for another architecture")
		}
		if i.Architecture == architecture && (i.ID == wanted.ID || *i.Name == wanted.Name) {
			return i, nil
		}
	}
	return schema.Image{}, fail("not_found", "image not found")
}

func locationOf(wanted string) (schema.Location, error) {
	for _, l := range locations {
		if l.Name == wanted {
			return l, nil
		}
	}
	return schema.Location{}, fail("not_found", "location not found")
}

func none[T any](T) map[string]string { return nil }

func (c *Cloud) listTypes(r request) (any, error) {
	found := filter(types, r.query, func(t schema.ServerType) string { return t.Name }, none)
	for i, t := range found {
		found[i].Locations = slices.Clone(t.Locations)
		for j, l := range t.Locations {
			found[i].Locations[j].Available = !c.SoldOut[t.Name+"/"+l.Name]
		}
	}
	return page("server_types", found, r.query)
}

func (c *Cloud) listImages(r request) (any, error) {
	found := filter(images, r.query, func(i schema.Image) string { return *i.Name }, none)
	var some []schema.Image
	for _, i := range found {
		if wanted := r.query.Get("architecture"); wanted == "" || wanted == i.Architecture {
			some = append(some, i)
		}
	}
	return page("images", some, r.query)
}

func (c *Cloud) listLocations(r request) (any, error) {
	return page("locations", filter(locations, r.query, func(l schema.Location) string { return l.Name }, none), r.query)
}

// prices are those of types and addresses; of the rest it has what must be there.
func (c *Cloud) prices(request) (any, error) {
	none := []any{}
	cent := schema.Price{Net: "0.0100000000", Gross: "0.0119000000"}
	var kinds []schema.PricingServerType
	for _, t := range types {
		kinds = append(kinds, schema.PricingServerType{ID: t.ID, Name: t.Name, Prices: t.Prices})
	}
	var addresses []any
	for _, l := range locations {
		addresses = append(addresses, map[string]any{
			"location": l.Name, "price_hourly": cent, "price_monthly": schema.Price{Net: "0.5000000000", Gross: "0.5950000000"},
		})
	}
	return map[string]any{"pricing": map[string]any{
		"currency": "EUR", "vat_rate": "19.00", "server_types": kinds,
		"primary_ips": []any{map[string]any{"type": "ipv4", "prices": addresses}},
		"image":       map[string]any{"price_per_gb_month": cent}, "volume": map[string]any{"price_per_gb_month": cent},
		"server_backup": map[string]any{"percentage": "20.00"}, "floating_ip": map[string]any{"price_monthly": cent},
		"floating_ips": none, "load_balancer_types": none,
	}}, nil
}
