package shop_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// setPolicy puts a policy over an account, or over an agent of it.
func setPolicy(t *testing.T, s *storetest.Store, account id.Account, agent id.Agent, p shop.Policy) {
	t.Helper()
	if agent == "" {
		expectOK(t, s.SetPolicy(t, "", p))
		return
	}
	for { // there may be no such agent
		b, err := s.Table.Budget(t.Context(), account, agent)
		if err != nil && !errors.Is(err, shop.ErrNotFound) {
			t.Fatal(err)
		}
		b.Account, b.Agent, b.Policy = account, agent, p
		b.Version++
		b.UpdatedAt = s.Clock.Now()
		err = s.Table.Commit(t.Context(), shop.Change{Budgets: []shop.Budget{b}, At: s.Clock.Now()})
		if err == nil {
			return
		}
		if !errors.Is(err, shop.ErrConflict) {
			t.Fatal(err)
		}
	}
}

// limited is a policy with a limit of dollars.
func limited(set func(*shop.Limit)) shop.Policy {
	l := shop.Limit{Currency: "usd"}
	set(&l)
	return shop.Policy{Limits: []shop.Limit{l}}
}

// askAlways lets nothing through without a member.
func askAlways() shop.Policy {
	return limited(func(l *shop.Limit) { l.ApprovalAbove = new(int64(0)) })
}

// aMember is a person who decides for the account of the store.
func aMember(s *storetest.Store) shop.Caller {
	return shop.Caller{
		Account: s.Agent.Account(), Agent: s.Agent, Person: "psn_ada", Role: shop.RoleOwner,
		Confirm: func(context.Context) error { return nil },
	}
}

// expectSound holds an account to every promise of the store.
func expectSound(t *testing.T, s *storetest.Store, account id.Account) {
	t.Helper()
	books, err := s.Table.Books(t.Context(), account)
	expectOK(t, err)
	holdings, err := s.Provider().Holdings(t.Context())
	expectOK(t, err)
	for _, h := range holdings {
		if h.Account == account {
			books.Holdings = append(books.Holdings, h)
		}
	}
	for _, finding := range verify.Account(books, s.Clock.Now(), time.Hour) {
		t.Error(finding)
	}
}

func codeOf(err error) fault.Code {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}
