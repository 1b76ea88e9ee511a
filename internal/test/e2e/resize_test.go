package e2e

import (
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// sized is a store with a micro server that was bought ten days and a second ago, of a
// term of 28: 1,555,199 of 2,419,200 seconds are left.
func sized(t *testing.T, engine dynamotest.Engine, o storetest.Options) (*storetest.Store, string) {
	t.Helper()
	o.NoKick = true
	s := storetest.New(t, engine, o)
	service := s.Service(t)
	s.Work(t)
	s.Clock.Advance(10*24*time.Hour + time.Second)
	return s, service
}

func kept(t *testing.T, s *storetest.Store, service string) shop.Service {
	t.Helper()
	found, err := s.Table.Service(t.Context(), s.Agent.Account(), id.Service(service))
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func balanceOf(t *testing.T, s *storetest.Store) int64 {
	t.Helper()
	w, err := s.Table.Wallet(t.Context(), s.Agent.Account())
	if err != nil {
		t.Fatal(err)
	}
	return w.Balance.Minor
}

// expectBooks has the store's own check find nothing, and the wallet be what it should.
func expectBooks(t *testing.T, s *storetest.Store, balance int64) {
	t.Helper()
	books, err := s.Table.Books(t.Context(), s.Agent.Account())
	if err != nil {
		t.Fatal(err)
	}
	books.Holdings = nil
	for _, service := range books.Services {
		if service.Status.Lives() {
			books.Holdings = append(books.Holdings, shop.Holding{ServiceKey: shop.ServiceKey{Account: service.Account, Service: service.ID}, CreatedAt: service.CreatedAt})
		}
	}
	for _, f := range verify.Account(books, s.Clock.Now(), time.Hour) {
		t.Errorf("%s", f)
	}
	if got := balanceOf(t, s); got != balance {
		t.Errorf("the wallet holds %d, want %d", got, balance)
	}
}

// TestResize makes a server larger and smaller, with a snapshot in between, to the cent.
// With backups a micro costs 24.00 a month, and a medium 90.00.
func TestResize(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s, service := sized(t, engine, storetest.Options{})
		path, balance := storetest.Services+"/"+service, balanceOf(t, s)

		// 9000*1555199/2419200 = 5785.71, less 2400*1555199/2419200 = 1542.85 rounded down.
		const larger = 5786 - 1542
		bought := s.Change(t, service, "resize", object{"catalogItemId": "cat_vps_medium", "keepDisk": true})
		if bought.Get("purchase", "totalPriceMinor") != float64(larger) || bought.Get("purchase", "renewal", "priceMinor") != 9000.0 {
			t.Errorf("it costs %s", bought.Body)
		}
		if a := read(t, s, path); a.Text("service", "catalogItemId") != "cat_vps_micro" || a.Text("service", "server", "provisioningStatus") != "resizing" {
			t.Errorf("before it has succeeded it is %s", a.Body)
		}
		s.Work(t)
		a := read(t, s, path)
		if a.Text("service", "catalogItemId") != "cat_vps_medium" || a.Get("service", "server", "diskGib") != 40.0 || a.Get("service", "billing", "renewalPriceMinor") != 9000.0 {
			t.Errorf("it is %s", a.Body)
		}
		expectBooks(t, s, balance-larger)

		// 400*1555199/2419200 = 257.14.
		const copied = 257
		s.Snapshot(t, service)
		s.Work(t)
		expectBooks(t, s, balance-larger-copied)
		if lost, _ := read(t, s, path+"/cancel").Get("lost").([]any); len(lost) != 3 || lost[1] != "The snapshot n, 3 GiB, 2026-02-10." {
			t.Errorf("a cancellation loses %v", lost)
		}

		// A day later 1,468,799 seconds are left. Back to micro: 2400 and 400 of them are
		// 1457.14 and 242.86, and unused is (5786+257 - what went) of what was paid.
		s.Clock.Advance(24 * time.Hour)
		const paid = 1542 + larger + copied
		const smaller = 1457 + 243 - paid*1468799/1555199
		bought = s.Change(t, service, "resize", object{"catalogItemId": "cat_vps_micro"})
		if bought.Get("purchase", "totalPriceMinor") != 0.0 || bought.Get("purchase", "creditMinor") != float64(-smaller) {
			t.Errorf("it should give back %d: %s", -smaller, bought.Body)
		}
		expectBooks(t, s, balance-larger-copied) // not before it has succeeded
		s.Work(t)
		expectBooks(t, s, balance-larger-copied-smaller)
		if service := kept(t, s, service); service.Item != "cat_vps_micro" || service.Bill.Renewal.Minor != 2800 || service.Bill.Paid != 1700 {
			t.Errorf("it is a %s of %+v", service.Item, service.Bill)
		}

		// Another day: 400*1382399/2419200 = 228.57, rounded down.
		s.Clock.Advance(24 * time.Hour)
		a = s.Call(t, http.MethodPost, path+"/server/snapshot_delete", object{"snapshotId": "img_1"})
		expectStatus(t, a, http.StatusAccepted)
		s.Work(t)
		if got := read(t, s, path+"/actions/"+a.Text("actionId")); got.Get("action", "refundedMinor") != 228.0 {
			t.Errorf("it gives back %s", got.Body)
		}
		expectBooks(t, s, balance-larger-copied-smaller+228)
		if renewal := kept(t, s, service).Bill.Renewal.Minor; renewal != 2400 {
			t.Errorf("it renews at %d", renewal)
		}
	})
}

// TestResizeRefused says why not, and takes nothing.
func TestResizeRefused(t *testing.T) {
	t.Parallel()
	s, service := sized(t, dynamotest.Embedded(t), storetest.Options{})
	quote := storetest.Services + "/" + service + "/server/resize/quote"
	for item, want := range map[string]string{
		"cat_vps_micro":     "invalid_input", // the same
		"cat_vps_arm_small": "invalid_input", // another family
		"cat_gpu_pro":       "invalid_input", // none
		"cat_none":          "not_found",
	} {
		if a := s.Call(t, http.MethodPost, quote, object{"catalogItemId": item}); a.Code() != want {
			t.Errorf("%s: %d %s", item, a.Status, a.Body)
		}
	}
	goods, err := s.Table.Catalog(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range goods.Items {
		if goods.Items[i].ID == "cat_vps_small" {
			goods.Items[i].Availability = shop.SoldOut
		}
	}
	if _, err := s.Table.Seed(t.Context(), goods); err != nil {
		t.Fatal(err)
	}
	if a := s.Call(t, http.MethodPost, quote, object{"catalogItemId": "cat_vps_small"}); a.Code() != "sold_out" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	balance := balanceOf(t, s)
	s.Change(t, service, "resize", object{"catalogItemId": "cat_vps_medium"})
	s.Work(t)
	if a := s.Call(t, http.MethodPost, quote, object{"catalogItemId": "cat_vps_micro"}); a.Code() != "invalid_input" {
		t.Errorf("the disk shrinks: %d %s", a.Status, a.Body)
	}
	expectBooks(t, s, balance-4244)
}

// TestResizeByPolicies: the policies of the account bind a resize like a purchase.
func TestResizeByPolicies(t *testing.T) {
	t.Parallel()
	s, service := sized(t, dynamotest.Embedded(t), storetest.Options{})
	quote := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/resize/quote", object{"catalogItemId": "cat_vps_medium"}).Text("quote", "id")
	below := int64(4243)
	for name, policy := range map[string]shop.Policy{
		"per purchase": {Limits: []shop.Limit{{Currency: "usd", PerPurchase: &below}}},
		"items":        {Items: []id.Item{"cat_vps_micro"}},
		"regions":      {Choices: []shop.ChoiceLimit{{Name: "regions", Allowed: []string{"us-east"}}}},
	} {
		if err := s.SetPolicy(t, "", policy); err != nil {
			t.Fatal(err)
		}
		if a := s.Buy(t, quote, name); a.Code() != "spend_limit_exceeded" && a.Code() != "policy_violation" {
			t.Errorf("%s: %d %s", name, a.Status, a.Body)
		}
	}
}

// TestResizeFails gives back exactly what it took, once, and one that should have given
// back does not.
func TestResizeFails(t *testing.T) {
	t.Parallel()
	refuse, err := mock.ParseFailures("resize:refuse,snapshot_create:refuse")
	if err != nil {
		t.Fatal(err)
	}
	s, service := sized(t, dynamotest.Embedded(t), storetest.Options{Failures: refuse})
	balance, before := balanceOf(t, s), kept(t, s, service)
	for _, change := range []struct {
		action string
		input  object
	}{{"resize", object{"catalogItemId": "cat_vps_medium"}}, {"snapshot_create", object{"name": "n"}}} {
		s.Change(t, service, change.action, change.input)
		if balanceOf(t, s) >= balance {
			t.Errorf("%s takes nothing", change.action)
		}
		s.Work(t)
		expectBooks(t, s, balance)
		after := kept(t, s, service)
		if after.Item != before.Item || after.Bill.Renewal != before.Bill.Renewal || after.Bill.Paid != before.Bill.Paid || string(after.State.JSON) != string(before.State.JSON) {
			t.Errorf("%s has left %+v", change.action, after)
		}
	}
}

// TestResizeCrash has the process die before and after each write of a resize that gives
// money back: what follows does it once.
func TestResizeCrash(t *testing.T) {
	t.Parallel()
	for n := 1; n <= 2; n++ { // the claim, and what settles it
		for _, moment := range []string{"before", "after"} {
			t.Run(fmt.Sprint(moment, " write ", n), func(t *testing.T) {
				t.Parallel()
				s, service := sized(t, dynamotest.Embedded(t), storetest.Options{})
				s.Change(t, service, "resize", object{"catalogItemId": "cat_vps_medium", "keepDisk": true})
				s.Work(t)
				s.Change(t, service, "resize", object{"catalogItemId": "cat_vps_micro"})
				balance, left := balanceOf(t, s), n
				dies := func(operation string, _ any) error {
					if operation == "GetItem" || operation == "Query" {
						return nil
					}
					if left--; left == 0 {
						return fault.New(fault.ProviderUnavailable, "It has died.")
					}
					return nil
				}
				faults := dynamotest.Faults{Before: dies}
				if moment == "after" {
					faults = dynamotest.Faults{After: dies}
				}
				due, err := s.Table.DueJobs(t.Context(), s.Clock.Now())
				if err != nil || len(due) != 1 {
					t.Fatalf("%v, %v", due, err)
				}
				worker := *s.Worker
				worker.Store = dynamo.New(s.Engine.With(faults.Inject), s.Name)
				if _, err := worker.Run(t.Context(), due[0]); err == nil {
					t.Error("it does not die")
				}
				for range 3 {
					s.Clock.Advance(2 * time.Minute)
					s.Work(t)
				}
				// 5786 were paid for the medium, and the micro costs 1542.86 of them.
				expectBooks(t, s, balance+5786-1543)
				if item := kept(t, s, service).Item; item != "cat_vps_micro" {
					t.Errorf("it is a %s", item)
				}
			})
		}
	}
}

// TestSnapshotLimit: an eleventh is refused.
func TestSnapshotLimit(t *testing.T) {
	t.Parallel()
	s, service := sized(t, dynamotest.Embedded(t), storetest.Options{})
	balance := balanceOf(t, s)
	for range 10 {
		s.Snapshot(t, service)
		s.Work(t)
	}
	if a := s.Call(t, http.MethodPost, storetest.Services+"/"+service+"/server/snapshot_create/quote", object{"name": "n"}); a.Code() != "service_not_ready" {
		t.Errorf("%d %s", a.Status, a.Body)
	}
	expectBooks(t, s, balance-10*64)
}

// TestChangesRace has a renewal, cancellations, extensions of the lease, resizes and
// snapshots of one server meet: each stands or is refused as a whole, and the books agree.
func TestChangesRace(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := storetest.New(t, engine, storetest.Options{NoKick: true})
		service := s.Leased(t, "P60D")
		s.Work(t)
		path := storetest.Services + "/" + service
		s.Clock.Advance(kept(t, s, service).Bill.PaidUntil.Sub(s.Clock.Now()) - time.Second)
		var quotes []string
		for range 3 {
			quotes = append(quotes,
				s.Call(t, http.MethodPost, path+"/server/resize/quote", object{"catalogItemId": "cat_vps_medium"}).Text("quote", "id"),
				s.Call(t, http.MethodPost, path+"/server/snapshot_create/quote", object{"name": "n"}).Text("quote", "id"))
		}
		token := s.Call(t, http.MethodGet, path+"/cancel?ends=now", nil).Text("token")
		s.Clock.Advance(time.Second)
		var race sync.WaitGroup
		answers := make(chan storetest.Answer, 20)
		for i, quote := range quotes {
			race.Go(func() { answers <- s.Buy(t, quote, fmt.Sprint("k", i)) })
		}
		race.Go(func() {
			answers <- s.Call(t, http.MethodPost, path+"/cancel", object{"ends": "now", "token": token, "idempotencyKey": "c"})
		})
		race.Go(func() {
			answers <- s.Call(t, http.MethodPost, path+"/lease", object{"expiresAfter": "P90D", "idempotencyKey": "l"})
		})
		race.Go(func() {
			if _, err := s.Worker.RunServices(t.Context()); err != nil {
				t.Error(err)
			}
		})
		race.Wait()
		close(answers)
		bought := 0
		for a := range answers {
			if a.Get("purchase", "actionId") != nil {
				bought++
			}
			refused := []string{"", "quote_expired", "action_in_progress", "service_not_ready", "invalid_input", "busy", "not_found", "idempotency_in_flight"}
			if !slices.Contains(refused, a.Code()) {
				t.Errorf("%d %s", a.Status, a.Body)
			}
		}
		if bought > 1 {
			t.Errorf("%d changes of one price were bought", bought)
		}
		for range 4 {
			s.Clock.Advance(3 * time.Minute)
			s.Live(t)
		}
		expectBooks(t, s, balanceOf(t, s))
	})
}
