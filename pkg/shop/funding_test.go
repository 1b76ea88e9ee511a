package shop_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// till is a store with the empty wallet of an account.
type till struct {
	*storetest.Store
	account id.Account
}

func newTill(t *testing.T, engine dynamotest.Engine) till {
	t.Helper()
	s := storetest.New(t, engine, storetest.Options{Funds: -1})
	return till{s, s.Agent.Account()}
}

// onEachTill runs a test on both engines.
func onEachTill(t *testing.T, run func(t *testing.T, s till)) {
	t.Helper()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) { run(t, newTill(t, engine)) })
}

func cents(minor int64) money.Money { return money.Money{Minor: minor, Currency: "usd"} }

// expectLedger compares the ledger, as amounts, and its last balance with the wallet's.
func (s till) expectLedger(t *testing.T, amounts ...int64) {
	t.Helper()
	entries, err := s.Table.Ledger(t.Context(), s.account)
	expectOK(t, err)
	got := []int64{}
	var sum int64
	for _, e := range entries {
		got = append(got, e.Amount.Minor)
		sum += e.Amount.Minor
	}
	expectSame(t, "amounts in the ledger", got, amounts)
	wallet, err := s.Table.Wallet(t.Context(), s.account)
	expectOK(t, err)
	expectSame(t, "balance", wallet.Balance, cents(sum))
	expectSame(t, "entries", wallet.Version, len(entries))
}

func TestFundAndAdjust(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, s till) {
		now := s.Clock.Now()
		wallet, booked, err := s.Shop.Fund(t.Context(), s.account, cents(5000), "invoice 1", "First funds")
		expectOK(t, err)
		expectSame(t, "booked", booked, true)
		expectSame(t, "wallet", wallet, shop.Wallet{Account: s.account, Version: 1, Balance: cents(5000), UpdatedAt: now})

		// A reference of the other kind is another cause.
		wallet, booked, err = s.Shop.Adjust(t.Context(), s.account, cents(-1200), "invoice 1", "Mistyped")
		expectOK(t, err)
		expectSame(t, "booked", booked, true)
		expectSame(t, "balance", wallet.Balance, cents(3800))

		entries, err := s.Table.Ledger(t.Context(), s.account)
		expectOK(t, err)
		expectSame(t, "ledger", entries, []shop.Entry{
			{Account: s.account, Number: 1, Kind: shop.EntryFunding, Cause: "funding:invoice 1", Amount: cents(5000), Balance: cents(5000), Note: "First funds", At: now},
			{Account: s.account, Number: 2, Kind: shop.EntryAdjustment, Cause: "adjustment:invoice 1", Amount: cents(-1200), Balance: cents(3800), Note: "Mistyped", At: now},
		})
	})
}

// The same reference books once, whatever the second amount is.
func TestFundAndAdjustOnce(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, s till) {
		for _, call := range []struct {
			what string
			do   func(money.Money) (shop.Wallet, bool, error)
		}{
			{"fund", func(m money.Money) (shop.Wallet, bool, error) {
				return s.Shop.Fund(t.Context(), s.account, m, "r", "")
			}},
			{"adjust", func(m money.Money) (shop.Wallet, bool, error) {
				return s.Shop.Adjust(t.Context(), s.account, m, "r", "")
			}},
		} {
			first, booked, err := call.do(cents(100))
			expectOK(t, err)
			expectSame(t, call.what+" at first", booked, true)
			for _, again := range []int64{100, 700} {
				wallet, booked, err := call.do(cents(again))
				expectOK(t, err)
				expectSame(t, call.what+" again", booked, false)
				expectSame(t, "wallet", wallet, first)
			}
		}
		s.expectLedger(t, 100, 100)
	})
}

func TestNothingIsBookedThatCannotBe(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, s till) {
		_, _, err := s.Shop.Adjust(t.Context(), s.account, cents(-1), "too early", "")
		expectSame(t, "nothing to take", errors.Is(err, shop.ErrInsufficient), true)
		_, err = s.Table.Wallet(t.Context(), s.account)
		expectSame(t, "no wallet", errors.Is(err, shop.ErrNotFound), true)

		_, _, err = s.Shop.Fund(t.Context(), s.account, cents(100), "first", "")
		expectOK(t, err)
		_, _, err = s.Shop.Adjust(t.Context(), s.account, cents(-101), "one too many", "")
		expectSame(t, "more than there is", errors.Is(err, shop.ErrInsufficient), true)
		_, _, err = s.Shop.Fund(t.Context(), s.account, money.Money{Minor: 1, Currency: "eur"}, "abroad", "")
		expectSame(t, "another currency", errors.Is(err, money.ErrCurrency), true)
		_, _, err = s.Shop.Adjust(t.Context(), s.account, cents(-100), "all", "")
		expectOK(t, err)
		s.expectLedger(t, 100, -100)
	})
}

// concurrently funds the wallet from many sides, each with its own reference,
// and returns how many were booked.
func (s till) concurrently(t *testing.T, sides int, amount money.Money, reference func(int) string) int {
	t.Helper()
	var all sync.WaitGroup
	booked := make([]bool, sides)
	for i := range sides {
		all.Go(func() {
			var err error
			if _, booked[i], err = s.Shop.Fund(t.Context(), s.account, amount, reference(i), ""); err != nil {
				t.Errorf("funding %d: %v", i, err)
			}
		})
	}
	all.Wait()
	n := 0
	for _, b := range booked {
		if b {
			n++
		}
	}
	return n
}

const sides = 16

func TestConcurrentFundingsOfOneReference(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, s till) {
		n := s.concurrently(t, sides, cents(100), func(int) string { return "invoice 1" })
		expectSame(t, "booked", n, 1)
		s.expectLedger(t, 100)
	})
}

func TestConcurrentFundingsAddUp(t *testing.T) {
	t.Parallel()
	onEachTill(t, func(t *testing.T, s till) {
		n := s.concurrently(t, sides, cents(100), func(i int) string { return fmt.Sprintf("invoice %d", i) })
		expectSame(t, "booked", n, sides)
		wallet, err := s.Table.Wallet(t.Context(), s.account)
		expectOK(t, err)
		expectSame(t, "balance", wallet.Balance, cents(100*sides))
		expectSame(t, "entries", wallet.Version, sides)
	})
}
