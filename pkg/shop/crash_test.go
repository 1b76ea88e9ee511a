package shop_test

import (
	"context"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
)

// machines counts the calls and the servers of the mock provider.
type machines struct {
	calls
	*mock.Provider
}

// atMock lets the store's servers be made by the mock provider.
func (s *store) atMock() *machines {
	m := &machines{Provider: &mock.Provider{Documents: dynamo.Documents{Table: s.Table}, Now: s.Clock.Now}}
	s.fulfil(m.of(server.Fulfilment{Provider: m.Provider}.Perform))
	return m
}

func (m *machines) expect(t *testing.T, calls, servers int) {
	t.Helper()
	expectSame(t, "calls of the provider", m.Load(), int64(calls))
	found, err := m.List(t.Context())
	expectOK(t, err)
	expectSame(t, "servers at the provider", len(found), servers)
}

// before and after make the nth write of a worker fail: the first is its claim,
// the second the outcome.
func before(nth int) dynamotest.Faults { return dynamotest.Faults{Before: nthWrite(nth)} }

func after(nth int) dynamotest.Faults { return dynamotest.Faults{After: nthWrite(nth)} }

func nthWrite(nth int) func(string, any) error {
	writes := 0
	return func(operation string, _ any) error {
		if operation == "GetItem" {
			return nil
		}
		if writes++; writes == nth {
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
		servers         int            // at the provider, after the crash
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
				provider.expect(t, test.calls, test.servers)
				if test.leased {
					s.Clock.Advance(lease - time.Millisecond)
					s.Work(t)
					provider.expect(t, test.calls, test.servers)
					s.Clock.Advance(time.Millisecond)
				}
				s.Work(t)
				provider.expect(t, test.callsAltogether, 1)
				expectSame(t, "job", s.job(t, ref).Status, shop.JobDone)
				service := s.service(t, serviceID)
				expectSame(t, "status", service.Status, shop.ServiceActive)
				expectSame(t, "address", service.Server.PublicIPv4, "198.51.100.42")
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

// A restart whose outcome was lost is not begun a second time.
func TestCrashDuringRestart(t *testing.T) {
	t.Parallel()
	s := newStore(t, nil)
	provider := s.atMock()
	created, serviceID := s.oneJob(t)
	s.Work(t)
	expectSame(t, "create", s.job(t, created).Status, shop.JobDone)

	provider.Latency = time.Minute
	ref := s.act(t, serviceID, shop.Intent{Type: shop.ActionRestart})
	_, err := s.workerWith(before(2)).Run(t.Context(), ref)
	expectFailure(t, err)
	s.Clock.Advance(lease) // in which the restart is done
	s.Work(t)
	expectSame(t, "restart", s.job(t, ref).Status, shop.JobDone)
	expectSame(t, "power", s.service(t, serviceID).Server.PowerState, shop.PowerRunning)
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
				slow.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: perform(func(ctx context.Context, service shop.Service, job shop.Job) (shop.Service, error) {
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
				expectSame(t, "address", service.Server.PublicIPv4, "198.51.100.42")
				expectSame(t, "purchase", s.purchase(t, service.Purchase).Status, shop.PurchaseCompleted)
			})
		})
	}
}
