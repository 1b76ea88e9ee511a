package license_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/openapi"
	"agentstore/pkg/product"
	"agentstore/pkg/shop"
)

// suspend is an action that the product does not have: all of it stands here.
func suspend() product.Action {
	return product.Action{
		ActionType: shop.ActionType{
			Name: "suspend", Scope: "licenses:suspend", Protectable: true,
			Begin:  func(state shop.Data, _ json.RawMessage) (shop.Data, error) { return state, nil },
			Settle: func(state shop.Data, _ shop.Ending) (shop.Data, error) { return state, nil },
		},
		Title: "Suspend a license", Summary: "Have a license open nothing for a while.", Description: "Its key stays.",
		Example: product.Example{Input: `{}`},
	}
}

// withSuspend is the product with that action.
type withSuspend struct{ license.Rules }

func (withSuspend) Actions() []shop.ActionType {
	return append(license.Rules{}.Actions(), suspend().ActionType)
}

// TestAnActionNeedsItsProductAlone: an action of which this file alone knows has its
// route, its tool, its scope, its capability, its protection and its place in the
// documents, and is carried out.
func TestAnActionNeedsItsProductAlone(t *testing.T) {
	t.Parallel()
	p := license.New()
	words := p.Words()
	words.Actions = append(words.Actions, suspend())
	p.Rules, p.Words = withSuspend{}, func() product.Words { return words }
	shelf := product.Shelf{p}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{
		Shelf: shelf, Catalog: license.Catalog, Fulfilments: map[string]shop.Fulfilment{license.ServiceType: license.Desk{}},
	})
	document, err := openapi.Document(shelf)
	if err != nil {
		t.Fatal(err)
	}
	session := contract.Client{Base: s.URL, Key: s.Key}.Connect(t)
	for protocol, call := range map[string]contract.Call{
		"rest": contract.RESTOf(shelf, documented.ClientOf(t, document), s.URL, s.Key),
		"mcp":  contract.MCP(session),
	} {
		input := order("cat_render", "team")
		input["idempotencyKey"] = protocol
		bought := call(t, "purchase_create", input)
		service := map[string]any{"serviceId": at(bought, "service", "id")}
		if allowed, _ := at(bought, "service", "allowedActions").([]any); !slices.Contains(allowed, any("license:suspend")) {
			t.Errorf("over %s the allowed actions are %v", protocol, allowed)
		}
		begun := call(t, "license_suspend", service)
		s.Work(t)
		service["actionId"] = begun["actionId"]
		expectAt(t, call(t, "action_get", service), "succeeded", "action", "status")
	}
	for what, text := range map[string]string{
		"its route": `"/v1/agent/services/{serviceId}/license/suspend"`, "its scope": `"licenses:suspend"`, "its name": `"suspend"`,
	} {
		if !strings.Contains(string(document), text) {
			t.Errorf("the OpenAPI document lacks %s", what)
		}
	}
	if !slices.Contains(s.Shop.Products.Protectable(license.ServiceType), "suspend") || !slices.Contains(s.Shop.Products.Scopes(), "licenses:suspend") {
		t.Error("it cannot be protected against, or has no scope")
	}
	tools, err := session.ListTools(t.Context(), nil)
	if err != nil || !slices.ContainsFunc(tools.Tools, func(tool *sdk.Tool) bool { return tool.Title == "Suspend a license" }) {
		t.Errorf("it is no tool: %v", err)
	}
}
