package catalog_test

import (
	"strings"
	"testing"

	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
)

// Each case spoils the good catalog in one place, and must be told of that
// place alone.
func TestParseNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	const (
		idRule       = "id must be cat_ and lower-case letters, digits and underscores"
		skuRule      = "sku must be lower-case letters, digits, dots and hyphens"
		categoryRule = "id must be lower-case letters, digits, dots and hyphens"
		currencyRule = "currency must be a lower-case ISO 4217 code"
		priceRule    = "priceMinor must be above 0, and at most €10,000,000.00"
		setupRule    = "setupFeeMinor must be 0 or more, and at most €10,000,000.00"
		termsRule    = "the months of terms must rise, from 1 to 36"
		discountRule = "discountPercent must be 0 to 90"
		sizeRule     = "cpuCores, memoryGib, diskGib and trafficGib must be above 0"
		gpuRule      = "gpu and gpus go together"
		backupsRule  = "backupsPercent must be 0 to 100"
		typeRule     = "serviceType must be one of server"
		planRule     = "needs server, which says what it offers"
		providerRule = "needs a provider, in lower-case letters, digits, dots and hyphens"
		wordRule     = "must be lower-case letters, digits, dots and hyphens"
	)
	tests := []struct{ name, old, new, want string }{
		{"a category in capitals", "{id: storage,", "{id: Storage,", `category "Storage": ` + categoryRule},
		{"a category without an id", "{id: storage,", `{id: "",`, `category "": ` + categoryRule},
		{"a category twice", "{id: storage,", "{id: compute,", `category "compute": is listed twice`},
		{"a category without a name", "name: Storage", `name: ""`, `category "storage": needs a name and a description`},
		{"a category without a description", "description: Disks.", `description: ""`, `category "storage": needs a name and a description`},
		{"an id without its prefix", "id: cat_b", "id: b", `item "b": ` + idRule},
		{"an id in capitals", "id: cat_b", "id: cat_B", `item "cat_B": ` + idRule},
		{"an id with a hyphen", "id: cat_b", "id: cat-b", `item "cat-b": ` + idRule},
		{"a prefix alone", "id: cat_b", "id: cat_", `item "cat_": ` + idRule},
		{"an id that is too long", "id: cat_b", "id: cat_" + strings.Repeat("b", 61), `item "cat_` + strings.Repeat("b", 61) + `": ` + idRule},
		{"an id twice", "id: cat_b", "id: cat_a", `item "cat_a": id or sku is listed twice`},
		{"a sku twice", "sku: b-monthly", "sku: a-monthly", `item "cat_b": id or sku is listed twice`},
		{"a sku with white space", "sku: b-monthly", "sku: b monthly", `item "cat_b": ` + skuRule},
		{"a sku that ends in a hyphen", "sku: b-monthly", "sku: b-", `item "cat_b": ` + skuRule},
		{"no sku", "sku: b-monthly", `sku: ""`, `item "cat_b": ` + skuRule},
		{"no name", "name: B", `name: ""`, `item "cat_b": needs a name and a description`},
		{"no description", "description: The second.", `description: ""`, `item "cat_b": needs a name and a description`},
		{"a name that lies", "name: B\n", `name: "B\u202eA"` + "\n", `item "cat_b": name may not have U+202E, its character 2`},
		{"a long name", "name: B\n", "name: " + strings.Repeat("B", 65) + "\n", `item "cat_b": name must have at most 64 characters, not 65`},
		{"a description of two lines", "description: The second.", `description: "The\nsecond."`, `item "cat_b": description may not have U+000A, its character 4`},
		{"a category that hides something", "description: Disks.", `description: "Di\u200bsks."`, `category "storage": description may not have U+200B, its character 3`},
		{"a category with a bell", "name: Storage", `name: "Storage\a"`, `category "storage": name may not have U+0007, its character 8`},
		{"a GPU that lies", "gpu: L4", `gpu: "L\u00ad4"`, `item "cat_a": gpu may not have U+00AD, its character 2`},
		{"another category", "name: B\n    category: compute", "name: B\n    category: games", `item "cat_b": there is no category "games"`},
		{"an unknown availability", "availability: available", "availability: soon", `item "cat_b": availability must be available, limited or sold_out`},
		{"no price", "priceMinor: 900", "priceMinor: 0", `item "cat_b": ` + priceRule},
		{"a negative price", "priceMinor: 900", "priceMinor: -900", `item "cat_b": ` + priceRule},
		{"a price that is too high", "priceMinor: 900", "priceMinor: 1000000001", `item "cat_b": ` + priceRule},
		{"a negative setup fee", "setupFeeMinor: 0", "setupFeeMinor: -1", `item "cat_b": ` + setupRule},
		{"a setup fee that is too high", "setupFeeMinor: 0", "setupFeeMinor: 1000000001", `item "cat_b": ` + setupRule},
		{"another service type", "The second.\n    serviceType: server", "The second.\n    serviceType: domain", `item "cat_b": ` + typeRule},
		{"no provider", "provider: mock\n", "", `item "cat_a": ` + providerRule + "\n" + `item "cat_b": ` + providerRule},
		{"a provider in capitals", "provider: mock\n", "provider: Mock\n", `item "cat_a": ` + providerRule + "\n" + `item "cat_b": ` + providerRule},
		{"a plan of another type", "    server: {cpuCores: 1,", "    domain: {}\n    server: {cpuCores: 1,", `item "cat_b": an item of type server has no domain`},
		{"no terms", "setupFeeMinor: 0\n    terms:\n      - {months: 1, discountPercent: 0}", "setupFeeMinor: 0\n    terms: []", `item "cat_b": needs at least one billing term`},
		{"a term of no months", "setupFeeMinor: 0\n    terms:\n      - {months: 1,", "setupFeeMinor: 0\n    terms:\n      - {months: 0,", `item "cat_b": ` + termsRule},
		{"a term that is too long", "{months: 12,", "{months: 37,", `item "cat_a": ` + termsRule},
		{"a term twice", "{months: 12,", "{months: 1,", `item "cat_a": ` + termsRule},
		{"a negative discount", "discountPercent: 10", "discountPercent: -1", `item "cat_a": ` + discountRule},
		{"a discount that is too high", "discountPercent: 10", "discountPercent: 91", `item "cat_a": ` + discountRule},
		{"no cores", "cpuCores: 1,", "cpuCores: 0,", `item "cat_b": ` + sizeRule},
		{"no memory", "memoryGib: 1,", "memoryGib: 0,", `item "cat_b": ` + sizeRule},
		{"no disk", "diskGib: 10,", "diskGib: 0,", `item "cat_b": ` + sizeRule},
		{"no traffic", "trafficGib: 500,", "trafficGib: 0,", `item "cat_b": ` + sizeRule},
		{"another architecture", "architecture: x86_64", "architecture: riscv64", `item "cat_b": architecture must be x86_64 or arm64`},
		{"a GPU without a number", "gpus: 1", "gpus: 0", `item "cat_a": ` + gpuRule},
		{"a number without a GPU", "gpu: L4, ", "", `item "cat_a": ` + gpuRule},
		{"backups for nothing", "backupsPercent: 0", "backupsPercent: -1", `item "cat_b": ` + backupsRule},
		{"backups that cost more than the server", "backupsPercent: 20", "backupsPercent: 101", `item "cat_a": ` + backupsRule},
		{"no regions", "trafficGib: 500, regions: *regions", "trafficGib: 500, regions: []", `item "cat_b": needs regions`},
		{"a region in capitals", "trafficGib: 500, regions: *regions", "trafficGib: 500, regions: [EU]", `item "cat_b": regions: "EU" ` + wordRule},
		{"a region twice", "trafficGib: 500, regions: *regions", "trafficGib: 500, regions: [eu, us, eu]", `item "cat_b": regions: "eu" is listed twice`},
		{"no images", "images: [debian-12], backupsPercent: 0", "images: [], backupsPercent: 0", `item "cat_b": needs images`},
		{"an image with white space", "images: [debian-12], backupsPercent: 0", "images: [debian 12], backupsPercent: 0", `item "cat_b": images: "debian 12" ` + wordRule},
		{"an image twice", "images: [debian-12], backupsPercent: 0", "images: [debian-12, debian-12], backupsPercent: 0", `item "cat_b": images: "debian-12" is listed twice`},
		{"no server", small[strings.LastIndex(small, "    server:"):], "", `item "cat_b": ` + planRule},
		{"no items", small[strings.Index(small, "items:"):], "items: []\n", "there are no items"},
		{"a currency in capitals", "currency: eur", "currency: EUR", `item "cat_a": ` + currencyRule + "\n" + `item "cat_b": ` + currencyRule},
		{"no currency", "currency: eur", "", `item "cat_a": ` + currencyRule + "\n" + `item "cat_b": ` + currencyRule},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			spoilt := strings.Replace(small, tt.old, tt.new, 1)
			if spoilt == small {
				t.Fatalf("the catalog has no %q", tt.old)
			}
			got, err := catalog.Parse([]byte(spoilt), app.Shelf())
			if err == nil || err.Error() != "catalog:\n"+tt.want {
				t.Errorf("the error is %v\nwant catalog:\n%s", err, tt.want)
			}
			if len(got.Items) > 0 {
				t.Errorf("a bad catalog is returned: %+v", got)
			}
		})
	}
}

// All that is wrong is told at once.
func TestParseNamesEverything(t *testing.T) {
	t.Parallel()
	spoilt := strings.NewReplacer("id: cat_a", "id: a", "priceMinor: 900", "priceMinor: 0", "{months: 12,", "{months: 1,").Replace(small)
	_, err := catalog.Parse([]byte(spoilt), app.Shelf())
	const want = `catalog:
item "a": id must be cat_ and lower-case letters, digits and underscores
item "a": the months of terms must rise, from 1 to 36
item "cat_b": priceMinor must be above 0, and at most €10,000,000.00`
	if err == nil || err.Error() != want {
		t.Errorf("the error is %v\nwant %s", err, want)
	}
}

// The bounds themselves are good.
func TestParseTakesTheBounds(t *testing.T) {
	t.Parallel()
	bounds := strings.NewReplacer(
		"priceMinor: 1500", "priceMinor: 1000000000", "priceMinor: 900", "priceMinor: 1", "setupFeeMinor: 100", "setupFeeMinor: 1000000000",
		"{months: 12, discountPercent: 10}", "{months: 36, discountPercent: 90}", "backupsPercent: 20", "backupsPercent: 100",
		"id: cat_b", "id: cat_"+strings.Repeat("b", 60), "availability: limited", "availability: sold_out",
		"diskGib: 10,", "diskGib: 1,", "trafficGib: 500", "trafficGib: 1", "sku: b-monthly", "sku: z9.0-az09",
	).Replace(small)
	if _, err := catalog.Parse([]byte(bounds), app.Shelf()); err != nil {
		t.Error(err)
	}
	oneItem := small[:strings.Index(small, "  - id: cat_b")]
	if _, err := catalog.Parse([]byte(oneItem), app.Shelf()); err != nil {
		t.Error(err)
	}
}
