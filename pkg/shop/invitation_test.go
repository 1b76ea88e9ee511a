package shop_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// However often an invitation is accepted at once, it makes one member, once.
func TestInvitationIsAcceptedOnce(t *testing.T) {
	t.Parallel()
	const times = 8
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{})
		owner, bob := loggedIn(t, s, "Ada"), loggedIn(t, s, "Bob")
		twin := bob // the same address at another issuer
		who := identity("Bob")
		who.Issuer += "/other"
		person, _, err := s.People.SignIn(t.Context(), who, shop.Browser{})
		expectOK(t, err)
		twin.Person = person.ID

		token := invite(t, s, owner, bob.Email, shop.RoleOperator)
		var done sync.WaitGroup
		var accepted [2]sync.Map
		for i := range 2 * times {
			v := []shop.Caller{bob, twin}[i%2]
			done.Go(func() {
				account, err := s.People.Accept(t.Context(), v, token)
				switch {
				case err == nil && account == owner.Account:
					accepted[i%2].Store(i, true)
				case !fault.Is(err, fault.NotFound):
					t.Error(account, err)
				}
			})
		}
		done.Wait()
		winners := 0
		for i, v := range []shop.Caller{bob, twin} {
			n := 0
			accepted[i].Range(func(any, any) bool { n++; return true })
			m, err := s.Table.Member(t.Context(), owner.Account, v.Person)
			switch {
			case n == times:
				winners++
				expectOK(t, err)
				expectSame(t, "member", m, shop.Member{
					Account: owner.Account, Person: v.Person, Version: 1, Role: shop.RoleOperator,
					Email: v.Email, Name: v.Name, CreatedAt: s.Clock.Now(), AddedBy: owner.Person,
				})
			case n != 0 || err == nil:
				t.Errorf("accepted %d times, member %+v", n, m)
			}
		}
		expectSame(t, "who has accepted", winners, 1)
	})
}

func TestInvitationIsFor(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		// spoil has the invitation be none any more, or Bob somebody else.
		spoil func(*testing.T, *storetest.Store, shop.Caller, shop.Invitation, *shop.Caller)
		open  bool
	}{
		"Bob": {func(*testing.T, *storetest.Store, shop.Caller, shop.Invitation, *shop.Caller) {}, true},
		"Bob in time": {func(_ *testing.T, s *storetest.Store, _ shop.Caller, _ shop.Invitation, _ *shop.Caller) {
			s.Clock.Advance(shop.InvitationLifetime - time.Millisecond)
		}, true},
		"nobody after a week": {func(_ *testing.T, s *storetest.Store, _ shop.Caller, _ shop.Invitation, _ *shop.Caller) {
			s.Clock.Advance(shop.InvitationLifetime)
		}, false},
		"nobody once revoked": {func(t *testing.T, s *storetest.Store, owner shop.Caller, i shop.Invitation, _ *shop.Caller) {
			expectOK(t, s.People.Revoke(t.Context(), owner, i.ID))
			expectFault(t, "revoke again", s.People.Revoke(t.Context(), owner, i.ID), fault.NotFound)
		}, false},
		"nobody with another address": {func(_ *testing.T, _ *storetest.Store, _ shop.Caller, _ shop.Invitation, bob *shop.Caller) {
			bob.Email = "bob@example.org"
		}, false},
		"nobody without an address": {func(_ *testing.T, _ *storetest.Store, _ shop.Caller, _ shop.Invitation, bob *shop.Caller) {
			bob.Email = ""
		}, false},
		"nobody once who invited is no owner": {func(t *testing.T, s *storetest.Store, owner shop.Caller, _ shop.Invitation, _ *shop.Caller) {
			joined(t, s, owner, "Cyd", shop.RoleOwner)
			_, err := s.People.SetRole(t.Context(), owner, owner.Person, shop.RoleOperator)
			expectOK(t, err)
		}, false},
		"nobody once who invited has left": {func(t *testing.T, s *storetest.Store, owner shop.Caller, _ shop.Invitation, _ *shop.Caller) {
			joined(t, s, owner, "Cyd", shop.RoleOwner)
			expectOK(t, s.People.Leave(t.Context(), owner))
		}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
			owner, bob := loggedIn(t, s, "Ada"), loggedIn(t, s, "Bob")
			i, link, err := s.People.Invite(t.Context(), owner, "BOB@example.com", shop.RoleViewer)
			expectOK(t, err)
			token := link[strings.LastIndexByte(link, '/')+1:]
			test.spoil(t, s, owner, i, &bob)

			invited, err := s.People.Invited(t.Context(), bob, token)
			account, acceptErr := s.People.Accept(t.Context(), bob, token)
			if !test.open {
				expectFault(t, "look", err, fault.NotFound)
				expectFault(t, "accept", acceptErr, fault.NotFound)
				_, err := s.Table.Member(t.Context(), owner.Account, bob.Person)
				expectSame(t, "no member", err == shop.ErrNotFound, true)
				return
			}
			expectOK(t, err)
			expectOK(t, acceptErr)
			expectSame(t, "accounts", []id.Account{invited.Account.ID, account}, []id.Account{owner.Account, owner.Account})
			invited, err = s.People.Invited(t.Context(), bob, token)
			expectOK(t, err)
			expectSame(t, "accepted", invited.Accepted, true)
			open, err := s.People.Invitations(t.Context(), owner)
			expectOK(t, err)
			expectSame(t, "open invitations", len(open), 0)
		})
	}
}

// An invitation makes members, and changes the role of none. It also makes nobody
// a member again who was removed after accepting it.
func TestInvitationChangesNoRole(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := loggedIn(t, s, "Ada")
	bob := joined(t, s, owner, "Bob", shop.RoleOperator)
	token := invite(t, s, owner, bob.Email, shop.RoleOwner)
	_, err := s.People.Accept(t.Context(), bob, token)
	expectOK(t, err)
	m, err := s.Table.Member(t.Context(), owner.Account, bob.Person)
	expectOK(t, err)
	expectSame(t, "role", m.Role, shop.RoleOperator)

	expectOK(t, s.People.Remove(t.Context(), owner, bob.Person))
	_, err = s.People.Accept(t.Context(), bob, token)
	expectOK(t, err)
	m, err = s.Table.Member(t.Context(), owner.Account, bob.Person)
	expectOK(t, err)
	expectSame(t, "left", m.Left(), true)
}

func TestInvitationsAreBounded(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := loggedIn(t, s, "Ada")
	for n := range shop.MaxInvitations {
		invite(t, s, owner, fmt.Sprintf("x%d@example.com", n), shop.RoleViewer)
	}
	_, _, err := s.People.Invite(t.Context(), owner, "more@example.com", shop.RoleViewer)
	expectFault(t, "one more", err, fault.InvalidInput)
	open, err := s.People.Invitations(t.Context(), owner)
	expectOK(t, err)
	expectOK(t, s.People.Revoke(t.Context(), owner, open[0].ID))
	invite(t, s, owner, "more@example.com", shop.RoleViewer)
}
