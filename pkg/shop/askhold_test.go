package shop_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// askAndHold has a member asked about every purchase, which holds its money meanwhile.
func askAndHold() shop.Policy {
	p := askAlways()
	p.HoldForApproval = true
	return p
}

// anEnd is a way in which a question ends, which the caller and the worker may both be
// needed for.
type anEnd struct {
	end    func(context.Context, *shop.Shop, *shop.Worker, shop.Caller, id.Approval) error
	after  time.Duration // since it was asked
	status shop.PurchaseStatus
	pays   bool
}

func ends() map[string]anEnd {
	return map[string]anEnd{
		"approved": {func(ctx context.Context, s *shop.Shop, _ *shop.Worker, by shop.Caller, a id.Approval) error {
			_, err := s.Approve(ctx, by, a, "")
			return err
		}, 0, shop.PurchaseCompleted, true},
		"denied": {func(ctx context.Context, s *shop.Shop, _ *shop.Worker, by shop.Caller, a id.Approval) error {
			_, err := s.Deny(ctx, by, a, "")
			return err
		}, 0, shop.PurchaseDenied, false},
		"denied with all others": {func(ctx context.Context, s *shop.Shop, _ *shop.Worker, by shop.Caller, _ id.Approval) error {
			_, err := s.DenyAll(ctx, by, by.Agent, "")
			return err
		}, 0, shop.PurchaseDenied, false},
		"over": {func(ctx context.Context, _ *shop.Shop, w *shop.Worker, _ shop.Caller, _ id.Approval) error {
			return w.SettleHolds(ctx)
		}, 24 * time.Hour, shop.PurchaseExpired, false},
	}
}

// eachEnd runs a test for each way in which a question ends, and for wallets that are
// direct and that hold.
func eachEnd(t *testing.T, run func(*testing.T, *storetest.Store, shop.Purchase, anEnd)) {
	t.Helper()
	for name, end := range ends() {
		for _, road := range []string{"direct", "held"} {
			t.Run(name+", "+road, func(t *testing.T) {
				t.Parallel()
				onEachAndAWS(t, storetest.Options{NoKick: true, Funds: startFunds}, func(t *testing.T, s *storetest.Store) {
					setPolicy(t, s, s.Agent.Account(), "", askAndHold())
					if road == "held" {
						s.Hold(t, s.Agent)
					}
					p := park(t, s, "k")
					s.Clock.Advance(end.after)
					run(t, s, p, end)
				})
			})
		}
	}
}

// expectMoney expects what is free, what is held, and what both budgets count.
func expectMoney(t *testing.T, s *storetest.Store, free, held, spent int64, live int) {
	t.Helper()
	w, questions, err := s.Shop.WalletAndQuestions(t.Context(), aMember(s))
	expectOK(t, err)
	expectSame(t, "free", w.Free().Minor, free)
	expectSame(t, "held", w.OnHold().Minor+questions, held)
	for _, of := range []id.Agent{"", s.Agent} {
		b, err := s.Table.Budget(t.Context(), s.Agent.Account(), of)
		expectOK(t, err)
		expectSame(t, "spent", b.Spending.Sum("usd").TotalMinor, spent)
		expectSame(t, "live", b.Spending.LiveServices, live)
	}
}

// A question takes its money when it is asked, and when it ends gives it back unless it
// is approved: then nothing moves any more.
func TestQuestionHoldsItsMoney(t *testing.T) {
	t.Parallel()
	eachEnd(t, func(t *testing.T, s *storetest.Store, p shop.Purchase, end anEnd) {
		expectMoney(t, s, startFunds-unitPrice, unitPrice, unitPrice, 1)
		expectSound(t, s, s.Agent.Account())
		expectOK(t, end.end(t.Context(), s.Shop, s.Worker, aMember(s), p.Approval.ID))
		again, err := s.Table.Purchase(t.Context(), p.Account, p.ID)
		expectOK(t, err)
		expectSame(t, "status", again.Status, end.status)
		if end.pays {
			expectMoney(t, s, startFunds-unitPrice, 0, unitPrice, 1)
			expectEntries(t, s, 2)
			expectStock(t, s, 1, 1)
		} else {
			expectMoney(t, s, startFunds, 0, 0, 0)
			expectEntries(t, s, 3)
			expectStock(t, s, 1, 0)
		}
		expectSound(t, s, s.Agent.Account())
		_, err = s.Shop.Approve(t.Context(), aMember(s), p.Approval.ID, "")
		expectSame(t, "approved again", codeOf(err), fault.ApprovalDecided)
		expectOK(t, s.Worker.SettleHolds(t.Context()))
		expectSound(t, s, s.Agent.Account())
	})
}

// Wherever a process dies while a question ends, it ends once, by whoever comes next.
func TestCrashAtTheEndOfAQuestion(t *testing.T) {
	t.Parallel()
	for _, crash := range []func(int) dynamotest.Faults{before, after} {
		for nth := range 6 {
			t.Run(fmt.Sprint("write ", nth+1), func(t *testing.T) {
				t.Parallel()
				for name, end := range ends() {
					for _, road := range []string{"direct", "held"} {
						crashAtTheEnd(t, name+", "+road, road == "held", end, crash(nth+1))
					}
				}
			})
		}
	}
}

func crashAtTheEnd(t *testing.T, name string, held bool, end anEnd, faults dynamotest.Faults) {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: startFunds})
	setPolicy(t, s, s.Agent.Account(), "", askAndHold())
	if held {
		s.Hold(t, s.Agent)
	}
	p := park(t, s, "k")
	s.Clock.Advance(end.after)
	table := dynamo.New(s.Engine.With(faults.Inject), s.Name)
	dying, worker := *s.Shop, *s.Worker
	dying.Store, worker.Store = table, table
	dying.Sleep = func(context.Context, time.Duration) error { return context.Canceled } // it has died
	worker.Sleep = dying.Sleep
	_ = end.end(t.Context(), &dying, &worker, aMember(s), p.Approval.ID)
	for range 3 {
		s.Clock.Advance(time.Minute)
		expectOK(t, s.Worker.SettleHolds(t.Context()))
	}
	if err := end.end(t.Context(), s.Shop, s.Worker, aMember(s), p.Approval.ID); err != nil {
		expectSame(t, name, codeOf(err), fault.ApprovalDecided)
	}
	again, err := s.Table.Purchase(t.Context(), p.Account, p.ID)
	expectOK(t, err)
	expectSame(t, name, again.Status, end.status)
	paid := int64(0)
	if end.pays {
		paid = unitPrice
	}
	expectMoney(t, s, startFunds-paid, 0, paid, int(paid/unitPrice))
	expectSound(t, s, s.Agent.Account())
}

// Of those who approve and deny, and of the worker by whose clock it is over, one ends
// it.
func TestQuestionEndsOnce(t *testing.T) {
	t.Parallel()
	for _, road := range []string{"direct", "held"} {
		t.Run(road, func(t *testing.T) {
			t.Parallel()
			onEachAndAWS(t, storetest.Options{NoKick: true, Funds: startFunds}, func(t *testing.T, s *storetest.Store) {
				setPolicy(t, s, s.Agent.Account(), "", askAndHold())
				if road == "held" {
					s.Hold(t, s.Agent)
				}
				p := park(t, s, "k")
				ahead := *s.Worker
				ahead.Store, ahead.Now = s.Shop.Store.(shop.JobStore), func() time.Time { return s.Clock.Now().Add(24 * time.Hour) }
				expire := func(ctx context.Context, _ shop.Caller, approval id.Approval, _ string) (shop.Decided, error) {
					_ = ahead.SettleHolds(ctx)
					a, err := s.Table.Approval(ctx, s.Agent.Account(), approval)
					return shop.Decided{Approval: a}, err
				}
				counts := allDecide(t, s, p.Approval.ID, s.Shop.Approve, s.Shop.Deny, expire)
				expectOK(t, s.Worker.SettleHolds(t.Context()))
				a, err := s.Table.Approval(t.Context(), s.Agent.Account(), p.Approval.ID)
				expectOK(t, err)
				switch a.Status {
				case shop.ApprovalApproved:
					expectMoney(t, s, startFunds-unitPrice, 0, unitPrice, 1)
				case shop.ApprovalDenied, shop.ApprovalExpired:
					expectMoney(t, s, startFunds, 0, 0, 0)
				default:
					t.Errorf("it is %s: %v", a.Status, counts)
				}
				for _, code := range slices.Sorted(maps.Keys(counts)) {
					if code == string(shop.ApprovalApproved) && a.Status != shop.ApprovalApproved || code == string(shop.ApprovalDenied) && a.Status != shop.ApprovalDenied {
						t.Errorf("it is %s, and others heard %v", a.Status, counts)
					}
				}
				expectSound(t, s, s.Agent.Account())
			})
		})
	}
}

// What questions hold counts against the limits and the wallet, and no more once they
// have ended; what is counted once needs no room again.
func TestHeldQuestionsCount(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: 3 * unitPrice})
	policy := askAndHold()
	policy.Limits[0].PerDay = new(int64(2 * unitPrice))
	setPolicy(t, s, s.Agent.Account(), "", askAndHold())
	setPolicy(t, s, s.Agent.Account(), s.Agent, policy)
	first, second := park(t, s, "1"), park(t, s, "2")
	order := storetest.Order()
	refused := func(key string, want fault.Code) {
		t.Helper()
		order["idempotencyKey"] = key
		expectSame(t, "a third", s.Call(t, "POST", storetest.Purchases, order).Code(), string(want))
	}
	refused("limit", fault.SpendLimitExceeded)
	policy.Limits[0].PerDay = nil
	setPolicy(t, s, s.Agent.Account(), s.Agent, policy)
	order["quantity"] = 2
	refused("wallet", fault.InsufficientFunds)

	policy.Limits[0].PerDay = new(int64(0)) // what is counted stays so
	setPolicy(t, s, s.Agent.Account(), s.Agent, policy)
	approve := func(p shop.Purchase, want fault.Code) {
		t.Helper()
		a, err := s.Table.Approval(t.Context(), p.Account, p.Approval.ID)
		expectOK(t, err)
		obstacle, err := s.Shop.Obstacle(t.Context(), aMember(s), a)
		expectOK(t, err)
		if want != "" && (obstacle == nil || obstacle.Code != want) || want == "" && obstacle != nil {
			t.Errorf("beforehand it says %v, want %q", obstacle, want)
		}
		_, err = s.Shop.Approve(t.Context(), aMember(s), p.Approval.ID, "")
		expectSame(t, "approved", codeOf(err), want)
	}
	policy.Frozen = true
	setPolicy(t, s, s.Agent.Account(), s.Agent, policy)
	approve(first, fault.PolicyViolation)
	policy.Frozen = false
	setPolicy(t, s, s.Agent.Account(), s.Agent, policy)
	approve(first, "")
	s.Hold(t, s.Agent) // and where the budgets hold
	approve(second, "")
	expectMoney(t, s, unitPrice, 0, 2*unitPrice, 2)
	expectSound(t, s, s.Agent.Account())
}

// What was counted when it was asked about, and cannot be delivered days later, is taken
// off where it was counted.
func TestHeldQuestionThatIsNotDelivered(t *testing.T) {
	t.Parallel()
	onEachAndAWS(t, storetest.Options{NoKick: true, Funds: startFunds}, func(t *testing.T, s *storetest.Store) {
		setPolicy(t, s, s.Agent.Account(), "", askAndHold())
		s.Clock.Advance(20 * time.Hour)
		p := park(t, s, "k")
		s.Clock.Advance(23 * time.Hour) // the month is another
		_, err := s.Shop.Approve(t.Context(), aMember(s), p.Approval.ID, "")
		expectOK(t, err)
		expectSound(t, s, s.Agent.Account())
		for kind := range s.Worker.Fulfilments {
			s.Worker.Fulfilments[kind] = refusing{}
		}
		s.Work(t)
		expectMoney(t, s, startFunds, 0, 0, 0)
		expectSound(t, s, s.Agent.Account())
	})
}

// refusing delivers nothing.
type refusing struct{}

// Perform refuses for good.
func (refusing) Perform(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
	return shop.Outcome{}, &shop.Refusal{Reason: "no capacity"}
}

// A question that is over holds its money until the worker comes, whatever is asked
// meanwhile.
func TestHeldQuestionThatIsOver(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: startFunds})
	setPolicy(t, s, s.Agent.Account(), "", askAndHold())
	park(t, s, "1")
	s.Clock.Advance(24 * time.Hour)
	open := park(t, s, "2")
	expectMoney(t, s, startFunds-2*unitPrice, 2*unitPrice, 2*unitPrice, 2)
	expectOK(t, s.Worker.SettleHolds(t.Context()))
	expectMoney(t, s, startFunds-unitPrice, unitPrice, unitPrice, 1)
	_, err := s.Shop.Deny(t.Context(), aMember(s), open.Approval.ID, "")
	expectOK(t, err)
	expectMoney(t, s, startFunds, 0, 0, 0)
	expectSound(t, s, s.Agent.Account())
}

// A freeze that comes while a member approves binds, although no money moves any more.
func TestFreezeWhileAHeldQuestionIsApproved(t *testing.T) {
	t.Parallel()
	for _, layer := range []string{"account", "agent"} {
		for _, road := range []string{"direct", "held"} {
			t.Run(layer+", "+road, func(t *testing.T) {
				t.Parallel()
				s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: startFunds})
				setPolicy(t, s, s.Agent.Account(), "", askAndHold())
				if road == "held" {
					s.Hold(t, s.Agent)
				}
				p := park(t, s, "k")
				frozen := askAndHold()
				frozen.Frozen = true
				of := map[string]id.Agent{"account": "", "agent": s.Agent}[layer]
				var once sync.Once
				faults := dynamotest.Faults{Before: func(operation string, _ any) error {
					if operation != "GetItem" {
						once.Do(func() { setPolicy(t, s, s.Agent.Account(), of, frozen) })
					}
					return nil
				}}
				slow := *s.Shop
				slow.Store = dynamo.New(s.Engine.With(faults.Inject), s.Name)
				_, err := slow.Approve(t.Context(), aMember(s), p.Approval.ID, "")
				expectSame(t, "approved while it is frozen", codeOf(err), fault.PolicyViolation)
				expectMoney(t, s, startFunds-unitPrice, unitPrice, unitPrice, 1)
				expectSound(t, s, s.Agent.Account())
			})
		}
	}
}
