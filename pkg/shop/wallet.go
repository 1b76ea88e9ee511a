package shop

import (
	"context"
	"errors"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// Wallet is the money of an account. Its balance is never below zero, and is
// the sum of the entries of its ledger.
type Wallet struct {
	Account id.Account
	// Version is also the number of the last entry: each change of the balance is
	// one entry, written in the same transaction.
	Version   int
	Balance   money.Money
	UpdatedAt time.Time
	// Held is set while changes hold what they move, see Held.
	Held *Held
}

// Free is what can be spent.
func (w Wallet) Free() money.Money {
	if w.Held == nil {
		return w.Balance
	}
	return money.Money{Minor: w.Held.Free, Currency: w.Balance.Currency}
}

// OnHold is what open holds have taken out of the balance for purchases that are under
// way.
func (w Wallet) OnHold() money.Money {
	sum := money.Money{Currency: w.Balance.Currency}
	if w.Held == nil {
		return sum
	}
	for _, h := range w.Held.Open {
		sum.Minor -= min(h.Minor, 0)
	}
	return sum
}

// Entry is one line of the ledger. Entries are numbered from 1 without gaps, and
// never change.
type Entry struct {
	Account id.Account
	Number  int
	Kind    EntryKind
	// Cause is why the money moved. A cause has at most one entry, so that no refund,
	// purchase or funding can be booked twice.
	Cause   string
	Amount  money.Money // positive into the wallet, negative out of it
	Balance money.Money // after the entry
	Note    string
	At      time.Time
	// Service is what was charged or ended; empty for an entry about something else.
	Service id.Service
	// Agent is who bought what the money moved for, and Item what it is; empty for money
	// that moved for nothing that was bought, and in entries of earlier versions.
	Agent id.Agent
	Item  id.Item
}

// EntryKind tells why money moved.
type EntryKind string

// The kinds of entry.
const (
	EntryFunding    EntryKind = "funding"
	EntryPurchase   EntryKind = "purchase"
	EntryRenewal    EntryKind = "renewal"
	EntryRefund     EntryKind = "refund"
	EntryAdjustment EntryKind = "adjustment"
)

// Booking is a wallet after an entry, and the entry.
type Booking struct {
	Wallet Wallet
	Entry  Entry
	// Earlier are entries of the same change that come before Entry; of a wallet that
	// holds nothing.
	Earlier []Entry
	// Low is the balance below which members want to hear of it; nil for none.
	Low *int64
}

// Book moves money. It returns ErrInsufficient where the balance is too low, and the
// errors of package money.
func (w Wallet) Book(kind EntryKind, cause string, amount money.Money, note string, now time.Time) (Booking, error) {
	if w.Version == 0 {
		w.Balance.Currency = amount.Currency
	}
	balance, err := w.Balance.Add(amount)
	if err != nil {
		return Booking{}, err
	}
	if balance.Minor < 0 || amount.Minor < 0 && w.Free().Minor < -amount.Minor {
		return Booking{}, ErrInsufficient
	}
	w.Version++
	w.Balance = balance
	w.UpdatedAt = now
	return Booking{Wallet: w, Entry: Entry{
		Account: w.Account, Number: w.Version, Kind: kind, Cause: cause,
		Amount: amount, Balance: balance, Note: note, At: now,
	}}, nil
}

// ErrInsufficient means that a wallet does not hold the amount to be taken.
var ErrInsufficient = errors.New("shop: the wallet does not hold enough")

// PurchaseCause is the cause of the entry that pays for a purchase.
func PurchaseCause(p id.Purchase) string { return "purchase:" + string(p) }

// RefundCause is the cause of the entry that gives the price of a service back.
func RefundCause(s id.Service) string { return "refund:" + string(s) }

// ActionRefundCause is the cause of the entry that gives the price of an action back.
func ActionRefundCause(a id.Action) string { return "refund:" + string(a) }

// debit takes the price of a purchase. It returns insufficient_funds.
func debit(w Wallet, p Purchase) (*Booking, error) {
	price := p.Offer.Price.Total
	negative, err := price.Neg()
	if err != nil {
		return nil, err
	}
	booking, err := w.Book(EntryPurchase, PurchaseCause(p.ID), negative, p.Offer.title(), p.UpdatedAt)
	if errors.Is(err, ErrInsufficient) || errors.Is(err, money.ErrCurrency) {
		return nil, w.tooLittle(price)
	}
	return booking.of(p.Agent, p.Offer.Item.ID), err
}

// of is a booking for what that agent has bought.
func (b Booking) of(agent id.Agent, item id.Item) *Booking {
	b.Entry.Agent, b.Entry.Item = agent, item
	return &b
}

// tooLittle refuses a price that the wallet does not hold. Of another currency it
// holds nothing.
func (w Wallet) tooLittle(price money.Money) error {
	e := fault.New(fault.InsufficientFunds, "The price is %s, and the wallet holds %s, which is another currency.", price, w.Balance).
		Fix("Buy something that is priced in the currency of the wallet.")
	held := int64(0)
	if w.Version == 0 || w.Balance.Currency == price.Currency {
		held = w.Free().Minor
		missing := money.Money{Minor: price.Minor - held, Currency: price.Currency}
		e = fault.New(fault.InsufficientFunds, "The price is %s, and the wallet holds %s.", price, money.Money{Minor: held, Currency: price.Currency}).
			Fix("Ask the owner of the account to add at least %s, then send the same request again, with the same idempotency key.", missing).
			Fix("Quote something cheaper with quote_create.")
	}
	if w.Held.contended() {
		e.With("heldMinor", w.OnHold().Minor).Fix("Send it again in a minute: not all money that moves at this moment can be spent yet, or is spent.")
	}
	return e.With("priceMinor", price.Minor).With("balanceMinor", held).With("shortfallMinor", price.Minor-held).With("currency", price.Currency)
}

// wallet reads the wallet of an account; one that was never funded is empty.
func wallet(ctx context.Context, store WalletReader, account id.Account) (Wallet, error) {
	w, err := store.Wallet(ctx, account)
	if errors.Is(err, ErrNotFound) {
		return Wallet{Account: account}, nil
	}
	return w, err
}

// WalletReader reads wallets.
type WalletReader interface {
	// Wallet returns ErrNotFound.
	Wallet(context.Context, id.Account) (Wallet, error)
}

// Wallet reads the wallet of the account, with what is still open in it.
func (s *Shop) Wallet(ctx context.Context, caller Caller) (Wallet, error) {
	w, err := wallet(ctx, s.Store, caller.Account)
	if err != nil || !w.Held.contended() {
		return w, err
	}
	held, err := s.writer().undecided(ctx, caller.Account, w.Held)
	w.Held = held[0]
	return w, err
}

// Ledger lists the ledger of the account.
func (s *Shop) Ledger(ctx context.Context, caller Caller, page Page) ([]Entry, Cursor, error) {
	return s.Store.Entries(ctx, caller.Account, page)
}
