package catalog_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// small is a good catalog.
const small = `
currency: eur
categories:
  - {id: compute, name: Compute, description: Servers.}
  - {id: storage, name: Storage, description: Disks.}
provider: mock
anchors:
  regions: &regions [eu-west, us-east]
items:
  - id: cat_a
    sku: a-monthly
    name: A
    category: compute
    description: The first.
    serviceType: server
    availability: limited
    priceMinor: 1500
    setupFeeMinor: 100
    terms:
      - {months: 1, discountPercent: 0}
      - {months: 12, discountPercent: 10}
    server: {cpuCores: 2, dedicatedCpu: true, architecture: arm64, memoryGib: 4, diskGib: 80, trafficGib: 1000, gpu: L4, gpus: 1, regions: *regions, images: [debian-12], backupsPercent: 20}
  - id: cat_b
    sku: b-monthly
    name: B
    category: compute
    description: The second.
    serviceType: server
    availability: available
    priceMinor: 900
    setupFeeMinor: 0
    terms:
      - {months: 1, discountPercent: 0}
    server: {cpuCores: 1, dedicatedCpu: false, architecture: x86_64, memoryGib: 1, diskGib: 10, trafficGib: 500, regions: *regions, images: [debian-12], backupsPercent: 0}
`

// planned is a plan as it is kept.
func planned(t *testing.T, plan server.Plan) shop.Data {
	t.Helper()
	data, err := plan.Data()
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// planOf is the plan of an item.
func planOf(t *testing.T, item shop.Item) server.Plan {
	t.Helper()
	plan, err := server.PlanOf(item.Plan)
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := catalog.Parse([]byte(small), app.Shelf())
	if err != nil {
		t.Fatal(err)
	}
	eur := func(minor int64) money.Money { return money.Money{Minor: minor, Currency: "eur"} }
	want := shop.Catalog{
		Categories: []shop.Category{
			{ID: "compute", Name: "Compute", Description: "Servers.", Position: 1},
			{ID: "storage", Name: "Storage", Description: "Disks.", Position: 2},
		},
		Items: []shop.Item{
			{
				ID: "cat_a", SKU: "a-monthly", Name: "A", Category: "compute", Description: "The first.",
				ServiceType: "server", Position: 1, Availability: shop.Limited, Price: eur(1500), SetupFee: eur(100),
				Terms:    []shop.Term{{Months: 1}, {Months: 12, DiscountPercent: 10}},
				Provider: "mock",
				Plan: planned(t, server.Plan{
					CPUCores: 2, DedicatedCPU: true, Architecture: "arm64", MemoryGiB: 4, DiskGiB: 80, TrafficGiB: 1000,
					GPU: "L4", GPUs: 1, Regions: []string{"eu-west", "us-east"}, Images: []string{"debian-12"}, BackupsPercent: 20,
				}),
			},
			{
				ID: "cat_b", SKU: "b-monthly", Name: "B", Category: "compute", Description: "The second.",
				ServiceType: "server", Position: 2, Availability: shop.Available, Price: eur(900), SetupFee: eur(0),
				Terms:    []shop.Term{{Months: 1}},
				Provider: "mock",
				Plan: planned(t, server.Plan{
					CPUCores: 1, Architecture: "x86_64", MemoryGiB: 1, DiskGiB: 10, TrafficGiB: 500,
					Regions: []string{"eu-west", "us-east"}, Images: []string{"debian-12"},
				}),
			},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(shop.Catalog{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoad(t *testing.T) {
	t.Parallel()
	got, err := catalog.Load(app.Shelf())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Items) < 10 {
		t.Errorf("there are %d items only", len(got.Items))
	}
	// The order of the shelf is the order of the contract.
	contract := []struct {
		id                  id.Item
		sku, name, category string
	}{
		{"cat_vps_micro", "vps-micro-monthly", "VPS Micro", "compute"},
		{"cat_vps_small", "vps-small-monthly", "VPS Small", "compute"},
		{"cat_vps_gpu_standard", "vps-gpu-standard", "GPU Standard", "compute"},
	}
	for i, want := range contract {
		item := got.Items[i]
		if item.ID != want.id || item.SKU != want.sku || item.Name != want.name || item.Category != want.category || item.Position != i+1 {
			t.Errorf("item %d is %+v, want %+v", i, item, want)
		}
		if item.Availability != shop.Available {
			t.Errorf("%s is %s", item.ID, item.Availability)
		}
	}
	micro := got.Items[0]
	plan := planOf(t, micro)
	if want := (money.Money{Minor: 2000, Currency: "usd"}); micro.Price != want || plan.BackupsPercent != 20 {
		t.Errorf("VPS Micro costs %v, its backups %d %%", micro.Price, plan.BackupsPercent)
	}
	if want := []string{"ubuntu-24.04", "debian-12", "nvidia-ai-ubuntu"}; !slices.Equal(plan.Images, want) {
		t.Errorf("VPS Micro takes the images %v, want %v", plan.Images, want)
	}
	for _, region := range []string{"eu-west", "us-east", "ap-southeast"} {
		if !slices.Contains(plan.Regions, region) {
			t.Errorf("VPS Micro is not in %s", region)
		}
	}
	if term, ok := micro.Term(1); !ok || term.DiscountPercent != 0 {
		t.Errorf("VPS Micro has no plain term of one month: %+v", micro.Terms)
	}
}

func TestParseRefusesOtherYAML(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, text string }{
		{"not YAML", "items: ["},
		{"a list", "- a"},
		{"an unknown field", small + "colour: red\n"},
		{"an unknown field of an item", strings.Replace(small, "sku:", "skuu:", 1)},
		{"an unknown field of a server", strings.Replace(small, "diskGib", "diskGiB", 1)},
		{"a field twice", small + "currency: usd\n"},
		{"a text for a number", strings.Replace(small, "priceMinor: 1500", "priceMinor: 15 eur", 1)},
		{"a fraction of a cent", strings.Replace(small, "priceMinor: 1500", "priceMinor: 1500.5", 1)},
		{"a number that is too large", strings.Replace(small, "priceMinor: 1500", "priceMinor: 9223372036854775808", 1)},
		{"an alias of nothing", strings.Replace(small, "&regions", "&region", 1)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := catalog.Parse([]byte(tt.text), app.Shelf())
			if err == nil || !strings.HasPrefix(err.Error(), "catalog:") || len(got.Items) > 0 {
				t.Errorf("got %d items, %v", len(got.Items), err)
			}
		})
	}
}

// FuzzParse: what is taken can be sold, whatever it was written like.
func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add([]byte(strings.Replace(small, "priceMinor: 1500", "priceMinor: 0x10", 1)))
	f.Add([]byte("currency: usd\ncategories: []\nitems: []\n"))
	f.Add([]byte("items: &a [*a]"))
	f.Add([]byte("currency: !!binary dXNk"))
	f.Add([]byte(""))
	f.Add([]byte("---\n---\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := catalog.Parse(text, app.Shelf())
		if err != nil {
			return
		}
		for i, item := range got.Items {
			if item.Position != i+1 || item.Price.Minor <= 0 || item.SetupFee.Minor < 0 || len(item.Terms) == 0 {
				t.Errorf("item %d is %+v", i, item)
			}
			if plan := planOf(t, item); len(plan.Regions) == 0 || len(plan.Images) == 0 {
				t.Errorf("item %d has the plan %+v", i, plan)
			}
			if !slices.ContainsFunc(got.Categories, func(c shop.Category) bool { return c.ID == item.Category }) {
				t.Errorf("item %d is in the category %q", i, item.Category)
			}
		}
	})
}

// TestHourly reads an item by the hour with a schedule of its own, and says what is wrong
// with each part.
func TestHourly(t *testing.T) {
	t.Parallel()
	hourly := strings.Replace(small, "    terms:\n      - {months: 1, discountPercent: 0}\n    server: {cpuCores: 1,",
		"    billingTerm: hour\n    monthlyCeilingMinor: 5000\n    renewal: {warnBefore: [PT2H], retryAfter: [PT1H], grace: PT6H, suspendedFor: P2D}\n    server: {cpuCores: 1,", 1)
	got, err := catalog.Parse([]byte(hourly), app.Shelf())
	if err != nil {
		t.Fatal(err)
	}
	want := &shop.Schedule{Warn: []time.Duration{2 * time.Hour}, Retry: []time.Duration{time.Hour}, Grace: 6 * time.Hour, Suspended: 48 * time.Hour}
	if i := got.Items[1]; !i.Hourly() || i.Ceiling != 5000 || !cmp.Equal(i.Schedule, want) {
		t.Errorf("it is %+v, with the schedule %+v", i, i.Schedule)
	}
	for what, change := range map[string][2]string{
		"billingTerm must be":                         {"billingTerm: hour", "billingTerm: day"},
		"has no terms":                                {"billingTerm: hour", "billingTerm: hour\n    terms: [{months: 1, discountPercent: 0}]"},
		"monthlyCeilingMinor is for":                  {"monthlyCeilingMinor: 5000", "monthlyCeilingMinor: 899"},
		"renewal.grace must be a duration":            {"grace: PT6H", "grace: 6h"},
		"renewal.suspendedFor must be":                {"suspendedFor: P2D", "suspendedFor: P91D"},
		"renewal.warnBefore must be a duration":       {"warnBefore: [PT2H]", "warnBefore: [P1M]"},
		"renewal has at most 10 warnings and 10 retr": {"retryAfter: [PT1H]", "retryAfter: [PT1H, PT1H, PT1H, PT1H, PT1H, PT1H, PT1H, PT1H, PT1H, PT1H, PT1H]"},
	} {
		_, err := catalog.Parse([]byte(strings.Replace(hourly, change[0], change[1], 1)), app.Shelf())
		if err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%q: %v", what, err)
		}
	}
}
