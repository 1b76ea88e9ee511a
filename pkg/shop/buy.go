package shop

import (
	"context"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// BuyQuote buys what a quote offers, at its price. It returns not_found,
// quote_expired, quote_already_used, insufficient_funds, spend_limit_exceeded,
// policy_violation, approval_required for an interactive caller,
// approval_limit_reached and idempotency_conflict; where an action is bought,
// quote_expired also when the service has changed since, and the errors of Act. A
// purchase that a member must approve is parked. What is repeated of the quote must
// agree with it, or the purchase is refused with invalid_input.
func (s *Shop) BuyQuote(ctx context.Context, caller Caller, quoteID id.Quote, repeated Repeated, request Request[Bought]) (Response, error) {
	return s.buy(ctx, caller, request, s.quotedBy(ctx, caller, quoteID, repeated))
}

// BuyItem buys an item at its current price. It returns the errors of CreateQuote,
// those of BuyQuote about money, policies and idempotency, and price_above_maximum.
func (s *Shop) BuyItem(ctx context.Context, caller Caller, order Order, request Request[Bought]) (Response, error) {
	return s.buy(ctx, caller, request, s.ordered(ctx, caller, order))
}

// choice puts into a basket what is to be bought.
type choice func(*basket) error

// quotedBy chooses what a quote offers.
func (s *Shop) quotedBy(ctx context.Context, caller Caller, quoteID id.Quote, repeated Repeated) choice {
	return func(b *basket) error {
		var quote Quote
		err := parallel(
			func() (err error) { quote, err = s.Quote(ctx, caller, quoteID); return err },
			func() error {
				of, isAction := quoteID.Service()
				if !isAction {
					return nil
				}
				service, err := s.Service(ctx, caller, of)
				b.service = &service
				return err
			},
		)
		if err == nil {
			b.quote, b.offer = &quote, quote.Offer
			err = s.agrees(quote, repeated)
		}
		return err
	}
}

// ordered chooses an item at its current price.
func (s *Shop) ordered(ctx context.Context, caller Caller, order Order) choice {
	return func(b *basket) (err error) {
		b.offer, b.personal, err = s.offer(ctx, caller, order)
		return err
	}
}

func (s *Shop) buy(ctx context.Context, caller Caller, request Request[Bought], choose choice) (Response, error) {
	return write(ctx, s, caller, request, func() (decision[Bought], error) {
		b, err := s.fill(ctx, caller, request, choose)
		if err != nil {
			return decision[Bought]{}, err
		}
		var d decision[Bought]
		err = s.decide(ctx, b, func(b basket) (err error) {
			d, err = s.purchase(caller, b, request.Interactive)
			return err
		})
		return d, err
	})
}

// fill reads everything that a purchase is decided by, in one round trip. It returns
// the basket also with an error, as far as it was filled.
func (s *Shop) fill(ctx context.Context, caller Caller, request Request[Bought], choose choice) (basket, error) {
	b := basket{by: caller.holder()}
	err := parallel(
		func() error { return choose(&b) },
		func() (err error) { b.funds, err = wallet(ctx, s.Store, caller.Account); return err },
		func() (err error) { b.bounds, err = budgets(ctx, s.Store, caller.Agent); return err },
		func() (err error) { b.asked, err = s.askedBy(ctx, caller); return err },
		func() (err error) {
			b.consent, err = s.confirmation(ctx, caller, CallName(request.Fingerprint, request.Key), request.Confirmation)
			return err
		},
	)
	// By the clock after everything is read, whatever was read last.
	if b.quote != nil {
		if unusable := s.usable(*b.quote); unusable != nil {
			err = unusable
		}
	}
	if err == nil {
		err = b.offer.within(request.MaxTotal)
	}
	if err != nil {
		return b, s.waits(caller, b, err)
	}
	return b, nil
}

// within refuses an offer whose price is above a maximum, in the minor unit of its
// currency; nil for none. It returns price_above_maximum.
func (o Offer) within(most *int64) error {
	price := o.Price.Total
	if most == nil || price.Minor <= *most {
		return nil
	}
	bound := money.Money{Minor: *most, Currency: price.Currency}
	return fault.New(fault.PriceAboveMaximum, "The price is %s, and maxTotalPriceMinor allows %s. Nothing was bought.", price, bound).
		Fix("Accept the price with a higher maxTotalPriceMinor, under a new idempotency key.").
		Fix("Quote something cheaper with quote_create.").
		With("priceMinor", price.Minor).With("currency", string(price.Currency))
}

// basket is everything that a purchase is decided by.
type basket struct {
	offer    Offer
	quote    *Quote
	personal *Personal // beside an offer without a quote
	service  *Service  // whose action is bought; nil for units
	by       Holder    // who reads what the action gives for their eyes
	funds    Wallet
	bounds   Budgets
	asked    Waiting // by the agent
	consent  *Confirmation
}

// purchase decides a purchase: all that it writes stands or falls together.
func (s *Shop) purchase(caller Caller, b basket, interactive bool) (decision[Bought], error) {
	now := s.Now()
	check, err := s.check(b.offer, b.bounds, now)
	check.protect(caller, b.offer, b.service)
	if err == nil {
		err = check.err()
	}
	if err == nil && b.service != nil && !caller.IsAgent() {
		err = caller.passes(*b.service, b.offer.Action.Intent)
	}
	if err != nil {
		return decision[Bought]{}, err
	}
	p := Purchase{
		ID: s.IDs.Purchase(), Account: caller.Account, Agent: caller.Agent, Person: caller.Person, Version: 1,
		Offer: b.offer, ConfirmedBy: b.consent.by(), CreatedAt: now, UpdatedAt: now,
	}
	change := Change{Confirmation: b.consent, Purchase: &p, Personal: b.personal}
	if b.quote != nil {
		p.Quote = b.quote.ID
		used := *b.quote
		used.Version++
		used.Purchase = p.ID
		change.Quote = &used
	}
	var bought Bought
	switch {
	case !caller.IsAgent() || !check.NeedsConsent() || b.consent != nil && !check.NeedsApproval():
		bought.Services, err = s.execute(&p, &change, b)
	case interactive && !check.NeedsApproval():
		err = fault.New(fault.ApprovalRequired, "This purchase costs %s. %s", b.offer.Price.Total, check.why())
	default:
		err = s.park(caller, &p, &change, b, check.why())
		if !p.Held {
			bought.Obstacle = b.unaffordable()
		}
	}
	bought.Purchase = p
	// The record of a purchase never expires: a retry years later must not buy again.
	return decision[Bought]{result: bought, change: change, subject: string(p.ID), seat: &b.bounds.Agent}, err
}

// settle pays for a purchase. One that is paid for already still rests on the policies
// as they were read.
func (b basket) settle(p Purchase, change *Change) error {
	if p.Held {
		return b.count(money.Money{Currency: p.Offer.Price.Total.Currency}, 0, p.UpdatedAt, change)
	}
	return b.pay(p, change)
}

// execute pays for a purchase and begins to deliver it.
func (s *Shop) execute(p *Purchase, change *Change, b basket) ([]Service, error) {
	p.Status = PurchaseCompleted
	if err := b.settle(*p, change); err != nil {
		return nil, err
	}
	services, err := s.deliver(p, change, b)
	if err != nil {
		return nil, err
	}
	for _, service := range services {
		p.Services = append(p.Services, ServiceRef{ID: service.ID, DisplayName: service.DisplayName})
	}
	change.Purchase = p
	return services, nil
}

// deliver begins what was paid for, and returns the services that it is about.
func (s *Shop) deliver(p *Purchase, change *Change, b basket) (services []Service, err error) {
	if b.service != nil {
		d, err := s.beginOffered(*p, *b.service, b.by)
		if err != nil {
			return nil, err
		}
		return p.begin(d, change), nil
	}
	change.Services, change.Jobs, err = s.services(*p)
	change.Labelings = labelled(change.Services)
	return change.Services, err
}

// services are what a purchase brings, and the jobs that create those that are not
// delivered yet.
func (s *Shop) services(p Purchase) (services []Service, jobs []Job, err error) {
	product, err := s.Products.Find(p.Offer.Item.ServiceType)
	if err != nil {
		return nil, nil, err
	}
	units, err := product.Units(p.Offer.Item, p.Offer.Configuration, p.Offer.Quantity)
	if err != nil {
		return nil, nil, err
	}
	for _, unit := range units {
		service := s.newService(p, unit)
		services = append(services, service)
		if !unit.Delivered {
			jobs = append(jobs, s.newJob(service, Intent{Action: ActionCreate}, p.UpdatedAt))
		}
	}
	return services, jobs, nil
}

func (s *Shop) usable(quote Quote) error {
	switch quote.Status(s.Now()) {
	case QuoteUsed:
		return fault.New(fault.QuoteAlreadyUsed, "The quote %s was used by the purchase %s.", quote.ID, quote.Purchase).
			Fix("Read the purchase with purchase_get_status: it may be the one you meant to make.").
			Fix("Create a new quote with quote_create if you mean to buy again.").
			With("purchaseId", string(quote.Purchase))
	case QuoteExpired:
		return fault.New(fault.QuoteExpired, "The quote %s expired at %s.", quote.ID, quote.ExpiresAt.Format(time.RFC3339)).
			Fix("Create a new quote with quote_create, check its price, and buy that.")
	default:
		return nil
	}
}
