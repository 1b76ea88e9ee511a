package shop

import "agentstore/pkg/id"

// Sees is how much of its account an agent sees: what it can read, buy by quote and
// act on. It is chosen when the agent is made, and part of its identifier, so that
// it is known before anything is read.
type Sees string

// What agents see. Members see everything.
const (
	SeesAccount Sees = "account" // what all agents of the account have
	SeesOwn     Sees = "own"     // only what is its own
)

// SeenBy is what the agent of that identifier sees.
func SeenBy(agent id.Agent) Sees {
	if agent.SeesOwn() {
		return SeesOwn
	}
	return SeesAccount
}

// NewAgentID makes the identifier of a new agent with that view; the default is the
// account.
func NewAgentID(ids id.Maker, account id.Account, sees Sees) id.Agent {
	if sees == SeesOwn {
		return ids.OwnAgent(account)
	}
	return ids.Agent(account)
}

// sees reports whether the caller sees what that agent has. If not, the answer is
// exactly that for an unknown identifier.
func (c Caller) sees(owner id.Agent) bool { return !c.Agent.SeesOwn() || c.Agent == owner }

// reach is where the caller looks, in words for people. It depends only on the
// caller, so that it tells nothing about what is there.
func (c Caller) reach() string {
	if c.Agent.SeesOwn() {
		return "of this agent"
	}
	return "in this account"
}
