package main

import (
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/hetznerfake"
)

// sold is a catalog with a server of Hetzner Cloud.
const sold = `
currency: usd
provider: hetzner
categories: [{id: compute, name: Compute, description: Virtual servers.}]
items:
  - id: cat_small
    sku: small
    name: Small
    category: compute
    description: A small server.
    serviceType: server
    availability: available
    priceMinor: 900
    terms: [{months: 1}]
    server:
      {cpuCores: 2, dedicatedCpu: false, architecture: x86_64, memoryGib: 4, diskGib: 40, trafficGib: 20000, regions: [eu-central], images: [debian-12], backupsPercent: 20,
       source: {type: cx23, locations: {eu-central: fsn1}}}
`

func TestProviderCheck(t *testing.T) {
	t.Parallel()
	cloud := &hetznerfake.Cloud{Now: time.Now}
	api := httptest.NewServer(cloud)
	defer api.Close()
	file := filepath.Join(t.TempDir(), "catalog.yaml")
	if err := os.WriteFile(file, []byte(sold), 0o600); err != nil {
		t.Fatal(err)
	}
	check := func(more ...string) (string, error) {
		var out output
		getenv := environ(append([]string{"CATALOG_FILE=" + file, "HCLOUD_ENDPOINT=" + api.URL + "/v1"}, more...)...)
		err := run(t.Context(), []string{"provider", "check"}, &out, getenv)
		return out.String(), err
	}
	said, err := check("HCLOUD_TOKEN=" + hetznerfake.Token)
	if err != nil {
		t.Error(err)
	}
	want := `hetzner: 0 servers, 0 of them this store's; 3598 of 3600 calls are left this hour.
  cat_small sells at $9.00 a month
    eu-central costs 3.49 EUR net a month, and 0.50 for its address
Everything that the catalog sells from there can be delivered. Nothing was changed.
`
	if said != want {
		t.Errorf("it says %s", said)
	}
	cloud.SoldOut = map[string]bool{"cx23/fsn1": true}
	cloud.ReadOnly = true
	said, err = check("HCLOUD_TOKEN=" + hetznerfake.Token)
	if err == nil || err.Error() != "2 problems" || !strings.Contains(said, "PROBLEM the token may only read") || !strings.Contains(said, "PROBLEM eu-central: cx23 is sold out in fsn1") {
		t.Errorf("it says %s, %v", said, err)
	}
	if _, err := check("HCLOUD_TOKEN=wrong"); err == nil || !strings.HasPrefix(err.Error(), "hetzner: ") || strings.Contains(err.Error(), "wrong") {
		t.Errorf("a bad token: %v", err)
	}
	if _, err := check(); err == nil || !strings.Contains(err.Error(), "set HCLOUD_TOKEN") {
		t.Errorf("no token: %v", err)
	}
	// A store that cannot deliver what it sells does not start.
	err = run(t.Context(), []string{"run"}, &output{}, environ("CATALOG_FILE="+file, "DATA_DIR=memory", "ADDR=127.0.0.1:0"))
	if err == nil || !strings.Contains(err.Error(), "the catalog sells cat_small from the provider hetzner, which has no token") {
		t.Errorf("running without a token: %v", err)
	}
}
