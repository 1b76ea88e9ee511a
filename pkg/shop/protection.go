package shop

import (
	"context"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Protectable lists what a service can be protected against. An agent's protected
// action waits for a member.
func Protectable() []ActionType { return []ActionType{ActionReinstall} }

// protected refuses what a member must approve.
func protected(service Service, intent Intent) *fault.Error {
	return fault.New(fault.ApprovalRequired, "The service %s (%s) is protected: a member must approve before an agent can %s it.", service.ID, service.DisplayName, intent.Type)
}

// Protect is SetProtection by the operator of the store.
func (s *Shop) Protect(ctx context.Context, account id.Account, serviceID id.Service, protection []ActionType) (Service, error) {
	return s.SetProtection(ctx, Caller{Account: account}, serviceID, protection)
}

// SetProtection sets what a service is protected against, for people. It returns
// not_found and rate_limited.
func (s *Shop) SetProtection(ctx context.Context, caller Caller, serviceID id.Service, protection []ActionType) (Service, error) {
	var service Service
	err := s.update(ctx, caller, func(caller Caller) (err error) {
		service, err = s.Service(ctx, caller, serviceID)
		if err != nil {
			return err
		}
		service.Protection = protection
		service.Version++
		service.UpdatedAt = s.Now()
		return s.commit(ctx, caller, Change{Services: []Service{service}, Event: &Event{Operation: "protection_set", Subject: string(service.ID)}})
	})
	return service, err
}
