package shop

import (
	"context"
	"fmt"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// loss is the part of a purchase that could not be delivered.
type loss struct {
	purchase id.Purchase
	services int // that are live no more
	bought   time.Time
	cause    string // of the refund
	note     string
}

// undelivered is a service that could not be created.
func undelivered(service Service) loss {
	return loss{service.Purchase, 1, service.CreatedAt, RefundCause(service.ID), service.DisplayName + " could not be delivered"}
}

// giveBack undoes the part of a purchase that could not be delivered.
func (w *Worker) giveBack(ctx context.Context, change *Change, service Service, l loss) error {
	purchase, err := w.Store.Purchase(ctx, service.Account, l.purchase)
	if err != nil {
		return err
	}
	// An action may be bought by another than who has bought the service.
	funds, bounds, err := fundsOf(ctx, w.Store, purchase.Agent)
	if err != nil {
		return err
	}
	if purchase.Held {
		l.bought = purchase.CreatedAt // it was counted when it was asked about
	}
	failed := purchase.fail(service, change.At)
	change.Purchase = &failed
	if change.Budgets, err = bounds.giveBack(purchase.share(), l.services, l.bought, change.At); err != nil {
		return err
	}
	change.Booking, err = refund(funds, purchase, l, change.At)
	return err
}

// fail marks the unit of the purchase as failed.
func (p Purchase) fail(service Service, now time.Time) Purchase {
	p.Version++
	p.UpdatedAt = now
	p.Failure = service.Failure
	p.Status = PurchaseFailed
	units := make([]ServiceRef, len(p.Services))
	for i, unit := range p.Services {
		unit.Failed = unit.Failed || unit.ID == service.ID
		if !unit.Failed {
			p.Status = PurchasePartiallyFailed
		}
		units[i] = unit
	}
	p.Services = units
	return p
}

// refund gives back the share of one unit of a purchase.
func refund(w Wallet, p Purchase, l loss, now time.Time) (*Booking, error) {
	booking, err := w.Book(EntryRefund, l.cause, p.share(), l.note, now)
	return booking.of(p.Agent, p.Offer.Item.ID), err
}

// share is what one unit of a purchase cost.
func (p Purchase) share() money.Money {
	total := p.Offer.Price.Total
	return money.Money{Minor: total.Minor / int64(p.Offer.Quantity), Currency: total.Currency}
}

// Refunded is the part of the price that was given back, for the units that failed.
func (p Purchase) Refunded() money.Money {
	refunded := money.Money{Currency: p.Offer.Price.Total.Currency}
	for _, unit := range p.Services {
		if unit.Failed {
			refunded.Minor += p.share().Minor
		}
	}
	return refunded
}

// refundedAction is what is given back for an action that was bought and has failed.
func refundedAction(service Service) loss {
	action := service.Current
	return loss{
		purchase: action.Purchase, bought: action.StartedAt, cause: ActionRefundCause(action.ID),
		note: fmt.Sprintf("The %s of %s failed", action.Intent.Action, service.DisplayName),
	}
}
