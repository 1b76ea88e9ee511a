package shop_test

import (
	"math"
	"math/big"
	"reflect"
	"testing"
	"time"

	"pgregory.net/rapid"

	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

var (
	entryKinds = rapid.SampledFrom([]shop.EntryKind{
		shop.EntryFunding, shop.EntryPurchase, shop.EntryRefund, shop.EntryAdjustment,
	})
	// amounts are of everyday size, or as large as an amount can be.
	amounts = rapid.OneOf(
		rapid.Int64Range(-10_000, 10_000),
		rapid.Int64Range(math.MaxInt64-10_000, math.MaxInt64),
		rapid.Int64(),
	)
	currencies = rapid.SampledFrom([]money.Currency{"usd", "usd", "usd", "usd", "eur"})
)

// Whatever moves, the balance is the sum of the entries, which are numbered from
// 1 without gaps; it is never below zero; and what cannot be booked is refused.
func TestWalletIsTheSumOfItsEntries(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		wallet := shop.Wallet{Account: "acc_1"}
		sum, entries := new(big.Int), 0
		for range rapid.IntRange(1, 30).Draw(t, "movements") {
			kind, currency := entryKinds.Draw(t, "kind"), currencies.Draw(t, "currency")
			amount := money.Money{Minor: amounts.Draw(t, "amount"), Currency: currency}
			now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC).Add(time.Duration(entries) * time.Hour)
			after := new(big.Int).Add(sum, big.NewInt(amount.Minor))

			booking, err := wallet.Book(kind, "cause", amount, "note", now)
			if want := bookingError(wallet, after, currency); err != want {
				t.Fatalf("%v on %+v: the error is %v, want %v", amount, wallet, err, want)
			}
			if err != nil {
				continue
			}
			sum, entries = after, entries+1
			balance := money.Money{Minor: sum.Int64(), Currency: currency}
			wantWallet := shop.Wallet{Account: "acc_1", Version: entries, Balance: balance, UpdatedAt: now}
			wantEntry := shop.Entry{
				Account: "acc_1", Number: entries, Kind: kind, Cause: "cause",
				Amount: amount, Balance: balance, Note: "note", At: now,
			}
			if !reflect.DeepEqual(booking, shop.Booking{Wallet: wantWallet, Entry: wantEntry}) {
				t.Fatalf("%v on %+v: booked is %+v", amount, wallet, booking)
			}
			wallet = booking.Wallet
		}
	})
}

// bookingError is why a wallet cannot hold a balance in a currency; nil where it can.
func bookingError(w shop.Wallet, balance *big.Int, currency money.Currency) error {
	switch {
	case w.Version > 0 && w.Balance.Currency != currency:
		return money.ErrCurrency
	case !balance.IsInt64():
		return money.ErrOverflow
	case balance.Sign() < 0:
		return shop.ErrInsufficient
	default:
		return nil
	}
}

// The first entry decides the currency of a wallet, even where it is of nothing.
func TestWalletTakesTheFirstCurrency(t *testing.T) {
	t.Parallel()
	booking, err := shop.Wallet{}.Book(shop.EntryFunding, "funding:1", money.Money{Currency: "eur"}, "", time.Time{})
	expectOK(t, err)
	_, err = booking.Wallet.Book(shop.EntryFunding, "funding:2", money.Money{Minor: 1, Currency: "usd"}, "", time.Time{})
	expectSame(t, "error", err == money.ErrCurrency, true)
}
