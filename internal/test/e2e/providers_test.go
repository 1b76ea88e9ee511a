package e2e

import (
	"bytes"
	"net/http"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
)

// twoProviders is a catalog whose items come from two providers.
const twoProviders = `
currency: usd
provider: mock
categories:
  - {id: compute, name: Compute, description: Servers.}
items:
  - &item
    id: cat_here
    sku: here
    name: Here
    category: compute
    description: A server from the provider of the store.
    serviceType: server
    availability: available
    priceMinor: 1000
    setupFeeMinor: 0
    terms: [{months: 1, discountPercent: 0}]
    server: {cpuCores: 1, dedicatedCpu: false, architecture: x86_64, memoryGib: 1, diskGib: 10, trafficGib: 100, regions: [eu-west], images: [debian-12], backupsPercent: 0}
  - <<: *item
    id: cat_there
    sku: there
    name: There
    provider: mock-2
`

// TestTwoProviders: the catalog says which provider serves an item, and everything
// about its services goes there.
func TestTwoProviders(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Catalog: bytes.TrimSpace([]byte(twoProviders))})
	here := &mock.Provider{Documents: dynamo.Documents{Table: s.Table}, Now: s.Clock.Now}
	elsewhere := storetest.New(t, dynamotest.Embedded(t), storetest.Options{}) // whose table the other provider has
	there := &mock.Provider{Documents: dynamo.Documents{Table: elsewhere.Table}, Now: s.Clock.Now}
	both := server.Fulfilment{Providers: map[string]server.Provider{"mock": here, "mock-2": there}}
	s.Worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: both}
	s.Reconciler.Inventories = map[string]shop.Inventory{server.ServiceType: both}

	services := make(map[string]string)
	for _, item := range []string{"cat_here", "cat_there"} {
		bought := s.Call(t, http.MethodPost, storetest.Purchases, map[string]any{
			"catalogItemId": item, "idempotencyKey": item,
			"configuration": map[string]any{"hostname": "web", "region": "eu-west", "image": "debian-12", "billingTermMonths": 1},
		})
		expectStatus(t, bought, http.StatusCreated)
		services[item] = bought.Text("service", "id")
		restarted := s.Call(t, http.MethodPost, storetest.Services+"/"+services[item]+"/server/restart", map[string]any{})
		expectStatus(t, restarted, http.StatusAccepted)
		ended := s.Call(t, http.MethodGet, storetest.Services+"/"+services[item]+"/actions/"+restarted.Text("actionId"), nil)
		if ended.Text("action", "status") != "succeeded" {
			t.Errorf("%s: the restart is %s", item, ended.Body)
		}
	}
	for name, p := range map[string]*mock.Provider{"here": here, "there": there} {
		var held []server.Label
		must(t, p.List(t.Context(), func(l server.Listed) error {
			held = append(held, l.Label)
			return nil
		}))
		if len(held) != 1 {
			t.Errorf("%s holds %v, want one server", name, held)
		}
	}
	drift, err := s.Reconciler.Run(t.Context())
	if err != nil || drift.Holdings != 2 || drift.Services != 2 || len(drift.Missing)+len(drift.Orphans) > 0 {
		t.Errorf("the reconciler finds %+v, %v", drift, err)
	}
}
