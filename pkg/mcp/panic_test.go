package mcp_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// broken is a store with mistakes in it.
type broken struct{ shop.Store }

func (broken) Services(context.Context, id.Account, shop.Page) ([]shop.Service, shop.Cursor, error) {
	panic("inner words")
}

func (broken) Service(context.Context, id.Account, id.Service) (shop.Service, error) {
	panic("inner words")
}

func (broken) Item(context.Context, id.Item) (shop.Item, error) {
	panic("inner words")
}

// TestPanics: a mistake of ours is an internal error of the call, and ends
// neither the process nor the other calls of its batch.
func TestPanics(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.Shop.Store = broken{s.Shop.Store}
	for tool, arguments := range map[string]object{
		"service_list":     {},
		"service_get":      {"serviceId": "svc_x"},
		"server_restart":   {"serviceId": "svc_x", "idempotencyKey": "k"},
		"server_reinstall": {"serviceId": "svc_x", "image": "debian-12"},
		"quote_create":     order(nil),
	} {
		r := use(t, s, tool, arguments)
		expectError(t, r, fault.Internal)
		if strings.Contains(string(r.StructuredContent), "inner words") {
			t.Errorf("%s: the caller learns the cause: %s", tool, r.StructuredContent)
		}
	}
	for _, uri := range []string{"agentstore://services/svc_x", "agentstore://catalog/cat_x"} {
		a := post(t, s, message("resources/read", object{"uri": uri}))
		if a.Status != http.StatusOK || a.Text("error", "data", "code") != string(fault.Internal) {
			t.Errorf("%s: %d %s", uri, a.Status, a.Body)
		}
	}
	a := post(t, s, []object{toolCall("service_list", object{}), message("ping", object{})})
	if a.Status != http.StatusOK || a.Get(1, "result") == nil {
		t.Errorf("the batch: %d %s", a.Status, a.Body)
	}
	if !strings.Contains(s.Log.String(), "inner words") {
		t.Error("the log does not say what went wrong")
	}
}
