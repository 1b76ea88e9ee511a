package mcp_test

import (
	"net/http"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
)

const replayedMeta = "agentstore/idempotentReplayed"

// TestReplayAcross: a purchase by one protocol is the same purchase by the other.
func TestReplayAcross(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		for name, firstByREST := range map[string]bool{"REST first": true, "MCP first": false} {
			input := object{"quoteId": s.Quote(t), "idempotencyKey": "key of " + name}
			var rest storetest.Answer
			var mcp result
			if firstByREST {
				rest = byREST(t, s, "purchase_create", input)
				mcp = use(t, s, "purchase_create", input)
			} else {
				mcp = use(t, s, "purchase_create", input)
				rest = byREST(t, s, "purchase_create", input)
			}
			if rest.Status != http.StatusCreated || rest.Text("purchase", "id") == "" {
				t.Fatalf("%s: %d %s", name, rest.Status, rest.Body)
			}
			expectBody(t, name, mcp, string(rest.Body), false)
			if got := mcp.Meta[replayedMeta] == true; got != firstByREST {
				t.Errorf("%s: _meta is %v", name, mcp.Meta)
			}
			if got := rest.Header.Get("Idempotent-Replayed") == "true"; got == firstByREST {
				t.Errorf("%s: the header Idempotent-Replayed is there: %v", name, got)
			}
		}
		expectPurchases(t, s, 2)
	})
}

// TestReplayIsOfTheSameArguments: the order of members and the spelling of
// numbers make no difference, anything else does.
func TestReplayIsOfTheSameArguments(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	first := use(t, s, "purchase_create", order(object{"idempotencyKey": "k"}))
	if first.IsError || first.Meta != nil {
		t.Fatalf("%s %v", first.StructuredContent, first.Meta)
	}
	again := post(t, s, `{"method":"tools/call","id":1,"jsonrpc":"2.0","params":{"arguments":{"idempotencyKey":"k","quantity":1.0,
		"configuration":{"backupsEnabled":true,"billingTermMonths":1e0,"image":"ubuntu-24.04","region":"eu-west","hostname":"deploy-node-01"},
		"catalogItemId":"cat_vps_micro"},"name":"purchase_create"}}`)
	if got := resultOf(t, again); string(got.StructuredContent) != string(first.StructuredContent) || got.Meta[replayedMeta] != true {
		t.Errorf("%s %v", got.StructuredContent, got.Meta)
	}
	for _, other := range []object{order(object{"quantity": 2}), order(object{"hostname": "other"})} {
		other["idempotencyKey"] = "k"
		expectError(t, use(t, s, "purchase_create", other), fault.IdempotencyConflict)
		if a := byREST(t, s, "purchase_create", other); a.Code() != string(fault.IdempotencyConflict) {
			t.Errorf("over REST: %s", a.Body)
		}
	}
	expectPurchases(t, s, 1)
}

// expectError checks that a result is the error of that code.
func expectError(t *testing.T, r result, code fault.Code) {
	t.Helper()
	if !r.IsError || r.body().Code() != string(code) {
		t.Errorf("isError is %v, want %s: %s", r.IsError, code, r.StructuredContent)
	}
}

func expectPurchases(t *testing.T, s *storetest.Store, want int) {
	t.Helper()
	list, _ := use(t, s, "purchase_list", object{}).body().Get("purchases").([]any)
	if len(list) != want {
		t.Errorf("%d purchases, want %d", len(list), want)
	}
}

// TestDryRun: a dry run answers the same over both protocols, by a schema that the
// client checks, and buys nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	input := order(object{"dryRun": true})
	mcp := use(t, s, "purchase_create", input)
	rest := byREST(t, s, "purchase_create", input)
	if rest.Status != http.StatusOK || rest.Text("dryRun", "outcome") != "completed" {
		t.Fatalf("%d %s", rest.Status, rest.Body)
	}
	expectBody(t, "the dry run", mcp, string(rest.Body), false)
	expectPurchases(t, s, 0)
}
