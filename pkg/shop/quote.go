package shop

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"sync"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// MaxQuantity is the most units that one quote or purchase can hold.
const MaxQuantity = 10

// Offer is what is sold at which price: the part that a quote promises and a
// purchase keeps. It holds everything that the purchase needs, so that a later
// change of the catalog cannot affect it.
type Offer struct {
	Item          Item
	Quantity      int
	Configuration json.RawMessage
	// Personal stands for what the order says about people; empty for nothing.
	Personal id.Personal
	Price    Price
	// Action is what is bought instead of units of the item, which is then that of the
	// service; nil for units.
	Action *OfferedAction
	// Lease is how long what is bought may live; nil for as long as it is paid.
	Lease *LeaseOrder
	// Labels are what the services are found by.
	Labels []string
}

// services is how many services the offer brings.
func (o Offer) services() int {
	if o.Action != nil {
		return 0
	}
	return o.Quantity
}

// title is what is bought, for the ledger.
func (o Offer) title() string {
	if o.Action != nil {
		return o.Item.Name + ", " + string(o.Action.Intent.Action)
	}
	return o.Item.Name
}

// Quote is a binding offer until it expires. It can be used once.
type Quote struct {
	ID        id.Quote
	Account   id.Account
	Agent     id.Agent
	Version   int
	Offer     Offer
	CreatedAt time.Time
	ExpiresAt time.Time
	// Purchase is what used the quote; empty while it is open.
	Purchase id.Purchase
}

// QuoteStatus is the state of a quote at a given time.
type QuoteStatus string

// The statuses of a quote.
const (
	QuoteOpen    QuoteStatus = "open"
	QuoteUsed    QuoteStatus = "used"
	QuoteExpired QuoteStatus = "expired"
)

// Status is the state of the quote at that time.
func (q Quote) Status(now time.Time) QuoteStatus {
	switch {
	case q.Purchase != "":
		return QuoteUsed
	case !now.Before(q.ExpiresAt):
		return QuoteExpired
	default:
		return QuoteOpen
	}
}

// Order is what an agent asks for.
type Order struct {
	Item          id.Item
	Quantity      int
	Configuration map[string]any
	Lease         *LeaseOrder
	Labels        []string
}

// Quoted is a quote, and what the policies would say to its purchase.
type Quoted struct {
	Quote Quote
	Check SpendCheck
}

// CreateQuote gives a binding price. It returns not_found, sold_out, invalid_input
// and the errors of the product.
func (s *Shop) CreateQuote(ctx context.Context, caller Caller, order Order, request Request[Quoted]) (Response, error) {
	return write(ctx, s, caller, request, func() (decision[Quoted], error) {
		d, personal, err := s.quote(ctx, caller, order)
		d.change.Personal = personal.until(d.result.Quote.ExpiresAt)
		return d, err
	})
}

// Estimate is what CreateQuote would answer now. It binds nobody, and nothing is written.
// It returns the errors of CreateQuote.
func (s *Shop) Estimate(ctx context.Context, caller Caller, order Order) (Quoted, error) {
	d, _, err := s.quote(ctx, caller, order)
	return d.result, err
}

func (s *Shop) quote(ctx context.Context, caller Caller, order Order) (decision[Quoted], *Personal, error) {
	var offer Offer
	var personal *Personal
	var bounds Budgets
	err := parallel(
		func() (err error) { offer, personal, err = s.offer(ctx, caller, order); return err },
		func() (err error) { bounds, err = budgets(ctx, s.Store, caller.Agent); return err },
	)
	if err != nil {
		return decision[Quoted]{}, nil, err
	}
	now := s.Now()
	check, err := s.check(offer, bounds, now)
	return s.quoted(caller, s.IDs.Quote(), offer, check, now), personal, err
}

// quoted has an offer bind the store.
func (s *Shop) quoted(caller Caller, quoteID id.Quote, offer Offer, check SpendCheck, now time.Time) decision[Quoted] {
	quote := Quote{
		ID: quoteID, Account: caller.Account, Agent: caller.Agent, Version: 1,
		Offer: offer, CreatedAt: now, ExpiresAt: now.Add(s.QuoteLifetime),
	}
	return decision[Quoted]{
		result: Quoted{quote, check}, change: Change{Quote: &quote},
		subject: string(quote.ID), keepFor: RecordLifetime,
	}
}

// offer checks an order against the catalog as it is now, and prices it. What the
// order says about people is no part of the offer.
func (s *Shop) offer(ctx context.Context, caller Caller, order Order) (Offer, *Personal, error) {
	var item Item
	var product Product
	var keys SSHKeys
	err := parallel(
		func() (err error) { item, product, err = s.item(ctx, order.Item); return err },
		func() (err error) { keys, err = s.namedKeys(ctx, caller, order.Configuration); return err },
	)
	if err != nil {
		return Offer{}, nil, err
	}
	order, unknown := s.resolve(product, order, keys)
	reference := sync.OnceValue(s.IDs.Personal)
	configured, problems, err := product.Configure(item, order.Configuration, order.Quantity, reference)
	if err != nil {
		return Offer{}, nil, err
	}
	if problems = instead(problems, unknown); len(problems) > 0 {
		return Offer{}, nil, fault.Invalid(problems...).
			Fix("Read the allowed values with catalog_checkout_requirements for %s, then send the corrected configuration.", item.ID)
	}
	if err := order.Lease.check(s.Now()); err != nil {
		return Offer{}, nil, err
	}
	if err := checkLabels(order.Labels, order.Quantity); err != nil {
		return Offer{}, nil, err
	}
	if item.Availability == SoldOut {
		return Offer{}, nil, fault.New(fault.SoldOut, "%s is sold out.", item.Name).
			Fix("Search the catalog for another item with catalog_search.")
	}
	price, err := product.Price(item, configured.JSON, order.Quantity)
	if err != nil {
		return Offer{}, nil, err
	}
	offer := Offer{Item: item, Quantity: order.Quantity, Configuration: configured.JSON, Price: price, Lease: order.Lease, Labels: order.Labels}
	personal := newPersonal(caller, reference, item.ServiceType, configured.Personal, s.Now())
	if personal != nil {
		offer.Personal = personal.ID
	}
	return offer, personal, nil
}

// instead are all problems, but for those that better ones are about as well.
func instead(problems, better []fault.Problem) []fault.Problem {
	problems = slices.DeleteFunc(problems, func(p fault.Problem) bool {
		return slices.ContainsFunc(better, func(b fault.Problem) bool { return b.Param == p.Param })
	})
	return append(problems, better...)
}

// Quote reads a quote that the caller sees. It returns not_found.
func (s *Shop) Quote(ctx context.Context, caller Caller, quoteID id.Quote) (Quote, error) {
	quote, err := s.Store.Quote(ctx, caller.Account, quoteID)
	if errors.Is(err, ErrNotFound) || err == nil && !caller.sees(quote.Agent) {
		return Quote{}, fault.New(fault.NotFound, "There is no quote %+q %s.", quoteID, caller.reach()).
			Fix("Create a quote with quote_create and use the id that it returns.")
	}
	return quote, err
}
