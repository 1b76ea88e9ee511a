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
	Version int
	// Quote is what was bought; empty for a purchase without one.
	Quote    id.Quote
	Offer    Offer
	Status   PurchaseStatus
	Services []ServiceRef
	// Failure says why units failed, in words for people.
	Failure   string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// ServiceRef names a service that a purchase brought.
type ServiceRef struct {
	ID          id.Service
	DisplayName string
	Failed      bool
}

// PurchaseStatus tells what became of a purchase.
type PurchaseStatus string

// The statuses of a purchase. Completed: it is paid and binding, and its
// services are active or on their way; each service tells how far it is.
const (
	PurchaseCompleted       PurchaseStatus = "completed"
	PurchasePartiallyFailed PurchaseStatus = "partially_failed"
	PurchaseFailed          PurchaseStatus = "failed"
)

// Bought is a purchase and the services that it brought, as it was made.
type Bought struct {
	Purchase Purchase
	Services []Service
}

// BuyQuote buys what a quote offers, at its price. It returns not_found,
// quote_expired, quote_already_used, insufficient_funds and idempotency_conflict.
func (s *Shop) BuyQuote(ctx context.Context, caller Caller, quoteID id.Quote, once Once[Bought]) (Kept, error) {
	return s.buy(ctx, caller, once, func() (Offer, *Quote, error) {
		quote, err := s.Quote(ctx, caller, quoteID)
		if err != nil {
			return Offer{}, nil, err
		}
		if err := s.usable(quote); err != nil {
			return Offer{}, nil, err
		}
		return quote.Offer, &quote, nil
	})
}

// BuyItem buys an item at the price of this moment. It returns the errors of
// CreateQuote, insufficient_funds and idempotency_conflict.
func (s *Shop) BuyItem(ctx context.Context, caller Caller, order Order, once Once[Bought]) (Kept, error) {
	return s.buy(ctx, caller, once, func() (Offer, *Quote, error) {
		offer, _, err := s.offer(ctx, order)
		return offer, nil, err
	})
}

func (s *Shop) buy(ctx context.Context, caller Caller, once Once[Bought], choose func() (Offer, *Quote, error)) (Kept, error) {
	return write(ctx, s, caller, once, func() (decision[Bought], error) {
		var offer Offer
		var quote *Quote
		var funds Wallet
		err := together(
			func() (err error) { offer, quote, err = choose(); return err },
			func() (err error) { funds, err = wallet(ctx, s.Store, caller.Account); return err },
		)
		if err != nil {
			return decision[Bought]{}, err
		}
		return s.purchase(caller, offer, quote, funds)
	})
}

// purchase decides a purchase: what it writes stands or falls together.
func (s *Shop) purchase(caller Caller, offer Offer, quote *Quote, funds Wallet) (decision[Bought], error) {
	now := s.Now()
	p := Purchase{
		ID: s.IDs.Purchase(), Account: caller.Account, Agent: caller.Agent, Version: 1,
		Offer: offer, Status: PurchaseCompleted, CreatedAt: now, UpdatedAt: now,
	}
	booking, err := debit(funds, p)
	if err != nil {
		return decision[Bought]{}, err
	}
	services, jobs, err := s.services(p)
	if err != nil {
		return decision[Bought]{}, err
	}
	for _, service := range services {
		p.Services = append(p.Services, ServiceRef{ID: service.ID, DisplayName: service.DisplayName})
	}
	change := Change{Services: services, Jobs: jobs, Booking: booking}
	if quote != nil {
		p.Quote = quote.ID
		used := *quote
		used.Version++
		used.Purchase = p.ID
		change.Quote = &used
	}
	change.Purchase = &p
	// The record of a purchase never expires: a retry years later must not buy again.
	return decision[Bought]{result: Bought{p, services}, change: change, subject: string(p.ID)}, nil
}

// services are what a purchase brings, each with the job that creates it.
func (s *Shop) services(p Purchase) ([]Service, []Job, error) {
	product, err := s.product(p.Offer.Item.ServiceType)
	if err != nil {
		return nil, nil, err
	}
	units, err := product.Units(p.Offer.Item, p.Offer.Configuration, p.Offer.Quantity)
	if err != nil {
		return nil, nil, err
	}
	services := make([]Service, len(units))
	jobs := make([]Job, len(units))
	for i, unit := range units {
		services[i] = s.newService(p, unit)
		jobs[i] = s.newJob(services[i], ActionCreate, p.CreatedAt)
	}
	return services, jobs, nil
}

func (s *Shop) usable(quote Quote) error {
	switch quote.Status(s.Now()) {
	case QuoteUsed:
		return fault.New(fault.QuoteAlreadyUsed, "The quote %s was used by the purchase %s.", quote.ID, quote.Purchase).
			Fix("Read the purchase with purchase_get_status: it may be the one you meant to make.").
			Fix("Create a new quote with quote_create if you mean to buy once more.").
			With("purchaseId", string(quote.Purchase))
	case QuoteExpired:
		return fault.New(fault.QuoteExpired, "The quote %s expired at %s.", quote.ID, quote.ExpiresAt.Format(time.RFC3339)).
			Fix("Create a new quote with quote_create, check its price, and buy that.")
	default:
		return nil
	}
}

// Purchase reads a purchase of the account. It returns not_found.
func (s *Shop) Purchase(ctx context.Context, caller Caller, purchaseID id.Purchase) (Purchase, error) {
	purchase, err := s.Store.Purchase(ctx, caller.Account, purchaseID)
	if errors.Is(err, ErrNotFound) {
		return Purchase{}, fault.New(fault.NotFound, "There is no purchase %q in this account.", purchaseID).
			Fix("List the purchases of this account with purchase_list.")
	}
	return purchase, err
}

// Purchases lists the purchases of the account, the newest first.
func (s *Shop) Purchases(ctx context.Context, caller Caller, page Page) ([]Purchase, Cursor, error) {
	return s.Store.Purchases(ctx, caller.Account, page)
}
