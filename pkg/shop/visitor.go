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
	// Fresh: the login is recent. MFA: it had more than one factor. LacksMFA: it had
	// not, and the account asks for it.
	Fresh    bool
	MFA      bool
	LacksMFA bool
	// revisit reads anew what the person may do in the account; nil for a visitor
	// without a session.
	revisit func(context.Context) (Role, error)
}

// Visitor is the member who asks.
func (c Caller) Visitor() Visitor {
	return Visitor{
		Person: c.Person, Account: c.Account, Role: c.Role, Origin: c.Origin, RequestID: c.RequestID, Source: c.Source,
		Session: c.Session, MFA: c.MFA, revisit: c.revisit,
	}
}

// Caller is the visitor as who asks for an operation, which needs a role. It
// returns insufficient_role and mfa_required.
func (v Visitor) Caller(needed Role) (Caller, error) {
	return v.caller(needed), v.Require(needed)
}

// caller is Caller for whoever looks at the role themselves.
func (v Visitor) caller(needed Role) Caller {
	return Caller{
		Account: v.Account, Person: v.Person, Role: v.Role, Needed: needed, Session: v.Session, MFA: v.MFA,
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

// Require returns insufficient_role where the role is less than the one needed, and
// mfa_required where the account asks for more than the visitor's login was.
func (v Visitor) Require(needed Role) error {
	if v.Role == "" {
		return fault.New(fault.InsufficientRole, "You are no member of this account.").
			Fix("Choose one of your accounts, or ask an owner of the account to invite you.").
			With("neededRole", string(needed))
	}
	if v.LacksMFA {
		return v.errMFA("The account asks for a login with a second factor, and yours was without.")
	}
	if v.Role.AtLeast(needed) {
		return nil
	}
	return fault.New(fault.InsufficientRole, "This needs the role %s, and yours is %s.", needed, v.Role).
		Fix("Ask an owner of the account to do it, or to give you the role %s.", needed).
		With("neededRole", string(needed))
}

// RequireFresh returns reauthentication_required where the login is not recent.
func (v Visitor) RequireFresh() error {
	if v.Fresh {
		return nil
	}
	return v.loginAgain(fault.New(fault.StaleLogin,
		"This asks for a login that is at most %d minutes old. Yours is older, or the issuer does not say how old.", int(FreshFor.Minutes())))
}

func (v Visitor) errMFA(detail string) *fault.Error {
	return v.loginAgain(fault.New(fault.MFARequired, "%s", detail)).
		Fix("If your login has no second factor yet, set one up where you log in.")
}

// LoginPath is where the pages have people log in. A max_age, in seconds, has the
// issuer see anew who they are (OpenID Connect Core 1.0, section 3.1.2.1).
const LoginPath = "/login"

func (v Visitor) loginAgain(e *fault.Error) *fault.Error {
	return e.Fix("Open %s%s?max_age=%d&return=/ in the same browser and log in, then send the request again. The member return of the query is the page to come back to.",
		v.Origin, LoginPath, int(FreshFor.Seconds()))
}

// Visit tells who the session of a browser is from. What the person may do is read
// anew each time, so that a member who was removed is out at once. It returns
// unauthenticated.
func (p *People) Visit(ctx context.Context, from Browser) (Visitor, error) {
	session, err := p.session(ctx, from.Token)
	if err != nil {
		return Visitor{}, err
	}
	var person Person
	var member Member
	var account Account
	err = parallel(
		func() (err error) { person, err = p.Store.Person(ctx, session.Person); return err },
		func() (err error) { member, err = p.member(ctx, session.Account, session.Person); return err },
		func() (err error) {
			if session.Account != "" && !session.MFA {
				account, err = p.Store.Account(ctx, session.Account)
			}
			return err
		},
		func() error { p.seen(ctx, session, from); return nil },
	)
	if err != nil {
		return Visitor{}, err
	}
	v := Visitor{
		Person: person.ID, Email: person.Email, Name: person.Name, RequestID: from.RequestID, Source: from.Source,
		Session: session.Hash, Fresh: session.Fresh(p.Now()), MFA: session.MFA,
	}
	if !member.Left() {
		v.Account, v.Role, v.LacksMFA = member.Account, member.Role, account.RequireMFA
	}
	v.revisit = func(ctx context.Context) (Role, error) { return p.role(ctx, from.Token, v.Account) }
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
