package dynamo_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// newOwnAgent is a new agent of a new account that sees its own alone.
func newOwnAgent() id.Agent {
	return newID(func(m id.Maker) id.Agent { return m.OwnAgent(m.Account()) })
}

// owned are the lists of an agent that sees its own alone.
func (s store) owned(t *testing.T, agent id.Agent) ([]shop.Purchase, []shop.Service) {
	t.Helper()
	page := shop.Page{Limit: shop.MaxPage}
	purchases, next, err := s.OwnPurchases(t.Context(), agent, page)
	expectOK(t, err)
	expectSame(t, "cursor", next, shop.Cursor(""))
	services, next, err := s.OwnServices(t.Context(), agent, page)
	expectOK(t, err)
	expectSame(t, "cursor", next, shop.Cursor(""))
	return purchases, services
}

// copies are the sort keys of all copies in the table.
func (s store) copies(t *testing.T) []string {
	t.Helper()
	var found []string
	for _, item := range s.items(t) {
		if sort := textOf(item["SK"]); strings.HasPrefix(sort, "OWN#") {
			found = append(found, sort)
		}
	}
	return slices.Sorted(slices.Values(found))
}

// expectOwned expects the lists of an agent to hold these, but for what lists leave out.
func (s store) expectOwned(t *testing.T, what string, agent id.Agent, p shop.Purchase, service shop.Service) {
	t.Helper()
	p.Offer.Configuration, service.Configuration = []byte{}, []byte{}
	purchases, services := s.owned(t, agent)
	service.DueAt = time.Time{} // nothing is decided by a copy, and the index has none
	expectSame(t, what+": purchases", purchases, []shop.Purchase{p})
	expectSame(t, what+": services", services, []shop.Service{service})
}

// What an agent has that sees its own alone is in its own lists, and stays as the
// account has it; of another agent there are no copies.
func TestOwnListsFollow(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		for _, build := range []func(id.Agent) objects{full, fresh} {
			agent := newOwnAgent()
			o := build(agent)
			s.commit(t, o.change())
			s.expectOwned(t, "made", agent, o.purchase, o.service)

			p, service := o.purchase, o.service
			p.Version, p.Status = 2, shop.PurchaseFailed
			service.Version, service.Status, service.Current = 2, shop.ServiceActive, nil
			s.commit(t, shop.Change{Purchase: &p, Services: []shop.Service{service}, At: now})
			service.Listed = service.Status // as it is read
			s.expectOwned(t, "changed", agent, p, service)

			stale := p
			stale.Failure = "It is late."
			expectError(t, "a change that is late", s.Commit(t.Context(), shop.Change{Purchase: &stale, At: now}), shop.ErrConflict)
			s.expectOwned(t, "not changed", agent, p, service)

			live, err := s.LiveServices(t.Context())
			expectOK(t, err)
			expectSame(t, "live", slices.Contains(live, shop.ServiceKey{Account: service.Account, Service: service.ID}), true)
			for _, key := range live {
				expectSame(t, "is a service", id.ValidService(key.Service), true)
			}
		}
		before := s.copies(t)
		seesAll := full(newAgent())
		s.commit(t, seesAll.change())
		expectSame(t, "copies", s.copies(t), before)
	})
}

// A copy that is not as it should be is mended by the next change: one that is
// missing, and one that a program wrote which knew of no copies.
func TestOwnListsHeal(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		agent := newOwnAgent()
		o := full(agent)
		s.commit(t, o.change())
		for _, version := range []int{2, 3} {
			s.forget(t, agent)
			o.purchase.Version, o.service.Version = version, version
			s.commit(t, shop.Change{Purchase: &o.purchase, Services: []shop.Service{o.service}, At: now})
			s.expectOwned(t, "mended", agent, o.purchase, o.service)
		}
	})
}

// Pages of an agent's own list are the list, and another's cursor is only a place
// in it.
func TestOwnPages(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		agent := newOwnAgent()
		colleague := newID(func(m id.Maker) id.Agent { return m.OwnAgent(agent.Account()) })
		mine := s.stock(t, agent, 5)(shelves(s)[0])
		theirs := s.stock(t, colleague, 5)(shelves(s)[0])
		var got []string
		for cursor := shop.Cursor(""); ; {
			page, next, err := s.OwnPurchases(t.Context(), agent, shop.Page{Limit: 2, After: cursor})
			expectOK(t, err)
			got = append(got, idsOf(page, func(p shop.Purchase) string { return string(p.ID) })...)
			if next == "" {
				break
			}
			cursor = next
		}
		expectSame(t, "pages", got, mine)
		page, _, err := s.OwnPurchases(t.Context(), agent, shop.Page{Limit: 9, After: shop.Cursor(theirs[0])})
		expectOK(t, err)
		for _, p := range page {
			expectSame(t, "agent", p.Agent, agent)
		}
	})
}

// forget takes the copies of an agent away.
func (s store) forget(t *testing.T, agent id.Agent) {
	t.Helper()
	for name, item := range s.items(t) {
		if strings.Contains(name, "OWN#"+string(agent)) {
			_, err := s.engine.Client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
				TableName: &s.name, Key: map[string]types.AttributeValue{"PK": item["PK"], "SK": item["SK"]},
			})
			expectOK(t, err)
		}
	}
}
