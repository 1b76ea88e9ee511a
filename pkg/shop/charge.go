package shop

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// Charge is what an action costs.
type Charge struct {
	Lines []Line
	// Total is the sum of the lines, due at once. One below zero is given back, once the
	// action has succeeded.
	Total money.Money
	// Renewal is the renewal price of the service once the action has succeeded; nil
	// leaves it as it is.
	Renewal *money.Money
}

// ChargeFunc prices an action of a service for a moment, in whole seconds. The item is
// that of the service, as it is sold at that moment, or the one that the service becomes
// one of. It says the same for the same arguments, whenever it is asked. An *fault.Error says what is not taken of the input.
type ChargeFunc func(service Service, item Item, input json.RawMessage, at time.Time) (Charge, error)

// OfferedAction is an action that is bought, of a service that is there.
type OfferedAction struct {
	Service id.Service
	Intent  Intent
	// At is the moment that it is priced for, in whole seconds.
	At time.Time
	// RenewsAt is the end of the running term of the service.
	RenewsAt time.Time
	// From is the item of the service, where it becomes one of another.
	From id.Item
}

// Left is how much of the running term of a service is paid for from a time on, of how
// much: both in seconds. A term that a lease cuts short is as long as any other, because
// its part of the price was paid.
func (s Service) Left(at time.Time) (left, term int64) {
	begin, end := s.Bill.Term.around(s.CreatedAt, s.Bill.PaidUntil.Add(-time.Second))
	term = end.Unix() - begin.Unix()
	return min(max(s.Bill.PaidUntil.Unix()-at.Unix(), 0), term), term
}

// Rest is what a price a term comes to for the rest of the running one; nothing by the
// hour, because an hour is charged when it begins.
func (s Service) Rest(price money.Money, at time.Time) (money.Money, error) {
	left, term := s.Left(at)
	if s.Bill.Term.Hours > 0 {
		left = 0
	}
	return price.Prorate(left, term)
}

// Unused is what comes back of the running term from a time on, by the rule about a
// service that ends.
func (s Service) Unused(at time.Time) money.Money {
	return money.Money{Minor: s.Bill.unused(at), Currency: s.Bill.Renewal.Currency}
}

// QuoteAction gives a binding price for an action that costs money. It returns
// not_found, action_in_progress, service_not_ready, idempotency_conflict and the
// errors of the product.
func (s *Shop) QuoteAction(ctx context.Context, caller Caller, serviceID id.Service, serviceType string, intent Intent, request Request[Quoted]) (Response, error) {
	return write(ctx, s, caller, request, func() (decision[Quoted], error) {
		var service Service
		var catalog Catalog
		var bounds Budgets
		err := parallel(
			func() (err error) { service, err = s.Service(ctx, caller, serviceID); return err },
			func() (err error) { catalog, err = s.Store.Catalog(ctx); return err },
			func() (err error) { bounds, err = budgets(ctx, s.Store, caller.Agent); return err },
		)
		if err != nil {
			return decision[Quoted]{}, err
		}
		now := s.Now()
		offer, err := s.offerAction(ctx, service, serviceType, catalog, intent, now)
		if err != nil {
			return decision[Quoted]{}, err
		}
		check, err := s.check(offer, bounds, now)
		check.protect(caller, offer, &service)
		return s.quoted(caller, s.IDs.QuoteOf(service.ID), offer, check, now), err
	})
}

// offerAction prices an action that the service can begin now.
func (s *Shop) offerAction(ctx context.Context, service Service, serviceType string, catalog Catalog, intent Intent, now time.Time) (Offer, error) {
	if _, err := s.begin(service, serviceType, intent, ""); err != nil {
		return Offer{}, err
	}
	item, err := s.itemOf(ctx, service, catalog)
	if err != nil {
		return Offer{}, err
	}
	// A store keeps times in milliseconds, and the price must be the same again.
	at := now.UTC().Truncate(time.Second)
	offered := &OfferedAction{Service: service.ID, Intent: intent, At: at, RenewsAt: service.Bill.PaidUntil}
	if kind, _ := s.Products.action(serviceType, intent.Action); kind.Exchange != nil {
		offered.From = service.Item
		if item, err = kind.Exchange.item(service, item, catalog, intent.Input, now); err != nil {
			return Offer{}, err
		}
	}
	price, err := s.priceAction(service, item, intent, at)
	return Offer{
		Item: item, Quantity: 1, Configuration: service.Configuration, Price: price, Action: offered,
	}, err
}

// itemOf is the item of a service as it is sold now, or as it was bought where it is
// sold no more.
func (s *Shop) itemOf(ctx context.Context, service Service, catalog Catalog) (Item, error) {
	i := slices.IndexFunc(catalog.Items, func(i Item) bool { return i.ID == service.Item })
	if i >= 0 {
		return catalog.Items[i], nil
	}
	purchase, err := s.Store.Purchase(ctx, service.Account, cmp.Or(service.Exchanged, service.Purchase))
	return purchase.Offer.Item, err
}

// priceAction asks the product for the price of an action.
func (s *Shop) priceAction(service Service, item Item, intent Intent, at time.Time) (Price, error) {
	kind, known := s.Products.action(service.ServiceType, intent.Action)
	if !known || kind.Charge == nil {
		return Price{}, fmt.Errorf("shop: %s has no action %s that costs money", service.ServiceType, intent.Action)
	}
	charge, err := kind.Charge(service, item, intent.Input, at)
	if err != nil {
		return Price{}, err
	}
	return charge.price(service, at)
}

// price is the charge as an offer has it, which gives back no more than is unused. Its
// errors are mistakes of the product.
func (c Charge) price(service Service, at time.Time) (Price, error) {
	sum := money.Money{Currency: service.Bill.Renewal.Currency}
	var err error
	for _, line := range c.Lines {
		if line.Unit.Currency != sum.Currency {
			return Price{}, money.ErrCurrency
		}
		if sum, err = sum.Add(line.Amount); err != nil {
			return Price{}, err
		}
	}
	price := Price{Lines: c.Lines, Total: c.Total, Renewal: service.Bill.Renewal, Term: Term{Months: service.Bill.Term.Months, Hours: service.Bill.Term.Hours}}
	if c.Renewal != nil {
		price.Renewal = *c.Renewal
	}
	if sum.Minor < 0 {
		if price, err = price.givingBack(); err != nil {
			return Price{}, err
		}
	}
	if sum != c.Total || price.Back.Minor > service.Bill.unused(at) || price.Renewal.Minor < 0 || price.Renewal.Currency != sum.Currency {
		return Price{}, errors.New("shop: the product charges what is no price")
	}
	return price, nil
}

func (p Price) equals(q Price) bool {
	return slices.Equal(p.Lines, q.Lines) && p.Total == q.Total && p.Back == q.Back && p.Renewal == q.Renewal && p.Term == q.Term
}

// beginOffered begins the action that an offer is about, for a purchase. It returns
// quote_expired where the service is not what was priced any more, and the errors of
// Act.
func (s *Shop) beginOffered(p Purchase, service Service, by Holder) (decision[Accepted], error) {
	offered := p.Offer.Action
	d, err := s.begin(service, service.ServiceType, offered.Intent, by)
	if err != nil {
		return decision[Accepted]{}, err
	}
	price, err := s.priceAction(service, p.Offer.Item, offered.Intent, offered.At)
	if err != nil {
		return decision[Accepted]{}, err
	}
	same := price.equals(p.Offer.Price) && service.Bill.PaidUntil.Equal(offered.RenewsAt)
	if !same || offered.From != "" && offered.From != service.Item {
		return decision[Accepted]{}, fault.New(fault.QuoteExpired, "The service %s has changed since the %s was priced, and the price holds no more.", service.ID, offered.Intent.Action).
			Fix("Create a new quote of the %s, check its price, and buy that.", offered.Intent.Action)
	}
	action := d.result.Action
	action.Purchase, action.StartedAt = p.ID, p.UpdatedAt
	begun := d.result.Service
	begun.Current = &action
	d.result = Accepted{begun, action}
	d.change.Services, d.change.Actions = []Service{begun}, []Action{action}
	return d, nil
}

// begin has a purchase that is paid begin its action.
func (p *Purchase) begin(d decision[Accepted], change *Change) []Service {
	p.Action = d.result.Action.ID
	change.Services, change.Actions, change.Jobs = d.change.Services, d.change.Actions, d.change.Jobs
	return d.change.Services
}

// protect has a member asked where the service is protected against what is bought.
func (c *SpendCheck) protect(caller Caller, offer Offer, service *Service) {
	if service != nil && caller.IsAgent() && protects(*service, offer.Action.Intent) {
		c.Protection = protected(*service, offer.Action.Intent).Detail
	}
}

// free refuses to begin without a purchase what costs money. No operation asks for it.
func (a ActionType) free() error {
	if a.Charge != nil {
		return fmt.Errorf("shop: the action %s costs money, and is bought", a.Name)
	}
	return nil
}

// bought tells whether the current action of a service was paid for.
func bought(service Service) bool { return service.Current != nil && service.Current.Purchase != "" }
