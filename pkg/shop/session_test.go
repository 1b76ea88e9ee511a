package shop_test

import (
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

func logIn(t *testing.T, s *storetest.Store, name, before string) string {
	t.Helper()
	_, token, err := s.People.SignIn(t.Context(), identity(name), shop.Browser{Token: before})
	expectOK(t, err)
	return token
}

func expectNobody(t *testing.T, s *storetest.Store, what, token string) {
	t.Helper()
	_, err := s.People.Visit(t.Context(), shop.Browser{Token: token})
	expectFault(t, what, err, fault.Unauthenticated)
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	for _, none := range []string{"", "x"} {
		expectNobody(t, s, "no session", none)
		expectOK(t, s.People.LogOut(t.Context(), shop.Browser{Token: none}))
	}

	idle := logIn(t, s, "Ada", "")
	s.Clock.Advance(shop.SessionIdle - time.Millisecond)
	visit(t, s, idle)
	s.Clock.Advance(shop.SessionIdle)
	expectNobody(t, s, "idle", idle)

	used := logIn(t, s, "Ada", "")
	for range 14 {
		s.Clock.Advance(shop.SessionIdle - time.Millisecond)
		visit(t, s, used)
	}
	s.Clock.Advance(13 * time.Millisecond) // a week after the login, less one
	visit(t, s, used)
	s.Clock.Advance(time.Millisecond)
	expectNobody(t, s, "a week old", used)

	left := logIn(t, s, "Ada", "")
	expectOK(t, s.People.LogOut(t.Context(), shop.Browser{Token: left}))
	expectNobody(t, s, "logged out", left)
	expectOK(t, s.People.LogOut(t.Context(), shop.Browser{Token: left}))
	expectFault(t, "switch", s.People.Switch(t.Context(), shop.Browser{Token: left}, ""), fault.Unauthenticated)
}

// A login makes a new token each time, and ends the session before it in the same
// browser; other browsers keep theirs.
func TestSessionRotates(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	elsewhere := logIn(t, s, "Ada", "")
	first := logIn(t, s, "Ada", "")
	second := logIn(t, s, "Ada", first)
	other := logIn(t, s, "Bob", second)
	expectNobody(t, s, "the first", first)
	expectNobody(t, s, "the second", second)
	expectSame(t, "elsewhere", visit(t, s, elsewhere).Name, "Ada")
	expectSame(t, "the other", visit(t, s, other).Name, "Bob")
	if len(first) != 43 || first == second || second == other {
		t.Errorf("tokens %q, %q, %q", first, second, other)
	}
}

// Nothing that is kept opens a session.
func TestSessionIsHashedAtRest(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	token := logIn(t, s, "Ada", "")
	hash := sha256.Sum256([]byte(token))
	session, err := s.Table.Session(t.Context(), hex.EncodeToString(hash[:]))
	expectOK(t, err)
	now := s.Clock.Now()
	expectSame(t, "session", session, shop.Session{
		ID: session.ID, Hash: hex.EncodeToString(hash[:]), Version: 1, Person: session.Person, Account: session.Account,
		Device:    "Unknown browser",
		CreatedAt: now, SeenAt: now, ExpiresAt: now.Add(7 * 24 * time.Hour),
	})
	expectNobody(t, s, "the hash", session.Hash)
}

func TestSwitch(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	owner := loggedIn(t, s, "Ada")
	bob := joined(t, s, owner, "Bob", shop.RoleViewer)
	token := logIn(t, s, "Bob", "")
	own := visit(t, s, token)
	expectSame(t, "role at home", own.Role, shop.RoleOwner)

	expectOK(t, s.People.Switch(t.Context(), shop.Browser{Token: token}, owner.Account))
	v := visit(t, s, token)
	expectSame(t, "account", v.Account, bob.Account)
	expectSame(t, "role", v.Role, shop.RoleViewer)
	stranger := loggedIn(t, s, "Eve")
	for _, account := range []id.Account{stranger.Account, "acc_none", ""} {
		expectFault(t, "switch to "+string(account), s.People.Switch(t.Context(), shop.Browser{Token: token}, account), fault.NotFound)
	}
	expectSame(t, "account", visit(t, s, token).Account, owner.Account)
}

// The use of a session is written down every ten minutes, by one transaction.
func TestSeenIsWrittenSeldom(t *testing.T) {
	t.Parallel()
	recorder := &dynamotest.Recorder{}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){recorder.Record}})
	token := logIn(t, s, "Ada", "")
	writes := func() (n int) {
		recorder.Reset()
		visit(t, s, token)
		for _, call := range recorder.Calls() {
			if call.Operation != "GetItem" {
				expectSame(t, "operation", call.Operation, "TransactWriteItems")
				n++
			}
		}
		return n
	}
	for _, step := range []struct {
		after time.Duration
		want  int
	}{{0, 0}, {10*time.Minute - time.Millisecond, 0}, {time.Millisecond, 1}, {0, 0}, {9 * time.Minute, 0}, {time.Minute, 1}} {
		s.Clock.Advance(step.after)
		expectSame(t, "writes after "+step.after.String(), writes(), step.want)
	}
}

// A session that ends while its use is being written down stays ended, and a use
// that cannot be written down is one all the same.
func TestLogOutBeatsSeen(t *testing.T) {
	t.Parallel()
	faults := &dynamotest.Faults{}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){faults.Inject}})
	token := logIn(t, s, "Ada", "")
	beside := *s.People
	beside.Store = s.Table
	s.Clock.Advance(time.Hour)
	puts := 0
	faults.Before = func(operation string, _ any) error {
		if operation != "TransactWriteItems" {
			return nil
		}
		puts++
		return beside.LogOut(t.Context(), shop.Browser{Token: token})
	}
	visit(t, s, token) // was under way
	expectSame(t, "puts", puts, 1)
	expectNobody(t, s, "logged out", token)
}
