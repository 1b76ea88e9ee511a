package shop

import (
	"context"
	"fmt"
	"slices"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// protected refuses what a member must approve.
func protected(service Service, intent Intent) *fault.Error {
	return fault.New(fault.ApprovalRequired, "The service %s (%s) is protected: a member must approve before an agent can %s it.", service.ID, service.DisplayName, intent.Action)
}

// passes returns approval_required to an agent that would do what the service is
// protected against, and protected to a token without the scope that lifts that.
func (c Caller) passes(service Service, intent Intent) error {
	switch {
	case !c.heeds() || !protects(service, intent):
		return nil
	case c.IsAgent():
		return protected(service, intent)
	default:
		return fault.New(fault.Protected, "The service %s (%s) is protected against %s, and this personal access token lacks the scope %s.", service.ID, service.DisplayName, intent.Action, ScopeProtectionSet).
			Fix("Use a token that also has the scope %s, or do it in a session.", ScopeProtectionSet)
	}
}

// Protect is SetProtection by the operator of the store: against everything that the
// service can be protected against, or against nothing.
func (s *Shop) Protect(ctx context.Context, account id.Account, serviceID id.Service, all bool) (Service, error) {
	caller := Caller{Account: account}
	service, err := s.Service(ctx, caller, serviceID)
	if err != nil {
		return Service{}, err
	}
	var protection []ActionName
	if all {
		protection = s.Products.Protectable(service.ServiceType)
	}
	return s.SetProtection(ctx, caller, serviceID, protection)
}

// SetProtection sets what a service is protected against, on behalf of people. It
// returns not_found, precondition_failed, busy, and invalid_input for what it cannot be
// protected against.
func (s *Shop) SetProtection(ctx context.Context, caller Caller, serviceID id.Service, protection []ActionName) (Service, error) {
	var service Service
	err := s.update(ctx, answering(caller, &service), func(caller Caller) (err error) {
		service, err = s.Service(ctx, caller, serviceID)
		if err != nil {
			return err
		}
		if err := caller.expects(service); err != nil {
			return err
		}
		if err := s.protectable(service, protection); err != nil {
			return err
		}
		service.Protection = protection
		service.Version++
		service.UpdatedAt = s.Now()
		return s.commit(ctx, caller, Change{Services: []Service{service}, Event: &Event{Operation: "protection_set", Subject: string(service.ID)}})
	})
	return service, err
}

func (s *Shop) protectable(service Service, protection []ActionName) error {
	known := s.Products.Protectable(service.ServiceType)
	for i, name := range protection {
		if !slices.Contains(known, name) {
			return fault.Invalid(fault.OneOf(fmt.Sprintf("$.protection[%d]", i), string(name), words(known)...))
		}
	}
	return nil
}
