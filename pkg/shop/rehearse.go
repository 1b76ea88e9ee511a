package shop

import (
	"context"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Rehearsal is what a purchase would come to if it were made at that moment.
type Rehearsal struct {
	Outcome Forecast
	// Reason says why, in words for people and models.
	Reason string
	// Offer and Check are nil where there is nothing to offer.
	Offer  *Offer
	Check  *SpendCheck
	Wallet Wallet
	// Refusal is what the purchase would be refused with; nil for another outcome.
	Refusal *fault.Error
	// Earlier is the purchase that the idempotency key belongs to; empty for a key that
	// is free.
	Earlier id.Purchase
}

// Forecast is how a purchase would end.
type Forecast string

// The forecasts of a rehearsal.
const (
	ForecastCompleted Forecast = "completed"
	// ForecastApproval parks the purchase until a member has decided.
	ForecastApproval Forecast = "pending_approval"
	// ForecastConfirmation has the agent's own client ask whoever is in front of it.
	ForecastConfirmation Forecast = "pending_confirmation"
	ForecastRefused      Forecast = "refused"
	// ForecastReplayed gives the first answer of the idempotency key again.
	ForecastReplayed Forecast = "replayed"
)

// RehearseQuote decides BuyQuote and writes nothing. What would refuse the purchase is
// part of the rehearsal; it returns the errors that are about the request itself:
// invalid input, and what is not found.
func (s *Shop) RehearseQuote(ctx context.Context, caller Caller, quoteID id.Quote, repeated Repeated, request Request[Bought]) (Rehearsal, error) {
	return s.rehearse(ctx, caller, request, s.quotedBy(ctx, caller, quoteID, repeated))
}

// RehearseItem is RehearseQuote for BuyItem.
func (s *Shop) RehearseItem(ctx context.Context, caller Caller, order Order, request Request[Bought]) (Rehearsal, error) {
	return s.rehearse(ctx, caller, request, s.ordered(ctx, caller, order))
}

func (s *Shop) rehearse(ctx context.Context, caller Caller, request Request[Bought], choose choice) (Rehearsal, error) {
	var (
		record  Record
		found   bool
		b       basket
		refusal error
	)
	err := parallel(
		func() error { return caller.Confirm(ctx) },
		func() (err error) {
			record, found, err = s.record(ctx, caller.recordKey(request.Operation, request.Key))
			return err
		},
		func() error {
			b, refusal = s.fill(ctx, caller, request, choose)
			return nil
		},
	)
	if err != nil {
		return Rehearsal{}, err
	}
	r := Rehearsal{Wallet: b.funds}
	if found {
		_, conflict := replay(record, request)
		return r.again(record, conflict), nil
	}
	if b, err = s.undecided(ctx, b); err != nil {
		return Rehearsal{}, err
	}
	return r.decide(s, caller, b, request.Interactive, refusal)
}

// again is the rehearsal of a request whose key has a record, which may be of another
// request: then there is a conflict.
func (r Rehearsal) again(record Record, conflict error) Rehearsal {
	if conflict != nil {
		return r.refused(fault.From(conflict))
	}
	r.Outcome, r.Earlier = ForecastReplayed, id.Purchase(record.Subject)
	r.Reason = "The idempotency key belongs to a purchase with the same arguments: its first answer comes again, and nothing is bought."
	return r
}

// decide is the rehearsal of a new request, which may be refused before it is decided.
func (r Rehearsal) decide(s *Shop, caller Caller, b basket, interactive bool, refusal error) (Rehearsal, error) {
	var d decision[Bought]
	if refusal == nil {
		d, refusal = s.purchase(caller, b, interactive)
	}
	if b.offer.Quantity > 0 {
		check, err := s.check(b.offer, b.bounds, s.Now())
		if err != nil {
			return Rehearsal{}, err
		}
		check.protect(caller, b.offer, b.service)
		r.Offer, r.Check = &b.offer, &check
	}
	switch {
	case fault.Is(refusal, fault.ApprovalRequired):
		r.Outcome, r.Reason = ForecastConfirmation, fault.From(refusal).Detail
	case refusal != nil && !decided(fault.From(refusal).Code):
		return Rehearsal{}, refusal
	case fault.Is(refusal, fault.NotFound):
		return Rehearsal{}, refusal
	case refusal != nil:
		return r.refused(fault.From(refusal)), nil
	case d.result.Purchase.Status == PurchasePendingApproval:
		r.Outcome, r.Reason = ForecastApproval, r.Check.why()
		if o := d.result.Obstacle; o != nil {
			r.Reason += " It cannot be approved yet. " + o.Detail
		}
	default:
		r.Outcome = ForecastCompleted
		r.Reason = "The wallet holds the price, and no policy stands against it."
	}
	return r, nil
}

func (r Rehearsal) refused(e *fault.Error) Rehearsal {
	r.Outcome, r.Reason, r.Refusal = ForecastRefused, e.Detail, e
	return r
}
