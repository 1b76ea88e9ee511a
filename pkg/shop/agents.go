package shop

import (
	"context"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// What people do with the agents of their account. The caller is a member.

// Agents lists the agents of the account, the oldest first.
func (s *Shop) Agents(ctx context.Context, caller Caller) ([]Agent, error) {
	return s.Admin.Agents(ctx, caller.Account)
}

// CreateAgent makes an agent. It has no key yet, and the policy of the account.
func (s *Shop) CreateAgent(ctx context.Context, caller Caller, name string) (Agent, error) {
	now := s.Now()
	agent := Agent{ID: s.IDs.Agent(caller.Account), Account: caller.Account, Version: 1, Name: name, CreatedAt: now}
	return agent, s.commit(ctx, caller, "agent_create", string(agent.ID), Change{Agents: []Agent{agent}})
}

// RenameAgent gives an agent another name. It returns not_found.
func (s *Shop) RenameAgent(ctx context.Context, caller Caller, agentID id.Agent, name string) (Agent, error) {
	var agent Agent
	err := s.again(ctx, func() (err error) {
		agent, err = s.agent(ctx, caller, agentID)
		if err != nil {
			return err
		}
		agent.Version++
		agent.Name = name
		return s.commit(ctx, caller, "agent_update", string(agent.ID), Change{Agents: []Agent{agent}})
	})
	return agent, err
}

// agent reads an agent of the account that people may change: not the store's own.
func (s *Shop) agent(ctx context.Context, caller Caller, agentID id.Agent) (Agent, error) {
	none := fault.New(fault.NotFound, "There is no agent %q in this account.", agentID).
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

// AdminStore is what people need of the store to administer agents.
type AdminStore interface {
	// Agent returns ErrNotFound.
	Agent(context.Context, id.Agent) (Agent, error)
	// Agents lists the agents of an account, the oldest first.
	Agents(context.Context, id.Account) ([]Agent, error)
	// Credential returns ErrNotFound.
	Credential(context.Context, id.Key) (Credential, error)
	// Credentials lists the keys of an agent, in no particular order.
	Credentials(context.Context, id.Agent) ([]Credential, error)
	// KeyUses tells when the keys of an agent were used last, coarsely.
	KeyUses(context.Context, id.Agent) (map[id.Key]time.Time, error)
	// Entries lists the ledger, the newest first, and names where the next page
	// starts.
	Entries(context.Context, id.Account, Page) ([]Entry, Cursor, error)
	// Trail lists the audit trail, the newest first, and names where the next page
	// starts.
	Trail(context.Context, id.Account, TrailFilter, Page) ([]Event, Cursor, error)
}
