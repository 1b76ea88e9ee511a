package shop

import (
	"context"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// ActionType is what is done with a service at its provider.
type ActionType string

// The types of action. Create is the store's own: it follows a purchase.
const (
	ActionCreate    ActionType = "create"
	ActionRestart   ActionType = "restart"
	ActionReinstall ActionType = "reinstall"
)

// Intent is an action that an agent asks for.
type Intent struct {
	Type  ActionType
	Image string // for a reinstall
}

// Action is one doing with a service: accepted at once, settled later.
type Action struct {
	ID        id.Action
	Type      ActionType
	StartedAt time.Time
}

// Accepted is a service as the acceptance of an action leaves it.
type Accepted struct {
	Service Service
	Action  Action
}

// Act accepts an action for a service. It returns not_found, action_in_progress,
// service_not_ready, unsupported_image and idempotency_conflict.
func (s *Shop) Act(ctx context.Context, caller Caller, serviceID id.Service, intent Intent, once Once[Accepted]) (Kept, error) {
	var jobs []JobRef
	kept, err := write(ctx, s, caller, once, func() (decision[Accepted], error) {
		service, err := s.Service(ctx, caller, serviceID)
		if err != nil {
			return decision[Accepted]{}, err
		}
		d, err := s.begin(service, intent)
		jobs = refs(d.change.Jobs)
		return d, err
	})
	if err == nil && !kept.Replayed && s.Kick != nil {
		s.Kick(ctx, jobs)
	}
	return kept, err
}

func (s *Shop) begin(service Service, intent Intent) (decision[Accepted], error) {
	if err := ready(service, intent); err != nil {
		return decision[Accepted]{}, err
	}
	product, err := s.product(service.ServiceType)
	if err != nil {
		return decision[Accepted]{}, err
	}
	begun, err := product.Begin(service, intent)
	if err != nil {
		return decision[Accepted]{}, err
	}
	now := s.Now()
	action := Action{ID: s.IDs.Action(), Type: intent.Type, StartedAt: now}
	begun.Current = &action
	begun.Version++
	begun.UpdatedAt = now
	job := s.newJob(begun, intent.Type, now)
	change := Change{Services: []Service{begun}, Jobs: []Job{job}}
	return decision[Accepted]{Accepted{begun, action}, change, RecordLifetime}, nil
}

// ready checks that the service can begin an action now.
func ready(service Service, intent Intent) error {
	name := service.ServiceType + ":" + string(intent.Type)
	switch {
	case !slices.Contains(service.Capabilities, name):
		return fault.New(fault.ServiceNotReady, "The service %s cannot do %s.", service.ID, name)
	case service.Status == ServiceProvisioning:
		return inProgress(service, "is still being created")
	case service.Current != nil:
		return inProgress(service, fmt.Sprintf("is busy with the %s that began at %s",
			service.Current.Type, service.Current.StartedAt.Format(time.RFC3339)))
	case service.Status != ServiceActive:
		return fault.New(fault.ServiceNotReady, "The service %s is %s, and only an active one can %s.", service.ID, service.Status, intent.Type).
			Fix("Read the service with service_get: allowedActions names what can be done now.")
	default:
		return nil
	}
}

func inProgress(service Service, why string) error {
	const wait = 5 * time.Second
	e := fault.New(fault.ActionInProgress, "The service %s %s.", service.ID, why).
		Fix("Read the service with service_get until currentAction is gone, then try again.").
		After(wait)
	if service.Current != nil {
		e.With("actionId", string(service.Current.ID))
	}
	return e
}
