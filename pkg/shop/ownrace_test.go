package shop_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/verify"
)

// Whoever changes them at the same time, the purchases and services of an agent
// that sees its own alone are in its own list as the account has them: they are
// bought, created or refused, acted on by two agents, protected and settled by
// two workers at once.
func TestOwnListsUnderRace(t *testing.T) {
	t.Parallel()
	failures, err := mock.ParseFailures(fmt.Sprintf("create:0.2,%s:0.2", storetest.Harmless().Action))
	expectOK(t, err)
	onEachAndAWS(t, storetest.Options{NoKick: true, Failures: failures}, func(t *testing.T, s *storetest.Store) {
		own := *s
		own.Agent = s.Shop.IDs.OwnAgent(s.Agent.Account())
		own.Key = own.NewKey(t, own.Agent, app.Shelf().Rules().Scopes()...)
		var services []id.Service
		order := func(key string) map[string]any {
			order := storetest.Order()
			order["quantity"], order["idempotencyKey"] = 2, key
			return order
		}
		for n := range 3 {
			bought := own.Call(t, "POST", storetest.Purchases, order(fmt.Sprint(n)))
			expectStatus(t, bought, 201)
			services = append(services, id.Service(bought.Text("services", 0, "id")), id.Service(bought.Text("services", 1, "id")))
		}
		for round := range 3 {
			var all sync.WaitGroup
			for range 2 {
				all.Go(func() { _, _ = s.Worker.RunDue(t.Context()) }) // what failed is still due
			}
			for _, service := range services {
				path := storetest.ActionPath(service, storetest.Harmless())
				all.Go(func() { own.Call(t, "POST", path, nil) })
				all.Go(func() { s.Call(t, "POST", path, nil) })
				all.Go(func() { _, _ = s.Shop.Protect(t.Context(), s.Agent.Account(), service, round%2 == 1) })
			}
			all.Go(func() { own.Call(t, "POST", storetest.Purchases, order(fmt.Sprint("round ", round))) })
			all.Wait()
			s.Clock.Advance(10 * time.Second)
		}
		for range 20 {
			s.Clock.Advance(10 * time.Minute)
			_, _ = s.Worker.RunDue(t.Context())
			_ = s.Worker.SettleHolds(t.Context()) // the end of a hold may be lost to a refund
		}
		books, err := s.Table.Books(t.Context(), s.Agent.Account())
		expectOK(t, err)
		if len(books.OwnPurchases) < 3 || len(books.OwnServices) < 6 {
			t.Errorf("its own list has %d purchases and %d services", len(books.OwnPurchases), len(books.OwnServices))
		}
		for _, f := range verify.Account(books, s.Clock.Now(), 0) {
			if f.Promise != "an active service is held at its provider" { // the provider was not asked
				t.Errorf("%s", f)
			}
		}
	})
}
