package shop_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/shop"
)

var errCrash = errors.New("the process dies")

func TestRefusedUnitIsRefundedOnce(t *testing.T) {
	t.Parallel()
	onEachDelivery(t, func(t *testing.T, s delivery) {
		s.refuse()
		bought := s.order(t, 1)
		s.expectLedger(t, startFunds, -unitPrice)
		unit := bought.Services[0]
		failedAt := s.Clock.Now()
		s.settleAll(t)

		s.expectLedger(t, startFunds, -unitPrice, unitPrice)
		entries, err := s.Table.Ledger(t.Context(), s.account)
		expectOK(t, err)
		expectSame(t, "refund", entries[2], shop.Entry{
			Account: s.account, Number: 3, Kind: shop.EntryRefund, Cause: "refund:" + string(unit.ID),
			Amount: cents(unitPrice), Balance: cents(startFunds), Note: "deploy-node-01 could not be delivered", At: failedAt, Agent: bought.Agent, Item: bought.Offer.Item.ID,
		})
		purchase, service := s.purchaseNow(t, bought.ID), s.serviceNow(t, unit.ID)
		expectSame(t, "purchase", purchase.Status, shop.PurchaseFailed)
		expectSame(t, "why", purchase.Failure, "The create failed: no capacity.")
		expectSame(t, "service", service.Status, shop.ServiceFailed)
		expectSame(t, "why", service.Failure, "The create failed: no capacity.")
		expectSame(t, "usable", storetest.Usable(t, service), false)
		s.verify(t)
	})
}

// Each unit is given back by itself; the others are delivered.
func TestRefundOfSomeUnits(t *testing.T) {
	t.Parallel()
	const units = 10
	for _, failing := range []int{0, 1, 3, 9, units} {
		t.Run(fmt.Sprintf("%d of %d", failing, units), func(t *testing.T) {
			t.Parallel()
			s := newDelivery(t, dynamotest.Embedded(t))
			bought := s.order(t, units)
			s.instead(shop.ActionCreate, func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
				isUnit := func(unit shop.ServiceRef) bool { return unit.ID == service.ID }
				if slices.ContainsFunc(bought.Services[:failing], isUnit) {
					return shop.Outcome{}, &shop.Refusal{Reason: "no capacity"}
				}
				return s.provider.Perform(ctx, service, job)
			})
			s.settleAll(t)

			s.expectLedger(t, slices.Concat([]int64{startFunds, -units * unitPrice}, slices.Repeat([]int64{unitPrice}, failing))...)
			purchase := s.purchaseNow(t, bought.ID)
			wantStatus := shop.PurchasePartiallyFailed
			switch failing {
			case 0:
				wantStatus = shop.PurchaseCompleted
			case units:
				wantStatus = shop.PurchaseFailed
			}
			expectSame(t, "purchase", purchase.Status, wantStatus)
			expectSame(t, "refunded", purchase.Refunded(), cents(int64(failing)*unitPrice))
			for i, unit := range purchase.Services {
				wantStatus := shop.ServiceActive
				if i < failing {
					wantStatus = shop.ServiceFailed
				}
				expectSame(t, unit.DisplayName+" failed", unit.Failed, i < failing)
				expectSame(t, unit.DisplayName, s.serviceNow(t, unit.ID).Status, wantStatus)
			}
			expectSame(t, "held", len(s.held(t)), units-failing)
			s.verify(t)
		})
	}
}

// A worker that dies after the provider's answer has written nothing, or all of
// it; another one finishes, and the money comes back once.
func TestRefundAfterACrash(t *testing.T) {
	t.Parallel()
	crash := func(operation string, _ any) error {
		if operation == "TransactWriteItems" { // a claim is a single put
			return errCrash
		}
		return nil
	}
	for _, tt := range []struct {
		name   string
		faults dynamotest.Faults
		wrote  bool
	}{
		{"before the outcome is written", dynamotest.Faults{Before: crash}, false},
		{"after the outcome is written", dynamotest.Faults{After: crash}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onEachDelivery(t, func(t *testing.T, s delivery) {
				s.refuse()
				s.order(t, 1)
				if _, err := s.faulty(tt.faults).RunDue(t.Context()); err == nil {
					t.Error("the worker did not notice its crash")
				}
				if tt.wrote {
					s.expectLedger(t, startFunds, -unitPrice, unitPrice)
				} else {
					s.expectLedger(t, startFunds, -unitPrice)
				}
				s.Work(t) // too early: the job is leased
				s.settleAll(t)
				s.expectLedger(t, startFunds, -unitPrice, unitPrice)
				s.verify(t)
			})
		})
	}
}

// Money that moves between the reading and the writing of a wallet is not lost:
// the outcome is written again, after a pause.
func TestRefundWhileTheWalletChanges(t *testing.T) {
	t.Parallel()
	const added = 500
	onEachDelivery(t, func(t *testing.T, s delivery) {
		s.refuse()
		bought := s.order(t, 1)
		var once sync.Once
		worker := s.faulty(dynamotest.Faults{Before: func(operation string, _ any) error {
			if operation == "TransactWriteItems" {
				once.Do(func() { s.Fund(t, s.account, added) })
			}
			return nil
		}})
		pauses := 0
		worker.Sleep = func(context.Context, time.Duration) error {
			pauses++
			return nil
		}
		_, err := worker.RunDue(t.Context())
		expectOK(t, err)
		expectSame(t, "pauses", pauses, 1)
		s.expectLedger(t, startFunds, -unitPrice, added, unitPrice)
		expectSame(t, "purchase", s.purchaseNow(t, bought.ID).Status, shop.PurchaseFailed)
		s.settleAll(t)
		s.expectLedger(t, startFunds, -unitPrice, added, unitPrice)
		s.verify(t)
	})
}

// Two units that fail at the same moment change one purchase and one wallet: one
// is first, and the other is not forgotten.
func TestRefundOfTwoUnitsAtOnce(t *testing.T) {
	t.Parallel()
	onEachDelivery(t, func(t *testing.T, s delivery) {
		s.refuse()
		bought := s.order(t, 2)
		due, err := s.Table.DueJobs(t.Context(), s.Clock.Now())
		expectOK(t, err)
		expectSame(t, "jobs", len(due), 2)
		var bothHaveRead, all sync.WaitGroup
		bothHaveRead.Add(2)
		for _, ref := range due {
			first := sync.OnceFunc(func() {
				bothHaveRead.Done()
				bothHaveRead.Wait()
			})
			worker := s.faulty(dynamotest.Faults{Before: func(operation string, _ any) error {
				if operation == "TransactWriteItems" {
					first()
				}
				return nil
			}})
			all.Go(func() {
				if _, err := worker.Run(t.Context(), ref); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		s.expectLedger(t, startFunds, -2*unitPrice, unitPrice, unitPrice)
		expectSame(t, "purchase", s.purchaseNow(t, bought.ID).Status, shop.PurchaseFailed)
		s.verify(t)
	})
}

// What passes is tried ten times, and costs nobody anything until it is given up.
func TestRefundAfterTheLastAttempt(t *testing.T) {
	t.Parallel()
	const attempts = 10
	s := newDelivery(t, dynamotest.Embedded(t))
	calls := 0
	s.instead(shop.ActionCreate, func(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
		calls++
		return shop.Outcome{}, errors.New("an outage")
	})
	s.order(t, 1)
	for range attempts - 1 {
		s.Work(t)
		s.Clock.Advance(5 * time.Minute)
	}
	expectSame(t, "calls", calls, attempts-1)
	s.expectLedger(t, startFunds, -unitPrice)
	s.settleAll(t)
	expectSame(t, "calls", calls, attempts)
	s.expectLedger(t, startFunds, -unitPrice, unitPrice)
	s.verify(t)
}

// An action that fails on a service that is paid and runs moves no money.
func TestNoRefundForAFailedAction(t *testing.T) {
	t.Parallel()
	s := newDelivery(t, dynamotest.Embedded(t))
	bought := s.order(t, 1)
	s.Work(t)
	s.instead(storetest.Harmless().Action, func(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
		return shop.Outcome{}, &shop.Refusal{Reason: "not today"}
	})
	unit := bought.Services[0].ID
	expectStatus(t, s.Call(t, "POST", storetest.ActionPath(unit, storetest.Harmless()), nil), 202)
	s.settleAll(t)

	s.expectLedger(t, startFunds, -unitPrice)
	service := s.serviceNow(t, unit)
	expectSame(t, "service", service.Status, shop.ServiceActive)
	expectSame(t, "why", service.Failure, fmt.Sprintf("The %s failed: not today.", storetest.Harmless().Action))
	expectSame(t, "purchase", s.purchaseNow(t, bought.ID), bought)
	s.verify(t)
}
