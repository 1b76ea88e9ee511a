package shop

import (
	"context"
	"errors"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// What people do with the agents of their account. The caller is a member.

// Agents lists the agents of the account, the oldest first.
func (s *Shop) Agents(ctx context.Context, caller Caller) ([]Agent, error) {
	return s.Admin.Agents(ctx, caller.Account)
}

// MaxAgents is the most agents that an account can have.
const MaxAgents = 100

// CreateAgent makes an agent, which has no key yet and is bound by the policy of the
// account. It returns invalid_input for a bad name, and where the account has too
// many agents.
func (s *Shop) CreateAgent(ctx context.Context, caller Caller, name string, sees Sees) (Agent, error) {
	var agent Agent
	name, err := Name(name)
	if err != nil {
		return Agent{}, err
	}
	err = s.update(ctx, answering(caller, &agent), func(caller Caller) error {
		// The account is read before its agents, and written with the new one: of two
		// requests that would each add the last one, one starts over.
		account, err := s.Admin.Account(ctx, caller.Account)
		if err != nil {
			return err
		}
		agents, err := s.Agents(ctx, caller)
		if err != nil {
			return err
		}
		if len(agents) >= MaxAgents {
			return fault.InvalidParam("$", "would be one agent too many: the account has %d", len(agents)).
				Fix("Give another key, or another name, to an agent that the account has.")
		}
		account.Version++
		agent = Agent{
			ID: NewAgentID(s.IDs, caller.Account, sees), Account: caller.Account, Version: 1,
			Name: name, Sees: sees, CreatedAt: s.Now(),
		}
		return s.commit(ctx, caller, Change{Account: &account, Agents: []Agent{agent}, Event: &Event{Operation: "agent_create", Subject: string(agent.ID)}})
	})
	return agent, err
}

// RenameAgent gives an agent another name. It returns invalid_input, not_found and
// precondition_failed.
func (s *Shop) RenameAgent(ctx context.Context, caller Caller, agentID id.Agent, name string) (Agent, error) {
	var agent Agent
	name, err := Name(name)
	if err != nil {
		return Agent{}, err
	}
	err = s.update(ctx, answering(caller, &agent), func(caller Caller) (err error) {
		agent, err = s.agent(ctx, caller, agentID)
		if err != nil {
			return err
		}
		if err := caller.expects(agent); err != nil {
			return err
		}
		agent.Version++
		agent.Name = name
		return s.commit(ctx, caller, Change{Agents: []Agent{agent}, Event: &Event{Operation: "agent_update", Subject: string(agent.ID)}})
	})
	return agent, err
}

// agent reads an agent of the account that people may change, which excludes the
// store's own.
func (s *Shop) agent(ctx context.Context, caller Caller, agentID id.Agent) (Agent, error) {
	none := fault.New(fault.NotFound, "There is no agent %+q in this account.", agentID).
		Fix("List the agents of the account with agent_list.")
	if !id.ValidAgent(agentID) || agentID.Account() != caller.Account {
		return Agent{}, none
	}
	agent, err := s.Admin.Agent(ctx, agentID)
	if errors.Is(err, ErrNotFound) || err == nil && agent.System {
		return Agent{}, none
	}
	return agent, err
}

// AdminStore is what the administration of agents needs from the store.
type AdminStore interface {
	// Account returns ErrNotFound.
	Account(context.Context, id.Account) (Account, error)
	// Agent returns ErrNotFound.
	Agent(context.Context, id.Agent) (Agent, error)
	// Agents lists the agents of an account, the oldest first.
	Agents(context.Context, id.Account) ([]Agent, error)
	// Credential returns ErrNotFound.
	Credential(context.Context, id.Key) (Credential, error)
	// Credentials lists the keys of an agent, in no particular order.
	Credentials(context.Context, id.Agent) ([]Credential, error)
	// KeyUses tells when the keys of an agent were used last, coarsely.
	KeyUses(context.Context, id.Agent) (map[id.Key]KeyUse, error)
	// KeyRequests returns the last requests of a key that were written down, in no
	// particular order.
	KeyRequests(context.Context, id.Key) ([]KeyRequest, error)
	// KeyTrail returns the last events of the trail that a key has caused, the newest
	// first, and whether none that is among its last is missing.
	KeyTrail(ctx context.Context, key id.Key, limit int) ([]Event, bool, error)
	// Trail lists the audit trail in the order of the page, and names where the next
	// one starts.
	Trail(context.Context, id.Account, TrailFilter, Page) ([]Event, Cursor, error)
}
