package dynamo_test

import (
	"cmp"
	"slices"
	"testing"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// What is found by a name of its own, and not under an account.
func TestPeopleRoundTrip(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		for name, build := range map[string]func(id.Agent) objects{"full": full, "least": least} {
			o := build(newAgent())
			_, err := s.Person(t.Context(), o.person.ID)
			expectError(t, "no person", err, shop.ErrNotFound)
			_, err = s.Identified(t.Context(), o.person.Issuer, o.person.Subject)
			expectError(t, "no identity", err, shop.ErrNotFound)
			_, err = s.Invitation(t.Context(), o.invitation.Hash)
			expectError(t, "no invitation", err, shop.ErrNotFound)
			_, err = s.Session(t.Context(), o.session.Hash)
			expectError(t, "no session", err, shop.ErrNotFound)

			s.commit(t, o.change())
			person, err := s.Person(t.Context(), o.person.ID)
			expectOK(t, err)
			expectSame(t, name+" person", person, o.person)
			known, err := s.Identified(t.Context(), o.person.Issuer, o.person.Subject)
			expectOK(t, err)
			expectSame(t, name+" identity", known, o.person.ID)
			invitation, err := s.Invitation(t.Context(), o.invitation.Hash)
			expectOK(t, err)
			expectSame(t, name+" invitation", invitation, o.invitation)
			session, err := s.Session(t.Context(), o.session.Hash)
			expectOK(t, err)
			expectSame(t, name+" session", session, o.session)
		}
	})
}

// An identity is one person's, and is theirs by issuer and subject together.
func TestIdentityIsOnePersons(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		first := full(newAgent()).person
		s.commit(t, shop.Change{Person: &first, At: now})
		twin := first
		twin.ID = newID(id.Maker.Person)
		expectError(t, "a second person", s.Commit(t.Context(), shop.Change{Person: &twin, At: now}), shop.ErrConflict)

		for name, pair := range map[string][2]string{
			"another issuer":  {first.Issuer + "x", first.Subject},
			"another subject": {first.Issuer, "x" + first.Subject},
			"moved border":    {first.Issuer + first.Subject[:1], first.Subject[1:]},
		} {
			_, err := s.Identified(t.Context(), pair[0], pair[1])
			expectError(t, name, err, shop.ErrNotFound)
		}
		// A later version leaves the identity as it is.
		first.Version, first.Name = 2, "Ada Lovelace"
		s.commit(t, shop.Change{Person: &first, At: now})
		known, err := s.Identified(t.Context(), first.Issuer, first.Subject)
		expectOK(t, err)
		expectSame(t, "the person", known, first.ID)
	})
}

// Both ends of a membership, an invitation and a session find it, and see each
// version.
func TestBothEndsAgree(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		o, stranger := full(newAgent()), full(newAgent())
		second := o.member
		second.Person = newID(id.Maker.Person)
		elsewhere := o.member
		elsewhere.Account = stranger.account.ID
		s.commit(t, o.change(), stranger.change(), shop.Change{Members: []shop.Member{second, elsewhere}, At: now})

		o.member.Version, o.member.Role = 2, ""
		o.invitation.Version, o.invitation.Role = 2, shop.RoleViewer
		o.session.Version, o.session.SeenAt = 2, now
		s.commit(t, shop.Change{
			Members: []shop.Member{o.member}, Invitation: &o.invitation, Sessions: []shop.Session{o.session}, At: now,
		})

		members, err := s.Members(t.Context(), o.account.ID)
		expectOK(t, err)
		expectSame(t, "members", byEnds(members), byEnds([]shop.Member{o.member, second}))
		memberships, err := s.Memberships(t.Context(), o.person.ID)
		expectOK(t, err)
		expectSame(t, "memberships", byEnds(memberships), byEnds([]shop.Member{o.member, elsewhere}))
		invitations, err := s.Invitations(t.Context(), o.account.ID)
		expectOK(t, err)
		expectSame(t, "invitations", invitations, []shop.Invitation{o.invitation})
		sessions, err := s.Sessions(t.Context(), o.person.ID)
		expectOK(t, err)
		expectSame(t, "sessions", sessions, []shop.Session{o.session})
		session, err := s.Session(t.Context(), o.session.Hash)
		expectOK(t, err)
		expectSame(t, "session", session, o.session)
		none, err := s.Memberships(t.Context(), newID(id.Maker.Person))
		expectOK(t, err)
		expectSame(t, "memberships of nobody", len(none), 0)
	})
}

func byEnds(members []shop.Member) []shop.Member {
	slices.SortFunc(members, func(a, b shop.Member) int {
		return cmp.Or(cmp.Compare(a.Account, b.Account), cmp.Compare(a.Person, b.Person))
	})
	return members
}
