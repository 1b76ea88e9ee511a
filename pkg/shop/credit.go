package shop

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// Credit is what an action that has succeeded took off the bill of its service.
type Credit struct {
	// Back was given back of the term that was paid, and Renewal is the price from then on.
	Back, Renewal money.Money
	// PaidAt is when what was given back was paid.
	PaidAt time.Time
}

// CreditCause is the cause of the entry that gives back what a service costs less because
// of an action.
func CreditCause(a id.Action) string { return "credit:" + string(a) }

// givingBack is a price below zero as it can be bought: nothing is due, and the rest goes
// back once the action has succeeded, because it may fail.
func (p Price) givingBack() (Price, error) {
	back, err := p.Total.Neg()
	line := Line{Kind: LineCredit, Description: "Goes back to the wallet once it has succeeded", Quantity: 1, Unit: back, Amount: back}
	p.Lines = append(p.Lines[:len(p.Lines):len(p.Lines)], line)
	p.Back, p.Total.Minor = back, 0
	return p, err
}

// rebills reports whether the bill of a service changes when its current action succeeds.
func (w *Worker) rebills(s Service) bool {
	if s.Current == nil || s.Current.Purchase != "" {
		return s.Current != nil
	}
	kind, _ := w.Products.action(s.ServiceType, s.Current.Intent.Action)
	return kind.Credit != nil
}

// bill writes what the success of its current action means for the bill of a service.
func (w *Worker) bill(ctx context.Context, change *Change, service *Service) error {
	if service.Current == nil {
		return nil
	}
	kind, _ := w.Products.action(service.ServiceType, service.Current.Intent.Action)
	switch {
	case bought(*service):
		purchase, err := w.Store.Purchase(ctx, service.Account, service.Current.Purchase)
		if err != nil {
			return err
		}
		if service.State, err = w.stateBought(ctx, kind, *service, purchase.Offer); err != nil {
			return err
		}
		if kind.Exchange != nil {
			service.become(purchase, change.At)
		}
		return w.rebill(ctx, change, service, purchase.Offer.Price, purchase.Offer.Action.At)
	case kind.Credit != nil:
		at := service.Current.StartedAt.UTC().Truncate(time.Second)
		charge, err := kind.Credit(*service, Item{}, service.Current.Intent.Input, at)
		if err != nil {
			return err
		}
		price, err := charge.price(*service, at)
		if err == nil && price.Total.Minor != 0 {
			err = fmt.Errorf("shop: the action %s costs money without a quote", kind.Name)
		}
		if err != nil {
			return err
		}
		return w.rebill(ctx, change, service, price, at)
	}
	return nil
}

// stateBought is the state with what depends on what was bought.
func (w *Worker) stateBought(ctx context.Context, kind ActionType, s Service, offer Offer) (Data, error) {
	if kind.Bought == nil {
		return s.State, nil
	}
	was := offer.Item
	if kind.Exchange != nil {
		brought, err := w.Store.Purchase(ctx, s.Account, cmp.Or(s.Exchanged, s.Purchase))
		if err != nil {
			return Data{}, err
		}
		was = brought.Offer.Item
	}
	return kind.Bought(s.State, was, offer)
}

// rebill is the bill after an action of that price, of that moment.
func (w *Worker) rebill(ctx context.Context, change *Change, service *Service, price Price, at time.Time) error {
	paidAt := service.Bill.PaidAt
	if more := price.Total.Minor - price.Back.Minor; more != 0 {
		service.Bill = service.Bill.added(more, at)
	}
	service.Bill.Renewal = price.Renewal
	if bought(*service) && price.Back.Minor == 0 {
		return nil
	}
	current := *service.Current
	current.Credit = &Credit{Back: money.Money{Minor: price.Back.Minor, Currency: price.Renewal.Currency}, Renewal: price.Renewal, PaidAt: paidAt}
	service.Current = &current
	if price.Back.Minor == 0 {
		return nil
	}
	return w.credit(ctx, change, *service)
}

// credit gives back what a service costs less from now on.
func (w *Worker) credit(ctx context.Context, change *Change, s Service) error {
	funds, bounds, err := fundsOf(ctx, w.Store, s.Agent)
	if err != nil {
		return err
	}
	given := s.Current.Credit
	note := fmt.Sprintf("The %s of %s, paid until %s", s.Current.Intent.Action, s.DisplayName, s.Bill.PaidUntil.Format(time.RFC3339))
	booking, err := funds.Book(EntryRefund, CreditCause(s.Current.ID), given.Back, note, change.At)
	if err != nil {
		return err
	}
	booking.Entry.Service = s.ID
	change.Booking = booking.of(s.Agent, s.Item)
	change.Budgets, err = bounds.unused(s, given.Back, 0, given.PaidAt, change.At)
	return err
}

// unused are both budgets after what is unused of a service was given back.
func (b Budgets) unused(s Service, back money.Money, services int, paidAt, now time.Time) (lowered []Budget, err error) {
	for i, one := range b.both() {
		given := back
		if i == 1 && !s.Bill.first(s.CreatedAt) {
			given.Minor = 0 // a renewal has taken nothing of the agent's own limits
		}
		if one, err = one.GiveBack(given, services, paidAt, now); err != nil {
			return nil, err
		}
		lowered = append(lowered, one)
	}
	return lowered, nil
}
