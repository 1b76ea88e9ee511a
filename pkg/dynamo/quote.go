package dynamo

import (
	"context"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type quoteRow struct {
	head
	ID        string   `dynamodbav:"id"`
	Account   string   `dynamodbav:"account"`
	Agent     string   `dynamodbav:"agent"`
	Offer     offerRow `dynamodbav:"offer"`
	CreatedAt millis   `dynamodbav:"createdAt"`
	ExpiresAt millis   `dynamodbav:"expiresAt"`
	Purchase  string   `dynamodbav:"purchase,omitempty"`
}

// quoteKept is how long a quote can still be read after it expired unused. A used
// one is kept, so that it can never be used again.
const quoteKept = 30 * 24 * time.Hour

// Quote reads one quote.
func (t *Table) Quote(ctx context.Context, account id.Account, quoteID id.Quote) (shop.Quote, error) {
	row, err := get[quoteRow](ctx, t, quoteKey(account, quoteID))
	return row.domain(), err
}

func storedQuote(q shop.Quote) quoteRow {
	row := quoteRow{
		head: newHead(quoteKey(q.Account, q.ID), "quote", q.Version),
		ID:   string(q.ID), Account: string(q.Account), Agent: string(q.Agent),
		Offer:     storedOffer(q.Offer),
		CreatedAt: toMillis(q.CreatedAt), ExpiresAt: toMillis(q.ExpiresAt), Purchase: string(q.Purchase),
	}
	row.Shape = shapeOf(q.Offer, q.Purchase == "")
	if q.Purchase == "" {
		row.TTL = q.ExpiresAt.Add(quoteKept).Unix()
	}
	return row
}

func (r quoteRow) domain() shop.Quote {
	return shop.Quote{
		ID: id.Quote(r.ID), Account: id.Account(r.Account), Agent: id.Agent(r.Agent), Version: r.Version,
		Offer:     r.Offer.domain(),
		CreatedAt: r.CreatedAt.time(), ExpiresAt: r.ExpiresAt.time(), Purchase: id.Purchase(r.Purchase),
	}
}
