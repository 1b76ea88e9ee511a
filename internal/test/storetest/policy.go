package storetest

import (
	"encoding/json"
	"testing"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// SetPolicy puts a policy over the account of the store, or over an agent of it, as its
// operator does.
func (s *Store) SetPolicy(tb testing.TB, agent id.Agent, p shop.Policy) error {
	tb.Helper()
	caller := shop.Anonymous()
	caller.Account = s.Agent.Account()
	order := shop.PolicyOrder{Policy: p, Encode: func(shop.Policy) json.RawMessage { return json.RawMessage("{}") }}
	_, err := s.Shop.SetPolicy(tb.Context(), caller, agent, order, shop.Request[shop.PolicySet]{
		Operation: "policy_set", Encode: func(shop.PolicySet) ([]byte, error) { return []byte("{}"), nil },
	})
	return err
}
