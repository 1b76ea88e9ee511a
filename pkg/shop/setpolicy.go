package shop

import (
	"cmp"
	"context"
	"encoding/json"

	"agentstore/pkg/id"
)

// What people do with policies. No key can change one.

// Budget reads a policy and what was spent under it: that of the account, or of one
// of its agents. It returns not_found.
func (s *Shop) Budget(ctx context.Context, caller Caller, agentID id.Agent) (Budget, error) {
	if agentID != "" {
		if _, err := s.agent(ctx, caller, agentID); err != nil {
			return Budget{}, err
		}
	}
	return budget(ctx, s.Store, caller.Account, agentID)
}

// BudgetsOf reads the budgets of agents of the account, side by side.
func (s *Shop) BudgetsOf(ctx context.Context, caller Caller, agents []Agent) ([]Budget, error) {
	budgets := make([]Budget, len(agents))
	reads := make([]func() error, len(agents))
	for i, a := range agents {
		reads[i] = func() (err error) {
			budgets[i], err = budget(ctx, s.Store, caller.Account, a.ID)
			return err
		}
	}
	return budgets, parallel(reads...)
}

// PolicyOrder is a policy that is asked for.
type PolicyOrder struct {
	Policy Policy
	// Services is what becomes of the services of an agent that it freezes; empty keeps
	// them.
	Services FrozenServices
	// Encode is for the audit trail.
	Encode func(Policy) json.RawMessage
}

// PolicySet is a policy that was set.
type PolicySet struct {
	Budget Budget
	// Services is what becomes of the services of an agent that is frozen now; empty where
	// none is.
	Services FrozenServices
	// Cancellation ends them; nil where they are kept.
	Cancellation *ManyCancellation
}

// SetPolicy replaces the policy of the account, or of one of its agents: it binds
// every purchase that is not yet written. It returns not_found, precondition_failed,
// insufficient_scope of a token that may not cancel what it is to cancel, invalid_input
// where that is too much, and idempotency_conflict.
func (s *Shop) SetPolicy(ctx context.Context, caller Caller, agentID id.Agent, order PolicyOrder, request Request[PolicySet]) (Response, error) {
	response, err := write(ctx, s, caller, request, func() (decision[PolicySet], error) {
		var b Budget
		var ends *ManyCancellation
		err := parallel(
			func() (err error) { b, err = s.Budget(ctx, caller, agentID); return err },
			func() (err error) { ends, err = s.endFrozen(ctx, caller, agentID, order.Services); return err },
		)
		if err == nil {
			err = caller.expects(b)
		}
		if err != nil {
			return decision[PolicySet]{}, err
		}
		d := decision[PolicySet]{subject: string(agentID), keepFor: RecordLifetime, before: order.Encode(b.Policy), after: order.Encode(order.Policy)}
		b.Version++
		b.Policy, b.UpdatedAt = order.Policy, s.Now()
		d.result, d.change.Budgets = PolicySet{Budget: b}, []Budget{b}
		if agentID != "" && b.Policy.Frozen {
			d.result.Services, d.result.Cancellation = cmp.Or(order.Services, KeepServices), ends
		}
		if ends != nil {
			ends.Froze = b.Version
			d.change.Also = []Change{{Cancellation: ends, Event: &Event{Operation: "account_service_cancel_many", Subject: string(ends.ID)}}}
		}
		return d, nil
	})
	if err != nil {
		return response, err
	}
	return response, s.writer().settleOpen(ctx, Seat{caller.Account, agentID})
}
