package dynamo_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// bookkeeping is a store with accounts whose wallets a test fills by itself.
type bookkeeping struct{ *storetest.Store }

func onEachBookkeeping(t *testing.T, run func(t *testing.T, s bookkeeping)) {
	t.Helper()
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		run(t, bookkeeping{storetest.New(t, engine, storetest.Options{Funds: -1, NoKick: true})})
	})
}

func (s bookkeeping) same(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, followed); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func (s bookkeeping) ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s bookkeeping) newAccount() id.Account { return s.Shop.IDs.Account() }

func (s bookkeeping) fund(t *testing.T, account id.Account, minor int64) {
	t.Helper()
	s.Store.Fund(t, account, minor)
}

// bookingAt is the next entry of a wallet, in the minor unit of a currency.
func bookingAt(t *testing.T, w shop.Wallet, cause string, minor int64, at time.Time) shop.Booking {
	t.Helper()
	b, err := w.Book(shop.EntryAdjustment, cause, money.Money{Minor: minor, Currency: "jpy"}, "note of "+cause, at)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// A booking is three items in one transaction: wallet, entry and cause, each of
// which is read back as it was written.
func TestBookingIsReadBack(t *testing.T) {
	t.Parallel()
	onEachBookkeeping(t, func(t *testing.T, s bookkeeping) {
		account, stranger := s.newAccount(), s.newAccount()
		w := shop.Wallet{Account: account}
		var entries []shop.Entry
		for i, minor := range []int64{9_007_199_254_740_993, -1, 0} { // 2^53 + 1
			cause := fmt.Sprintf("cause #%d", i)
			b := bookingAt(t, w, cause, minor, s.Clock.Now().Add(time.Duration(i)*time.Millisecond))
			s.ok(t, s.Table.Commit(t.Context(), shop.Change{Booking: &b}))
			w, entries = b.Wallet, append(entries, b.Entry)

			got, err := s.Table.Wallet(t.Context(), account)
			s.ok(t, err)
			s.same(t, "wallet", got, w)
			for account, want := range map[id.Account]bool{account: true, stranger: false} {
				booked, err := s.Table.Booked(t.Context(), account, cause)
				s.ok(t, err)
				s.same(t, "booked", booked, want)
			}
		}
		got, err := s.Table.Ledger(t.Context(), account)
		s.ok(t, err)
		s.same(t, "ledger", got, entries)
		got, err = s.Table.Ledger(t.Context(), stranger)
		s.ok(t, err)
		s.same(t, "a stranger's ledger", len(got), 0)
		_, err = s.Table.Wallet(t.Context(), stranger)
		s.same(t, "no wallet", errors.Is(err, shop.ErrNotFound), true)
	})
}

// A booking whose wallet has moved, whose number is taken or whose cause has its
// entry writes nothing, and takes what comes with it along.
func TestBookingConflicts(t *testing.T) {
	t.Parallel()
	onEachBookkeeping(t, func(t *testing.T, s bookkeeping) {
		account := s.newAccount()
		now := s.Clock.Now()
		first := bookingAt(t, shop.Wallet{Account: account}, "first", 100, now)
		s.ok(t, s.Table.Commit(t.Context(), shop.Change{Booking: &first}))
		second := bookingAt(t, first.Wallet, "second", 10, now)
		s.ok(t, s.Table.Commit(t.Context(), shop.Change{Booking: &second}))
		before, err := s.Table.Books(t.Context(), account)
		s.ok(t, err)

		taken := bookingAt(t, second.Wallet, "third", 1, now)
		taken.Entry.Number = 2
		for name, b := range map[string]shop.Booking{
			"a second first entry":          bookingAt(t, shop.Wallet{Account: account}, "x", 1, now),
			"a wallet that moved":           bookingAt(t, first.Wallet, "x", 1, now),
			"a cause that has its entry":    bookingAt(t, second.Wallet, "first", 1, now),
			"a number that has its entry":   taken,
			"the same booking once more":    second,
			"a wallet that is not there":    bookingAt(t, shop.Wallet{Account: s.newAccount(), Version: 1, Balance: first.Wallet.Balance}, "x", 1, now),
			"a version too far ahead of it": bookingAt(t, shop.Wallet{Account: account, Version: 9, Balance: first.Wallet.Balance}, "x", 1, now),
		} {
			job := shop.Job{ID: s.Shop.IDs.Job(), Account: account, Version: 1, Status: shop.JobDue, DueAt: now, CreatedAt: now}
			err := s.Table.Commit(t.Context(), shop.Change{Booking: &b, Jobs: []shop.Job{job}, At: now})
			s.same(t, name+" conflicts", errors.Is(err, shop.ErrConflict), true)
		}
		after, err := s.Table.Books(t.Context(), account)
		s.ok(t, err)
		s.same(t, "books", after, before)
	})
}

// The ledger is in the order of its numbers, however many digits they have.
func TestLedgerIsInOrder(t *testing.T) {
	t.Parallel()
	const entries = 12
	onEachBookkeeping(t, func(t *testing.T, s bookkeeping) {
		account := s.newAccount()
		for range entries {
			s.fund(t, account, 1)
		}
		got, err := s.Table.Ledger(t.Context(), account)
		s.ok(t, err)
		s.same(t, "entries", len(got), entries)
		for i, e := range got {
			s.same(t, "number", e.Number, i+1)
			s.same(t, "balance", e.Balance.Minor, int64(i+1))
		}
	})
}

func TestAccounts(t *testing.T) {
	t.Parallel()
	onEachBookkeeping(t, func(t *testing.T, s bookkeeping) {
		accounts, err := s.Table.Accounts(t.Context())
		s.ok(t, err)
		s.same(t, "at first", len(accounts), 0)
		want := []id.Account{}
		for range 20 { // enough for every partition of the index
			account := s.newAccount()
			s.fund(t, account, 1)
			want = append(want, account)
		}
		s.fund(t, want[0], 1) // an account is there once, however often it is funded
		accounts, err = s.Table.Accounts(t.Context())
		s.ok(t, err)
		slices.Sort(accounts)
		slices.Sort(want)
		s.same(t, "accounts", accounts, want)
	})
}
