package dynamo_test

import (
	"testing"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// TestCommitOnAuthority: a change is written exactly while what it rests on holds.
func TestCommitOnAuthority(t *testing.T) {
	t.Parallel()
	agent := newAgent()
	account := agent.Account()
	person := newID(id.Maker.Person)
	seat := func(epoch int) *shop.Budget {
		return &shop.Budget{Account: account, Agent: agent, Version: 1, Epoch: epoch}
	}
	alive := shop.Session{ID: newID(id.Maker.Session), Hash: "one", Version: 1, Person: person, CreatedAt: now, ExpiresAt: now}
	ended := alive
	ended.EndedAt = now
	token := shop.PersonalToken{ID: newID(func(m id.Maker) id.Token { return m.Token(account, person) }), Version: 1, CreatedAt: now, ExpiresAt: now}
	revoked := token
	revoked.RevokedAt = now
	operator := shop.Member{Account: account, Person: person, Version: 1, Role: shop.RoleOperator}
	left := operator
	left.Role = ""
	by := func(roles ...shop.Role) shop.Authority {
		return shop.Authority{Account: account, Person: person, Roles: roles}
	}
	joined := operator
	joined.CreatedAt = now
	since := func(made time.Time) shop.Authority {
		return shop.Authority{Account: account, Person: person, Roles: shop.Roles(), Since: made}
	}
	tests := []struct {
		name      string
		there     shop.Change
		authority shop.Authority
		want      error
	}{
		{"an agent that has bought nothing", shop.Change{}, shop.Authority{Agent: agent}, nil},
		{"an agent without an epoch", shop.Change{Budgets: []shop.Budget{*seat(0)}}, shop.Authority{Agent: agent}, nil},
		{"an agent of the epoch", shop.Change{Budgets: []shop.Budget{*seat(2)}}, shop.Authority{Agent: agent, Epoch: 2}, nil},
		{"an agent of an earlier epoch", shop.Change{Budgets: []shop.Budget{*seat(2)}}, shop.Authority{Agent: agent, Epoch: 1}, shop.ErrConflict},
		{"an agent from before the first epoch", shop.Change{Budgets: []shop.Budget{*seat(1)}}, shop.Authority{Agent: agent}, shop.ErrConflict},
		{"a session", shop.Change{Sessions: []shop.Session{alive}}, shop.Authority{Session: "one"}, nil},
		{"a session that has ended", shop.Change{Sessions: []shop.Session{ended}}, shop.Authority{Session: "one"}, shop.ErrConflict},
		{"a session that was deleted", shop.Change{}, shop.Authority{Session: "one"}, shop.ErrConflict},
		{"a token", shop.Change{Tokens: []shop.PersonalToken{token}}, shop.Authority{Token: token.ID}, nil},
		{"a token that was revoked", shop.Change{Tokens: []shop.PersonalToken{revoked}}, shop.Authority{Token: token.ID}, shop.ErrConflict},
		{"a token that was deleted", shop.Change{}, shop.Authority{Token: token.ID}, shop.ErrConflict},
		{"a membership since the token", shop.Change{Members: []shop.Member{joined}}, since(now), nil},
		{"a membership after the token", shop.Change{Members: []shop.Member{joined}}, since(now.Add(-time.Millisecond)), shop.ErrConflict},
		{"a member with the role", shop.Change{Members: []shop.Member{operator}}, by(shop.RoleOwner, shop.RoleOperator), nil},
		{"a member with a lesser role", shop.Change{Members: []shop.Member{operator}}, by(shop.RoleOwner), shop.ErrConflict},
		{"a member who has left", shop.Change{Members: []shop.Member{left}}, by(shop.Roles()...), shop.ErrConflict},
		{"nobody", shop.Change{}, by(shop.Roles()...), shop.ErrConflict},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEach(t, func(t *testing.T, s store) {
				if tt.there.Budgets != nil || tt.there.Sessions != nil || tt.there.Members != nil || tt.there.Tokens != nil {
					s.commit(t, tt.there)
				}
				before := s.items(t)
				event := shop.Event{ID: newID(id.Maker.Event), Account: account, At: now}
				err := s.Commit(t.Context(), shop.Change{Authority: &tt.authority, Event: &event, At: now})
				expectError(t, tt.name, err, tt.want)
				if tt.want != nil {
					s.expectItems(t, tt.name, before)
				}
			})
		})
	}
}

// TestCommitWritesItsAuthority: what a change itself replaces it does not check,
// for no transaction can do both.
func TestCommitWritesItsAuthority(t *testing.T) {
	t.Parallel()
	agent := newAgent()
	person := newID(id.Maker.Person)
	session := shop.Session{ID: newID(id.Maker.Session), Hash: "one", Version: 1, Person: person, CreatedAt: now, ExpiresAt: now}
	member := shop.Member{Account: agent.Account(), Person: person, Version: 1, Role: shop.RoleOwner}
	token := shop.PersonalToken{ID: newID(func(m id.Maker) id.Token { return m.Token(agent.Account(), person) }), Version: 1, CreatedAt: now, ExpiresAt: now}
	seat := shop.Budget{Account: agent.Account(), Agent: agent, Version: 1}
	onEach(t, func(t *testing.T, s store) {
		s.commit(t, shop.Change{
			Authority: &shop.Authority{
				Agent: agent, Session: "one", Token: token.ID, Account: agent.Account(), Person: person, Roles: shop.Roles(),
			},
			Sessions: []shop.Session{session}, Members: []shop.Member{member}, Budgets: []shop.Budget{seat}, Tokens: []shop.PersonalToken{token}, At: now,
		})
	})
}
