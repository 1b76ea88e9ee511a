package shop

import (
	"context"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/sorting"
)

// Role is what a member may do.
type Role string

// The roles. Each may do everything that those after it may: a viewer sees
// everything, an operator buys and runs services, an owner decides about money,
// agents and members.
const (
	RoleOwner    Role = "owner"
	RoleOperator Role = "operator"
	RoleViewer   Role = "viewer"
)

// Roles lists all of them, the highest first.
func Roles() []Role { return []Role{RoleOwner, RoleOperator, RoleViewer} }

// AtLeast reports whether the role may do what the other may. The empty role may do
// nothing.
func (r Role) AtLeast(needed Role) bool {
	have, need := slices.Index(Roles(), r), slices.Index(Roles(), needed)
	return have >= 0 && need >= 0 && have <= need
}

// atLeast are the roles that may do what the role may; none where it is empty.
func (r Role) atLeast() []Role {
	i := slices.Index(Roles(), r)
	return Roles()[:i+1]
}

// Member is a person's membership of an account.
type Member struct {
	Account id.Account
	Person  id.Person
	Version int
	// Role is empty once the member has left. The membership stays, so that its
	// versions go on when they come back.
	Role      Role
	Email     string
	Name      string
	CreatedAt time.Time
	// AddedBy is who invited the member; empty for the person for whom the account was
	// made.
	AddedBy id.Person
}

// Left reports whether the person is no longer a member.
func (m Member) Left() bool { return m.Role == "" }

// MaxMembers is the most people that can be members of an account at a time.
const MaxMembers = 100

func newMember(account id.Account, p Person, role Role, addedBy id.Person, now time.Time) Member {
	return Member{
		Account: account, Person: p.ID, Version: 1, Role: role,
		Email: p.Email, Name: p.Name, CreatedAt: now, AddedBy: addedBy,
	}
}

// Members lists the members of the caller's account, in the order in which they
// joined. It returns insufficient_role to a caller who is not one of them.
func (p *People) Members(ctx context.Context, caller Caller) ([]Member, error) {
	if err := caller.Require(RoleViewer); err != nil {
		return nil, err
	}
	return present(p.Store.Members(ctx, caller.Account))
}

// Memberships lists the memberships of a person, the oldest first.
func (p *People) Memberships(ctx context.Context, person id.Person) ([]Member, error) {
	return present(p.Store.Memberships(ctx, person))
}

// present leaves out those who have left, and sorts the others by when they joined.
func present(members []Member, err error) ([]Member, error) {
	members = slices.DeleteFunc(members, Member.Left)
	sorting.By(members, func(a, b Member) int { return a.CreatedAt.Compare(b.CreatedAt) })
	return members, err
}

// SetRole gives a member another role, which needs an owner. It returns
// insufficient_role, invalid_input, not_found, precondition_failed and last_owner.
func (p *People) SetRole(ctx context.Context, caller Caller, person id.Person, role Role) (Member, error) {
	if !slices.Contains(Roles(), role) {
		return Member{}, errRole(role)
	}
	var changed Member
	err := p.alter(ctx, answering(caller, &changed), RoleOwner, "member_update", string(person), func(c membership) (Change, error) {
		m, err := c.find(person)
		if err != nil {
			return Change{}, err
		}
		if err := caller.expects(m); err != nil {
			return Change{}, err
		}
		m.Version++
		m.Role = role
		changed = m
		return Change{Members: []Member{m}}, c.keepsOwner(m)
	})
	return changed, err
}

// Remove ends a membership, which needs an owner. It returns insufficient_role,
// not_found and last_owner.
func (p *People) Remove(ctx context.Context, caller Caller, person id.Person) error {
	return p.alter(ctx, answering(caller, &person), RoleOwner, "member_remove", string(person), func(c membership) (Change, error) { return c.without(person) })
}

// Leave ends the caller's own membership. It returns insufficient_role and
// last_owner.
func (p *People) Leave(ctx context.Context, caller Caller) error {
	return p.alter(ctx, caller, RoleViewer, "member_leave", string(caller.Person), func(c membership) (Change, error) { return c.without(caller.Person) })
}

// membership is an account and everybody who belongs to it, or once did.
type membership struct {
	account Account
	members []Member
}

// alter changes who belongs to the caller's account. All such changes are made one
// after another, because each is a version of the account. It returns
// insufficient_role where the caller does not have the role when the change is
// written.
func (p *People) alter(ctx context.Context, caller Caller, needed Role, operation, subject string, decide func(membership) (Change, error)) error {
	caller, err := caller.For(needed)
	if err != nil {
		return err
	}
	return p.update(ctx, caller, func(caller Caller) error {
		c, err := p.membership(ctx, caller.Account)
		if err != nil {
			return err
		}
		caller.Role = c.roleOf(caller.Person)
		if err := caller.Require(needed); err != nil {
			return err
		}
		change, err := decide(c)
		if err != nil {
			return err
		}
		if change.Event == nil {
			change.Event = &Event{}
		}
		change.Event.Operation, change.Event.Subject = operation, subject
		return p.commit(ctx, caller, c.next(change))
	})
}

// membership reads the account before its members: whoever changes them meanwhile writes
// the account too, and a decision based on the older members is refused.
func (p *People) membership(ctx context.Context, account id.Account) (membership, error) {
	a, err := p.Store.Account(ctx, account)
	if err != nil {
		return membership{}, err
	}
	members, err := p.Store.Members(ctx, account)
	return membership{a, members}, err
}

// next makes the change a version of the account, unless it is one already.
func (c membership) next(change Change) Change {
	if change.Account == nil {
		c.account.Version++
		change.Account = &c.account
	}
	return change
}

func (c membership) find(person id.Person) (Member, error) {
	for _, m := range c.members {
		if m.Person == person && !m.Left() {
			return m, nil
		}
	}
	return Member{}, fault.New(fault.NotFound, "The account has no such member.").
		Fix("List the members of the account, and use one of their ids.")
}

func (c membership) roleOf(person id.Person) Role {
	m, _ := c.find(person) // somebody who is not a member has no role
	return m.Role
}

// without removes a member. What the account knew about the person is erased.
func (c membership) without(person id.Person) (Change, error) {
	m, err := c.find(person)
	if err != nil {
		return Change{}, err
	}
	m.Version++
	m.Role, m.Email, m.Name = "", "", ""
	return Change{Members: []Member{m}}, c.keepsOwner(m)
}

// keepsOwner returns last_owner where the change of the member would leave the
// account without an owner.
func (c membership) keepsOwner(changed Member) error {
	for _, m := range c.members {
		if m.Person == changed.Person {
			m = changed
		}
		if m.Role == RoleOwner {
			return nil
		}
	}
	return fault.New(fault.LastOwner, "This is the last owner of the account.").
		Fix("Make another member an owner first.")
}

func errRole(role Role) error {
	return fault.Invalid(fault.OneOf("$.role", string(role), words(Roles())...))
}
