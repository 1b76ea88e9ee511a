package e2e

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// asAgent calls an operation of agents with a key.
func asAgent(t *testing.T, s *storetest.Store, key string, o api.Operation, in object) storetest.Answer {
	t.Helper()
	a := byREST(t, s, key, o, in)
	if a.Status != o.Status {
		t.Fatalf("%s: status %d: %s", o.Name, a.Status, a.Body)
	}
	return a
}

// TestWalletOfColleagues: agents share the money of their account, and see the renewals
// and the use that they see otherwise.
func TestWalletOfColleagues(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everythingOf(t, s, "owner", shop.SeesAccount)
	own, other := h.colleague(t, "own", shop.SeesOwn), h.colleague(t, "other", shop.SeesAccount)
	all := member(t, h.browser, http.MethodGet, "/wallet", nil, 200)
	whole := member(t, h.browser, http.MethodGet, "/wallet/usage", nil, 200)
	if all.Get("renewals", "count") == 0.0 || whole.Get("spentMinor") == 0.0 || whole.Get("otherMinor") != 100_000.0 {
		t.Errorf("members see %s and %s", all.Body, whole.Body)
	}
	for _, tc := range []struct {
		key             string
		renewals, spent any
	}{
		{h.key, all.Get("renewals", "count"), whole.Get("spentMinor")},
		{other, all.Get("renewals", "count"), 0.0},
		{own, 0.0, 0.0},
	} {
		w, u := asAgent(t, s, tc.key, api.WalletGet(), object{}), asAgent(t, s, tc.key, api.UsageGet(), object{"groupBy": "agent"})
		if w.Get("wallet", "balanceMinor") != all.Get("wallet", "balanceMinor") || w.Get("renewals", "count") != tc.renewals {
			t.Errorf("the wallet is %s", w.Body)
		}
		if u.Get("spentMinor") != tc.spent || u.Get("otherMinor") != nil {
			t.Errorf("the usage is %s", u.Body)
		}
	}
}

// TestMembersAreToldOfALowBalance, by the trail and its exports, and only where the policy
// of the account asks for it.
func TestMembersAreToldOfALowBalance(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{DemoCredit: money.Money{Minor: 100_000, Currency: "usd"}})
	h := everythingOf(t, s, "owner", shop.SeesAccount)
	agents := member(t, h.browser, http.MethodGet, "/agents", nil, 200)
	refused := member(t, h.browser, http.MethodPut, "/agents/"+agents.Text("agents", 0, "id")+"/policy", object{"lowBalanceMinor": 1}, 400)
	if refused.Text("param") != "$.lowBalanceMinor" {
		t.Errorf("an agent's policy is refused with %s", refused.Body)
	}
	if off := member(t, h.browser, http.MethodGet, "/policy", nil, 200); off.Get("policy", "lowBalanceMinor") != nil {
		t.Errorf("it is not off: %s", off.Body)
	}
	balance := member(t, h.browser, http.MethodGet, "/wallet", nil, 200).Get("wallet", "balanceMinor").(float64)
	on := member(t, h.browser, http.MethodPut, "/policy", object{"lowBalanceMinor": balance}, 200)
	if on.Get("policy", "lowBalanceMinor") != balance {
		t.Errorf("it is not on: %s", on.Body)
	}
	order := storetest.Order()
	order["idempotencyKey"] = "low"
	asAgent(t, s, h.key, api.PurchaseCreate(), order)
	order["idempotencyKey"] = "lower"
	asAgent(t, s, h.key, api.PurchaseCreate(), order)
	left := balance - 2400
	told := member(t, h.browser, http.MethodGet, "/audit?operation=wallet_low", nil, 200)
	events, _ := told.Get("events").([]any)
	if len(events) != 1 || told.Text("events", 0, "operation") != "purchase_create" || told.Get("events", 0, "walletBalanceMinor") != left {
		t.Errorf("the trail has %s", told.Body)
	}
	csv := member(t, h.browser, http.MethodGet, "/audit.csv?operation=wallet_low", nil, 200)
	lines := strings.Split(strings.TrimSpace(string(csv.Body)), "\n")
	if len(lines) != 2 || !strings.HasSuffix(strings.TrimSpace(lines[0]), `"walletBalanceMinor","tokenId"`) || !strings.HasSuffix(strings.TrimSpace(lines[1]), `,"`+strconv.Itoa(int(left))+`",""`) {
		t.Errorf("the export has %s", csv.Body)
	}
}
