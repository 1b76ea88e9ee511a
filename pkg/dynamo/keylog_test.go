package dynamo_test

import (
	"fmt"
	"testing"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

var _ shop.KeyLogStore = store{}

// What a process writes of a key replaces what it has written before, and nothing else.
func TestKeyRequests(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		key, other := least(newAgent()).credential.ID, least(newAgent()).credential.ID
		put := func(process string, n int) []shop.KeyRequest {
			t.Helper()
			requests := []shop.KeyRequest{
				{At: now, Operation: "service_list", RequestID: fmt.Sprintf("req_%s_%d", process, n)},
				{At: now.Add(time.Second), Operation: "purchase_create", Code: fault.SpendLimitExceeded, RequestID: "req_2"},
			}
			expectOK(t, s.PutKeyRequests(t.Context(), key, process, requests, now.Add(time.Hour)))
			return requests
		}
		put("a", 1)
		b := put("b", 1)
		a := put("a", 2)
		kept, err := s.KeyRequests(t.Context(), key)
		expectOK(t, err)
		expectSame(t, "requests", kept, append(b, a...))
		kept, err = s.KeyRequests(t.Context(), other)
		expectOK(t, err)
		expectSame(t, "requests of another key", len(kept), 0)
		uses, err := s.KeyUses(t.Context(), key.Agent())
		expectOK(t, err)
		expectSame(t, "uses", len(uses), 0)
	})
}
