package shop_test

import (
	"slices"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

var noon = time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)

// At the very moment of expiry a quote binds nobody any more, and a used one
// stays used.
func TestStatusOfQuote(t *testing.T) {
	t.Parallel()
	open := shop.Quote{ExpiresAt: noon}
	used := shop.Quote{ExpiresAt: noon, Purchase: "pur_1"}
	tests := []struct {
		name  string
		quote shop.Quote
		now   time.Time
		want  shop.QuoteStatus
	}{
		{"before it expires", open, noon.Add(-1), shop.QuoteOpen},
		{"when it expires", open, noon, shop.QuoteExpired},
		{"after it expired", open, noon.Add(time.Hour), shop.QuoteExpired},
		{"used", used, noon.Add(-1), shop.QuoteUsed},
		{"used, after it expired", used, noon.Add(time.Hour), shop.QuoteUsed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.quote.Status(tt.now); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAliveRecord(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name      string
		expiresAt time.Time
		now       time.Time
		want      bool
	}{
		{"for ever", time.Time{}, noon.AddDate(100, 0, 0), true},
		{"before it expires", noon, noon.Add(-1), true},
		{"when it expires", noon, noon, false},
		{"after it expired", noon, noon.Add(time.Hour), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := (shop.Record{ExpiresAt: tt.expiresAt}).Alive(tt.now); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}

func TestAllowedActions(t *testing.T) {
	t.Parallel()
	products := app.Shelf().Rules()
	running, err := server.State{PowerState: server.PowerRunning, ProvisioningStatus: server.ProvisioningReady}.Data()
	if err != nil {
		t.Fatal(err)
	}
	capabilities := slices.DeleteFunc(products.Capabilities(storetest.ServiceType, "mock"), func(c string) bool { return c == "server:start" })
	none := []string{} // not null, which is what a nil slice is in JSON
	tests := []struct {
		name    string
		status  shop.ServiceStatus
		current *shop.Action
		want    []string
	}{
		{"active", shop.ServiceActive, nil, capabilities},
		{"busy", shop.ServiceActive, &shop.Action{ID: "act_1"}, none},
		{"being created", shop.ServiceProvisioning, nil, none},
		{"suspended", shop.ServiceSuspended, nil, none},
		{"canceled", shop.ServiceCanceled, nil, none},
		{"failed", shop.ServiceFailed, nil, none},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			service := shop.Service{
				ServiceType: storetest.ServiceType, Status: tt.status, Current: tt.current, State: running, Resource: shop.Resource{Provider: "mock"},
			}
			got, err := products.AllowedActions(service)
			if diff := gocmp.Diff(tt.want, got); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	scopes := app.Shelf().Rules().Scopes()
	if distinct := slices.Compact(slices.Sorted(slices.Values(scopes))); len(distinct) != len(scopes) {
		t.Errorf("a scope is listed twice: %v", scopes)
	}
	for i, scope := range scopes {
		if !(shop.Credential{Scopes: scopes}).Allows(scope) {
			t.Errorf("all the scopes do not allow %s", scope)
		}
		if (shop.Credential{Scopes: slices.Delete(slices.Clone(scopes), i, i+1)}).Allows(scope) {
			t.Errorf("all the other scopes allow %s", scope)
		}
	}
}
