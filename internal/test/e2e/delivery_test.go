package e2e

import (
	"net/http"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/provider/mock"
)

// delivered is what a purchase says of its delivery.
func delivered(a storetest.Answer) map[string]any {
	said := make(map[string]any)
	for _, name := range []string{"status", "totalPriceMinor", "failureReason", "refundedMinor"} {
		if value := a.Get("purchase", name); value != nil {
			said[name] = value
		}
	}
	return said
}

// A purchase is completed as soon as it is paid, while its server is being made and
// when it is ready.
func TestCompletedIsPaid(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{NoKick: true, Latency: time.Minute})
		bought := s.Buy(t, s.Quote(t), "k")
		expectStatus(t, bought, http.StatusCreated)
		purchase := storetest.Purchases + "/" + bought.Text("purchase", "id")
		service := storetest.Services + "/" + bought.Text("service", "id")
		for _, want := range []string{"provisioning", "provisioning", "active"} {
			expectJSON(t, "purchase while "+want, delivered(read(t, s, purchase)), map[string]any{
				"status": "completed", "totalPriceMinor": 2400.0,
			})
			if got := read(t, s, service).Text("service", "status"); got != want {
				t.Errorf("the service is %s, want %s", got, want)
			}
			s.Work(t)
			s.Clock.Advance(time.Minute)
		}
	})
}

// What cannot be delivered is paid back: the purchase says so, while its price stays
// what it was. Only the answer to the purchase itself stays as it was given.
func TestFailedIsPaidBack(t *testing.T) {
	t.Parallel()
	refuse, err := mock.ParseFailures("create:refuse")
	if err != nil {
		t.Fatal(err)
	}
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{NoKick: true, Failures: refuse})
		before, err := s.Table.Wallet(t.Context(), s.Agent.Account())
		if err != nil {
			t.Fatal(err)
		}
		quote := s.Quote(t)
		bought := s.Buy(t, quote, "k")
		expectStatus(t, bought, http.StatusCreated)
		purchase, service := bought.Text("purchase", "id"), bought.Text("service", "id")
		completed := map[string]any{"status": "completed", "totalPriceMinor": 2400.0}
		expectJSON(t, "bought", delivered(bought), completed)

		s.Work(t)
		const why = "The create failed: the provider refuses: the mock is told to refuse every create."
		failed := map[string]any{
			"status": "failed", "totalPriceMinor": 2400.0, "refundedMinor": 2400.0, "failureReason": why,
		}
		now := read(t, s, storetest.Purchases+"/"+purchase)
		expectJSON(t, "purchase_get_status", delivered(now), failed)
		expectJSON(t, "its service", now.Get("purchase", "services", 0), map[string]any{
			"id": service, "displayName": "deploy-node-01", "failed": true,
		})
		listed := read(t, s, storetest.Purchases).Get("purchases", 0).(map[string]any)
		if listed["status"] != "failed" || listed["refundedMinor"] != 2400.0 {
			t.Errorf("purchase_list says %v", listed)
		}
		if a := read(t, s, storetest.Services+"/"+service); a.Text("service", "status") != "failed" || a.Text("service", "failureReason") != why {
			t.Errorf("the service is %s", a.Body)
		}
		after, err := s.Table.Wallet(t.Context(), s.Agent.Account())
		if err != nil || after.Balance != before.Balance {
			t.Errorf("the wallet holds %v, %v, and held %v", after.Balance, err, before.Balance)
		}

		again := s.Buy(t, quote, "k")
		expectJSON(t, "the same request again", delivered(again), completed)
		if again.Header.Get("Idempotent-Replayed") != "true" {
			t.Error("the second answer is no replay")
		}
	})
}
