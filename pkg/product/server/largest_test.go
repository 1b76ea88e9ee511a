package server_test

import (
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/catalog"
	"agentstore/pkg/shop"
)

// The largest configuration, which tests of the table write, is the largest: one
// character more is refused.
func TestNothingIsLarger(t *testing.T) {
	t.Parallel()
	goods, err := catalog.Load(app.Shelf())
	if err != nil {
		t.Fatal(err)
	}
	item := goods.Items[0]
	for name, grow := range map[string]func(map[string]any){
		"user data":  func(in map[string]any) { in["userData"] = in["userData"].(string) + "x" },
		"an SSH key": func(in map[string]any) { in["sshKeys"].([]any)[0] = in["sshKeys"].([]any)[0].(string) + "x" },
		"SSH keys":   func(in map[string]any) { in["sshKeys"] = append(in["sshKeys"].([]any), storetest.PublicKey(t, 99)) },
		"a rule":     func(in map[string]any) { in["firewall"] = append(in["firewall"].([]any), in["firewall"].([]any)[0]) },
		"a source": func(in map[string]any) {
			rule := in["firewall"].([]any)[1].(map[string]any)
			rule["sources"] = append(rule["sources"].([]any), "192.0.2.0/24")
		},
		"hostname": func(in map[string]any) { in["hostname"] = in["hostname"].(string) + "a" },
	} {
		input := storetest.Largest(t)
		grow(input)
		if _, problems, err := storetest.Rules().Configure(item, input, shop.MaxQuantity, reference); err != nil || len(problems) == 0 {
			t.Errorf("%s can be larger: %v", name, err)
		}
	}
}
