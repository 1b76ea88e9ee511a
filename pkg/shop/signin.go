package shop

import (
	"context"
	"errors"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// SignIn begins a session for the person that an issuer has identified, and ends the
// previous one in the same browser. On their first login it makes a person with an
// account of their own.
func (p *People) SignIn(ctx context.Context, who Identity, from Browser) (person Person, token string, err error) {
	if who.Issuer == "" || who.Subject == "" {
		return Person{}, "", errors.New("shop: an identity without an issuer or a subject")
	}
	err = p.update(ctx, Caller{}, func(Caller) (err error) {
		person, err = p.recognize(ctx, who)
		return err
	})
	if err != nil {
		return Person{}, "", err
	}
	memberships, err := p.Memberships(ctx, person.ID)
	if err != nil {
		return Person{}, "", err
	}
	p.introduce(ctx, person, memberships)
	before, err := p.logOut(ctx, from)
	if err != nil {
		return Person{}, "", err
	}
	token, err = p.begin(ctx, Session{
		Person: person.ID, Account: chosen(memberships, before), AuthenticatedAt: who.AuthenticatedAt, MFA: who.MFA,
	}, from)
	p.tidy(ctx, person.ID)
	return person, token, err
}

// chosen is the account that a new session looks at: that of the previous session,
// where the same person has logged in again, otherwise the one that they joined
// first.
func chosen(memberships []Member, before Session) id.Account {
	for _, m := range memberships {
		if m.Account == before.Account && m.Person == before.Person {
			return m.Account
		}
	}
	if len(memberships) > 0 {
		return memberships[0].Account
	}
	return ""
}

// begin starts a session, and returns its token.
func (p *People) begin(ctx context.Context, s Session, from Browser) (string, error) {
	token, now := newToken(), p.Now()
	s.ID, s.Hash, s.Version, s.CreatedAt, s.ExpiresAt = p.IDs.Session(), hashOf(token), 1, now, now.Add(SessionLifetime)
	s.SeenAt, s.Device, s.Source = now, from.Device(), from.Source
	event := &Event{Operation: "login", Subject: string(s.ID)}
	return token, p.commit(ctx, from.caller(s), Change{Sessions: []Session{s}, Event: event})
}

// SignInRefused records in the trail that somebody who was identified was not let
// in. A refusal of somebody who is not a member of any account is only logged.
func (p *People) SignInRefused(ctx context.Context, who Identity, from Browser, refusal error) error {
	person, err := p.Store.Identified(ctx, who.Issuer, who.Subject)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	memberships, err := p.Memberships(ctx, person)
	if err != nil || len(memberships) == 0 {
		return err
	}
	caller := from.caller(Session{Person: person, Account: memberships[0].Account})
	return p.commit(ctx, caller, Change{Event: &Event{Operation: "login", Outcome: fault.From(refusal).Code}})
}

// recognize finds the person of an identity, with what the issuer says of them
// now, or makes one. It returns ErrConflict where somebody else came first.
func (p *People) recognize(ctx context.Context, who Identity) (Person, error) {
	known, err := p.Store.Identified(ctx, who.Issuer, who.Subject)
	if errors.Is(err, ErrNotFound) {
		return p.welcome(ctx, who)
	}
	if err != nil {
		return Person{}, err
	}
	person, err := p.Store.Person(ctx, known)
	if err != nil || person.Email == who.verifiedEmail() && person.Name == who.name() {
		return person, err
	}
	person.Version++
	person.Email, person.Name = who.verifiedEmail(), who.name()
	return person, p.commit(ctx, Caller{}, Change{Person: &person})
}

// welcome makes a person, with an account, in one transaction: two concurrent first
// logins make one person.
func (p *People) welcome(ctx context.Context, who Identity) (Person, error) {
	person := Person{
		ID: p.IDs.Person(), Version: 1, Issuer: who.Issuer, Subject: who.Subject,
		Email: who.verifiedEmail(), Name: who.name(), CreatedAt: p.Now(),
	}
	demo, err := p.demo(ctx)
	if err != nil {
		return Person{}, err
	}
	account := p.IDs.Account()
	if demo != "" {
		account = demo.Account()
	}
	change := p.founded(account, person)
	if demo != "" {
		change.Agents = append(change.Agents, Agent{
			ID: demo, Account: demo.Account(), Version: 1, Name: "demo", Sees: SeenBy(demo), CreatedAt: person.CreatedAt,
		})
	} else if p.DemoCredit.Minor > 0 {
		booking, err := Wallet{Account: change.Account.ID}.Book(EntryFunding, demoCause, p.DemoCredit, "Demo credit", person.CreatedAt)
		if err != nil {
			return Person{}, err
		}
		change.Booking = &booking
	}
	return person, p.commit(ctx, Caller{Person: person.ID, Account: change.Account.ID}, change)
}

// demo is the agent for trying out, if nobody owns its account yet. Of two who log in at
// the same moment one owns it, and the other starts over.
func (p *People) demo(ctx context.Context) (id.Agent, error) {
	if p.Demo == "" {
		return "", nil
	}
	_, err := p.Store.Account(ctx, p.Demo.Account())
	if errors.Is(err, ErrNotFound) {
		return p.Demo, nil
	}
	return "", err
}

// founded is the change that makes a person and the account that they own.
func (p *People) founded(accountID id.Account, person Person) Change {
	account := Account{ID: accountID, Version: 1, Name: person.Name, CreatedAt: person.CreatedAt}
	checkout := Agent{
		ID: p.IDs.Agent(account.ID), Account: account.ID, Version: 1,
		Name: "Checkout", Sees: SeesAccount, System: true, CreatedAt: person.CreatedAt,
	}
	account.Checkout = checkout.ID
	return Change{
		Person: &person, Account: &account, Agents: []Agent{checkout},
		Members: []Member{newMember(account.ID, person, RoleOwner, "", person.CreatedAt)},
		Event:   &Event{Operation: "account_create", Subject: string(account.ID)},
	}
}

// demoCause is the cause of a demo credit. An account has it at most once, like
// every cause.
const demoCause = "funding:demo"

// introduce shows a person's new name or address to the other members. If somebody
// else changes the membership at the same moment, nothing is written, and the next
// login does it.
func (p *People) introduce(ctx context.Context, person Person, memberships []Member) {
	for _, m := range memberships {
		if m.Email != person.Email || m.Name != person.Name {
			m.Version++
			m.Email, m.Name = person.Email, person.Name
			_ = p.commit(ctx, Caller{}, Change{Members: []Member{m}})
		}
	}
}
