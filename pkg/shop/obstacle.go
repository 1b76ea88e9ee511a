package shop

import (
	"context"

	"agentstore/pkg/fault"
)

// Obstacle is what stands in the way of an open question at this moment, in the words
// in which Approve would refuse it. It is nil where nothing does, and for a question that
// is decided.
func (s *Shop) Obstacle(ctx context.Context, caller Caller, a Approval) (*fault.Error, error) {
	now := s.Now()
	if a.StatusAt(now) != ApprovalPending {
		return nil, nil
	}
	err := final(s.carryOut(ctx, caller, a, &Change{At: now}))
	if err == nil {
		return nil, nil
	}
	if refusal := fault.From(err); decided(refusal.Code) {
		return refusal, nil
	}
	return nil, err
}

// carryOut decides what an approved question asks for.
func (s *Shop) carryOut(ctx context.Context, caller Caller, a Approval, change *Change) error {
	switch {
	case a.Intent.Action == ActionRenew:
		return s.renewApproved(ctx, caller, a, change)
	case a.Purchase == "":
		return s.beginApproved(ctx, caller, a, change)
	}
	return s.buyApproved(ctx, caller, a, change)
}

// unaffordable is what stands in the way of a purchase that is parked: the limits allow
// it, and nobody can approve it before the wallet holds the price.
func (b basket) unaffordable() *fault.Error {
	if _, err := debit(b.funds, Purchase{Offer: b.offer}); fault.Is(err, fault.InsufficientFunds) {
		return fault.From(err)
	}
	return nil
}
