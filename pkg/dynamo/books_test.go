package dynamo_test

import (
	"cmp"
	"slices"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// The books hold exactly what is read one by one, in a healthy store, and
// nothing of another account.
func TestBooks(t *testing.T) {
	t.Parallel()
	onEachBookkeeping(t, func(t *testing.T, s bookkeeping) {
		account := s.Agent.Account()
		s.fund(t, account, 10_000)
		open := s.Quote(t)
		quote := s.Quote(t)
		answer := s.Buy(t, quote, "k")
		purchaseID, serviceID := id.Purchase(answer.Text("purchase", "id")), id.Service(answer.Text("service", "id"))
		s.Work(t)
		path := storetest.ActionPath(serviceID, storetest.Harmless())
		actionID := id.Action(s.Call(t, "POST", path, map[string]any{"idempotencyKey": "r"}).Text("actionId"))
		another := s.newAccount()
		s.fund(t, another, 1)

		got, err := s.Table.Books(t.Context(), account)
		s.ok(t, err)
		var want shop.Books
		want.Account = account
		want.Wallet, err = s.Table.Wallet(t.Context(), account)
		s.ok(t, err)
		want.Entries, err = s.Table.Ledger(t.Context(), account)
		s.ok(t, err)
		want.Purchases = []shop.Purchase{readBack(t, func() (shop.Purchase, error) { return s.Table.Purchase(t.Context(), account, purchaseID) })}
		want.Services = []shop.Service{readBack(t, func() (shop.Service, error) { return s.Table.Service(t.Context(), account, serviceID) })}
		want.Actions = []shop.Action{readBack(t, func() (shop.Action, error) { return s.Table.Action(t.Context(), account, serviceID, actionID) })}
		for _, agent := range []id.Agent{"", s.Agent} {
			want.Budgets = append(want.Budgets, readBack(t, func() (shop.Budget, error) { return s.Table.Budget(t.Context(), account, agent) }))
		}
		for _, q := range slices.Sorted(slices.Values([]string{open, quote})) {
			want.Quotes = append(want.Quotes, readBack(t, func() (shop.Quote, error) { return s.Table.Quote(t.Context(), account, id.Quote(q)) }))
		}
		for _, job := range got.Jobs {
			want.Jobs = append(want.Jobs, readBack(t, func() (shop.Job, error) {
				return s.Table.Job(t.Context(), shop.JobRef{Account: account, Job: job.ID})
			}))
		}
		for _, key := range []shop.RecordKey{{Agent: s.Agent, Operation: "purchase_create", Key: "k"}, {Agent: s.Agent, Operation: storetest.Operation(storetest.Harmless()), Key: "r"}} {
			want.Records = append(want.Records, readBack(t, func() (shop.Record, error) { return s.Table.Record(t.Context(), key) }))
		}
		for _, label := range []string{"~active", ""} { // by its status, and by its agent
			want.Labelings = append(want.Labelings, shop.Labeling{Account: account, Agent: s.Agent, Service: serviceID, Label: label})
		}
		s.same(t, "books", got, want)
		s.same(t, "jobs", len(got.Jobs), 2)
		s.same(t, "subjects", []string{got.Records[0].Subject, got.Records[1].Subject}, []string{string(purchaseID), string(actionID)})

		got.Holdings, err = s.Provider().Holdings(t.Context())
		s.ok(t, err)
		s.same(t, "findings", verify.Account(got, s.Clock.Now(), 0), []verify.Finding(nil))

		got, err = s.Table.Books(t.Context(), another)
		s.ok(t, err)
		s.same(t, "another's entries", len(got.Entries), 1)
		got.Entries, got.Wallet = nil, shop.Wallet{}
		s.same(t, "another's books", got, shop.Books{Account: another})
	})
}

func readBack[T any](t *testing.T, read func() (T, error)) T {
	t.Helper()
	value, err := read()
	if err != nil {
		t.Fatal(err)
	}
	return value
}

func TestBooksOfNobody(t *testing.T) {
	t.Parallel()
	onEachBookkeeping(t, func(t *testing.T, s bookkeeping) {
		account := s.newAccount()
		got, err := s.Table.Books(t.Context(), account)
		s.ok(t, err)
		s.same(t, "books", got, shop.Books{Account: account, Wallet: shop.Wallet{Account: account}})
	})
}

// The index has the services that are active: not while they are made, nor after
// they failed, and during an action all the same.
func TestLiveServices(t *testing.T) {
	t.Parallel()
	onEachBookkeeping(t, func(t *testing.T, s bookkeeping) {
		s.fund(t, s.Agent.Account(), 100_000)
		expectLive := func(what string, want ...id.Service) {
			t.Helper()
			got, err := s.Table.LiveServices(t.Context())
			s.ok(t, err)
			keys := []shop.ServiceKey{}
			for _, service := range slices.Sorted(slices.Values(want)) {
				keys = append(keys, shop.ServiceKey{Account: s.Agent.Account(), Service: service})
			}
			slices.SortFunc(got, func(a, b shop.ServiceKey) int { return cmp.Compare(a.Service, b.Service) })
			s.same(t, what, append([]shop.ServiceKey{}, got...), keys)
		}
		first := id.Service(s.Service(t))
		expectLive("being made")
		s.Work(t)
		expectLive("made", first)
		second := id.Service(s.Service(t))
		s.Work(t)
		expectLive("both", first, second)
		s.Call(t, "POST", storetest.ActionPath(first, storetest.Harmless()), nil)
		expectLive("during an action", first, second)
		s.Clock.Advance(time.Minute)
		s.Work(t)
		expectLive("after it", first, second)

		service := readBack(t, func() (shop.Service, error) { return s.Table.Service(t.Context(), s.Agent.Account(), first) })
		service.Version++
		service.Status = shop.ServiceCanceled
		s.ok(t, s.Table.Commit(t.Context(), shop.Change{Services: []shop.Service{service}}))
		expectLive("one canceled", second)
	})
}
