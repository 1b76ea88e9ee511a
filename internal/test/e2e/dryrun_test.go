package e2e

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/internal/test/storetest/documented"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// A dry run says of each purchase what then becomes of it, and writes nothing.
func TestDryRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare  func(*testing.T, *storetest.Store)
		buy      func(*testing.T, *storetest.Store) map[string]any
		forecast string
		code     fault.Code // of the refusal
		becomes  string     // the status of the purchase
	}{
		"of a quote": {buy: anyQuote, forecast: "completed", becomes: "completed"},
		"of an item": {buy: direct, forecast: "completed", becomes: "completed"},
		"of an item at its price": {buy: func(t *testing.T, s *storetest.Store) map[string]any {
			return with(direct(t, s), "maxTotalPriceMinor", 2400)
		}, forecast: "completed", becomes: "completed"},
		"above a maximum": {buy: func(t *testing.T, s *storetest.Store) map[string]any {
			return with(direct(t, s), "maxTotalPriceMinor", 2399)
		}, forecast: "refused", code: fault.PriceAboveMaximum},
		"what a member must approve": {prepare: func(t *testing.T, s *storetest.Store) {
			setPolicy(t, s, s.Agent, shop.Policy{Limits: []shop.Limit{{Currency: "usd", ApprovalAbove: new(int64(2399))}}})
		}, buy: anyQuote, forecast: "pending_approval", becomes: "pending_approval"},
		"what is frozen": {prepare: func(t *testing.T, s *storetest.Store) {
			setPolicy(t, s, "", shop.Policy{Frozen: true})
		}, buy: anyQuote, forecast: "refused", code: fault.PolicyViolation},
		"above a limit": {prepare: func(t *testing.T, s *storetest.Store) {
			setPolicy(t, s, s.Agent, shop.Policy{Limits: []shop.Limit{{Currency: "usd", PerPurchase: new(int64(1))}}})
		}, buy: direct, forecast: "refused", code: fault.SpendLimitExceeded},
		"above the balance": {buy: func(t *testing.T, s *storetest.Store) map[string]any {
			o := with(direct(t, s), "catalogItemId", "cat_memory_256")
			o["configuration"].(map[string]any)["billingTermMonths"] = 12
			return with(o, "quantity", 10)
		}, forecast: "refused", code: fault.InsufficientFunds},
		"of what is sold out": {buy: func(t *testing.T, s *storetest.Store) map[string]any {
			o := with(direct(t, s), "catalogItemId", "cat_gpu_max")
			o["configuration"].(map[string]any)["region"] = "us-east"
			return o
		}, forecast: "refused", code: fault.SoldOut},
		"of a used quote": {buy: func(t *testing.T, s *storetest.Store) map[string]any {
			quote := s.Quote(t)
			s.Buy(t, quote, "first")
			return map[string]any{"quoteId": quote, "idempotencyKey": "second"}
		}, forecast: "refused", code: fault.QuoteAlreadyUsed},
		"of an expired quote": {buy: func(t *testing.T, s *storetest.Store) map[string]any {
			o := anyQuote(t, s)
			s.Clock.Advance(15 * time.Minute)
			return o
		}, forecast: "refused", code: fault.QuoteExpired},
		"with the key of another purchase": {buy: func(t *testing.T, s *storetest.Store) map[string]any {
			s.Buy(t, s.Quote(t), "k")
			return anyQuote(t, s)
		}, forecast: "refused", code: fault.IdempotencyConflict},
		"of what was bought": {buy: func(t *testing.T, s *storetest.Store) map[string]any {
			o := direct(t, s)
			s.Call(t, http.MethodPost, storetest.Purchases, o)
			return o
		}, forecast: "replayed", becomes: "completed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorder := &dynamotest.Recorder{}
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){recorder.Record}})
			if test.prepare != nil {
				test.prepare(t, s)
			}
			body := test.buy(t, s)
			before := len(recorder.Calls())
			dry := storetest.Do(t, documented.Client(t), s.Request(t, http.MethodPost, storetest.Purchases, with(body, "dryRun", true)))
			for _, c := range recorder.Calls()[before:] {
				if !slices.Contains([]string{"GetItem", "Query", "BatchGetItem"}, c.Operation) {
					t.Errorf("the dry run made a %s", c.Operation)
				}
			}
			if dry.Status != http.StatusOK || dry.Text("dryRun", "outcome") != test.forecast || dry.Text("dryRun", "reason") == "" {
				t.Fatalf("%d %s, want the outcome %s", dry.Status, dry.Body, test.forecast)
			}
			if code, _ := dry.Get("dryRun", "refusal").(map[string]any); test.code != "" && code["code"] != string(test.code) {
				t.Errorf("the refusal is %v, want %s", code, test.code)
			}

			real := storetest.Do(t, documented.Client(t), s.Request(t, http.MethodPost, storetest.Purchases, with(body, "dryRun", false)))
			if real.Code() != string(test.code) || real.Status < 400 && real.Text("purchase", "status") != test.becomes {
				t.Errorf("then: %d %s, want %s %s", real.Status, real.Body, test.code, test.becomes)
			}
			if replayed := real.Header.Get("Idempotent-Replayed") != ""; replayed != (test.forecast == "replayed") {
				t.Errorf("replayed %v", replayed)
			}
			if test.forecast == "completed" && dry.Get("dryRun", "totalPriceMinor") != real.Get("purchase", "totalPriceMinor") {
				t.Errorf("it was to cost %v, and cost %v", dry.Get("dryRun", "totalPriceMinor"), real.Get("purchase", "totalPriceMinor"))
			}
		})
	}
}

// What is wrong with a request itself refuses its dry run as well; a dry run needs no
// idempotency key.
func TestDryRunOfABadRequest(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	wrong := direct(t, s)
	wrong["configuration"].(map[string]any)["region"] = "moon"
	for name, test := range map[string]struct {
		body map[string]any
		want fault.Code
	}{
		"an unknown quote":  {map[string]any{"quoteId": "quo_unknown"}, fault.NotFound},
		"an unknown region": {wrong, fault.UnsupportedRegion},
		"nothing to buy":    {map[string]any{}, fault.InvalidInput},
		"no key":            {with(without(direct(t, s), "idempotencyKey"), "quantity", 1), ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := storetest.Do(t, documented.Client(t), s.Request(t, http.MethodPost, storetest.Purchases, with(test.body, "dryRun", true)))
			if answer.Code() != string(test.want) {
				t.Errorf("%d %s, want %s", answer.Status, answer.Body, test.want)
			}
		})
	}
	t.Run("a key for reading", func(t *testing.T) {
		t.Parallel()
		r := s.Request(t, http.MethodPost, storetest.Purchases, with(direct(t, s), "dryRun", true))
		r.Header.Set("Authorization", "Bearer "+s.NewKey(t, s.Agent, shop.ScopeCatalogRead))
		answer := storetest.Do(t, documented.Client(t), r)
		if answer.Code() != string(fault.InsufficientScope) || strings.Contains(string(answer.Body), "balance") {
			t.Errorf("%d %s", answer.Status, answer.Body)
		}
	})
}

func anyQuote(t *testing.T, s *storetest.Store) map[string]any {
	return map[string]any{"quoteId": s.Quote(t), "idempotencyKey": "k"}
}

func direct(*testing.T, *storetest.Store) map[string]any {
	return with(storetest.Order(), "idempotencyKey", "k")
}

// with is a copy of the object with one member more, or another value of it.
func with(object map[string]any, name string, value any) map[string]any {
	text, _ := json.Marshal(object) // it was made from JSON values
	var out map[string]any
	_ = json.Unmarshal(text, &out)
	out[name] = value
	return out
}

func without(object map[string]any, name string) map[string]any {
	out := with(object, name, nil)
	delete(out, name)
	return out
}
