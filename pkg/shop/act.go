package shop

import (
	"context"
	"fmt"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Act accepts an action for a service. It returns not_found, action_in_progress,
// service_not_ready, approval_required, approval_limit_reached, idempotency_conflict
// and the errors of the product.
func (s *Shop) Act(ctx context.Context, caller Caller, serviceID id.Service, serviceType string, intent Intent, request Request[Accepted]) (Response, error) {
	action, known := s.Products.action(serviceType, intent.Action)
	if !known {
		return Response{}, fmt.Errorf("shop: %s has no action %s", serviceType, intent.Action)
	}
	if err := action.free(); err != nil {
		return Response{}, err
	}
	var service Service
	var asked Waiting
	response, err := write(ctx, s, caller, request, func() (decision[Accepted], error) {
		var seat *Budget
		err := parallel(
			func() (err error) { seat, err = s.seat(ctx, caller); return err },
			func() (err error) {
				if action.Protectable {
					asked, err = s.askedBy(ctx, caller)
				}
				return err
			},
			func() (err error) { service, err = s.Service(ctx, caller, serviceID); return err },
		)
		if err != nil {
			return decision[Accepted]{}, err
		}
		d, err := s.begin(service, serviceType, intent, caller.holder())
		if err == nil {
			err = caller.passes(service, intent)
		}
		d.seat = seat
		return d, err
	})
	return response, s.orAsk(ctx, caller, asked, service, intent, request.Fingerprint, request.Key, err)
}

// begin begins an action on a service of that type.
func (s *Shop) begin(service Service, serviceType string, intent Intent, by Holder) (decision[Accepted], error) {
	kind, known := s.Products.action(serviceType, intent.Action)
	if !known || service.ServiceType != serviceType || !s.Products.provides(service, string(intent.Action)) {
		return decision[Accepted]{}, s.incapable(service, Capability(serviceType, intent.Action))
	}
	if err := ready(service, kind); err != nil {
		return decision[Accepted]{}, err
	}
	state, err := kind.Begin(service.State, intent.Input)
	if err != nil {
		return decision[Accepted]{}, err
	}
	now := s.Now()
	action := newAction(s.IDs, service, intent, now)
	action.BegunBy = by
	begun := service
	begun.State = state
	begun.Current = &action
	begun.Version++
	begun.UpdatedAt = now
	job := s.newJob(begun, intent, now)
	job.BegunBy = by
	change := Change{Services: []Service{begun}, Actions: []Action{action}, Jobs: []Job{job}}
	return decision[Accepted]{
		result: Accepted{begun, action}, change: change, subject: string(action.ID), keepFor: RecordLifetime,
	}, nil
}

// incapable refuses what no service of that type, or of that provider, can do.
func (s *Shop) incapable(service Service, capability string) error {
	e := fault.New(fault.ServiceNotReady, "The service %s is of type %s, which cannot do %s.", service.ID, service.ServiceType, capability)
	if name, own := strings.CutPrefix(capability, service.ServiceType+":"); own && !s.Products.provides(service, name) {
		e = fault.New(fault.ServiceNotReady, "The provider of the service %s cannot do %s.", service.ID, capability)
	}
	if can := s.Products.Capabilities(service.ServiceType, service.Resource.Provider); len(can) > 0 {
		return e.Fix("It can do: %s.", strings.Join(can, ", "))
	}
	return e.Fix("Choose another service with service_list: this one can do nothing.")
}

// ready checks that the service can begin an action now.
func ready(service Service, action ActionType) error {
	switch {
	case service.Status == ServiceProvisioning:
		return inProgress(service, "is still being created")
	case service.Current != nil:
		return inProgress(service, fmt.Sprintf("is busy with the %s that began at %s",
			service.Current.Intent.Action, service.Current.StartedAt.Format(time.RFC3339)))
	case service.Status != ServiceActive:
		return fault.New(fault.ServiceNotReady, "The service %s is %s, and only an active one can %s.", service.ID, service.Status, action.Name).
			Fix(readAllowed)
	}
	allowed, err := action.allows(service.State)
	if err == nil && !allowed {
		err = fault.New(fault.ServiceNotReady, "The service %s is in a state in which it cannot %s%s.", service.ID, action.Name, action.because(service.State)).
			Fix(readAllowed)
	}
	return err
}

const readAllowed = "Read the service with service_get: allowedActions names what can be done now."

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
