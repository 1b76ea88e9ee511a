package shop

import (
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

// SetPolicy replaces the policy of the account, or of one of its agents: it binds
// every purchase that is not yet written. The encoding is for the audit trail. It
// returns not_found and precondition_failed.
func (s *Shop) SetPolicy(ctx context.Context, caller Caller, agentID id.Agent, policy Policy, encode func(Policy) json.RawMessage) (Budget, error) {
	var b Budget
	err := s.update(ctx, answering(caller, &b), func(caller Caller) (err error) {
		b, err = s.Budget(ctx, caller, agentID)
		if err != nil {
			return err
		}
		if err := caller.expects(b); err != nil {
			return err
		}
		event := &Event{Operation: policyOperation(agentID), Subject: string(agentID), Before: encode(b.Policy), After: encode(policy)}
		b.Version++
		b.Policy, b.UpdatedAt = policy, s.Now()
		return s.writer().commitAndSettle(ctx, caller, Change{Budgets: []Budget{b}, Event: event}, Seat{caller.Account, agentID})
	})
	return b, err
}

func policyOperation(agentID id.Agent) string {
	if agentID == "" {
		return "policy_set"
	}
	return "agent_policy_set"
}
