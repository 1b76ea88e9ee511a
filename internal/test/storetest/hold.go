package storetest

import (
	"errors"
	"testing"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Hold has the wallet of an agent's account, the account's budget and the agent's own
// hold what is spent, as if others had contended for them a moment ago.
func (s *Store) Hold(tb testing.TB, agent id.Agent) {
	tb.Helper()
	account := agent.Account()
	wallet, err := s.Table.Wallet(tb.Context(), account)
	if err != nil {
		tb.Fatal(err)
	}
	for _, of := range []id.Agent{agent, ""} {
		b, err := s.Table.Budget(tb.Context(), account, of)
		if errors.Is(err, shop.ErrNotFound) {
			b, err = shop.Budget{Account: account, Agent: of}, nil
		}
		if err == nil && b.Held == nil {
			err = s.Table.HoldBudget(tb.Context(), b, wallet.Balance.Currency, s.Clock.Now())
		}
		if err != nil {
			tb.Fatal(err)
		}
	}
	if wallet.Held == nil {
		if err := s.Table.HoldWallet(tb.Context(), account, s.Clock.Now()); err != nil {
			tb.Fatal(err)
		}
	}
}

// Limit limits what the agent may spend a day, and how many services it may have.
func (s *Store) Limit(tb testing.TB) {
	tb.Helper()
	b, err := s.Table.Budget(tb.Context(), s.Agent.Account(), s.Agent)
	if err != nil {
		tb.Fatal(err)
	}
	day, live := int64(10_000), 5
	b.Version++
	b.Policy = shop.Policy{Limits: []shop.Limit{{Currency: "usd", PerDay: &day}}, MaxLiveServices: &live}
	if err := s.Table.Commit(tb.Context(), shop.Change{Budgets: []shop.Budget{b}}); err != nil {
		tb.Fatal(err)
	}
}
