package shop

import (
	"context"
	"errors"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Visit tells whom the session of a browser belongs to. What the person may do is
// read again each time, so that a removed member is out at once. It returns
// unauthenticated.
func (p *People) Visit(ctx context.Context, from Browser) (Caller, error) {
	session, err := p.session(ctx, from.Token)
	if err != nil {
		return Caller{}, err
	}
	var person Person
	var member Member
	var account Account
	err = parallel(
		func() (err error) { person, err = p.Store.Person(ctx, session.Person); return err },
		func() (err error) { member, err = p.member(ctx, session.Account, session.Person); return err },
		func() (err error) {
			if session.Account != "" {
				account, err = p.Store.Account(ctx, session.Account)
			}
			return err
		},
		func() error { p.seen(ctx, session, from); return nil },
	)
	if err != nil {
		return Caller{}, err
	}
	c := Caller{
		Person: person.ID, Email: person.Email, Name: person.Name, RequestID: from.RequestID, Source: from.Source,
		Session: session.Hash, Fresh: session.Fresh(p.Now()), MFA: session.MFA,
	}
	if !member.Left() {
		c.Account, c.Role, c.LacksMFA = member.Account, member.Role, account.RequireMFA && !session.MFA
		c.AccountName, c.checkout = account.Name, account.Checkout
	}
	c.revisit = func(ctx context.Context) (Role, error) { return p.role(ctx, from.Token, c.Account) }
	return c.needing(""), nil
}

// role is the role that the person of the session has in an account. It returns
// unauthenticated.
func (p *People) role(ctx context.Context, token string, account id.Account) (Role, error) {
	session, err := p.session(ctx, token)
	if err != nil {
		return "", err
	}
	member, err := p.member(ctx, account, session.Person)
	return member.Role, err
}

// member reads a member; somebody who never was one is treated like one who has
// left.
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
