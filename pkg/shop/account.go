package shop

import (
	"time"

	"agentstore/pkg/id"
)

// Account is what wallets, agents and services belong to, and what people are
// members of.
type Account struct {
	ID id.Account
	// Version also counts the changes of who belongs to the account: whoever makes one
	// writes the account, so that no two of them miss each other.
	Version int
	Name    string
	// Checkout is the agent that members buy with.
	Checkout id.Agent
	// RequireMFA: its members get in only by a login with more than one factor.
	RequireMFA bool
	CreatedAt  time.Time
}
