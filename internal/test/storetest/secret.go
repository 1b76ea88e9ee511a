package storetest

import (
	"context"
	"testing"

	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// Giving is a fulfilment that gives a secret with each job that it has done.
type Giving struct {
	shop.Fulfilment
	Secret string
}

// Perform does what the fulfilment does.
func (g Giving) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	outcome, err := g.Fulfilment.Perform(ctx, service, job)
	if err == nil {
		outcome.Secret = []byte(g.Secret)
	}
	return outcome, err
}

// Give has the provider give that secret with each job from now on, until stop.
func (s *Store) Give(secret string) (stop func()) {
	before := s.Worker.Fulfilments
	s.Worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: Giving{before[server.ServiceType], secret}}
	return func() { s.Worker.Fulfilments = before }
}

// Confided has the caller restart a server of a new service of their account, which
// gives the secret, and returns where it can be read. It goes beside the clients of
// the options.
func (s *Store) Confided(tb testing.TB, caller shop.Caller, secret string) (id.Service, id.Action) {
	tb.Helper()
	own := *s.Shop
	own.Store, own.Kick = s.Table, nil
	agent := own.IDs.Agent(caller.Account)
	s.Fund(tb, caller.Account, 100_000)
	buyer := *s
	buyer.Key = s.NewKey(tb, agent, s.Shop.Products.Scopes()...)
	service := id.Service(buyer.Service(tb))
	s.Work(tb)
	stop := s.Give(secret)
	defer stop()
	var accepted shop.Accepted
	_, err := own.Act(tb.Context(), caller, service, ServiceType, Harmless(), shop.Request[shop.Accepted]{
		Operation: "server_restart", Encode: func(a shop.Accepted) ([]byte, error) { accepted = a; return nil, nil },
	})
	must(tb, err)
	s.Work(tb)
	return service, accepted.Action.ID
}
