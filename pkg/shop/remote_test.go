package shop_test

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// answers is a fulfilment that answers questions.
type answers struct {
	perform
	read func(ctx context.Context, service shop.Service, name string, input json.RawMessage) (json.RawMessage, error)
}

func (a answers) Read(ctx context.Context, service shop.Service, name string, input json.RawMessage) (json.RawMessage, error) {
	return a.read(ctx, service, name, input)
}

// metrics is what only a provider knows.
var metrics = shop.ReadType{Name: "metrics", Scope: shop.ScopeServicesRead}

// asking is a store with a service whose provider answers so.
func asking(t *testing.T, read func(context.Context, shop.Service, string, json.RawMessage) (json.RawMessage, error)) (*store, id.Service) {
	t.Helper()
	s := newStore(t, works)
	serviceID := s.active(t)
	s.Worker.Fulfilments = map[string]shop.Fulfilment{storetest.ServiceType: answers{works, read}}
	return s, serviceID
}

func TestReadRemote(t *testing.T) {
	t.Parallel()
	s, serviceID := asking(t, func(ctx context.Context, service shop.Service, name string, input json.RawMessage) (json.RawMessage, error) {
		deadline, ok := ctx.Deadline()
		if left := time.Until(deadline); !ok || left > shop.RemoteBudget {
			t.Errorf("the provider has %v", left)
		}
		return json.RawMessage(`{"service":"` + string(service.ID) + `","name":"` + name + `","input":` + string(input) + `}`), nil
	})
	got, err := s.Shop.Read(t.Context(), s.as(s.Key), serviceID, storetest.ServiceType, metrics, json.RawMessage(`{"hours":1}`))
	expectOK(t, err)
	expectSame(t, "answer", string(got), `{"service":"`+string(serviceID)+`","name":"metrics","input":{"hours":1}}`)
}

// A provider is asked for nobody who does not see the service, or is not who they say.
func TestReadRemoteForNobodyElse(t *testing.T) {
	t.Parallel()
	s, serviceID := asking(t, func(context.Context, shop.Service, string, json.RawMessage) (json.RawMessage, error) {
		t.Error("the provider is asked")
		return nil, nil
	})
	stranger := s.as(s.NewKey(t, s.Shop.IDs.Agent(s.Shop.IDs.Account())))
	own := s.as(s.NewKey(t, s.Shop.IDs.OwnAgent(s.account())))
	unproved := s.as(s.Key)
	unproved.Confirm = func(context.Context) error { return fault.New(fault.Unauthenticated, "no") }
	for name, test := range map[string]struct {
		caller shop.Caller
		want   fault.Code
	}{
		"another account":            {stranger, fault.NotFound},
		"an agent that sees its own": {own, fault.NotFound},
		"a bad key":                  {unproved, fault.Unauthenticated},
	} {
		_, err := s.Shop.Read(t.Context(), test.caller, serviceID, storetest.ServiceType, metrics, nil)
		expectSame(t, name, fault.From(err).Code, test.want)
	}
}

// What callers may know keeps its code; the rest is one thing to them, and in the log.
func TestReadRemoteFails(t *testing.T) {
	t.Parallel()
	const internal = "token abc at 10.0.0.1"
	refused := fault.New(fault.UnsupportedRegion, "Not there.")
	tests := map[string]struct {
		read   func() (json.RawMessage, error)
		want   fault.Code
		detail string
		logged bool
	}{
		"a code of the product": {func() (json.RawMessage, error) { return nil, refused }, fault.UnsupportedRegion, "Not there.", false},
		"a refusal":             {func() (json.RawMessage, error) { return nil, &shop.Refusal{Reason: "it is switched off"} }, fault.ServiceNotReady, "The provider refuses: it is switched off.", false},
		"an outage":             {func() (json.RawMessage, error) { return nil, errors.New(internal) }, fault.ProviderUnavailable, "", true},
		"an internal error":     {func() (json.RawMessage, error) { return nil, fault.New(fault.Internal, internal) }, fault.ProviderUnavailable, "", true},
		"a panic":               {func() (json.RawMessage, error) { panic(internal) }, fault.ProviderUnavailable, "", true},
		"no JSON":               {func() (json.RawMessage, error) { return json.RawMessage(`{`), nil }, fault.ProviderUnavailable, "", true},
		"no answer":             {func() (json.RawMessage, error) { return nil, nil }, fault.ProviderUnavailable, "", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, serviceID := asking(t, func(context.Context, shop.Service, string, json.RawMessage) (json.RawMessage, error) {
				return test.read()
			})
			_, err := s.Shop.Read(t.Context(), s.as(s.Key), serviceID, storetest.ServiceType, metrics, nil)
			got := fault.From(err)
			expectSame(t, "code", got.Code, test.want)
			if test.detail != "" {
				expectSame(t, "detail", got.Detail, test.detail)
			} else if strings.Contains(got.Detail, internal) || got.RetryAfter < time.Second {
				t.Errorf("callers see %+v", got)
			}
			expectSame(t, "logged", strings.Contains(s.Log.String(), `"msg":"remote read"`), test.logged)
		})
	}
}

func TestReadRemoteOfNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t, works)
	serviceID := s.active(t)
	s.fulfil(works) // which answers no questions
	_, err := s.Shop.Read(t.Context(), s.as(s.Key), serviceID, storetest.ServiceType, metrics, nil)
	expectSame(t, "a product without reads", fault.From(err).Code, fault.ProviderUnavailable)
	_, err = s.Worker.Read(t.Context(), shop.RemoteRead{Account: s.account(), Service: "svc_none"})
	expectSame(t, "a service that is gone", fault.From(err).Code, fault.NotFound)
	s.Shop.Remote = nil
	_, err = s.Shop.Read(t.Context(), s.as(s.Key), serviceID, storetest.ServiceType, metrics, nil)
	expectSame(t, "nobody to ask", fault.From(err).Code, fault.ProviderUnavailable)
}
