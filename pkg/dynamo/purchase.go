package dynamo

import (
	"context"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type purchaseRow struct {
	head
	ID       string          `dynamodbav:"id"`
	Account  string          `dynamodbav:"account"`
	Agent    string          `dynamodbav:"agent"`
	Person   string          `dynamodbav:"person,omitempty"`
	Quote    string          `dynamodbav:"quote,omitempty"`
	Offer    offerRow        `dynamodbav:"offer"`
	Status   string          `dynamodbav:"status"`
	Services []serviceRefRow `dynamodbav:"services,omitempty"`
	Action   string          `dynamodbav:"action,omitempty"`
	Approval string          `dynamodbav:"approval,omitempty"`
	// ApprovalExpiresAt is when the approval expires.
	ApprovalExpiresAt millis `dynamodbav:"approvalExpiresAt,omitempty"`
	Held              bool   `dynamodbav:"held,omitempty"`
	ConfirmedBy       string `dynamodbav:"confirmedBy,omitempty"`
	Failure           string `dynamodbav:"failure,omitempty"`
	CreatedAt         millis `dynamodbav:"createdAt"`
	UpdatedAt         millis `dynamodbav:"updatedAt"`
}

type serviceRefRow struct {
	ID          string `dynamodbav:"id"`
	DisplayName string `dynamodbav:"displayName"`
	Failed      bool   `dynamodbav:"failed,omitempty"`
}

// Purchase reads one purchase.
func (t *Table) Purchase(ctx context.Context, account id.Account, purchaseID id.Purchase) (shop.Purchase, error) {
	row, err := get[purchaseRow](ctx, t, purchaseKey(account, purchaseID))
	return row.domain(), err
}

// Purchases lists the purchases of an account.
func (t *Table) Purchases(ctx context.Context, account id.Account, p shop.Page) ([]shop.Purchase, shop.Cursor, error) {
	return withStatus(ctx, t, accountPartition(account), purchasePrefix, p, purchaseRow.domain, purchaseStatusAt(p.At))
}

func purchaseStatusAt(at time.Time) func(shop.Purchase) shop.PurchaseStatus {
	return func(p shop.Purchase) shop.PurchaseStatus { return p.StatusAt(at) }
}

func storedPurchase(p shop.Purchase) purchaseRow {
	row := purchaseRow{
		head: newHead(purchaseKey(p.Account, p.ID), "purchase", p.Version),
		ID:   string(p.ID), Account: string(p.Account), Agent: string(p.Agent), Person: string(p.Person), Quote: string(p.Quote),
		Offer: storedOffer(p.Offer), Status: string(p.Status), Action: string(p.Action), Held: p.Held, ConfirmedBy: string(p.ConfirmedBy), Failure: p.Failure,
		CreatedAt: toMillis(p.CreatedAt), UpdatedAt: toMillis(p.UpdatedAt),
	}
	row.Shape = shapeOf(p.Offer, p.Status == shop.PurchasePendingApproval)
	if p.Approval != nil {
		row.Approval, row.ApprovalExpiresAt = string(p.Approval.ID), toMillis(p.Approval.ExpiresAt)
	}
	for _, s := range p.Services {
		row.Services = append(row.Services, serviceRefRow{string(s.ID), s.DisplayName, s.Failed})
	}
	return row
}

func (r purchaseRow) domain() shop.Purchase {
	p := shop.Purchase{
		ID: id.Purchase(r.ID), Account: id.Account(r.Account), Agent: id.Agent(r.Agent), Person: id.Person(r.Person), Version: r.Version,
		Quote: id.Quote(r.Quote), Offer: r.Offer.domain(), Status: shop.PurchaseStatus(r.Status), Action: id.Action(r.Action), Held: r.Held,
		ConfirmedBy: shop.Confirmer(r.ConfirmedBy), Failure: r.Failure, CreatedAt: r.CreatedAt.time(), UpdatedAt: r.UpdatedAt.time(),
	}
	if r.Approval != "" {
		p.Approval = &shop.ApprovalRef{ID: id.Approval(r.Approval), ExpiresAt: r.ApprovalExpiresAt.time()}
	}
	for _, s := range r.Services {
		p.Services = append(p.Services, shop.ServiceRef{ID: id.Service(s.ID), DisplayName: s.DisplayName, Failed: s.Failed})
	}
	return p
}
