package shop

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Intent is an action that somebody asks for.
type Intent struct {
	Action ActionName
	Input  json.RawMessage // a JSON object, already checked; empty where the action takes none
}

// Action is one thing done with a service: accepted at once, settled later.
type Action struct {
	ID        id.Action
	Account   id.Account
	Service   id.Service
	Version   int
	Intent    Intent
	Status    ActionStatus
	StartedAt time.Time
	// Percent is how far it is, and Until when it is expected to end, as far as its
	// provider has said while it runs; zero where not. Both are kept with the service.
	Percent int
	Until   time.Time
	// FinishedAt is zero while the action runs.
	FinishedAt time.Time
	// Purchase is what it was bought by; empty for one that costs nothing.
	Purchase id.Purchase
	// Failure says why it failed, in words for people.
	Failure string
	// Credit is what it took off the bill of its service once it had succeeded; nil where
	// it has taken off nothing.
	Credit *Credit
	// BegunBy is who began it, or who asked for it where a member has approved.
	BegunBy Holder
	// SecretUntil is how long a secret may wait for them; zero where none was kept.
	// SecretLost: the provider gave one that could not be kept, or could not be opened.
	SecretUntil time.Time
	SecretLost  bool
}

// ActionStatus tells what has become of an action.
type ActionStatus string

// The statuses of an action.
const (
	ActionRunning   ActionStatus = "running"
	ActionSucceeded ActionStatus = "succeeded"
	ActionFailed    ActionStatus = "failed"
)

// Progress is how far the action has got, in percent.
func (a Action) Progress() int {
	switch a.Status {
	case ActionSucceeded:
		return 100
	case ActionRunning:
		return min(a.Percent, 99)
	default:
		return 0
	}
}

// told is the action as far as its provider has now said that it is, which never goes
// back, and whether that is news. Nil is no action.
func (a *Action) told(p Pending, now time.Time) (*Action, bool) {
	if a == nil {
		return nil, false
	}
	next := *a
	next.Percent = min(max(a.Percent, p.Percent), 99)
	if p.Left > 0 {
		next.Until = now.Add(p.Left).Round(time.Second)
	}
	return &next, next.Percent != a.Percent || !next.Until.Equal(a.Until)
}

// as is the action with how far it is, which its service knows.
func (a Action) as(service Service) Action {
	if current := service.Current; current != nil && current.ID == a.ID && a.Status == ActionRunning {
		a.Percent, a.Until = current.Percent, current.Until
	}
	return a
}

func newAction(ids id.Maker, service Service, intent Intent, now time.Time) Action {
	return Action{
		ID: ids.Action(), Account: service.Account, Service: service.ID, Version: 1,
		Intent: intent, Status: ActionRunning, StartedAt: now,
	}
}

// finish is the next version of the action, with its outcome.
func (a Action) finish(failure string, now time.Time) Action {
	a.Version++
	a.FinishedAt = now
	a.Percent, a.Until = 0, time.Time{}
	a.Status = ActionSucceeded
	if failure != "" {
		a.Status = ActionFailed
		a.Failure = failure
	}
	return a
}

// Accepted is a service as it is once an action has been accepted.
type Accepted struct {
	Service Service
	Action  Action
}

// Action reads an action of a service that the caller sees. It returns not_found.
func (s *Shop) Action(ctx context.Context, caller Caller, serviceID id.Service, actionID id.Action) (action Action, err error) {
	// Whom an action belongs to, and how far it is, is known by its service.
	var service Service
	err = parallel(
		func() (err error) {
			service, err = s.Store.Service(ctx, caller.Account, serviceID)
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
	return action.as(service), err
}

// Actions lists the actions of a service. It returns not_found where the caller sees no
// such service.
func (s *Shop) Actions(ctx context.Context, caller Caller, serviceID id.Service, page Page) (actions []Action, next Cursor, err error) {
	var service Service
	err = parallel(
		func() (err error) {
			service, err = s.Service(ctx, caller, serviceID)
			return err
		},
		func() (err error) {
			actions, next, err = s.Store.Actions(ctx, caller.Account, serviceID, page)
			return err
		},
	)
	for i, a := range actions {
		actions[i] = a.as(service)
	}
	return actions, next, err
}
