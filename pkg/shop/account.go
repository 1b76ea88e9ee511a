package shop

import (
	"time"

	"agentstore/pkg/id"
)

// Account is what wallets, agents and services belong to, and people are members
// of.
type Account struct {
	ID id.Account
	// Version counts the changes of who belongs to the account, too: whoever makes
	// one writes the account, so that no two of them miss each other.
	Version int
	Name    string
	// Checkout is the agent that members buy with.
	Checkout id.Agent
	// RequireMFA: its members get in by a login with more than one factor alone.
	RequireMFA bool
	CreatedAt  time.Time
}
