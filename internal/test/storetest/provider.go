package storetest

import (
	"testing"

	"agentstore/pkg/dynamo"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
)

// Provider is where the services that Order buys come from: one that works at once
// and never fails, over what the provider of the store has.
type Provider struct {
	server.Fulfilment
	Mock *mock.Provider
}

// Provider is another line to the provider of the store.
func (s *Store) Provider() Provider {
	m := &mock.Provider{Documents: dynamo.Documents{Table: s.Table}, Now: s.Clock.Now}
	return Provider{server.Fulfilment{Providers: map[string]server.Provider{"mock": m}}, m}
}

// Make has the provider hold something for a service, behind the store's back,
// whether there is such a service or not.
func (p Provider) Make(tb testing.TB, service shop.ServiceKey) {
	tb.Helper()
	_, err := p.Mock.Create(tb.Context(), server.Spec{Label: labelOf(service)})
	must(tb, err)
}

// Lose has it lose that.
func (p Provider) Lose(tb testing.TB, service shop.ServiceKey) {
	tb.Helper()
	must(tb, p.Mock.Delete(tb.Context(), server.Ref{Label: labelOf(service)}))
}

func labelOf(service shop.ServiceKey) server.Label {
	return server.Label(string(service.Account[len("acc_"):]) + "-" + string(service.Service[len("svc_"):]))
}
