package shop

import (
	"context"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// FrozenServices is what a member has chosen for the services of an agent that they
// freeze. A freeze alone is about what is bought: what runs goes on, and is renewed.
type FrozenServices string

// The choices.
const (
	KeepServices   FrozenServices = "keep"
	CancelServices FrozenServices = "cancel"
)

// endFrozen is the cancellation of all that an agent has, to be committed with its freeze;
// nil where its services are kept.
func (s *Shop) endFrozen(ctx context.Context, caller Caller, agentID id.Agent, choice FrozenServices) (*ManyCancellation, error) {
	if choice != CancelServices {
		return nil, nil
	}
	if err := caller.RequireScope(ScopeServicesCancel); err != nil {
		return nil, err
	}
	m := Matching{Agent: agentID}
	services, all, err := s.alive(ctx, caller, m)
	if err != nil {
		return nil, err
	}
	if !all {
		return nil, fault.InvalidParam("$.services", "must be keep for an agent with more than %d services, those that have ended among them", MaxMatches).
			Fix("Freeze it with services keep, then end its services by their labels with account_service_cancel_many.")
	}
	now := s.Now()
	c := s.cancellationOf(caller, m, services, now.UTC().Truncate(time.Second), now)
	return &c, nil
}
