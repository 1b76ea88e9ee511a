package shop

import (
	"context"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// People is the part of the business that people deal with themselves: they log
// in, and say who belongs to their account.
type People struct {
	Store PeopleStore
	IDs   id.Maker
	Now   func() time.Time
	// IssueToken makes the secret of a personal access token.
	IssueToken TokenIssuer
	// DemoCredit is what the wallet of a new account starts with; zero is nothing.
	DemoCredit money.Money
	// Demo is an agent whose account nobody owns yet: who logs in first owns it. Empty in
	// every store that is not for trying out.
	Demo id.Agent
	// Sleep waits before a write that lost a race starts over; nil sleeps by the
	// clock of the machine.
	Sleep func(context.Context, time.Duration) error
}

// PeopleStore keeps people, and what they belong to. All reads are strongly
// consistent.
type PeopleStore interface {
	// Identified returns the person whom an issuer calls by that subject, or
	// ErrNotFound.
	Identified(ctx context.Context, issuer, subject string) (id.Person, error)
	// Person returns ErrNotFound.
	Person(context.Context, id.Person) (Person, error)
	// Account returns ErrNotFound.
	Account(context.Context, id.Account) (Account, error)
	// Member returns ErrNotFound. It may have left.
	Member(context.Context, id.Account, id.Person) (Member, error)
	// Members lists the members of an account, also those who have left.
	Members(context.Context, id.Account) ([]Member, error)
	// Memberships lists what a person is a member of, also what they have left.
	Memberships(context.Context, id.Person) ([]Member, error)
	// Invitation returns the one whose token has that hash, or ErrNotFound.
	Invitation(ctx context.Context, hash string) (Invitation, error)
	// Invitations lists those of an account, also the used and the expired ones.
	Invitations(context.Context, id.Account) ([]Invitation, error)
	// Session returns the one whose token has that hash, or ErrNotFound.
	Session(ctx context.Context, hash string) (Session, error)
	// Sessions lists those of a person, also the ended and the expired ones.
	Sessions(context.Context, id.Person) ([]Session, error)
	// PersonalToken returns ErrNotFound. It may have ended.
	PersonalToken(context.Context, id.Token) (PersonalToken, error)
	// PersonalTokens lists those of a member, also the ended ones.
	PersonalTokens(context.Context, id.Account, id.Person) ([]PersonalToken, error)
	HoldStore
}
