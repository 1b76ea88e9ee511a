package shop

import (
	"encoding/json"
	"reflect"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Exchange makes a service one of another item.
type Exchange struct {
	// Param is the member of the input that names the item, an identifier.
	Param string
	// Check refuses, with an *fault.Error, a service that cannot become one of that item.
	Check func(service Service, from, to Item, input json.RawMessage) error
}

// item is what the service becomes one of.
func (e Exchange) item(service Service, from Item, catalog Catalog, input json.RawMessage, now time.Time) (Item, error) {
	if service.Bill.overdue(now) {
		return Item{}, fault.New(fault.ServiceNotReady, "The service %s is not paid since %s.", service.ID, service.Bill.PaidUntil.Format(time.RFC3339)).
			Fix("Fund the wallet, read the service with service_get until billing.status is active, then try again.")
	}
	var members map[string]json.RawMessage
	var wanted id.Item
	if err := json.Unmarshal(input, &members); err != nil {
		return Item{}, err
	}
	if err := json.Unmarshal(members[e.Param], &wanted); err != nil {
		return Item{}, err
	}
	i := slices.IndexFunc(catalog.Items, func(i Item) bool { return i.ID == wanted })
	if i < 0 {
		return Item{}, fault.New(fault.NotFound, "There is no catalog item %+q.", wanted).
			Fix("Search the catalog with catalog_search and use the id of an item that it returns.")
	}
	to := catalog.Items[i]
	switch {
	case to.ID == service.Item:
		return Item{}, fault.InvalidParam("$."+e.Param, "must be another item than %s, which the service is of", service.Item).
			Fix("Choose another item with catalog_search.")
	case to.ServiceType != service.ServiceType || to.Provider != service.Resource.Provider || to.Price.Currency != service.Bill.Renewal.Currency:
		return Item{}, fault.InvalidParam("$."+e.Param, "must be an item that a service of %s can become one of, and %s is too different", service.Item, to.ID).
			Fix("Choose another item with catalog_search.")
	case to.Availability == SoldOut:
		return Item{}, fault.New(fault.SoldOut, "%s is sold out.", to.Name).
			Fix("Search the catalog for another item with catalog_search.")
	}
	return to, e.Check(service, from, to, input)
}

// become makes the service one of the item that was bought. What is charged from now on
// has the ceiling and the schedule of that item.
func (s *Service) become(p Purchase, now time.Time) {
	item := p.Offer.Item
	s.Item, s.Exchanged = item.ID, p.ID
	s.Bill.Ceiling = item.Ceiling
	if !reflect.DeepEqual(s.Bill.Schedule, item.Schedule) {
		s.Bill.Schedule = item.Schedule
		s.Bill.Step = s.Bill.warnings(now)
	}
}
