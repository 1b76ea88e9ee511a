package shop

import (
	"time"

	"agentstore/pkg/id"
)

// Agent is a program that buys for an account.
type Agent struct {
	ID      id.Agent
	Account id.Account
	Version int
	Name    string
	Sees    Sees
	// System: the store made the agent for its own pages. It has no key, and nobody can
	// give it one.
	System    bool
	CreatedAt time.Time
}
