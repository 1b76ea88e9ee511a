package license_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// standing is where the money of the account stands, and how much is live.
type standing struct {
	balance  int64
	spending []int64
	live     []int
}

func (s store) stands(t *testing.T) standing {
	t.Helper()
	u := standing{balance: s.balance(t)}
	for _, b := range s.budgets(t) {
		u.spending = append(u.spending, b.Spending.Sums[0].TotalMinor, b.Spending.Sums[0].DayMinor, b.Spending.Sums[0].MonthMinor)
		u.live = append(u.live, b.Spending.LiveServices)
	}
	return u
}

// expectRefunded wants an extension to have failed, and everything to be as before it.
func (s store) expectRefunded(t *testing.T, bought storetest.Answer, before standing, failure string) {
	t.Helper()
	purchase := s.Call(t, http.MethodGet, storetest.Purchases+"/"+bought.Text("purchase", "id"), nil)
	service := s.service(t, bought.Text("service", "id"))
	switch {
	case purchase.Text("purchase", "status") != "failed" || purchase.Text("purchase", "failureReason") != failure,
		purchase.Get("purchase", "refundedMinor") != purchase.Get("purchase", "totalPriceMinor"):
		t.Errorf("the purchase is %s", purchase.Body)
	case service.Status != shop.ServiceActive || service.Current != nil || service.Failure != failure || service.Bill.Renewal.Minor != 3000:
		t.Errorf("the service is %+v", service)
	}
	if after := s.stands(t); !reflect.DeepEqual(before, after) {
		t.Errorf("it was %+v and is %+v", before, after)
	}
	refunds := 0
	for _, e := range s.entries(t) {
		if e.Kind == shop.EntryRefund {
			refunds++
			if e.Cause != "refund:"+bought.Text("purchase", "actionId") {
				t.Errorf("the cause is %s", e.Cause)
			}
		}
	}
	if refunds != 1 {
		t.Errorf("it was refunded %d times", refunds)
	}
	s.settled(t)
}

const refusal = "The extend failed: the desk is closed."

// TestExtendFails gives the whole price back, once, and leaves the service as it was.
func TestExtendFails(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := newIdleStore(t, engine, closed)
		service := s.bought(t)
		before := s.stands(t)
		bought := s.extend(t, service, 2)
		s.Work(t)
		s.expectRefunded(t, bought, before, refusal)
		s.Clock.Advance(time.Hour)
		s.Work(t)
		s.expectRefunded(t, bought, before, refusal)
	})
}

// TestExtendUnknown gives the price back as well when the desk never answers.
func TestExtendUnknown(t *testing.T) {
	t.Parallel()
	s := newIdleStore(t, dynamotest.Embedded(t), license.Desk{})
	service := s.bought(t)
	s.Worker.Fulfilments[license.ServiceType] = silent{}
	before := s.stands(t)
	bought := s.extend(t, service, 2)
	for range 20 {
		s.Work(t)
		s.Clock.Advance(6 * time.Minute)
	}
	s.expectRefunded(t, bought, before, "The extend failed: the provider did not answer well after many attempts.")
}

type silent struct{}

func (silent) Perform(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
	return shop.Outcome{}, errors.New("no answer")
}

// slow is a desk that answers when all have asked.
type slow struct {
	shop.Fulfilment
	asked *sync.WaitGroup
}

func (s slow) Perform(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
	s.asked.Done()
	s.asked.Wait()
	return s.Fulfilment.Perform(ctx, service, job)
}

// TestTwoSettle has two workers, of which one has outlived its lease, refund at once.
func TestTwoSettle(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := newIdleStore(t, engine, closed)
		service := s.bought(t)
		before := s.stands(t)
		bought := s.extend(t, service, 2)
		var asked, done sync.WaitGroup
		asked.Add(2)
		s.Worker.Fulfilments[license.ServiceType] = slow{closed, &asked}
		ref := s.job(t)
		for range 2 {
			claimed := make(chan struct{})
			worker := *s.Worker
			worker.Store = dynamo.New(engine.With((&dynamotest.Faults{After: nthWrite(1, func() error { close(claimed); return nil })}).Inject), s.Name)
			done.Go(func() {
				if _, err := worker.Run(t.Context(), ref); err != nil {
					t.Error(err)
				}
			})
			<-claimed
			s.Clock.Advance(2 * time.Minute) // the lease
		}
		done.Wait()
		s.expectRefunded(t, bought, before, refusal)
	})
}

// nthWrite does something at that write.
func nthWrite(n int, do func() error) func(string, any) error {
	return func(operation string, _ any) error {
		if operation == "GetItem" || operation == "Query" {
			return nil
		}
		if n--; n == 0 {
			return do()
		}
		return nil
	}
}

// job is the only job that is due.
func (s store) job(t *testing.T) shop.JobRef {
	t.Helper()
	due, err := s.Table.DueJobs(t.Context(), s.Clock.Now())
	if err != nil || len(due) != 1 {
		t.Fatalf("%v, %v", due, err)
	}
	return due[0]
}

// TestExtendCrash has the process die before and after it settles a failure: what
// follows refunds it once.
func TestExtendCrash(t *testing.T) {
	t.Parallel()
	dies := func() func(string, any) error { // the first write is the claim
		return nthWrite(2, func() error { return fault.New(fault.ProviderUnavailable, "It has died.") })
	}
	for name, faults := range map[string]dynamotest.Faults{"before": {Before: dies()}, "after": {After: dies()}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newIdleStore(t, dynamotest.Embedded(t), closed)
			service := s.bought(t)
			before := s.stands(t)
			bought := s.extend(t, service, 2)
			worker := *s.Worker
			worker.Store = dynamo.New(s.Engine.With(faults.Inject), s.Name)
			if _, err := worker.Run(t.Context(), s.job(t)); err == nil {
				t.Error("it does not die")
			}
			s.Clock.Advance(2 * time.Minute)
			s.Work(t)
			s.expectRefunded(t, bought, before, refusal)
		})
	}
}

// TestExtendOnce has many buy one quote, by a key each and by one key for all.
func TestExtendOnce(t *testing.T) {
	t.Parallel()
	const buyers = 32
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		s := newIdleStore(t, engine, license.Desk{})
		service := s.bought(t)
		for round, key := range []func(int) string{
			func(i int) string { return fmt.Sprint("key of buyer ", i) },
			func(int) string { return "the key of all" },
		} {
			balance, quote := s.balance(t), s.quoted(t, service, 1)
			var price int64
			answers := make([]storetest.Answer, buyers)
			var done sync.WaitGroup
			for i := range answers {
				done.Go(func() { answers[i] = s.persist(t, quote, key(i)) })
			}
			done.Wait()
			made := make(map[string]int)
			for _, a := range answers {
				if a.Status == http.StatusCreated {
					made[a.Text("purchase", "id")]++
					price = int64(a.Get("purchase", "totalPriceMinor").(float64))
				} else if a.Code() != string(fault.QuoteAlreadyUsed) {
					t.Errorf("%d: %s", a.Status, a.Body)
				}
			}
			for purchase, times := range made {
				if times != []int{1, buyers}[round] {
					t.Errorf("%d were told of %s", times, purchase)
				}
			}
			if len(made) != 1 || s.balance(t) != balance-price {
				t.Errorf("%d purchases of %d: the wallet held %d and holds %d", len(made), price, balance, s.balance(t))
			}
			s.Work(t)
			if renewal := s.service(t, service).Bill.Renewal.Minor; renewal != int64(4000+1000*round) {
				t.Errorf("it renews at %d", renewal)
			}
			s.settled(t)
		}
		books, err := s.Table.Books(t.Context(), s.Agent.Account())
		if err != nil || len(books.Purchases) != 3 || len(books.Actions) != 2 {
			t.Errorf("%d purchases, %d actions, %v", len(books.Purchases), len(books.Actions), err)
		}
	})
}

// persist buys until it is not told to come again. Who has read the quote before it was
// used, and the service after, hears of the service first.
func (s store) persist(t *testing.T, quote, key string) storetest.Answer {
	t.Helper()
	for late := time.Now().Add(time.Minute); ; time.Sleep(20 * time.Millisecond) {
		a := s.Buy(t, quote, key)
		again := slices.Contains([]fault.Code{fault.Busy, fault.IdempotencyInFlight, fault.RateLimited, fault.ActionInProgress}, fault.Code(a.Code()))
		if !again || time.Now().After(late) {
			return a
		}
	}
}

// member is an operator of the account.
func (s store) member() shop.Caller {
	return shop.Caller{Account: s.Agent.Account(), Person: "psn_01KG9YS7G05F8HWEMYJZHE4C71", Role: shop.RoleOperator}
}

// TestExtendApproved parks an extension that a member must approve, because it costs a
// lot or because the service is protected against it.
func TestExtendApproved(t *testing.T) {
	t.Parallel()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		for name, ask := range map[string]func(*testing.T, store, string){
			"by policy": func(t *testing.T, s store, _ string) {
				s.setPolicy(t, shop.Policy{Limits: []shop.Limit{{Currency: "usd", ApprovalAbove: new(int64(999))}}})
			},
			"by protection": func(t *testing.T, s store, service string) {
				if _, err := s.Shop.SetProtection(t.Context(), s.member(), id.Service(service), []shop.ActionName{"extend"}); err != nil {
					t.Fatal(err)
				}
			},
		} {
			t.Run(name, func(t *testing.T) {
				s := newIdleStore(t, engine, license.Desk{})
				service := s.bought(t)
				ask(t, s, service)
				s.approves(t, service)
			})
		}
	})
}

func (s store) approves(t *testing.T, service string) {
	t.Helper()
	balance := s.balance(t)
	if a := s.quoteSeats(t, service, 1); a.Get("spendCheck", "approvalRequired") != true {
		t.Errorf("the quote says nothing of it: %s", a.Body)
	}
	denied, expired, overtaken, approved := s.parked(t, service, 1), s.parked(t, service, 1), s.parked(t, service, 1), s.parked(t, service, 2)
	if a, err := s.Shop.Deny(t.Context(), s.member(), approvalOf(denied), ""); err != nil || a.Status != shop.ApprovalDenied {
		t.Errorf("%+v, %v", a, err)
	}
	if now := s.balance(t); now != balance || s.service(t, service).Current != nil {
		t.Errorf("the wallet holds %d, the service is %+v", now, s.service(t, service))
	}

	// While the service is busy nothing is decided.
	s.act(t, service, "routine", http.StatusAccepted)
	s.expectPending(t, approved, fault.ActionInProgress)
	s.Work(t)
	if _, err := s.Shop.Approve(t.Context(), s.member(), approvalOf(approved), ""); err != nil {
		t.Fatal(err)
	}
	if now := s.balance(t); now != balance-2000 {
		t.Errorf("the wallet held %d and holds %d", balance, now)
	}
	if current := s.service(t, service).Current; current == nil || string(current.Purchase) != approved.Text("purchase", "id") {
		t.Errorf("it is busy with %+v", current)
	}
	s.Work(t)
	if renewal := s.service(t, service).Bill.Renewal.Minor; renewal != 5000 {
		t.Errorf("it renews at %d", renewal)
	}
	s.expectPending(t, overtaken, fault.QuoteExpired) // it renews at another price now

	s.Clock.Advance(24 * time.Hour)
	for a, want := range map[*storetest.Answer]string{&denied: "denied", &expired: "expired", &overtaken: "expired", &approved: "completed"} {
		read := s.Call(t, http.MethodGet, storetest.Purchases+"/"+a.Text("purchase", "id"), nil)
		if got := read.Text("purchase", "status"); got != want || read.Text("purchase", "action") != "extend" {
			t.Errorf("it is %s, want %s: %s", got, want, read.Body)
		}
	}
	s.settled(t)
}

// parked is a purchase of seats that waits for a member.
func (s store) parked(t *testing.T, service string, seats int) storetest.Answer {
	t.Helper()
	a := s.extend(t, service, seats)
	if a.Text("purchase", "status") != "pending_approval" || a.Text("purchase", "serviceId") != service || a.Get("purchase", "actionId") != nil {
		t.Fatalf("it is not parked: %s", a.Body)
	}
	return a
}

func (s store) expectPending(t *testing.T, parked storetest.Answer, why fault.Code) {
	t.Helper()
	if _, err := s.Shop.Approve(t.Context(), s.member(), approvalOf(parked), ""); !fault.Is(err, why) {
		t.Errorf("it is approved: %v", err)
	}
	a, err := s.Shop.Approval(t.Context(), s.member(), approvalOf(parked))
	if err != nil || a.Status != shop.ApprovalPending {
		t.Errorf("it is %s, %v", a.Status, err)
	}
}

func approvalOf(parked storetest.Answer) id.Approval {
	return id.Approval(parked.Text("purchase", "approvalId"))
}
