package license_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// TestAThousandEnd: as many services as a cancellation can be about end by one transaction
// each, in rounds that say how far they are, and each is refunded once. One more is
// refused.
func TestAThousandEnd(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t), license.Desk{})
	account := s.Agent.Account()
	s.Fund(t, account, 10_000_000)
	buy := func(quantity int) {
		body := order("cat_render", "team")
		body["quantity"], body["idempotencyKey"] = quantity, s.Shop.IDs.ULID()
		if a := s.Call(t, http.MethodPost, storetest.Purchases, body); a.Status != http.StatusCreated {
			t.Fatalf("%d: %s", a.Status, a.Body)
		}
	}
	for range shop.MaxMatches / shop.MaxQuantity {
		buy(shop.MaxQuantity)
	}
	const path = "/v1/agent/cancellations"
	preview := s.Call(t, http.MethodGet, path+"?agentId="+string(s.Agent), nil)
	begun := s.Call(t, http.MethodPost, path, map[string]any{"agentId": s.Agent, "token": preview.Text("token"), "idempotencyKey": "all"})
	if begun.Get("matches") != float64(shop.MaxMatches) {
		t.Fatalf("%d: %s", begun.Status, begun.Body)
	}
	transactions := 0
	counting := dynamotest.Faults{Before: func(operation string, _ any) error {
		if operation == "TransactWriteItems" {
			transactions++
		}
		return nil
	}}
	worker := *s.Worker
	worker.Store = dynamo.New(s.Engine.With(counting.Inject), s.Name)
	worker.Now = func() time.Time { // a round is over before all have ended
		s.Clock.Advance(3 * time.Millisecond)
		return s.Clock.Now()
	}
	before, ended, rounds := s.balance(t), 0.0, 0
	for ; ended < shop.MaxMatches && rounds < 20; rounds++ {
		if _, err := worker.RunCancellations(t.Context()); err != nil {
			t.Fatal(err)
		}
		a := s.Call(t, http.MethodGet, path+"/"+begun.Text("cancellationId"), nil)
		now := a.Get("cancellation", "ended").(float64)
		if now <= ended || now+a.Get("cancellation", "left").(float64) != shop.MaxMatches {
			t.Fatalf("after %.0f: %s", ended, a.Body)
		}
		ended = now
		if back := s.balance(t) - before; a.Get("cancellation", "refunds", 0, "amountMinor") != float64(back) {
			t.Errorf("%d came back: %s", back, a.Body)
		}
	}
	if rounds < 2 || transactions != shop.MaxMatches {
		t.Errorf("%d rounds, %d transactions", rounds, transactions)
	}
	if back := s.balance(t) - before; preview.Get("refunds", 0, "amountMinor") != float64(back) {
		t.Errorf("%d came back, and the preview was %s", back, preview.Body)
	}
	books, err := s.Table.Books(context.Background(), account)
	if err != nil {
		t.Fatal(err)
	}
	if findings := verify.Account(books, s.Clock.Now(), 0); len(findings) > 0 {
		t.Errorf("the books are broken: %v", findings)
	}
	buy(1)
	if a := s.Call(t, http.MethodGet, path+"?agentId="+string(s.Agent), nil); a.Status != http.StatusBadRequest || a.Text("param") != "$.label" {
		t.Errorf("one too many: %s", fmt.Sprint(a.Status, string(a.Body)))
	}
}
