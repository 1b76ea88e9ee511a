package e2e

import (
	"net/http"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
)

// TestAfterTheDiskHasFailed: reads and writes say so, and nobody waits for an answer.
func TestAfterTheDiskHasFailed(t *testing.T) {
	t.Parallel()
	engine, end := dynamotest.EmbeddedUntil(t)
	s := storetest.New(t, engine, storetest.Options{})
	quote := s.Quote(t)
	bought := s.Buy(t, quote, "before")
	if bought.Status != http.StatusCreated {
		t.Fatalf("before: %d: %s", bought.Status, bought.Body)
	}
	end()
	began := time.Now()
	for what, a := range map[string]storetest.Answer{
		"a list":              s.Call(t, http.MethodGet, storetest.Services, nil),
		"a purchase":          s.Call(t, http.MethodGet, storetest.Purchases+"/"+bought.Text("purchase", "id"), nil),
		"a new quote":         s.Call(t, http.MethodPost, storetest.Quotes, storetest.Order()),
		"a new purchase":      s.Buy(t, quote, "after"),
		"the same once more":  s.Buy(t, quote, "before"),
		"the public catalog":  s.Call(t, http.MethodGet, "/v1/agent/catalog", nil),
		"what was never made": s.Call(t, http.MethodGet, storetest.Services+"/svc_01JG8XW5H8K8V3M4T5Q6R7S8T9", nil),
	} {
		if a.Code() != string(fault.StoreUnavailable) || a.Status != http.StatusServiceUnavailable || a.Header.Get("Retry-After") != "60" {
			t.Errorf("%s: %d, Retry-After %q: %s", what, a.Status, a.Header.Get("Retry-After"), a.Body)
		}
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("the answers took %v", took)
	}
}
