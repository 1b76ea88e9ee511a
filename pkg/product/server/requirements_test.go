package server_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/jsonschema-go/jsonschema"

	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// published is the schema that agents read, resolved from its text.
func published(tb testing.TB, item shop.Item) *jsonschema.Resolved {
	tb.Helper()
	var s jsonschema.Schema
	if err := json.Unmarshal(requirements(tb, item).Schema, &s); err != nil {
		tb.Fatal(err)
	}
	resolved, err := s.Resolve(&jsonschema.ResolveOptions{ValidateDefaults: true})
	if err != nil {
		tb.Fatal(err)
	}
	return resolved
}

func TestRequirements(t *testing.T) {
	t.Parallel()
	got := requirements(t, item())
	want := shop.Configurable{
		RequiredFields: []string{"hostname", "region", "image", "billingTermMonths"},
		OptionalFields: []string{"backupsEnabled", "sshKeys", "userData", "firewall"},
		More:           json.RawMessage(`{"supportedImages":["ubuntu-24.04","debian-12"],"supportedRegions":["eu-west","us-east"]}`),
		Schema:         got.Schema,
		Example:        json.RawMessage(`{"hostname":"deploy-node-01","region":"eu-west","image":"ubuntu-24.04","billingTermMonths":1,"backupsEnabled":false}`),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}

	var s struct {
		Schema, Title string
		Properties    map[string]struct {
			Enum    []any
			Default any
		}
	}
	if err := json.Unmarshal(got.Schema, &s); err != nil {
		t.Fatal(err)
	}
	if s.Title != "Configuration of VPS Micro" {
		t.Errorf("the title is %q", s.Title)
	}
	enums := map[string][]any{"region": {"eu-west", "us-east"}, "image": {"ubuntu-24.04", "debian-12"}, "billingTermMonths": {1.0, 12.0}}
	for name, want := range enums {
		if diff := cmp.Diff(want, s.Properties[name].Enum); diff != "" {
			t.Errorf("the enum of %s (-want +got):\n%s", name, diff)
		}
	}
	defaults := map[string]any{"backupsEnabled": false, "sshKeys": []any{}}
	for name, want := range defaults {
		if diff := cmp.Diff(want, s.Properties[name].Default); diff != "" {
			t.Errorf("the default of %s (-want +got):\n%s", name, diff)
		}
	}
}

// The example of every item on sale is a good configuration of it.
func TestExamples(t *testing.T) {
	t.Parallel()
	goods, err := catalog.Load(app.Shelf())
	if err != nil {
		t.Fatal(err)
	}
	for _, item := range goods.Items {
		t.Run(string(item.ID), func(t *testing.T) {
			t.Parallel()
			text := requirements(t, item).Example
			var example map[string]any
			if err := json.Unmarshal(text, &example); err != nil {
				t.Fatal(err)
			}
			if err := published(t, item).Validate(example); err != nil {
				t.Error(err)
			}
			got, problems := configure(t, item, example, shop.MaxQuantity)
			expectProblems(t, problems)
			if string(got) != string(text) {
				t.Errorf("the example is not in its normal form: %s", text)
			}
			if _, err := (server.Rules{}).Price(item, got, shop.MaxQuantity); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestCapabilities(t *testing.T) {
	t.Parallel()
	want := []string{
		"server:restart", "server:reinstall", "server:rename", "server:password_reset", "server:console", "server:rescue", "server:stop", "server:start", "server:firewall_set",
		"server:resize", "server:snapshot_create", "server:snapshot_delete",
	}
	if diff := cmp.Diff(want, app.Shelf().Rules().Capabilities("server", "mock")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
