package e2e

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/contract"
	"agentstore/internal/test/storetest/documented"
)

// purchase makes a purchase and returns the body of the answer, which may be a refusal.
type purchase func(t *testing.T, input map[string]any) storetest.Answer

// purchases are the two ways to make one.
func purchases(t *testing.T, s *storetest.Store) map[string]purchase {
	t.Helper()
	client := documented.Client(t)
	session := contract.Client{Base: s.URL, Key: s.Key}.Connect(t)
	return map[string]purchase{
		"rest": func(t *testing.T, input map[string]any) storetest.Answer {
			t.Helper()
			return storetest.Do(t, client, s.Request(t, http.MethodPost, storetest.Purchases, input))
		},
		"mcp": func(t *testing.T, input map[string]any) storetest.Answer {
			t.Helper()
			result, err := session.CallTool(t.Context(), &sdk.CallToolParams{Name: "purchase_create", Arguments: input})
			must(t, err)
			return storetest.Answer{Body: []byte(result.Content[0].(*sdk.TextContent).Text)}
		},
	}
}

// A client that fills in what the quote says already buys the quote; one that says
// something else is told which field contradicts it, and nothing is bought.
func TestPurchaseRepeatsItsQuote(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	for protocol, buy := range purchases(t, s) {
		order := storetest.PersonalOrder(t)
		order["quantity"] = 2
		order["configuration"].(map[string]any)["backupsEnabled"] = false
		for name, repeat := range map[string]func(quote map[string]any) map[string]any{
			"nothing":      func(map[string]any) map[string]any { return nil },
			"the quantity": func(map[string]any) map[string]any { return map[string]any{"quantity": 2} },
			"the order":    func(map[string]any) map[string]any { return order },
			"the quote": func(quote map[string]any) map[string]any {
				return fields(quote, "catalogItemId", "quantity", "configuration")
			},
			"a part":                 func(map[string]any) map[string]any { return configured("region", "eu-west") },
			"a default":              func(map[string]any) map[string]any { return configured("backupsEnabled", false) },
			"another way of writing": func(map[string]any) map[string]any { return configured("billingTermMonths", json.Number("1.0")) },
		} {
			quote := quoted(t, s, order)
			input := map[string]any{"quoteId": quote["id"], "idempotencyKey": protocol + name}
			maps.Copy(input, repeat(quote))
			if a := buy(t, input); a.Text("purchase", "quoteId") != quote["id"] {
				t.Errorf("%s, %s is repeated: %s", protocol, name, a.Body)
			}
		}
	}
}

func TestPurchaseContradictsItsQuote(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	for protocol, buy := range purchases(t, s) {
		order := storetest.Order()
		order["quantity"] = 2
		quote := quoted(t, s, order)
		for param, said := range map[string]map[string]any{
			"$.catalogItemId":                {"catalogItemId": "cat_vps_small"},
			"$.quantity":                     {"quantity": 1},
			"$.configuration.hostname":       configured("hostname", "deploy-node-02"),
			"$.configuration.region":         configured("region", "mars"),
			"$.configuration.backupsEnabled": configured("backupsEnabled", false),
			"$.configuration.sshKeys":        configured("sshKeys", []string{storetest.PublicKey(t, 1)}),
			"$.configuration.colour":         configured("colour", "red"),
		} {
			input := map[string]any{"quoteId": quote["id"], "idempotencyKey": protocol}
			maps.Copy(input, said)
			a := buy(t, input)
			if a.Code() != "invalid_input" || a.Text("param") != param || !strings.Contains(string(a.Body), "what the quote says") {
				t.Errorf("%s, %s: %s", protocol, param, a.Body)
			}
		}
		if a := buy(t, map[string]any{"quoteId": quote["id"], "idempotencyKey": protocol}); a.Text("purchase", "status") != "completed" {
			t.Errorf("%s: the quote is no longer open: %s", protocol, a.Body)
		}
	}
}

// Absent and default are one request, in both protocols and between them.
func TestDefaultIsAbsent(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	ways := purchases(t, s)
	for first, buy := range ways {
		for second, again := range ways {
			bare := storetest.Order()
			delete(bare, "quantity")
			delete(bare["configuration"].(map[string]any), "backupsEnabled")
			bare["idempotencyKey"] = first + second
			full := maps.Clone(bare)
			full["quantity"] = 1
			full["configuration"] = maps.Clone(bare["configuration"].(map[string]any))
			maps.Copy(full["configuration"].(map[string]any), map[string]any{"backupsEnabled": false, "sshKeys": []string{}})
			one, other := buy(t, bare), again(t, full)
			if one.Text("purchase", "id") == "" || !bytes.Equal(one.Body, other.Body) {
				t.Errorf("%s, then %s with the defaults:\n%s\n%s", first, second, one.Body, other.Body)
			}
			full["quantity"] = 2
			if a := again(t, full); a.Code() != "idempotency_conflict" {
				t.Errorf("%s: two are not one: %s", second, a.Body)
			}
		}
	}
}

// Where no body is needed, null is none; where one is needed, it is told that.
func TestNullIsNoBody(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	restart := storetest.Services + "/" + s.Service(t) + "/server/restart"
	for body, status := range map[string]int{" null\n": http.StatusAccepted, `"null"`: http.StatusBadRequest} {
		if a := s.Call(t, http.MethodPost, restart, body); a.Status != status {
			t.Errorf("%q is answered with %d: %s", body, a.Status, a.Body)
		}
	}
	if a := s.Call(t, http.MethodPost, storetest.Purchases, "null"); a.Text("param") != "$" {
		t.Errorf("a purchase of null: %s", a.Body)
	}
}

func quoted(t *testing.T, s *storetest.Store, order map[string]any) map[string]any {
	t.Helper()
	a := s.Call(t, http.MethodPost, storetest.Quotes, order)
	quote, ok := a.Get("quote").(map[string]any)
	if !ok {
		t.Fatalf("no quote: %s", a.Body)
	}
	return quote
}

func configured(name string, value any) map[string]any {
	return map[string]any{"configuration": map[string]any{name: value}}
}

func fields(object map[string]any, names ...string) map[string]any {
	out := make(map[string]any)
	for _, name := range names {
		out[name] = object[name]
	}
	return out
}
