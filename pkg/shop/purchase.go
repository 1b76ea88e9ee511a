package shop

import (
	"context"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Purchase is an offer that was bought.
type Purchase struct {
	ID      id.Purchase
	Account id.Account
	Agent   id.Agent
	// Person is the member who bought it; empty for a purchase of an agent's own.
	Person  id.Person
	Version int
	// Quote is what was bought; empty for a purchase without one.
	Quote    id.Quote
	Offer    Offer
	Status   PurchaseStatus // as it is stored; StatusAt knows the time
	Services []ServiceRef
	// Action is what it has begun, where an action was bought.
	Action id.Action
	// Approval is the question that the purchase waits for, or waited for.
	Approval *ApprovalRef
	// Held: it was paid for, and counted, when the question was asked.
	Held bool
	// ConfirmedBy is who confirmed the purchase besides the agent; empty for nobody.
	ConfirmedBy Confirmer
	// Failure says why units failed, in words for people.
	Failure   string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ServiceRef names a service that a purchase brought, or whose action it began.
type ServiceRef struct {
	ID          id.Service
	DisplayName string
	Failed      bool
}

// ApprovalRef names the approval of a purchase.
type ApprovalRef struct {
	ID        id.Approval
	ExpiresAt time.Time
}

// StatusAt is the status of the purchase at that time.
func (p Purchase) StatusAt(now time.Time) PurchaseStatus {
	if p.Status == PurchasePendingApproval && !now.Before(p.Approval.ExpiresAt) {
		return PurchaseExpired
	}
	return p.Status
}

// PurchaseStatus tells what became of a purchase.
type PurchaseStatus string

// The statuses of a purchase. Completed: it is paid and binding, and its
// services are active or on their way; each service tells how far it is. Failed and
// partially failed: services could not be delivered, and their share is refunded.
const (
	PurchasePendingApproval PurchaseStatus = "pending_approval" // nothing is paid yet
	PurchaseDenied          PurchaseStatus = "denied"           // by a member; nothing was paid
	PurchaseExpired         PurchaseStatus = "expired"          // nobody has decided in time
	PurchaseCompleted       PurchaseStatus = "completed"
	PurchasePartiallyFailed PurchaseStatus = "partially_failed"
	PurchaseFailed          PurchaseStatus = "failed"
)

// Bought is a purchase and the services that it brought, as it was made.
type Bought struct {
	Purchase Purchase
	Services []Service
	// Obstacle is what stands in the way of the purchase that is parked; nil for nothing.
	Obstacle *fault.Error
}

// Purchase reads a purchase that the caller sees. It returns not_found.
func (s *Shop) Purchase(ctx context.Context, caller Caller, purchaseID id.Purchase) (Purchase, error) {
	purchase, err := s.Store.Purchase(ctx, caller.Account, purchaseID)
	if errors.Is(err, ErrNotFound) || err == nil && !caller.sees(purchase.Agent) {
		return Purchase{}, fault.New(fault.NotFound, "There is no purchase %+q %s.", purchaseID, caller.reach()).
			Fix("List the purchases with purchase_list.")
	}
	return purchase, err
}

// Purchases lists the purchases that the caller sees.
func (s *Shop) Purchases(ctx context.Context, caller Caller, page Page) ([]Purchase, Cursor, error) {
	if caller.Agent.SeesOwn() {
		return s.Store.OwnPurchases(ctx, caller.Agent, page)
	}
	return s.Store.Purchases(ctx, caller.Account, page)
}
