package shop

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/sorting"
	"agentstore/pkg/text"
)

// Invitation asks whoever has an email address to become a member. It is good once,
// and only while the member who sent it owns the account.
type Invitation struct {
	ID id.Invitation
	// Hash is the SHA-256 of the token, in hex. The token is random, so a slow hash
	// would add nothing.
	Hash      string
	Account   id.Account
	Version   int
	Role      Role
	Email     string
	InvitedBy id.Person
	CreatedAt time.Time
	ExpiresAt time.Time
	// AcceptedBy is who became a member with it, and RevokedAt when it was withdrawn.
	AcceptedBy id.Person
	RevokedAt  time.Time
}

// InvitationLifetime is how long an invitation can be accepted.
const InvitationLifetime = 7 * 24 * time.Hour

// MaxInvitations is the most invitations of an account that can be open at a time.
const MaxInvitations = 100

// open reports whether the invitation can be accepted.
func (i Invitation) open(now time.Time) bool {
	return i.AcceptedBy == "" && i.RevokedAt.IsZero() && now.Before(i.ExpiresAt)
}

// InvitationPath is where the pages show an invitation.
const InvitationPath = "/invitations/"

// Invite makes an invitation, which needs an owner. The link, below the caller's
// origin, is the only way to accept it; it is not kept, and is shown only once. It
// returns insufficient_role and invalid_input.
func (p *People) Invite(ctx context.Context, caller Caller, email string, role Role) (i Invitation, link string, err error) {
	email = canonicalEmail(email)
	_, unreadable := readable("$.email", email, text.Rule{Characters: text.MaxEmail})
	switch {
	case unreadable != nil:
		return Invitation{}, "", unreadable
	case !text.IsEmail(email):
		return Invitation{}, "", fault.InvalidParam("$.email", "must be an email address, such as ada@example.com").
			Fix("Send $.email as an email address with a dot in its domain and no quotes (RFC 5321), such as ada@example.com.")
	case !slices.Contains(Roles(), role):
		return Invitation{}, "", errRole(role)
	}
	token, now := newToken(), p.Now()
	i = Invitation{
		ID: p.IDs.Invitation(), Hash: hashOf(token), Account: caller.Account, Version: 1, Role: role, Email: email,
		InvitedBy: caller.Person, CreatedAt: now, ExpiresAt: now.Add(InvitationLifetime),
	}
	err = p.alter(ctx, caller, RoleOwner, "invitation_create", string(i.ID), func(c membership) (Change, error) {
		open, err := p.open(ctx, caller.Account)
		if err != nil {
			return Change{}, err
		}
		return Change{Invitation: &i}, c.room(len(open))
	})
	return i, caller.Origin + InvitationPath + token, err
}

// room returns invalid_input where the account is full.
func (c membership) room(open int) error {
	members := 0
	for _, m := range c.members {
		if !m.Left() {
			members++
		}
	}
	if members < MaxMembers && open < MaxInvitations {
		return nil
	}
	return fault.New(fault.InvalidInput, "An account can have %d members and %d open invitations.", MaxMembers, MaxInvitations).
		Fix("Remove a member or revoke an invitation first.")
}

// Invitations lists the open invitations of the caller's account, the newest
// first, which needs an owner. It returns insufficient_role.
func (p *People) Invitations(ctx context.Context, caller Caller) ([]Invitation, error) {
	if err := caller.Require(RoleOwner); err != nil {
		return nil, err
	}
	return p.open(ctx, caller.Account)
}

func (p *People) open(ctx context.Context, account id.Account) ([]Invitation, error) {
	all, err := p.Store.Invitations(ctx, account)
	now := p.Now()
	all = slices.DeleteFunc(all, func(i Invitation) bool { return !i.open(now) })
	sorting.By(all, func(a, b Invitation) int { return -cmp.Compare(a.ID, b.ID) })
	return all, err
}

// Revoke withdraws an open invitation, which needs an owner. It returns
// insufficient_role and not_found.
func (p *People) Revoke(ctx context.Context, caller Caller, invitation id.Invitation) error {
	return p.alter(ctx, answering(caller, &invitation), RoleOwner, "invitation_revoke", string(invitation), func(membership) (Change, error) {
		open, err := p.open(ctx, caller.Account)
		if err != nil {
			return Change{}, err
		}
		for _, i := range open {
			if i.ID == invitation {
				i.Version++
				i.RevokedAt = p.Now()
				return Change{Invitation: &i}, nil
			}
		}
		return Change{}, fault.New(fault.NotFound, "The account has no such open invitation.").
			Fix("List the invitations of the account, and use one of their ids.")
	})
}

// Invited is an invitation as the invited person sees it.
type Invited struct {
	Invitation Invitation
	Account    Account
	// Accepted: the person has accepted it before.
	Accepted bool
}

// Invited reads the invitation of a token, for the person it is meant for. It
// returns not_found for one that is not open, or meant for somebody else.
func (p *People) Invited(ctx context.Context, caller Caller, token string) (Invited, error) {
	i, err := p.invitation(ctx, caller, token)
	if err != nil {
		return Invited{}, err
	}
	c, err := p.membership(ctx, i.Account)
	if err != nil {
		return Invited{}, err
	}
	if i.AcceptedBy == "" && c.roleOf(i.InvitedBy) != RoleOwner {
		return Invited{}, errInvitation()
	}
	return Invited{i, c.account, i.AcceptedBy != ""}, nil
}

// Accept makes the person whom an invitation is meant for a member. Accepting it
// again changes nothing, and the role of somebody who is a member already stays as
// it is. It returns not_found, and invalid_input where the account is full.
func (p *People) Accept(ctx context.Context, caller Caller, token string) (id.Account, error) {
	var account id.Account
	caller = caller.needing("") // in the account that they have chosen
	err := p.update(ctx, caller, func(caller Caller) error {
		i, err := p.invitation(ctx, caller, token)
		if err != nil {
			return err
		}
		account = i.Account
		if i.AcceptedBy != "" {
			return nil
		}
		return p.accept(ctx, caller, i)
	})
	return account, err
}

func (p *People) accept(ctx context.Context, caller Caller, i Invitation) error {
	c, err := p.membership(ctx, i.Account)
	if err != nil {
		return err
	}
	if c.roleOf(i.InvitedBy) != RoleOwner {
		return errInvitation()
	}
	if err := c.room(0); err != nil {
		return err
	}
	i.Version++
	i.AcceptedBy = caller.Person
	change := Change{
		Invitation: &i, Event: &Event{Account: i.Account, Operation: "invitation_accept", Subject: string(i.ID)},
	}
	if c.roleOf(caller.Person) == "" {
		change.Members = []Member{c.join(caller, i, p.Now())}
	}
	return p.commit(ctx, caller, c.next(change))
}

// join is the membership of somebody who is not a member now: their first one, or
// the next version of the one that ended.
func (c membership) join(caller Caller, i Invitation, now time.Time) Member {
	m := newMember(i.Account, Person{ID: caller.Person, Email: caller.Email, Name: caller.Name}, i.Role, i.InvitedBy, now)
	for _, before := range c.members {
		if before.Person == caller.Person {
			m.Version = before.Version + 1
		}
	}
	return m
}

// invitation reads an invitation that the person can accept, or has accepted.
func (p *People) invitation(ctx context.Context, caller Caller, token string) (Invitation, error) {
	i, err := p.Store.Invitation(ctx, hashOf(token))
	switch {
	case errors.Is(err, ErrNotFound):
		return Invitation{}, errInvitation()
	case err != nil:
		return Invitation{}, err
	case i.AcceptedBy == caller.Person:
		return i, nil
	case !i.open(p.Now()):
		return Invitation{}, errInvitation()
	case i.Email != caller.Email:
		return Invitation{}, fault.New(fault.NotFound, "This invitation is for a different email address than yours.").
			Fix("Log in with the address that the invitation was sent to. The address must be verified.").
			Fix("Ask whoever invited you for an invitation to the address that you log in with.")
	}
	return i, nil
}

func errInvitation() error {
	return fault.New(fault.NotFound, "There is no such invitation, or it was used, was withdrawn or has expired.").
		Fix("Ask whoever invited you for a new one.")
}
