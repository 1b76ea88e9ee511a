package api

import (
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/period"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

// leasePattern is simple, to keep the list of tools short; package period has the whole rule.
const leasePattern = "^P[0-9YMWDTHS]+$"

func expiresAfterField() schema.Field {
	return schema.Optional("expiresAfter", schema.Pattern("How long it lives, ISO 8601.", leasePattern, 40))
}

func expiresAtField() schema.Field {
	return schema.Optional("expiresAt", schema.Format("Or until when.", "date-time", 64))
}

func onExpiryField() schema.Field {
	return schema.Optional("onExpiry", schema.Enum("Then; delete if absent.", string(shop.ExpiryStop), string(shop.ExpiryDelete)))
}

type leaseArguments struct {
	ExpiresAfter string        `json:"expiresAfter"`
	ExpiresAt    *time.Time    `json:"expiresAt"`
	OnExpiry     shop.OnExpiry `json:"onExpiry"`
}

// lease is what is asked for; nil for nothing. It returns invalid_input.
func (a leaseArguments) lease() (*shop.LeaseOrder, error) {
	const either = "Send expiresAfter or expiresAt, with onExpiry if you want another end than its deletion."
	switch {
	case a.ExpiresAfter != "" && a.ExpiresAt != nil:
		return nil, fault.InvalidParam("$.expiresAt", "must be left out where expiresAfter is given").Fix(either)
	case a.ExpiresAfter == "" && a.ExpiresAt == nil && a.OnExpiry != "":
		return nil, fault.InvalidParam("$.onExpiry", "needs expiresAfter or expiresAt").Fix(either)
	case a.ExpiresAfter == "" && a.ExpiresAt == nil:
		return nil, nil
	}
	order := &shop.LeaseOrder{OnExpiry: a.OnExpiry}
	if a.OnExpiry == "" {
		order.OnExpiry = shop.ExpiryDelete
	}
	if a.ExpiresAt != nil {
		order.At = a.ExpiresAt.UTC().Truncate(time.Second)
		return order, nil
	}
	after, err := period.Parse(a.ExpiresAfter)
	if err != nil {
		return nil, fault.InvalidParam("$.expiresAfter", "must be a duration of ISO 8601 in whole numbers, as PT24H or P1M").Fix(either)
	}
	order.After = after
	return order, nil
}

// quotedLeaseWire is a lease as it is offered.
type quotedLeaseWire struct {
	ExpiresAfter string        `json:"expiresAfter,omitempty" jsonschema:"from the purchase on"`
	ExpiresAt    time.Time     `json:"expiresAt" jsonschema:"if it is bought now"`
	OnExpiry     shop.OnExpiry `json:"onExpiry" jsonschema:"protection does not stop it"`
	// RefundMinor is what would come back of the term that is paid then.
	RefundMinor int64 `json:"refundMinor" jsonschema:"what comes back of the term that is paid then"`
}

func wireQuotedLease(o shop.Offer, from time.Time) *quotedLeaseWire {
	lease := o.LeaseFrom(from)
	if lease == nil {
		return nil
	}
	w := &quotedLeaseWire{ExpiresAt: lease.ExpiresAt, OnExpiry: lease.OnExpiry, RefundMinor: o.RefundAt(from, *lease)}
	if o.Lease.At.IsZero() {
		w.ExpiresAfter = o.Lease.After.String()
	}
	return w
}

type leaseWire struct {
	ExpiresAt time.Time     `json:"expiresAt"`
	OnExpiry  shop.OnExpiry `json:"onExpiry"`
	Expired   bool          `json:"expired,omitempty"`
}

func wireLease(l *shop.Lease) *leaseWire {
	if l == nil {
		return nil
	}
	return &leaseWire{l.ExpiresAt, l.OnExpiry, l.Expired}
}

// billingWire is how a service is paid.
type billingWire struct {
	Status               shop.BillStatus `json:"status"`
	BillingTerm          string          `json:"billingTerm" jsonschema:"hour or month"`
	PaidUntil            time.Time       `json:"paidUntil"`
	RenewsAt             time.Time       `json:"renewsAt,omitzero" jsonschema:"when it is charged next; absent for never"`
	AutoRenew            bool            `json:"autoRenew"`
	RenewalPriceMinor    int64           `json:"renewalPriceMinor"`
	Currency             string          `json:"currency"`
	BillableWhileStopped bool            `json:"billableWhileStopped"`
	CancelEffect         string          `json:"cancelEffect" jsonschema:"delete: the service and its data"`
	Refundable           bool            `json:"refundable" jsonschema:"whether unused time of a paid term is refunded"`
	DeclinedBecause      fault.Code      `json:"declinedBecause,omitempty" jsonschema:"why the last charge failed"`
	ApprovalID           string          `json:"approvalId,omitempty" jsonschema:"the question to the members about the term that is due"`
	EndedAt              time.Time       `json:"endedAt,omitzero"`
	EndReason            shop.EndReason  `json:"endReason,omitempty"`
	RefundedMinor        int64           `json:"refundedMinor,omitempty" jsonschema:"what came back at its end"`
}

func wireBilling(s shop.Service, now time.Time) billingWire {
	b := s.Bill
	w := billingWire{
		Status: s.BillStatus(now), BillingTerm: termName(b.Term), PaidUntil: b.PaidUntil, RenewsAt: s.RenewsAt(), AutoRenew: !b.Ends,
		RenewalPriceMinor: b.Renewal.Minor, Currency: string(b.Renewal.Currency),
		BillableWhileStopped: true, CancelEffect: "delete", Refundable: b.Term.Hours == 0, DeclinedBecause: b.Declined,
	}
	if b.Asked != nil && !s.Status.Ended() {
		w.ApprovalID = string(b.Asked.Approval)
	}
	if s.End != nil {
		w.EndedAt, w.EndReason, w.RefundedMinor = s.End.At, s.End.Reason, s.End.Refund
	}
	return w
}

// termName is the unit of a billing term.
func termName(t shop.Term) string {
	if t.Hours > 0 {
		return "hour"
	}
	return "month"
}
