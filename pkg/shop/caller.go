package shop

import (
	"context"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Caller is who asks: an agent with one of its keys, a person with their session or a
// personal access token, or, with an account alone, the operator of the store. The zero value is the store
// itself.
//
// Account, Agent and Key are what the id of the presented key claims: reads may
// start with them, but nothing may be written or answered before Confirm has
// returned nil. Confirm may be called more than once.
type Caller struct {
	// Account is, for a person, the one that they have chosen. It and Role are empty
	// where the person is not, or no longer, a member of it.
	Account id.Account

	// Agent and Key are empty for a person, except for the agent at the checkout.
	Agent id.Agent
	Key   id.Key

	// What follows is empty for an agent. Needed is the role that the operation
	// requires of the person, and Session the hash of their session.
	Person  id.Person
	Email   string
	Name    string
	Role    Role
	Needed  Role
	Session string
	// Fresh: the login is recent. MFA: it used more than one factor. LacksMFA: it did
	// not, and the account requires it.
	Fresh    bool
	MFA      bool
	LacksMFA bool
	// AccountName is what its members call the account, and checkout the agent that
	// they buy with.
	AccountName string
	checkout    id.Agent
	// token is the personal access token that the person shows instead of a session.
	token *PersonalToken

	Confirm func(context.Context) error
	// Recheck begins another check of the caller, and returns its Confirm: each try of
	// a write checks the caller itself. It may be nil.
	Recheck func(context.Context) (confirm func(context.Context) error)
	// seat is the budget of the agent, where what it does rests on that; see authority.
	seat *Budget
	// once is the idempotency key of what the person writes, and result what that answers;
	// nil without a key.
	once   *Once
	result func() any
	// revisit reads again what a person may do in the account; nil for a caller without
	// a session.
	revisit func(context.Context) (Role, error)

	// Expects judges an object that the caller is about to replace, as the write itself
	// has read it: it returns precondition_failed where the caller knows another version
	// of it. It may be nil.
	Expects func(current any) error

	// Origin is the address at which the caller reaches the store, such as
	// https://store.example.com, for the addresses in answers.
	Origin string
	// RequestID and Source, an address, are for the audit trail.
	RequestID string
	Source    string
}

// AtCheckout is the member as a buyer: what they buy and begin belongs to the agent that
// the store keeps for the members of the account.
func (c Caller) AtCheckout() Caller {
	c.Agent = c.checkout
	return c
}

// IsAgent reports whether no person has asked.
func (c Caller) IsAgent() bool { return c.Person == "" }

// expects holds a write to what the caller knows of the object that it replaces: it
// is called for the version on whose condition the write is committed.
func (c Caller) expects(current any) error {
	if c.Expects == nil {
		return nil
	}
	return c.Expects(current)
}

// Anonymous is a caller without a key, for what is public.
func Anonymous() Caller {
	return Caller{Confirm: func(context.Context) error { return nil }}
}

// For is the person as the caller of an operation that needs a role. It returns
// insufficient_role and mfa_required.
func (c Caller) For(needed Role) (Caller, error) {
	return c.needing(needed), c.Require(needed)
}

// needing is For without the check of the role, which Confirm makes.
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

// requireNeeded is Require for the role that the operation needs, if it needs any.
func (c Caller) requireNeeded() error {
	if c.Needed == "" {
		return nil
	}
	return c.Require(c.Needed)
}

// Require returns insufficient_role where the role is lower than the one needed, and
// mfa_required where the account requires more than one factor and the login used
// one.
func (c Caller) Require(needed Role) error {
	if c.Role == "" {
		return fault.New(fault.InsufficientRole, "You are not a member of this account.").
			Fix("Choose one of your accounts, or ask an owner of the account to invite you.").
			With("neededRole", string(needed))
	}
	if c.LacksMFA {
		return c.errMFA("The account asks for a login with a second factor, and yours was without.")
	}
	if c.Role.AtLeast(needed) {
		return nil
	}
	return fault.New(fault.InsufficientRole, "This needs the role %s, but yours is %s.", needed, c.Role).
		Fix("Ask an owner of the account to do it, or to give you the role %s.", needed).
		With("neededRole", string(needed))
}

// RequireFresh returns reauthentication_required where the login is not recent.
func (c Caller) RequireFresh() error {
	if c.Fresh {
		return nil
	}
	if c.token != nil {
		return fault.New(fault.StaleLogin, "This asks for a recent login. A personal access token stands for one if it lives for at most %d hours, and this one lives longer.", int(BriefLifetime.Hours())).
			Fix("Make a token that ends within %d hours, with token_create in a session.", int(BriefLifetime.Hours()))
	}
	return c.loginAgain(fault.New(fault.StaleLogin,
		"This asks for a login that is at most %d minutes old. Yours is older, or the issuer does not say how old.", int(FreshFor.Minutes())))
}

func (c Caller) errMFA(detail string) *fault.Error {
	return c.loginAgain(fault.New(fault.MFARequired, "%s", detail)).
		Fix("If your login has no second factor yet, set one up where you log in.")
}

// LoginPath is where the pages let people log in. With a max_age, in seconds, the
// issuer asks again who they are (OpenID Connect Core 1.0, section 3.1.2.1).
const LoginPath = "/login"

func (c Caller) loginAgain(e *fault.Error) *fault.Error {
	return e.Fix("Open %s%s?max_age=%d&return=/ in the same browser and log in, then send the request again. The query parameter return is the page to come back to.",
		c.Origin, LoginPath, int(FreshFor.Seconds()))
}
