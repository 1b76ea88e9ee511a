package shop_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// counted counts the calls of the mock provider, and what it holds.
type counted struct {
	calls
	storetest.Provider
}

// atMock lets the store's services be made by the mock provider.
func (s *store) atMock() *counted {
	c := &counted{Provider: s.Provider()}
	s.fulfil(c.of(c.Perform))
	return c
}

func (c *counted) expect(t *testing.T, calls, held int) {
	t.Helper()
	expectSame(t, "calls of the provider", c.Load(), int64(calls))
	found, err := c.Holdings(t.Context())
	expectOK(t, err)
	expectSame(t, "held by the provider", len(found), held)
}

// before and after make the nth write of a worker fail: the first is its claim,
// the second the outcome.
func before(nth int) dynamotest.Faults { return dynamotest.Faults{Before: nthWrite(nth)} }

func after(nth int) dynamotest.Faults { return dynamotest.Faults{After: nthWrite(nth)} }

func nthWrite(nth int) func(string, any) error {
	var writes atomic.Int64
	return func(operation string, _ any) error {
		if operation == "GetItem" {
			return nil
		}
		if writes.Add(1) == int64(nth) {
			return errOutage
		}
		return nil
	}
}

// A worker that dies is replaced when its lease has run out, and what it did is
// not done twice: it may die before it has written that down, or after that and
// before it knows.
func TestCrashOfAWorker(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fault           func(int) dynamotest.Faults
		nth             int
		status          shop.JobStatus // after the crash
		calls           int            // of the provider, until the crash
		held            int            // by the provider, after the crash
		leased          bool
		callsAltogether int
	}{
		"before the claim":   {before, 1, shop.JobDue, 0, 0, false, 1},
		"after the claim":    {after, 1, shop.JobDue, 0, 0, true, 1},
		"before the outcome": {before, 2, shop.JobDue, 1, 1, true, 2},
		"after the outcome":  {after, 2, shop.JobDone, 1, 1, true, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
				s := newStoreOn(t, engine, nil)
				provider := s.atMock()
				ref, serviceID := s.oneJob(t)
				_, err := s.workerWith(test.fault(test.nth)).Run(t.Context(), ref)
				expectFailure(t, err)
				expectSame(t, "job", s.job(t, ref).Status, test.status)
				provider.expect(t, test.calls, test.held)
				if test.leased {
					s.Clock.Advance(lease - time.Millisecond)
					s.Work(t)
					provider.expect(t, test.calls, test.held)
					s.Clock.Advance(time.Millisecond)
				}
				s.Work(t)
				provider.expect(t, test.callsAltogether, 1)
				expectSame(t, "job", s.job(t, ref).Status, shop.JobDone)
				service := s.service(t, serviceID)
				expectSame(t, "status", service.Status, shop.ServiceActive)
				expectSame(t, "address", storetest.Address(t, service), "198.51.100.42")
			})
		})
	}
}

func expectFailure(t *testing.T, err error) {
	t.Helper()
	if !fault.Is(err, fault.ProviderUnavailable) {
		t.Errorf("the error is %v", err)
	}
}

// An action whose outcome was lost is not begun a second time.
func TestCrashDuringAnAction(t *testing.T) {
	t.Parallel()
	s := newStore(t, nil)
	provider := s.atMock()
	created, serviceID := s.oneJob(t)
	s.Work(t)
	expectSame(t, "create", s.job(t, created).Status, shop.JobDone)

	provider.Mock.Latency = time.Minute
	ref := s.act(t, serviceID, storetest.Harmless())
	_, err := s.workerWith(before(2)).Run(t.Context(), ref)
	expectFailure(t, err)
	s.Clock.Advance(lease) // in which the action is done
	s.Work(t)
	expectSame(t, "action", s.job(t, ref).Status, shop.JobDone)
	expectSame(t, "usable", storetest.Usable(t, s.service(t, serviceID)), true)
}

// A worker that outlives its lease cannot overwrite what its successor found.
func TestLeaseRunsOut(t *testing.T) {
	t.Parallel()
	for name, late := range map[string]perform{"success": works, "refusal": refuses, "failure": fails} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
				s := newStoreOn(t, engine, nil)
				ref, serviceID := s.oneJob(t)
				slow := *s.Worker
				slow.Fulfilments = map[string]shop.Fulfilment{storetest.ServiceType: perform(func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
					s.Clock.Advance(lease)
					s.atMock()
					s.Work(t)
					return late(ctx, service, job)
				})}
				again, err := slow.Run(t.Context(), ref)
				expectOK(t, err)
				expectSame(t, "again after", again, 0)
				job, service := s.job(t, ref), s.service(t, serviceID)
				expectSame(t, "job", job.Status, shop.JobDone)
				expectSame(t, "attempts", job.Attempts, 2)
				expectSame(t, "status", service.Status, shop.ServiceActive)
				expectSame(t, "address", storetest.Address(t, service), "198.51.100.42")
				expectSame(t, "purchase", s.purchase(t, service.Purchase).Status, shop.PurchaseCompleted)
			})
		})
	}
}
