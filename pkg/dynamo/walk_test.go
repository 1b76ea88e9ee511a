package dynamo_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// walk is a list as a test goes through it.
type walk struct {
	name   string
	prefix string // of its sort keys
	// status is the one that wanted objects have; empty where the list has none.
	status string
	page   func(context.Context, shop.Page) ([]string, shop.Cursor, error)
	// add makes one object, and returns its identifier.
	add func(t *testing.T, wanted bool) string
}

// walks are all lists of an agent that sees its own alone, and of its account.
func walks(s store, agent id.Agent) []walk {
	account, service := agent.Account(), newID(id.Maker.Service)
	wallet := shop.Wallet{Account: account}
	purchase := func(t *testing.T, wanted bool) string {
		o := full(agent)
		o.purchase.Status = shop.PurchaseFailed
		if wanted {
			o.purchase.Status = shop.PurchaseCompleted
		}
		s.commit(t, shop.Change{Purchase: &o.purchase, At: now})
		return string(o.purchase.ID)
	}
	serviceOf := func(t *testing.T, wanted bool) string {
		o := full(agent)
		o.service.Status = shop.ServiceFailed
		if wanted {
			o.service.Status = shop.ServiceActive
		}
		s.commit(t, shop.Change{Services: []shop.Service{o.service}, At: now})
		return string(o.service.ID)
	}
	purchases := func(list []shop.Purchase, next shop.Cursor, err error) ([]string, shop.Cursor, error) {
		return idsOf(list, func(p shop.Purchase) string { return string(p.ID) }), next, err
	}
	services := func(list []shop.Service, next shop.Cursor, err error) ([]string, shop.Cursor, error) {
		return idsOf(list, func(s shop.Service) string { return string(s.ID) }), next, err
	}
	return []walk{
		{"purchases", "PURCHASE#", string(shop.PurchaseCompleted), func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
			return purchases(s.Purchases(ctx, account, p))
		}, purchase},
		{"own purchases", "PURCHASE#", string(shop.PurchaseCompleted), func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
			return purchases(s.OwnPurchases(ctx, agent, p))
		}, purchase},
		{"services", "SERVICE#", string(shop.ServiceActive), func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
			return services(s.Services(ctx, account, p))
		}, serviceOf},
		{"own services", "SERVICE#", string(shop.ServiceActive), func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
			return services(s.OwnServices(ctx, agent, p))
		}, serviceOf},
		{"services that are searched", "SERVICE#", string(shop.ServiceActive), func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
			if wanted := p.Status; wanted != "" {
				p.Match, p.Status = func(s shop.Service) bool { return string(s.Status) == wanted }, ""
			}
			return services(s.Services(ctx, account, p))
		}, serviceOf},
		{"approvals", "APPROVAL#", string(shop.ApprovalDenied), func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
			list, next, err := s.Approvals(ctx, account, p)
			return idsOf(list, func(a shop.Approval) string { return string(a.ID) }), next, err
		}, func(t *testing.T, wanted bool) string {
			o := full(agent)
			o.approval.Status = shop.ApprovalApproved
			if wanted {
				o.approval.Status = shop.ApprovalDenied
			}
			s.commit(t, shop.Change{Approval: &o.approval, At: now})
			return string(o.approval.ID)
		}},
		{"actions", "ACTION#" + string(service) + "#", "", func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
			list, next, err := s.Actions(ctx, account, service, p)
			return idsOf(list, func(a shop.Action) string { return string(a.ID) }), next, err
		}, func(t *testing.T, _ bool) string {
			a := shop.Action{ID: newID(id.Maker.Action), Account: account, Service: service, Version: 1, Intent: fullIntent(), Status: shop.ActionRunning, StartedAt: now}
			s.commit(t, shop.Change{Actions: []shop.Action{a}, At: now})
			return string(a.ID)
		}},
		{"trail", "EVENT#", "", func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
			list, next, err := s.Trail(ctx, account, shop.TrailFilter{Operation: "walk"}, p)
			return idsOf(list, func(e shop.Event) string { return string(e.ID) }), next, err
		}, func(t *testing.T, wanted bool) string {
			o := full(agent)
			o.event.Operation = "run"
			if wanted {
				o.event.Operation = "walk"
			}
			s.commit(t, shop.Change{Event: &o.event, At: now})
			return string(o.event.ID)
		}},
		{"ledger", "LEDGER#", "", func(ctx context.Context, p shop.Page) ([]string, shop.Cursor, error) {
			list, next, err := s.Entries(ctx, account, p)
			return idsOf(list, numbered), next, err
		}, func(t *testing.T, _ bool) string {
			b := bookingAt(t, wallet, fmt.Sprint("cause ", wallet.Version), 1, now)
			s.commit(t, shop.Change{Booking: &b, At: now})
			wallet = b.Wallet
			return numbered(b.Entry)
		}},
	}
}

// TestWalksMissNothing goes through every list in both orders, with and without a
// filter, while objects come and go on both sides of it: whatever is there all the
// time is met exactly once, and nothing twice.
func TestWalksMissNothing(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		agent := newOwnAgent()
		for _, list := range walks(s, agent) {
			for _, oldest := range []bool{false, true} {
				for _, status := range slices.Compact([]string{"", list.status}) {
					s.walk(t, agent, list, shop.Page{Limit: 3, Oldest: oldest, Status: status, At: now})
				}
			}
		}
	})
}

func (s store) walk(t *testing.T, agent id.Agent, list walk, p shop.Page) {
	t.Helper()
	var stays, goes []string
	for range 6 {
		goes = append(goes, list.add(t, true))
		stays = append(stays, list.add(t, true))
		other := list.add(t, false)
		if p.Status == "" && list.name != "trail" {
			stays = append(stays, other)
		}
	}
	met := make(map[string]int)
	last := ""
	for pages := 0; ; pages++ {
		if pages > 100 {
			t.Fatalf("%s, %+v: there is no end", list.name, p)
		}
		page, next, err := list.page(t.Context(), p)
		expectOK(t, err)
		for _, id := range page {
			if met[id]++; met[id] > 1 {
				t.Errorf("%s, %+v: %s is met twice", list.name, p, id)
			}
			if last != "" && (cmp.Compare(last, id) < 0) != p.Oldest {
				t.Errorf("%s, %+v: %s comes after %s", list.name, p, id, last)
			}
			last = id
		}
		if len(page) > p.Limit {
			t.Errorf("%s, %+v: a page of %d", list.name, p, len(page))
		}
		if p.After = next; next == "" {
			break
		}
		if len(goes) > 0 { // the newest, the oldest, the newest …
			at := (len(goes) - 1) * (len(goes) % 2)
			s.remove(t, agent, list.prefix+goes[at])
			goes = slices.Delete(goes, at, at+1)
			list.add(t, true)
		}
	}
	for _, id := range stays {
		if met[id] != 1 {
			t.Errorf("%s, %+v: %s, which was there all the time, is met %d times", list.name, p, id, met[id])
		}
	}
}

// remove takes an object away, and its copy.
func (s store) remove(t *testing.T, agent id.Agent, sort string) {
	t.Helper()
	for _, sort := range []string{sort, "OWN#" + string(agent) + "#" + sort} {
		_, err := s.engine.Client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &s.name, Key: s.Where(agent.Account(), sort)})
		expectOK(t, err)
	}
}

func numbered(e shop.Entry) string { return fmt.Sprintf("%012d", e.Number) }
