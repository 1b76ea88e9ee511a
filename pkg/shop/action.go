package shop

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Intent is an action that is asked for.
type Intent struct {
	Action ActionName
	Input  json.RawMessage // a JSON object that was checked; empty where the action takes none
}

// Action is one doing with a service: accepted at once, settled later.
type Action struct {
	ID        id.Action
	Account   id.Account
	Service   id.Service
	Version   int
	Intent    Intent
	Status    ActionStatus
	StartedAt time.Time
	// FinishedAt is zero while the action runs.
	FinishedAt time.Time
	// Purchase is what it was bought by; empty for one that costs nothing.
	Purchase id.Purchase
	// Failure says why it failed, in words for people.
	Failure string
	// BegunBy is who began it, or asked for it where a member has approved.
	BegunBy Holder
	// SecretUntil is until when a secret may wait for them; zero where none was kept.
	// SecretLost: the provider gave one that could not be kept, or not be opened.
	SecretUntil time.Time
	SecretLost  bool
}

// ActionStatus tells how an action stands.
type ActionStatus string

// The statuses of an action.
const (
	ActionRunning   ActionStatus = "running"
	ActionSucceeded ActionStatus = "succeeded"
	ActionFailed    ActionStatus = "failed"
)

// Progress is how far the action is, in percent. Providers tell no more than
// that it runs.
func (a Action) Progress() int {
	if a.Status == ActionSucceeded {
		return 100
	}
	return 0
}

// finish is the next version of the action, with its outcome.
func (a Action) finish(failure string, now time.Time) Action {
	a.Version++
	a.FinishedAt = now
	a.Status = ActionSucceeded
	if failure != "" {
		a.Status = ActionFailed
		a.Failure = failure
	}
	return a
}

// Accepted is a service as the acceptance of an action leaves it.
type Accepted struct {
	Service Service
	Action  Action
}

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
		var seat Budget
		err := parallel(
			func() (err error) { seat, err = budget(ctx, s.Store, caller.Account, caller.Agent); return err },
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
		if err == nil && caller.IsAgent() && protects(service, intent) {
			err = protected(service, intent)
		}
		d.seat = &seat
		return d, err
	})
	// Only now is it sure who asks, and that the answer is not that of an earlier call.
	if refusal := fault.From(err); err != nil && refusal.Code == fault.ApprovalRequired {
		err = s.askMembers(ctx, caller, asked, s.question(caller, service, intent, request.Fingerprint, request.Key, refusal), request.Fingerprint, refusal)
	}
	return response, err
}

// begin begins an action of services of a type.
func (s *Shop) begin(service Service, serviceType string, intent Intent, by Holder) (decision[Accepted], error) {
	kind, known := s.Products.action(serviceType, intent.Action)
	if !known || service.ServiceType != serviceType {
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
	action := Action{
		ID: s.IDs.Action(), Account: service.Account, Service: service.ID, Version: 1,
		Intent: intent, Status: ActionRunning, StartedAt: now, BegunBy: by,
	}
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

// incapable refuses what no service of that type can do.
func (s *Shop) incapable(service Service, capability string) error {
	e := fault.New(fault.ServiceNotReady, "The service %s is of type %s, and cannot do %s.", service.ID, service.ServiceType, capability)
	if can := s.Products.Capabilities(service.ServiceType); len(can) > 0 {
		return e.Fix("It can do these: %s.", strings.Join(can, ", "))
	}
	return e
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
		err = fault.New(fault.ServiceNotReady, "The service %s is in a state in which it cannot %s.", service.ID, action.Name).
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

// Action reads an action of a service that the caller sees. It returns not_found.
func (s *Shop) Action(ctx context.Context, caller Caller, serviceID id.Service, actionID id.Action) (action Action, err error) {
	// Whose an action is says its service. Who sees the account need not know.
	var service Service
	err = parallel(
		func() (err error) {
			if caller.Agent.SeesOwn() {
				service, err = s.Store.Service(ctx, caller.Account, serviceID)
			}
			return err
		},
		func() (err error) {
			action, err = s.Store.Action(ctx, caller.Account, serviceID, actionID)
			return err
		},
	)
	if errors.Is(err, ErrNotFound) || err == nil && !caller.sees(service.Agent) {
		return Action{}, fault.New(fault.NotFound, "The service %+q has no action %+q %s.", serviceID, actionID, caller.reach()).
			Fix("List the actions of the service with action_list.")
	}
	return action, err
}

// Actions lists the actions of a service, the newest first. It returns not_found
// where the caller sees no such service.
func (s *Shop) Actions(ctx context.Context, caller Caller, serviceID id.Service, page Page) (actions []Action, next Cursor, err error) {
	err = parallel(
		func() error {
			_, err := s.Service(ctx, caller, serviceID)
			return err
		},
		func() (err error) {
			actions, next, err = s.Store.Actions(ctx, caller.Account, serviceID, page)
			return err
		},
	)
	return actions, next, err
}
