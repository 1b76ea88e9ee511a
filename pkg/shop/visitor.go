package shop

import (
	"context"
	"errors"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Visitor is the person whom a session is from.
type Visitor struct {
	Person id.Person
	// Account is the one that the person has chosen. It and Role are empty where
	// the person is no member of it, or no longer.
	Account id.Account
	Role    Role
	Email   string
	Name    string
	// Origin is where the person reaches the store, such as
	// https://store.example.com, for the addresses in answers.
	Origin string
	// RequestID and Source, an address, are for the audit trail.
	RequestID string
	Source    string
	// Session is the hash of the visitor's session.
	Session string
	// revisit reads anew what the person may do in the account; nil for a visitor
	// without a session.
	revisit func(context.Context) (Role, error)
}

// Visitor is the member who asks.
func (c Caller) Visitor() Visitor {
	return Visitor{
		Person: c.Person, Account: c.Account, Role: c.Role, Origin: c.Origin, RequestID: c.RequestID, Source: c.Source,
		Session: c.Session, revisit: c.revisit,
	}
}

// Caller is the visitor as who asks for an operation, which needs a role. It
// returns insufficient_role.
func (v Visitor) Caller(needed Role) (Caller, error) {
	return v.caller(needed), v.Require(needed)
}

// caller is Caller for whoever looks at the role themselves.
func (v Visitor) caller(needed Role) Caller {
	return Caller{
		Account: v.Account, Person: v.Person, Role: v.Role, Needed: needed, Session: v.Session,
		Origin: v.Origin, RequestID: v.RequestID, Source: v.Source,
		Confirm: func(context.Context) error { return v.require(needed) },
		Recheck: v.recheck(needed), revisit: v.revisit,
	}
}

// recheck is the Recheck of a visitor's caller.
func (v Visitor) recheck(needed Role) func(context.Context) func(context.Context) error {
	if v.revisit == nil {
		return nil
	}
	return func(context.Context) func(context.Context) error {
		return func(ctx context.Context) (err error) {
			if v.Role, err = v.revisit(ctx); err != nil {
				return err
			}
			return v.require(needed)
		}
	}
}

// require is Require, where a role is needed at all.
func (v Visitor) require(needed Role) error {
	if needed == "" {
		return nil
	}
	return v.Require(needed)
}

// Require returns insufficient_role where the role is less than the one needed.
func (v Visitor) Require(needed Role) error {
	if v.Role.AtLeast(needed) {
		return nil
	}
	if v.Role == "" {
		return fault.New(fault.InsufficientRole, "You are no member of this account.").
			Fix("Choose one of your accounts, or ask an owner of the account to invite you.").
			With("neededRole", string(needed))
	}
	return fault.New(fault.InsufficientRole, "This needs the role %s, and yours is %s.", needed, v.Role).
		Fix("Ask an owner of the account to do it, or to give you the role %s.", needed).
		With("neededRole", string(needed))
}

// Visit tells who the session of a token is from. What the person may do is read
// anew each time, so that a member who was removed is out at once. It returns
// unauthenticated.
func (p *People) Visit(ctx context.Context, token string) (Visitor, error) {
	session, err := p.session(ctx, token)
	if err != nil {
		return Visitor{}, err
	}
	var person Person
	var member Member
	err = together(
		func() (err error) { person, err = p.Store.Person(ctx, session.Person); return err },
		func() (err error) { member, err = p.member(ctx, session.Account, session.Person); return err },
		func() error { p.seen(ctx, session); return nil },
	)
	if err != nil {
		return Visitor{}, err
	}
	v := Visitor{Person: person.ID, Email: person.Email, Name: person.Name, Session: session.Hash}
	if !member.Left() {
		v.Account, v.Role = member.Account, member.Role
	}
	v.revisit = func(ctx context.Context) (Role, error) { return p.role(ctx, token, v.Account) }
	return v, nil
}

// role is what whoever has the session may do in an account. It returns
// unauthenticated.
func (p *People) role(ctx context.Context, token string, account id.Account) (Role, error) {
	session, err := p.session(ctx, token)
	if err != nil {
		return "", err
	}
	member, err := p.member(ctx, account, session.Person)
	return member.Role, err
}

// member reads a member; who never was one is like one who has left.
func (p *People) member(ctx context.Context, account id.Account, person id.Person) (Member, error) {
	if account == "" {
		return Member{}, nil
	}
	m, err := p.Store.Member(ctx, account, person)
	if errors.Is(err, ErrNotFound) {
		return Member{}, nil
	}
	return m, err
}

func errNoSession() error {
	return fault.New(fault.Unauthenticated, "Nobody is logged in, or the session has ended.").
		Fix("Log in at /login, then try again.")
}
