package server_test

import (
	"encoding/json"
	"maps"
	"testing"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// item is a VPS Micro with a setup fee and a term of a year.
func item() shop.Item {
	return shop.Item{
		ID: "cat_vps_micro", Name: "VPS Micro", ServiceType: "server", Availability: shop.Available,
		Price:    money.Money{Minor: 2000, Currency: "usd"},
		SetupFee: money.Money{Minor: 500, Currency: "usd"},
		Terms:    []shop.Term{{Months: 1}, {Months: 12, DiscountPercent: 10}},
		Plan:     planned(20),
	}
}

// planned is the plan of the item, with backups for that share of the base price.
func planned(backupsPercent int) shop.Data {
	data, _ := server.Plan{ // texts and numbers always encode
		CPUCores: 1, Architecture: "x86_64", MemoryGiB: 2, DiskGiB: 40, TrafficGiB: 2000,
		Regions: []string{"eu-west", "us-east"}, Images: []string{"ubuntu-24.04", "debian-12"}, BackupsPercent: backupsPercent,
	}.Data()
	return data
}

// configure is Configure of an item whose plan can be read.
func configure(tb testing.TB, item shop.Item, input map[string]any, quantity int) (json.RawMessage, []fault.Problem) {
	tb.Helper()
	configured, problems, err := server.Rules{}.Configure(item, input, quantity, reference)
	if err != nil {
		tb.Fatal(err)
	}
	return configured.JSON, problems
}

// reference stands for what is about people.
func reference() id.Personal { return "per_1" }

// requirements is Requirements of an item whose plan can be read.
func requirements(tb testing.TB, item shop.Item) shop.Configurable {
	tb.Helper()
	needs, err := server.Rules{}.Requirements(item)
	if err != nil {
		tb.Fatal(err)
	}
	return needs
}

// with is the least good configuration, changed. A value that is absent takes
// its field away.
func with(changes map[string]any) map[string]any {
	c := map[string]any{"hostname": "web", "region": "eu-west", "image": "debian-12", "billingTermMonths": 1.0}
	for name, value := range changes {
		c[name] = value
	}
	maps.DeleteFunc(c, func(_ string, value any) bool { return value == absent{} })
	return c
}

type absent struct{}

func encode(t *testing.T, v any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
