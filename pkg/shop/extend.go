package shop

import (
	"cmp"
	"context"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
)

// Extension is a lease that ends later, and what the service costs until then.
type Extension struct {
	Service Service
	// Charges are the renewals until the new end, at the present price. Nothing is due for
	// the extension itself.
	Charges Charges
	// Refund is what comes back at the new end, in the minor unit: nothing where the last
	// renewal pays until then.
	Refund int64
}

// Extend moves the end of a service's lease to a later one; without OnExpiry in the order
// the service ends as before. A service that its lease has stopped goes on. It returns
// not_found, invalid_input, service_not_ready, policy_violation, precondition_failed and
// idempotency_conflict.
func (s *Shop) Extend(ctx context.Context, caller Caller, serviceID id.Service, order LeaseOrder, request Request[Extension]) (Response, error) {
	return write(ctx, s, caller, request, func() (decision[Extension], error) {
		x, err := s.extending(ctx, caller, serviceID)
		if err != nil {
			return decision[Extension]{}, err
		}
		now := s.Now()
		d := decision[Extension]{subject: string(serviceID), keepFor: RecordLifetime}
		if d.result, err = x.decide(order, now); err != nil {
			return decision[Extension]{}, err
		}
		if caller.IsAgent() {
			d.seat = &x.bounds[1]
		}
		d.change.Services = []Service{d.result.Service}
		d.change.Budgets, err = x.unchanged(now)
		return d, err
	})
}

// RehearseExtension decides Extend, and writes nothing.
func (s *Shop) RehearseExtension(ctx context.Context, caller Caller, serviceID id.Service, order LeaseOrder) (Extension, error) {
	var x extending
	err := parallel(
		func() error { return caller.Confirm(ctx) },
		func() (err error) { x, err = s.extending(ctx, caller, serviceID); return err },
	)
	if err != nil {
		return Extension{}, err
	}
	return x.decide(order, s.Now())
}

// extending is everything that an extension is decided by. The first of its bounds is the
// account's, and the next that of the agent who asks. Where this is not the agent who has
// bought the service, its bound is the third: what is demanded of a purchase holds
// whichever agent extends it. A member may.
type extending struct {
	service Service
	bounds  []Budget
}

func (s *Shop) extending(ctx context.Context, caller Caller, serviceID id.Service) (x extending, err error) {
	var both Budgets
	err = parallel(
		func() (err error) { both, err = budgets(ctx, s.Store, caller.Agent); return err },
		func() (err error) { x.service, err = s.Service(ctx, caller, serviceID); return err },
	)
	if err == nil {
		err = caller.expects(x.service)
	}
	x.bounds = []Budget{both.Account, both.Agent}
	if buyer := x.service.Agent; err == nil && caller.IsAgent() && buyer != caller.Agent {
		var bound Budget
		bound, err = budget(ctx, s.Store, caller.Account, buyer)
		x.bounds = append(x.bounds, bound)
	}
	return x, err
}

// decide is the extension, or why there is none.
func (x extending) decide(order LeaseOrder, now time.Time) (Extension, error) {
	service := x.service
	if err := service.extendable(now); err != nil {
		return Extension{}, err
	}
	if err := order.check(now); err != nil {
		return Extension{}, err
	}
	lease := Lease{ExpiresAt: order.ends(now), OnExpiry: cmp.Or(order.OnExpiry, service.Lease.OnExpiry)}
	if err := service.reaches(lease, order.param()); err != nil {
		return Extension{}, err
	}
	if err := x.allow(lease, now); err != nil {
		return Extension{}, err
	}
	stopped := service.Lease.IsExpired()
	service.Lease = &lease
	service = service.changed(now)
	if stopped && !service.DueAt.IsZero() {
		service.DueAt = now // it goes on at once
	}
	e := Extension{Service: service, Charges: service.charges(lease.ExpiresAt, now)}
	if e.Charges.Count == 0 && lease.OnExpiry == ExpiryDelete {
		e.Refund = service.Bill.unused(lease.ExpiresAt)
	}
	return e, nil
}

// extendable refuses to extend what has no lease, or has ended with it.
func (s Service) extendable(now time.Time) error {
	switch {
	case s.Status.Ended():
		return fault.New(fault.ServiceNotReady, "The service %s is %s: its lease cannot be extended.", s.ID, s.Status).
			Fix("Buy another one with quote_create and purchase_create.")
	case s.Lease == nil:
		return fault.New(fault.ServiceNotReady, "The service %s has no lease: it lives as long as it is paid.", s.ID).
			Fix("Leave it: it is renewed by itself. To end it, use service_cancel.")
	case s.Lease.expires(now) && s.Lease.OnExpiry == ExpiryDelete:
		return fault.New(fault.ServiceNotReady, "The lease of the service %s ended at %s: it is about to be deleted.", s.ID, s.Lease.ExpiresAt.Format(time.RFC3339)).
			Fix("Buy another one with quote_create and purchase_create.")
	}
	return nil
}

// reaches refuses a lease that ends no later than the present one, and one whose end the
// service would not live to see.
func (s Service) reaches(lease Lease, param string) error {
	switch {
	case !lease.ExpiresAt.After(s.Lease.ExpiresAt):
		return fault.InvalidParam(param, "must be after %s, when the lease ends now", s.Lease.ExpiresAt.Format(time.RFC3339)).
			Fix("Send a later %s. To end the service earlier, use service_cancel.", param)
	case s.Bill.Ends && lease.ExpiresAt.After(s.Bill.PaidUntil):
		return fault.New(fault.ServiceNotReady, "The service %s is not renewed: it ends at %s, before the new end of its lease.", s.ID, s.Bill.PaidUntil.Format(time.RFC3339)).
			Fix("Call service_renewal_set with autoRenew true, then extend it.")
	}
	return nil
}

// allow checks the policies.
func (x extending) allow(lease Lease, now time.Time) error {
	var check SpendCheck
	for i, bound := range x.bounds {
		c := checker{layer: LayerAccount, budget: bound, now: now}
		if i > 0 {
			c.layer = LayerAgent
		}
		c.extension(x.service, lease)
		check.Checks = append(check.Checks, c.checks...)
	}
	return check.err()
}

// extension checks that nothing is frozen, and that what was bought does not live too
// long. That counts from the purchase: otherwise a lease of a day, extended every day,
// would never end.
func (c *checker) extension(s Service, lease Lease) {
	p := c.budget.Policy
	if p.Frozen {
		c.add(Check{Rule: RuleFrozen})
	}
	if p.MaxLease == (period.Period{}) {
		return
	}
	latest := p.MaxLease.After(s.CreatedAt)
	ends := lease.OnExpiry == ExpiryDelete && !lease.ExpiresAt.After(latest)
	c.add(Check{Rule: RuleLease, Passed: ends, Allowed: []string{p.MaxLease.String()}, Latest: latest})
}

// unchanged replaces the bounds, which so are as they were read until the commit.
func (x extending) unchanged(now time.Time) ([]Budget, error) {
	nothing := money.Money{Currency: x.service.Bill.Renewal.Currency}
	same := make([]Budget, len(x.bounds))
	for i, bound := range x.bounds {
		var err error
		if same[i], err = bound.spend(nothing, 0, now); err != nil {
			return nil, err
		}
	}
	return same, nil
}
