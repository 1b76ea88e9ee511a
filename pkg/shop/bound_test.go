package shop_test

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// race is how the objects of a bound are made.
type race struct {
	// fill makes that many at once, beside the rules.
	fill func(n int)
	// add makes one more, by one of the ways that there are.
	add func(i int) error
	// refusal is the code of who comes too late.
	refusal fault.Code
	count   func() int
}

// races has every bound.
func races() map[string]func(*testing.T, *storetest.Store) race {
	return map[string]func(*testing.T, *storetest.Store) race{
		"agents of an account":           raceAgents,
		"good keys of an agent":          raceKeys,
		"members of an account":          raceMembers,
		"open invitations of an account": raceInvitations,
		"open questions of an agent":     raceQuestions,
	}
}

// TestBoundsUnderRace: where there is room for two more and many come at once, two
// get in.
func TestBoundsUnderRace(t *testing.T) {
	t.Parallel()
	const room, comers = 2, 12
	all := races()
	for _, bound := range shop.Bounds() {
		prepare, known := all[bound.Of]
		if !known {
			t.Errorf("nothing races the bound on %s", bound.Of)
			continue
		}
		t.Run(bound.Of, func(t *testing.T) {
			t.Parallel()
			onEach(t, storetest.Options{}, func(t *testing.T, s *storetest.Store) {
				r := prepare(t, s)
				r.fill(bound.Most - room - r.count())
				var in atomic.Int64
				var done sync.WaitGroup
				for i := range comers {
					done.Go(func() {
						switch err := r.add(i); {
						case err == nil:
							in.Add(1)
						case codeOf(err) != r.refusal && codeOf(err) != fault.Busy:
							t.Errorf("refused with %v", err)
						}
					})
				}
				done.Wait()
				if got := r.count(); int(in.Load()) != room || got != bound.Most {
					t.Errorf("%d got in, and there are %d of %d", in.Load(), got, bound.Most)
				}
			})
		})
	}
}

// inPortions commits the objects, so many at once.
func inPortions[T any](t *testing.T, s *storetest.Store, portion, n int, make func(int) T, change func([]T) shop.Change) {
	t.Helper()
	var objects []T
	for i := range n {
		objects = append(objects, make(i))
		if len(objects) == portion || i == n-1 {
			expectOK(t, s.Table.Commit(t.Context(), change(objects)))
			objects = nil
		}
	}
}

func ownerOf(t *testing.T, s *storetest.Store) shop.Caller {
	t.Helper()
	caller, err := loggedIn(t, s, "Ada").For(shop.RoleOwner)
	expectOK(t, err)
	return caller
}

func raceAgents(t *testing.T, s *storetest.Store) race {
	owner := ownerOf(t, s)
	return race{
		fill: func(n int) {
			inPortions(t, s, 40, n, func(i int) shop.Agent {
				return shop.Agent{ID: s.Shop.IDs.Agent(owner.Account), Account: owner.Account, Version: 1, Name: fmt.Sprint(i)}
			}, func(a []shop.Agent) shop.Change { return shop.Change{Agents: a} })
		},
		add: func(i int) error {
			_, err := s.Shop.CreateAgent(t.Context(), owner, fmt.Sprint("late ", i), shop.SeesAccount)
			return err
		},
		refusal: fault.InvalidInput,
		count: func() int {
			agents, err := s.Table.Agents(t.Context(), owner.Account)
			expectOK(t, err)
			return len(agents)
		},
	}
}

// raceKeys makes keys and rotates one: both add a key.
func raceKeys(t *testing.T, s *storetest.Store) race {
	owner := ownerOf(t, s)
	agent, err := s.Shop.CreateAgent(t.Context(), owner, "racer", shop.SeesAccount)
	expectOK(t, err)
	first, _, err := s.Shop.CreateKey(t.Context(), owner, agent.ID, shop.NewKey{Name: "first"})
	expectOK(t, err)
	return race{
		fill: func(n int) {
			inPortions(t, s, 40, n, func(i int) shop.Credential {
				return shop.Credential{ID: s.Shop.IDs.Key(agent.ID), Agent: agent.ID, Version: 1, Name: fmt.Sprint(i)}
			}, func(c []shop.Credential) shop.Change { return shop.Change{Credentials: c} })
		},
		add: func(i int) error {
			if i%2 == 0 {
				_, _, err := s.Shop.RotateKey(t.Context(), owner, first.ID, time.Hour)
				return err
			}
			_, _, err := s.Shop.CreateKey(t.Context(), owner, agent.ID, shop.NewKey{Name: fmt.Sprint("late ", i)})
			return err
		},
		refusal: fault.InvalidInput,
		count: func() int {
			keys, err := s.Table.Credentials(t.Context(), agent.ID)
			expectOK(t, err)
			good := 0
			for _, k := range keys {
				if k.Good(s.Clock.Now()) {
					good++
				}
			}
			return good
		},
	}
}

func raceMembers(t *testing.T, s *storetest.Store) race {
	owner := loggedIn(t, s, "Ada")
	const comers = 12
	var tokens [comers]string
	var people [comers]shop.Caller
	for i := range comers {
		name := fmt.Sprint("Guest", i)
		people[i], tokens[i] = loggedIn(t, s, name), invite(t, s, owner, identity(name).Email, shop.RoleViewer)
	}
	return race{
		fill: func(n int) {
			inPortions(t, s, 40, n, func(int) shop.Member {
				return shop.Member{Account: owner.Account, Person: s.Shop.IDs.Person(), Version: 1, Role: shop.RoleViewer}
			}, func(m []shop.Member) shop.Change { return shop.Change{Members: m} })
		},
		add: func(i int) error {
			_, err := s.People.Accept(t.Context(), people[i], tokens[i])
			return err
		},
		refusal: fault.InvalidInput,
		count: func() int {
			members, err := s.People.Members(t.Context(), owner)
			expectOK(t, err)
			return len(members)
		},
	}
}

func raceInvitations(t *testing.T, s *storetest.Store) race {
	owner := loggedIn(t, s, "Ada")
	return race{
		fill: func(n int) {
			inPortions(t, s, 1, n, func(i int) *shop.Invitation {
				name := s.Shop.IDs.Invitation()
				return &shop.Invitation{
					ID: name, Hash: string(name), Account: owner.Account, Version: 1, Role: shop.RoleViewer,
					Email: fmt.Sprint(i, "@example.com"), InvitedBy: owner.Person, ExpiresAt: s.Clock.Now().Add(time.Hour),
				}
			}, func(i []*shop.Invitation) shop.Change { return shop.Change{Invitation: i[0]} })
		},
		add: func(i int) error {
			_, _, err := s.People.Invite(t.Context(), owner, fmt.Sprint("late", i, "@example.com"), shop.RoleViewer)
			return err
		},
		refusal: fault.InvalidInput,
		count: func() int {
			open, err := s.People.Invitations(t.Context(), owner)
			expectOK(t, err)
			return len(open)
		},
	}
}

// raceQuestions asks to buy what a member must approve.
func raceQuestions(t *testing.T, s *storetest.Store) race {
	setPolicy(t, s, s.Agent.Account(), "", askAlways())
	return race{
		fill: func(n int) {
			asked := shop.Waiting{Account: s.Agent.Account(), Agent: s.Agent, Version: 1}
			for range n {
				asked.Questions = append(asked.Questions, shop.Question{Approval: s.Shop.IDs.Approval(), ExpiresAt: s.Clock.Now().Add(time.Hour)})
			}
			expectOK(t, s.Table.Commit(t.Context(), shop.Change{Waiting: &asked}))
		},
		add: func(int) error {
			_, err := s.Shop.BuyItem(t.Context(), confirmed(s), storetest.Asked(1), once("", func(b shop.Bought) string { return string(b.Purchase.ID) }))
			return err
		},
		refusal: fault.ApprovalLimitReached,
		count: func() int {
			asked, err := s.Table.Waiting(t.Context(), s.Agent.Account(), s.Agent)
			if errors.Is(err, shop.ErrNotFound) {
				return 0
			}
			expectOK(t, err)
			return len(asked.Questions)
		},
	}
}
