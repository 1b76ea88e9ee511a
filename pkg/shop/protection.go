package shop

import (
	"context"
	"errors"
	"slices"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Protectable lists what a service can be protected against. A protected action
// needs the consent of a person.
func Protectable() []ActionType { return []ActionType{ActionReinstall} }

// protected says who must consent before the service does what is intended.
func protected(service Service, intent Intent, caller Caller) error {
	if !slices.Contains(service.Protection, intent.Type) {
		return nil
	}
	return fault.New(fault.ApprovalRequired, "The service %s (%s) is protected: a person must consent to %s it.", service.ID, service.DisplayName, intent.Type).
		Fix("Show approvalUrl to the person who owns the account, say what you want to do and why, and wait for the answer.").
		Fix("Do not try again before the person has answered: the answer stays the same.").
		With("approvalUrl", caller.Origin+"/services/"+string(service.ID))
}

// Protect sets what a service is protected against, for people. It returns
// not_found and rate_limited.
func (s *Shop) Protect(ctx context.Context, account id.Account, serviceID id.Service, protection []ActionType) (Service, error) {
	var service Service
	err := s.startOver(ctx, func() (err error) {
		service, err = s.Service(ctx, Caller{Account: account}, serviceID)
		if err != nil {
			return err
		}
		service.Protection = protection
		service.Version++
		service.UpdatedAt = s.Now()
		return s.Store.Commit(ctx, Change{Services: []Service{service}, At: service.UpdatedAt})
	})
	if errors.Is(err, ErrConflict) {
		return Service{}, errBusy()
	}
	return service, err
}
