package mcp_test

import (
	"net/http"
	"slices"
	"testing"

	"agentstore/pkg/fault"
)

// Batches are of the revision 2025-03-26, which a client without a header speaks.

func TestBatch(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := post(t, s, []object{
		{"jsonrpc": "2.0", "id": 1, "method": "ping"},
		{"jsonrpc": "2.0", "method": "notifications/initialized"},
		{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": object{"name": "service_list"}},
		{"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": object{"name": "service_get", "arguments": object{"serviceId": "svc_x"}}},
	})
	var ids []float64
	for i := range 3 {
		id, _ := a.Get(i, "id").(float64)
		ids = append(ids, id)
		failed := a.Get(i, "result", "isError") == true
		if a.Get(i, "result") == nil || failed != (id == 3) {
			t.Errorf("the answer to %v: %s", id, a.Body)
		}
	}
	slices.Sort(ids)
	if a.Status != http.StatusOK || !slices.Equal(ids, []float64{1, 2, 3}) || a.Get(3) != nil {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// TestBatchNeedsKey: one call that needs a key asks for it on behalf of all.
func TestBatchNeedsKey(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	open := object{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": object{"name": "catalog_search"}}
	closed := object{"jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": object{"name": "service_list"}}
	expectChallenge(t, s, anonymous(t, s, []object{open, closed}), nil)
	if a := anonymous(t, s, []object{open, open}); a.Status != http.StatusOK || a.Get(0, "result") == nil {
		t.Errorf("%d %s", a.Status, a.Body)
	}
}

// TestBatchesThatCouldHang: ids that are given twice and calls that are
// cancelled in their own batch are answered.
func TestBatchesThatCouldHang(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	list := object{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": object{"name": "service_list"}}
	for name, body := range map[string][]object{
		"one id twice":   {list, list},
		"cancelled":      {list, {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": object{"requestId": 1}}},
		"a subscription": {list, {"jsonrpc": "2.0", "id": 2, "method": "subscriptions/listen", "params": object{}}},
		"cancelled before": {
			{"jsonrpc": "2.0", "method": "notifications/cancelled", "params": object{"requestId": 1}}, list,
		},
	} {
		if a := post(t, s, body); a.Status != http.StatusOK || a.Get(0, "id") == nil {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// TestNoBatches: later revisions have none.
func TestNoBatches(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	r := s.Request(t, http.MethodPost, "/mcp", []object{message("ping", object{})})
	r.Header.Set("Mcp-Protocol-Version", "2025-06-18")
	expectRefused(t, do(t, r), http.StatusBadRequest, nil, string(fault.InvalidInput))
}

// TestOnlyNotifications: nobody waits for an answer to them.
func TestOnlyNotifications(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, body := range []any{
		object{"jsonrpc": "2.0", "method": "notifications/initialized"},
		object{"jsonrpc": "2.0", "id": 1, "result": object{}},
		[]object{{"jsonrpc": "2.0", "method": "notifications/initialized"}},
	} {
		if a := post(t, s, body); a.Status != http.StatusAccepted || len(a.Body) > 0 {
			t.Errorf("%v: %d %s", body, a.Status, a.Body)
		}
	}
}
