package shop_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// A session that is ended while it is used, by whatever is under way, is none
// afterwards.
func TestEndWhileSeen(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	for round := range 5 {
		token, other := logIn(t, s, "Ada", ""), logIn(t, s, "Ada", "")
		v := visit(t, s, other)
		sessions, err := s.People.Sessions(t.Context(), v)
		expectOK(t, err)
		s.Clock.Advance(time.Hour)
		var done sync.WaitGroup
		for range 8 {
			done.Go(func() {
				_, err := s.People.Visit(t.Context(), shop.Browser{Token: token})
				if err != nil && !fault.Is(err, fault.Unauthenticated) {
					t.Error(err)
				}
			})
		}
		for _, session := range sessions {
			if session.Hash != v.Session {
				done.Go(func() {
					if err := s.People.EndSession(t.Context(), v, session.ID); err != nil {
						t.Error(err)
					}
				})
			}
		}
		done.Wait()
		expectNobody(t, s, fmt.Sprint("round ", round), token)
		visit(t, s, other)
	}
}

// What has logged in before all sessions are ended is out afterwards, also what
// does so at the same moment and is answered before.
func TestEndAllWhileLoggingIn(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	v := loggedIn(t, s, "Ada")
	for range 5 {
		var mu sync.Mutex
		var before []string
		var done sync.WaitGroup
		ending := false
		for range 8 {
			done.Go(func() {
				_, token, err := s.People.SignIn(t.Context(), identity("Ada"), shop.Browser{})
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				if !ending {
					before = append(before, token)
				}
			})
		}
		done.Go(func() {
			mu.Lock()
			ending = true
			mu.Unlock()
			if _, err := s.People.EndSessions(t.Context(), v, true); err != nil {
				t.Error(err)
			}
		})
		done.Wait()
		for _, token := range before {
			expectNobody(t, s, "begun before", token)
		}
		_, err := s.People.EndSessions(t.Context(), v, true)
		expectOK(t, err)
		left, err := s.People.Sessions(t.Context(), v)
		expectOK(t, err)
		expectSame(t, "left", len(left), 0)
	}
}

// However often somebody logs in, the sessions that are unused the longest end.
func TestLoginsLeaveSoMany(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	first := logIn(t, s, "Ada", "")
	var second string
	for i := range shop.MaxSessions {
		s.Clock.Advance(time.Minute)
		token := logIn(t, s, "Ada", "")
		if i == 0 {
			second = token
		}
	}
	expectNobody(t, s, "the first", first)
	sessions, err := s.People.Sessions(t.Context(), visit(t, s, second))
	expectOK(t, err)
	expectSame(t, "sessions", len(sessions), shop.MaxSessions)
	ended, err := s.People.EndSessions(t.Context(), visit(t, s, second), false)
	expectOK(t, err)
	expectSame(t, "ended", ended, shop.MaxSessions-1)
	visit(t, s, second)
}

// A login that was refused is in the trail of who it was, and for nobody else.
func TestRefusedLogin(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	v := loggedIn(t, s, "Ada")
	from := shop.Browser{RequestID: "req_1", Source: "192.0.2.1"}
	refusal := fault.New(fault.StaleLogin, "too old")
	expectOK(t, s.People.SignInRefused(t.Context(), identity("Ada"), from, refusal))
	expectOK(t, s.People.SignInRefused(t.Context(), identity("Nobody"), from, refusal))
	refused := true
	events, _, err := s.Table.Trail(t.Context(), v.Account, shop.TrailFilter{Refused: &refused}, shop.Page{Limit: 10})
	expectOK(t, err)
	expectSame(t, "events", len(events), 1)
	expectSame(t, "event", events[0], shop.Event{
		ID: events[0].ID, Account: v.Account, Actor: shop.Actor{Person: v.Person}, Operation: "login",
		Outcome: fault.StaleLogin, RequestID: "req_1", Source: "192.0.2.1", At: s.Clock.Now(),
	})
}

// Who logs in again stays with the account that they looked at; somebody else does
// not get it.
func TestLoginKeepsTheAccount(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := loggedIn(t, s, "Ada")
	joined(t, s, owner, "Bob", shop.RoleViewer)
	token := logIn(t, s, "Bob", "")
	expectOK(t, s.People.Switch(t.Context(), shop.Browser{Token: token}, owner.Account))
	token = logIn(t, s, "Bob", token)
	expectSame(t, "account", visit(t, s, token).Account, owner.Account)
	eve := visit(t, s, logIn(t, s, "Eve", token))
	if eve.Account == owner.Account || eve.Role != shop.RoleOwner {
		t.Errorf("Eve is %+v", eve)
	}
}

// A login is recent by what the issuer says of it, and by nothing else.
func TestFresh(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	now := s.Clock.Now()
	for _, test := range []struct {
		at   time.Time
		want bool
	}{{now, true}, {now.Add(-15*time.Minute + time.Millisecond), true}, {now.Add(-15 * time.Minute), false}, {time.Time{}, false}} {
		who := identity("Ada")
		who.AuthenticatedAt = test.at
		_, token, err := s.People.SignIn(t.Context(), who, shop.Browser{})
		expectOK(t, err)
		v := visit(t, s, token)
		expectSame(t, test.at.String(), v.Fresh, test.want)
		expectSame(t, "refused", fault.Is(v.RequireFresh(), fault.StaleLogin), !test.want)
	}
}
