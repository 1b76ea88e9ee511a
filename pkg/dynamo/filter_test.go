package dynamo_test

import (
	"encoding/json"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/shop"
)

// A list without a filter is one query. A page of one that nothing passes reads a
// bounded part and says where to go on: what is wanted behind it is found from there.
func TestFilteredPageIsBounded(t *testing.T) {
	t.Parallel()
	s := newStore(t, dynamotest.Embedded(t))
	var recorder dynamotest.Recorder
	table, agent := s.with(recorder.Record), newAgent()
	wanted := s.approval(t, full(agent).approval, shop.ApprovalDenied)
	for range 1100 {
		s.approval(t, full(agent).approval, shop.ApprovalApproved)
	}
	page := func(p shop.Page) ([]shop.Approval, shop.Cursor) {
		t.Helper()
		recorder.Reset()
		list, next, err := table.Approvals(t.Context(), agent.Account(), p)
		expectOK(t, err)
		return list, next
	}
	_, next := page(shop.Page{Limit: shop.MaxPage})
	expectSame(t, "has more", next != "", true)
	expectSame(t, "queries without a filter", len(recorder.Calls()), 1)

	list, next := page(shop.Page{Limit: 1, Status: string(shop.ApprovalDenied), At: now})
	expectSame(t, "found at first", len(list), 0)
	expectSame(t, "queries", len(recorder.Calls()), 10)
	list, next = page(shop.Page{Limit: 1, Status: string(shop.ApprovalDenied), At: now, After: next})
	expectSame(t, "found then", list, []shop.Approval{wanted})
	expectSame(t, "queries for the rest", len(recorder.Calls()), 2)
	expectSame(t, "cursor", next, shop.Cursor(""))

	page(shop.Page{Limit: 1, Status: string(shop.ApprovalDenied), At: now, Oldest: true})
	expectSame(t, "queries for the oldest", len(recorder.Calls()), 1)
}

func (s store) approval(t *testing.T, a shop.Approval, status shop.ApprovalStatus) shop.Approval {
	t.Helper()
	a.Status = status
	s.commit(t, shop.Change{Approval: &a, At: now})
	return a
}

// Where objects are large, a page is as many queries at most, of 1 MB each.
func TestFilteredPageOfLargeObjects(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spread  dynamo.Spread
		queries int
	}{
		"spread":   {dynamo.Always(), 12},
		"together": {dynamo.Spread{}, 10},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			newSpread(t, dynamotest.Embedded(t), tt.spread).sieveLarge(t, tt.queries)
		})
	}
}

func (s store) sieveLarge(t *testing.T, most int) {
	t.Helper()
	var recorder dynamotest.Recorder
	table, agent := s.with(recorder.Record), newAgent()
	large, err := json.Marshal(strings.Repeat("x", 100_000))
	expectOK(t, err)
	const all = 160 // 16 MB
	for range all {
		o := full(agent)
		o.service.Configuration, o.service.Status = large, shop.ServiceActive
		s.commit(t, shop.Change{Services: []shop.Service{o.service}, At: now})
	}
	p := shop.Page{Limit: shop.MaxPage, Status: string(shop.ServiceProvisioning), At: now}
	pages := 0
	for ; pages == 0 || p.After != ""; pages++ {
		recorder.Reset()
		list, next, err := table.Services(t.Context(), agent.Account(), p)
		expectOK(t, err)
		expectSame(t, "found", len(list), 0)
		if calls := len(recorder.Calls()); calls > most {
			t.Errorf("%d queries for a page", calls)
		}
		p.After = next
	}
	expectSame(t, "pages", pages, 2)
}
