package shop_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/shop"
)

// A provider may say no and have made it all the same. What it made is deleted
// once nobody can hold the lease of the create any longer.
func TestWhatAFailedCreateLeavesIsDeleted(t *testing.T) {
	t.Parallel()
	onEachDelivery(t, func(t *testing.T, s delivery) {
		s.instead(shop.ActionCreate, func(ctx context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
			if _, err := s.provider.Perform(ctx, service, job); err != nil {
				t.Error(err)
			}
			return shop.Outcome{}, &shop.Refusal{Reason: "no capacity"}
		})
		unit := s.order(t, 1).Services[0].ID
		failedAt := s.Clock.Now()
		s.Work(t)
		key := shop.ServiceKey{Account: s.account, Service: unit}
		expectSame(t, "held", s.held(t), []shop.ServiceKey{key})
		expectSame(t, "delete job", s.jobNow(t, s.deleteRef(unit)), shop.Job{
			ID: s.deleteRef(unit).Job, Account: s.account, Version: 1, Service: unit, ServiceType: storetest.ServiceType,
			Intent: shop.Intent{Action: shop.ActionDelete}, Status: shop.JobDue, DueAt: failedAt.Add(leaseTime), CreatedAt: failedAt.Add(leaseTime),
		})

		s.Clock.Advance(leaseTime - time.Millisecond)
		s.Work(t)
		expectSame(t, "held within the lease", s.held(t), []shop.ServiceKey{key})
		failed := s.serviceNow(t, unit)
		s.Clock.Advance(time.Millisecond)
		s.Work(t)
		expectSame(t, "held after the lease", s.held(t), []shop.ServiceKey{})
		expectSame(t, "addresses", s.addresses(t), 0)
		expectSame(t, "delete job", s.jobNow(t, s.deleteRef(unit)).Status, shop.JobDone)
		expectSame(t, "service", s.serviceNow(t, unit), failed)
		s.verify(t)
	})
}

func TestDeletionOfNothing(t *testing.T) {
	t.Parallel()
	s := newDelivery(t, dynamotest.Embedded(t))
	s.refuse()
	unit := s.order(t, 1).Services[0].ID
	s.Work(t)
	s.Clock.Advance(leaseTime)
	s.Work(t)
	job := s.jobNow(t, s.deleteRef(unit))
	expectSame(t, "status", job.Status, shop.JobDone)
	expectSame(t, "attempts", job.Attempts, 1)
}

// A delete that fails in passing is tried again, and one that is refused ends:
// the service had failed before, and stays as it is.
func TestDeletionThatFails(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		err      error
		attempts int
	}{
		{"in passing", errors.New("an outage"), 10},
		{"for good", &shop.Refusal{Reason: "protected"}, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newDelivery(t, dynamotest.Embedded(t))
			s.refuse()
			unit := s.order(t, 1).Services[0].ID
			s.Work(t)
			failed := s.serviceNow(t, unit)
			s.instead(shop.ActionDelete, func(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
				return shop.Outcome{}, tt.err
			})
			s.settleAll(t)
			job := s.jobNow(t, s.deleteRef(unit))
			expectSame(t, "status", job.Status, shop.JobFailed)
			expectSame(t, "attempts", job.Attempts, tt.attempts)
			expectSame(t, "cause", job.LastError, tt.err.Error())
			expectSame(t, "service", s.serviceNow(t, unit), failed)
			s.expectLedger(t, startFunds, -unitPrice, unitPrice)
		})
	}
}
