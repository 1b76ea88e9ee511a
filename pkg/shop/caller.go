package shop

import (
	"context"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Caller is who asks: an agent by one of its keys, a person by their session, or,
// with an account alone, the operator of the store. The zero value is the store
// itself.
//
// Account, Agent and Key are what the id of the presented key claims: reads may
// start with them, but nothing may be written or answered before Confirm has
// returned nil. Confirm may be called more than once.
type Caller struct {
	// Account is for a person the one that they have chosen. It and Role are empty
	// where the person is no member of it, or no longer.
	Account id.Account

	// Agent and Key are empty for a person.
	Agent id.Agent
	Key   id.Key

	// What follows is empty for an agent. Needed is the role that the operation asks
	// of the person, and Session the hash of their session.
	Person  id.Person
	Email   string
	Name    string
	Role    Role
	Needed  Role
	Session string
	// Fresh: the login is recent. MFA: it had more than one factor. LacksMFA: it had
	// not, and the account asks for it.
	Fresh    bool
	MFA      bool
	LacksMFA bool

	Confirm func(context.Context) error
	// Recheck begins another check of the caller, and returns the Confirm of it: each
	// try of a write has a verdict of its own. It may be nil.
	Recheck func(context.Context) (confirm func(context.Context) error)
	// seat is the budget of the agent, where what it does rests on that; see authority.
	seat *Budget
	// revisit reads anew what a person may do in the account; nil for a caller without
	// a session.
	revisit func(context.Context) (Role, error)

	// Origin is where the caller reaches the store, such as
	// https://store.example.com, for the addresses in answers.
	Origin string
	// RequestID and Source, an address, are for the audit trail.
	RequestID string
	Source    string
}

// IsAgent tells whether no person has asked.
func (c Caller) IsAgent() bool { return c.Person == "" }

// Anonymous is a caller without a key, for what is public.
func Anonymous() Caller {
	return Caller{Confirm: func(context.Context) error { return nil }}
}

// For is the person as who asks for an operation, which needs a role. It returns
// insufficient_role and mfa_required.
func (c Caller) For(needed Role) (Caller, error) {
	return c.needing(needed), c.Require(needed)
}

// needing is For without looking at the role, which Confirm does.
func (c Caller) needing(needed Role) Caller {
	c.Needed = needed
	c.Confirm = func(context.Context) error { return c.requireNeeded() }
	if c.revisit != nil {
		c.Recheck = c.recheck
	}
	return c
}

// recheck is the Recheck of a person.
func (c Caller) recheck(context.Context) func(context.Context) error {
	return func(ctx context.Context) (err error) {
		if c.Role, err = c.revisit(ctx); err != nil {
			return err
		}
		return c.requireNeeded()
	}
}

// requireNeeded is Require of the role that the operation needs, if it needs any.
func (c Caller) requireNeeded() error {
	if c.Needed == "" {
		return nil
	}
	return c.Require(c.Needed)
}

// Require returns insufficient_role where the role is less than the one needed, and
// mfa_required where the account asks for more than the caller's login was.
func (c Caller) Require(needed Role) error {
	if c.Role == "" {
		return fault.New(fault.InsufficientRole, "You are no member of this account.").
			Fix("Choose one of your accounts, or ask an owner of the account to invite you.").
			With("neededRole", string(needed))
	}
	if c.LacksMFA {
		return c.errMFA("The account asks for a login with a second factor, and yours was without.")
	}
	if c.Role.AtLeast(needed) {
		return nil
	}
	return fault.New(fault.InsufficientRole, "This needs the role %s, and yours is %s.", needed, c.Role).
		Fix("Ask an owner of the account to do it, or to give you the role %s.", needed).
		With("neededRole", string(needed))
}

// RequireFresh returns reauthentication_required where the login is not recent.
func (c Caller) RequireFresh() error {
	if c.Fresh {
		return nil
	}
	return c.loginAgain(fault.New(fault.StaleLogin,
		"This asks for a login that is at most %d minutes old. Yours is older, or the issuer does not say how old.", int(FreshFor.Minutes())))
}

func (c Caller) errMFA(detail string) *fault.Error {
	return c.loginAgain(fault.New(fault.MFARequired, "%s", detail)).
		Fix("If your login has no second factor yet, set one up where you log in.")
}

// LoginPath is where the pages have people log in. A max_age, in seconds, has the
// issuer see anew who they are (OpenID Connect Core 1.0, section 3.1.2.1).
const LoginPath = "/login"

func (c Caller) loginAgain(e *fault.Error) *fault.Error {
	return e.Fix("Open %s%s?max_age=%d&return=/ in the same browser and log in, then send the request again. The member return of the query is the page to come back to.",
		c.Origin, LoginPath, int(FreshFor.Seconds()))
}
