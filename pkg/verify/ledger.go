package verify

import (
	"fmt"

	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// ledger: entries are numbered without gaps but for open holds, each balance follows from the one
// before, no cause has two, and the last is the balance of the wallet.
func (a *account) ledger() {
	const promise = "the ledger sums to the balance"
	balance := money.Money{Currency: a.Wallet.Balance.Currency}
	held, number := a.heldEntries(), 0
	for _, e := range a.Entries {
		number, balance = held.pass(number, balance)
		number++
		subject := fmt.Sprintf("%s entry %d", a.Account, e.Number)
		var err error
		balance, err = balance.Add(e.Amount)
		a.want(err == nil && balance == e.Balance, promise, subject, "the balance should be %s and is %s", balance, e.Balance)
		a.want(e.Number == number, promise, subject, "it should be number %d", number)
		a.want(e.Balance.Minor >= 0, "a balance is never below zero", subject, "it is %s", e.Balance)
		_, twice := a.entries[e.Cause]
		a.want(!twice, "a cause is booked once", subject, "%s was booked before", e.Cause)
		a.entries[e.Cause] = e
	}
	number, balance = held.pass(number, balance)
	a.want(a.Wallet.Balance == balance, promise, string(a.Account), "the wallet holds %s, the ledger sums to %s", a.Wallet.Balance, balance)
	a.want(a.Wallet.Version == number, promise, string(a.Account), "the wallet counts %d entries, there are %d", a.Wallet.Version, number)
}

// debits: nothing was paid for that was not bought.
func (a *account) debits() {
	bought := make(map[string]bool)
	for _, p := range a.Purchases {
		bought[shop.PurchaseCause(p.ID)] = true
	}
	for _, e := range a.Entries {
		a.want(e.Kind != shop.EntryPurchase || bought[e.Cause] || a.takenBack(e), "a purchase is paid once, at its price", e.Cause, "it was paid for, and is not there")
	}
}

// refunds: each unit and each action that failed was given back once, and what was unused
// of a service that has ended or costs less since; nothing else was.
func (a *account) refunds() {
	const promise = "what was not delivered is refunded once"
	owed := make(map[string]money.Money)
	for _, p := range a.Purchases {
		if isUnbought(p) {
			owed[shop.UnboughtCause(p.ID)] = p.Offer.Price.Total
		}
		for _, unit := range p.Services {
			if unit.Failed {
				owed[refundCause(p, unit)] = share(p)
			}
		}
	}
	for _, s := range a.Services {
		if s.End != nil && s.End.Refund > 0 {
			owed[shop.EndCause(s.ID)] = money.Money{Minor: s.End.Refund, Currency: s.Bill.Renewal.Currency}
		}
	}
	for _, action := range a.Actions {
		if action.Credit != nil && action.Credit.Back.Minor > 0 {
			owed[shop.CreditCause(action.ID)] = action.Credit.Back
		}
	}
	for cause, due := range owed {
		a.want(a.entries[cause].Amount.Minor == due.Minor, promise, cause, "%s is owed, booked is %s", due, a.entries[cause].Amount)
	}
	for _, e := range a.Entries {
		_, isOwed := owed[e.Cause]
		a.want(e.Kind != shop.EntryRefund || isOwed || a.takenBack(e), promise, e.Cause, "it was refunded without a failure")
	}
}

// share is what one unit of a purchase cost.
func share(p shop.Purchase) money.Money {
	total := p.Offer.Price.Total
	return money.Money{Minor: total.Minor / int64(p.Offer.Quantity), Currency: total.Currency}
}
