package shop_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// busyWith is a provider that is busy with an operation, and says more of the service
// than is to be believed before it is done.
func busyWith(operation string) perform {
	return func(_ context.Context, service shop.Service, _ shop.Job) (shop.Outcome, error) {
		service.Resource.ID, service.Resource.Operation = "17", operation
		service.DisplayName, service.Status = "changed", shop.ServiceActive
		return shop.Outcome{Service: service}, &shop.Pending{After: time.Second}
	}
}

// What a provider calls the resource, and what runs there, is known as soon as it has
// said so, and is written once. Nothing runs there when the action has ended.
func TestResource(t *testing.T) {
	t.Parallel()
	s := newStore(t, busyWith("create-1"))
	ref, serviceID := s.oneJob(t)
	want := s.service(t, serviceID)
	run := func() shop.Service {
		t.Helper()
		_, err := s.Worker.Run(t.Context(), ref)
		expectOK(t, err)
		s.Clock.Advance(time.Second)
		return s.service(t, serviceID)
	}
	want.Resource.ID, want.Resource.Operation = "17", "create-1"
	want.Version++
	expectSame(t, "busy", run(), want)
	expectSame(t, "still busy", run(), want)
	s.fulfil(busyWith("create-2"))
	want.Resource.Operation, want.UpdatedAt = "create-2", s.Clock.Now()
	want.Version++
	expectSame(t, "busy with another", run(), want)

	want.Resource.Operation = ""
	s.fulfil(works)
	expectSame(t, "made", run().Resource, want.Resource)
	ref = s.act(t, serviceID, storetest.Harmless())
	s.fulfil(busyWith("action"))
	expectSame(t, "during an action", run().Resource.Operation, "action")
	s.fulfil(refuses)
	expectSame(t, "after its failure", run().Resource, want.Resource)
}

// An action that a program does not know was accepted by a newer one: its outcome is
// left for a program that knows it.
func TestUnknownAction(t *testing.T) {
	t.Parallel()
	s := newStore(t, works)
	serviceID := s.active(t)
	ref := s.act(t, serviceID, storetest.Harmless())
	before := s.service(t, serviceID)
	old := *s.Worker
	old.Products = shop.Products{storetest.ServiceType: actionless{storetest.Rules()}}
	if _, err := old.Run(t.Context(), ref); err == nil {
		t.Error("the old program settles it")
	}
	expectSame(t, "service", s.service(t, serviceID), before)
	expectSame(t, "job", s.job(t, ref).Status, shop.JobDue)
	s.untilDue(t, ref)
	s.Work(t)
	expectSame(t, "job in the end", s.job(t, ref).Status, shop.JobDone)
	expectSame(t, "action", s.service(t, serviceID).Current, nil)
}

// actionless is a product that has no actions.
type actionless struct{ shop.Product }

func (actionless) Actions() []shop.ActionType { return nil }

// ready is a product that needs no provider: what is bought is there at once.
type ready struct{ shop.Product }

func (r ready) Units(item shop.Item, configuration json.RawMessage, quantity int) ([]shop.Unit, error) {
	units, err := r.Product.Units(item, configuration, quantity)
	for i := range units {
		units[i].Delivered = true
		if units[i].State, err = r.Created(units[i].State, shop.Succeeded); err != nil {
			return nil, err
		}
	}
	return units, err
}

func TestDeliveredAtOnce(t *testing.T) {
	t.Parallel()
	s := newStore(t, fails)
	s.Shop.Products = shop.Products{storetest.ServiceType: ready{storetest.Rules()}}
	purchase := s.buy(t, 3)
	expectSame(t, "purchase", purchase.Status, shop.PurchaseCompleted)
	expectSame(t, "jobs", len(s.owed(t)), 0)
	expectSame(t, "services", len(purchase.Services), 3)
	for _, unit := range purchase.Services {
		service := s.service(t, unit.ID)
		expectSame(t, unit.DisplayName, service.Status, shop.ServiceActive)
		expectSame(t, "allowed", len(s.allowed(t, service.ID)) > 0, true)
	}
	for _, agent := range []id.Agent{"", s.Agent} {
		budget, err := s.Table.Budget(t.Context(), s.account(), agent)
		expectOK(t, err)
		expectSame(t, "live services", budget.Spending.LiveServices, 3)
	}
}
