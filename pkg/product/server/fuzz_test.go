package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// FuzzConfigure: a configuration is refused with fields of its own, or becomes
// one that everything behind it takes.
func FuzzConfigure(f *testing.F) {
	good, err := json.Marshal(with(map[string]any{
		"backupsEnabled": true, "userData": "#cloud-config",
		"sshKeys": []any{"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB ada"},
	}))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good, 1)
	f.Add(good, 10)
	f.Add([]byte(`{"hostname":"`+strings.Repeat("a", 62)+`","region":"eu-west","image":"debian-12","billingTermMonths":1}`), 2)
	f.Add([]byte(`{"hostname":"a","region":"mars","image":"","billingTermMonths":1.5,"backupsEnabled":null,"sshKeys":["",1],"userData":[],"x y":0}`), 1)
	f.Add([]byte(`{"hostname":"a.b","region":"us-east","image":"debian-12","billingTermMonths":12e0,"sshKeys":[],"userData":"\u0000\ud800"}`), 3)
	f.Add([]byte(`{"Hostname":"a","REGION":"eu-west"}`), 1)
	f.Add([]byte(`null`), 1)

	item := item()
	schema := published(f, item)
	f.Fuzz(func(t *testing.T, text []byte, quantity int) {
		var input map[string]any
		if json.Unmarshal(text, &input) != nil || quantity < 1 || quantity > shop.MaxQuantity {
			return
		}
		configuration, problems := configure(t, item, input, quantity)
		for _, p := range problems {
			if !strings.HasPrefix(p.Param, "$.configuration") || p.Detail == "" || p.Fix == "" || p.Code.Status() >= 500 {
				t.Errorf("the problem %+v", p)
			}
		}
		if len(problems) > 0 {
			return
		}
		if err := schema.Validate(input); err != nil {
			t.Errorf("%s is taken against its schema: %v", text, err)
		}
		checkUse(t, configuration, quantity)

		var again map[string]any
		if err := json.Unmarshal(configuration, &again); err != nil {
			t.Fatalf("%s is not JSON: %v", configuration, err)
		}
		second, problems := configure(t, item, again, quantity)
		if len(problems) > 0 || string(second) != string(configuration) {
			t.Errorf("%s\nbecomes %s, %v", configuration, second, problems)
		}
	})
}

func checkUse(t *testing.T, configuration json.RawMessage, quantity int) {
	t.Helper()
	price, err := server.Rules{}.Price(item(), configuration, quantity)
	if err != nil || price.Total.Minor <= 0 {
		t.Errorf("%s costs %v, %v", configuration, price.Total, err)
	}
	units, err := server.Rules{}.Units(item(), configuration, quantity)
	if err != nil || len(units) != quantity {
		t.Fatalf("%s makes %d units of %d, %v", configuration, len(units), quantity, err)
	}
	names := make(map[string]bool)
	for _, unit := range units {
		names[unit.DisplayName] = true
		var own map[string]any
		if err := json.Unmarshal(unit.Configuration, &own); err != nil {
			t.Fatalf("%s is not JSON: %v", unit.Configuration, err)
		}
		if _, problems := configure(t, item(), own, 1); len(problems) > 0 {
			t.Errorf("the unit %s is refused: %v", unit.Configuration, problems)
		}
	}
	if len(names) != quantity {
		t.Errorf("%d units have %d names", quantity, len(names))
	}
}
