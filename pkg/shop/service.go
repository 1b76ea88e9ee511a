package shop

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Service is something bought that can be used.
type Service struct {
	ID       id.Service
	Account  id.Account
	Agent    id.Agent // who bought it
	Version  int
	Purchase id.Purchase
	Item     id.Item
	// Exchanged is the purchase by which it became one of its item; empty where that was
	// the one that brought it.
	Exchanged     id.Purchase
	ServiceType   string
	DisplayName   string
	Status        ServiceStatus
	Configuration json.RawMessage
	// Personal stands for what its order says about people; empty for nothing.
	Personal id.Personal
	// State is what its product knows about it.
	State Data
	// Resource is what represents it at its provider.
	Resource Resource
	// Protection lists the actions that need the consent of a person.
	Protection []ActionName
	// Current is the action that is in progress; nil when there is none.
	Current *Action
	// Failure says why the service, or its last action, failed, in words for people.
	Failure string
	Bill    Bill
	// Lease is how long it may live; nil for as long as it is paid.
	Lease *Lease
	// DueAt is when the next thing happens with it that nobody asks for; zero for never.
	DueAt time.Time
	// End is how it has ended; nil while it lives, and for one that was never delivered.
	End *End
	// Labels are what it is found by, chosen by whoever has bought it.
	Labels []string
	// Listed is the status by which it is found in the table as it was read; a new service
	// has its own. Empty is by none: an earlier version of the store has written it.
	Listed ServiceStatus
	// Foretold is its outlook as it was read: what it is found by there says so, or what
	// this follows from.
	Foretold  Outlook
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Resource is what a provider has for a service.
type Resource struct {
	Provider string // where it is, as the catalog names it; empty where there is none
	ID       string // what the provider calls it; empty until it has said so
	// Operation is what the provider calls the action that runs there; empty for none.
	Operation string
}

// ServiceStatus tells how far a service is.
type ServiceStatus string

// The statuses of a service.
const (
	ServiceProvisioning ServiceStatus = "provisioning"
	ServiceActive       ServiceStatus = "active"
	ServiceSuspended    ServiceStatus = "suspended"
	ServiceCanceled     ServiceStatus = "canceled"
	ServiceFailed       ServiceStatus = "failed"
)

// Lives reports whether a service of that status is charged and goes on.
func (s ServiceStatus) Lives() bool { return s == ServiceActive || s == ServiceSuspended }

// Ended reports whether nothing more happens with a service of that status.
func (s ServiceStatus) Ended() bool { return s == ServiceCanceled || s == ServiceFailed }

func (s *Shop) newService(p Purchase, unit Unit) Service {
	item := p.Offer.Item
	service := Service{
		ID: s.IDs.Service(), Account: p.Account, Agent: p.Agent, Version: 1,
		Purchase: p.ID, Item: item.ID, ServiceType: item.ServiceType,
		DisplayName: unit.DisplayName, Status: ServiceProvisioning,
		Configuration: unit.Configuration, Personal: p.Offer.Personal, State: unit.State, Resource: Resource{Provider: item.Provider},
		Bill: newBill(p.Offer, p.UpdatedAt), Lease: p.Offer.Lease.lease(p.UpdatedAt),
		Labels: p.Offer.Labels, CreatedAt: p.UpdatedAt, UpdatedAt: p.UpdatedAt,
	}
	if unit.Delivered {
		service.Status = ServiceActive
	}
	service.Listed = service.Status
	return service.scheduled(p.UpdatedAt)
}

// Service reads a service that the caller sees. It returns not_found.
func (s *Shop) Service(ctx context.Context, caller Caller, serviceID id.Service) (Service, error) {
	service, err := s.Store.Service(ctx, caller.Account, serviceID)
	if errors.Is(err, ErrNotFound) || err == nil && !caller.sees(service.Agent) {
		return Service{}, fault.New(fault.NotFound, "There is no service %+q %s.", serviceID, caller.reach()).
			Fix("List the services with service_list.")
	}
	return service, err
}

// Services lists the services that the caller sees.
func (s *Shop) Services(ctx context.Context, caller Caller, page Page) ([]Service, Cursor, error) {
	own := caller.Agent.SeesOwn()
	if page.Agent != "" && (!id.ValidAgent(page.Agent) || page.Agent.Account() != caller.Account || own && page.Agent != caller.Agent) {
		return []Service{}, "", nil
	}
	if own {
		return s.Store.OwnServices(ctx, caller.Agent, page)
	}
	return s.Store.Services(ctx, caller.Account, page)
}
