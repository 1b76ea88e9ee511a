package dynamo_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// funded is an account whose wallet and budget hold, with that much in it.
func funded(t *testing.T, s store, cents int64) id.Account {
	t.Helper()
	account := newAgent().Account()
	booking, err := shop.Wallet{Account: account}.Book(shop.EntryFunding, "test", usd(cents), "", now)
	expectOK(t, err)
	s.commit(t, shop.Change{Booking: &booking, At: now})
	expectOK(t, s.HoldBudget(t.Context(), shop.Budget{Account: account}, "usd", now))
	expectOK(t, s.HoldWallet(t.Context(), account, now))
	return account
}

func aHold(minor int64) *shop.Hold { return &shop.Hold{ID: newID(id.Maker.Hold), Minor: minor} }

// A wallet that holds gives out what is free, and numbers in a row.
func TestWalletHolds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		account := funded(t, s, 100)
		ctx := t.Context()
		expectError(t, "hold twice", s.HoldWallet(ctx, account, now), shop.ErrConflict)

		first, second, credit := aHold(-60), aHold(-40), aHold(30)
		w, err := s.StepWallet(ctx, shop.WalletStep{Account: account, Begin: first, Free: -60, At: now})
		expectOK(t, err)
		expectSame(t, "after the first", fmt.Sprint(w.Version, w.Balance.Minor, w.Held.Free), "2 40 40")
		_, err = s.StepWallet(ctx, shop.WalletStep{Account: account, Begin: aHold(-41), Free: -41, At: now})
		expectError(t, "too much", err, shop.ErrConflict)
		_, err = s.StepWallet(ctx, shop.WalletStep{Account: account, Begin: second, Free: -40, At: now})
		expectOK(t, err)
		// A credit moves the balance at once, and can be spent when it is final.
		w, err = s.StepWallet(ctx, shop.WalletStep{Account: account, Begin: credit, At: now})
		expectOK(t, err)
		expectSame(t, "with the credit", fmt.Sprint(w.Version, w.Balance.Minor, w.Held.Free), "4 30 0")
		expectSame(t, "on hold", w.OnHold(), usd(100))
		first.Number, second.Number, credit.Number = 2, 3, 4
		expectHolds(t, w.Held.Open, *first, *second, *credit)
		early := w
		early.Version--
		expectError(t, "end the holding as it was read before", s.FreeWallet(ctx, early), shop.ErrConflict)

		for range 2 { // what is committed may be ended by several
			_, err = s.StepWallet(ctx, shop.WalletStep{Account: account, Committed: []shop.Hold{*first}, At: now})
			expectOK(t, err)
		}
		for _, h := range []*shop.Hold{second, credit} {
			w, err = s.StepWallet(ctx, shop.WalletStep{Account: account, End: h, Free: max(h.Minor, 0), At: now})
			expectOK(t, err)
		}
		expectSame(t, "in the end", fmt.Sprint(w.Version, w.Balance.Minor, w.Held.Free, len(w.Held.Open)), "4 30 30 0")
		_, err = s.StepWallet(ctx, shop.WalletStep{Account: account, End: first, At: now})
		expectError(t, "end twice", err, shop.ErrConflict)
		expectOK(t, s.FreeWallet(ctx, w))
		w, err = s.Wallet(ctx, account)
		expectOK(t, err)
		expectSame(t, "holds", w.Held == nil, true)
		_, err = s.StepWallet(ctx, shop.WalletStep{Account: account, Begin: first, Free: -1, At: now})
		expectError(t, "a hold of what does not hold", err, shop.ErrConflict)
	})
}

// A wallet that was read too long ago is read again before a hold is added to it. One
// update ends what is committed and begins another hold.
func TestWalletReadTooLongAgo(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		account, ctx := funded(t, s, 1000), t.Context()
		first, second := aHold(-1), aHold(-1)
		w, err := s.StepWallet(ctx, shop.WalletStep{Account: account, Begin: first, Free: -1, Before: 2, At: now})
		expectOK(t, err)
		stale := shop.WalletStep{Account: account, Begin: second, Free: -1, Before: w.Version, Committed: []shop.Hold{*first}, At: now}
		_, err = s.StepWallet(ctx, stale)
		expectSame(t, "full", errors.Is(err, shop.ErrFull), true)
		stale.Before++
		w, err = s.StepWallet(ctx, stale)
		expectOK(t, err)
		second.Number = 3
		expectHolds(t, w.Held.Open, *second)
		expectSame(t, "free", w.Held.Free, int64(998))
	})
}

// A wallet with as many holds as it has places for is one write unit, and what is released
// takes the place of its hold.
func TestWalletIsOneUnit(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		account := funded(t, s, 1<<40)
		var last *shop.Hold
		for range shop.MaxWalletHolds {
			last = aHold(-100_000)
			_, err := s.StepWallet(t.Context(), shop.WalletStep{Account: account, Begin: last, Free: -100_000, At: now})
			expectOK(t, err)
		}
		release := &shop.Hold{ID: last.ID, Minor: 100_000, Release: true}
		w, err := s.StepWallet(t.Context(), shop.WalletStep{Account: account, Begin: release, End: last, At: now})
		expectOK(t, err)
		expectSame(t, "open", len(w.Held.Open), shop.MaxWalletHolds)
		for _, item := range s.items(t) {
			if size := dynamotest.SizeOf(&types.AttributeValueMemberM{Value: item}); item["freeMinor"] != nil && size > 1024 {
				t.Errorf("the wallet has %d bytes", size)
			}
		}
	})
}

// A transaction that was decided before a wallet or budget began to hold, or one of a
// budget that has changed, is not written.
func TestHoldingKeepsTransactionsOff(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		account := newAgent().Account()
		booking, err := shop.Wallet{Account: account}.Book(shop.EntryFunding, "test", usd(100), "", now)
		expectOK(t, err)
		direct := shop.Budget{Account: account, Version: 1, Policy: shop.Policy{Frozen: true}}
		s.commit(t, shop.Change{Booking: &booking, Budgets: []shop.Budget{direct}, At: now})
		late, err := booking.Wallet.Book(shop.EntryFunding, "late", usd(100), "", now)
		expectOK(t, err)
		next := direct
		next.Version++
		expectOK(t, s.HoldBudget(t.Context(), direct, "usd", now))
		expectError(t, "hold twice", s.HoldBudget(t.Context(), direct, "usd", now), shop.ErrConflict)
		expectOK(t, s.HoldWallet(t.Context(), account, now))

		err = s.Commit(t.Context(), shop.Change{Booking: &late, Budgets: []shop.Budget{next}, At: now})
		var lost *shop.Contended
		if !errors.As(err, &lost) {
			t.Fatalf("the error is %v", err)
		}
		if diff := cmp.Diff(shop.Contended{Wallet: true, Budgets: []id.Agent{""}}, *lost); diff != "" {
			t.Errorf("lost (-want +got):\n%s", diff)
		}
	})
}

// A budget that holds keeps its limits, whatever comes at once, and another policy
// ends what was decided under the one before.
func TestBudgetHolds(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		account, ctx := newAgent().Account(), t.Context()
		policy := shop.Policy{Limits: []shop.Limit{{Currency: "usd", PerDay: new(int64(100))}}, MaxLiveServices: new(3)}
		direct := shop.Budget{Account: account, Version: 1, Policy: policy, Spending: shop.Spending{
			LiveServices: 1, Sums: []shop.Sum{{Currency: "usd", Day: "2025-12-31", DayMinor: 90, Month: "2025-12", MonthMinor: 90, TotalMinor: 90}},
		}}
		s.commit(t, shop.Change{Budgets: []shop.Budget{direct}, At: now})
		expectOK(t, s.HoldBudget(ctx, direct, "usd", now))
		held := s.budget(t, account)
		today := held.Held.Day
		step := func(h *shop.Hold) shop.BudgetStep {
			h.Services, h.Day = 1, today
			return shop.BudgetStep{Budget: held, Begin: h, At: now}
		}
		first := aHold(60)
		expectOK(t, s.StepBudget(ctx, step(first)))
		expectError(t, "beyond the day's limit", s.StepBudget(ctx, step(aHold(41))), shop.ErrConflict)
		second := aHold(40)
		expectOK(t, s.StepBudget(ctx, step(second)))
		expectError(t, "beyond the live services", s.StepBudget(ctx, step(aHold(0))), shop.ErrConflict)

		now2 := s.budget(t, account)
		expectHolds(t, now2.Held.Open, *first, *second)
		expectSame(t, "spent", now2.Spending.Sum("usd"), shop.Sum{Currency: "usd", Day: today, DayMinor: 100, Month: today[:7], MonthMinor: 100, TotalMinor: 190})
		for range 2 { // what is committed may be ended by several
			expectOK(t, s.StepBudget(ctx, shop.BudgetStep{Budget: now2, Committed: []shop.Hold{*first}, At: now}))
		}
		expectOK(t, s.StepBudget(ctx, shop.BudgetStep{Budget: now2, End: second, Undo: true, At: now}))
		after := s.budget(t, account)
		expectSame(t, "after one is undone", after.Spending.Sum("usd").TotalMinor, int64(150))
		expectSame(t, "live", after.Spending.LiveServices, 2)

		// Another policy keeps the sums, and ends what rests on the one before.
		frozen := after
		frozen.Version++
		frozen.Policy.Frozen = true
		s.commit(t, shop.Change{Budgets: []shop.Budget{frozen}, At: now})
		expectError(t, "under the old policy", s.StepBudget(ctx, step(aHold(1))), shop.ErrConflict)
		expectError(t, "free what has changed", s.FreeBudget(ctx, after), shop.ErrConflict)
		last := s.budget(t, account)
		expectSame(t, "frozen", last.Policy.Frozen, true)
		expectSame(t, "still spent", last.Spending.Sum("usd").TotalMinor, int64(150))

		// Part of it is given back, in a transaction.
		lowered, err := last.GiveBack(usd(50), 1, now, now)
		expectOK(t, err)
		s.commit(t, shop.Change{Budgets: []shop.Budget{lowered}, At: now})
		last = s.budget(t, account)
		expectSame(t, "given back", last.Spending.Sum("usd").DayMinor, int64(10))

		seats, err := s.Holding(ctx)
		expectOK(t, err)
		expectSame(t, "nominated", len(seats) == 1 && seats[0] == shop.Seat{Account: account}, true)
		early := last
		nothing := &shop.Hold{ID: newID(id.Maker.Hold), Day: today}
		expectOK(t, s.StepBudget(ctx, shop.BudgetStep{Budget: last, Begin: nothing, At: now}))
		expectError(t, "free what another hold was opened in", s.FreeBudget(ctx, early), shop.ErrConflict)
		expectOK(t, s.StepBudget(ctx, shop.BudgetStep{Budget: last, End: nothing, At: now}))
		last = s.budget(t, account)
		expectOK(t, s.FreeBudget(ctx, last))
		free := s.budget(t, account)
		expectSame(t, "holds", free.Held == nil, true)
		expectSame(t, "the sum", free.Spending.Sum("usd"), last.Spending.Sum("usd"))
		seats, err = s.Holding(ctx)
		expectOK(t, err)
		expectSame(t, "nominated no more", len(seats), 0)
	})
}

// Of a change and whoever declares it void only one is written.
func TestProofOfHold(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		account := newAgent().Account()
		done, void := aHold(0).ID, aHold(0).ID
		s.commit(t, shop.Change{Proof: &shop.HoldProof{Account: account, ID: done, At: now}, At: now})
		expectError(t, "void what is done", s.VoidHold(t.Context(), shop.HoldProof{Account: account, ID: done, Void: true, At: now}), shop.ErrConflict)
		expectOK(t, s.VoidHold(t.Context(), shop.HoldProof{Account: account, ID: void, Void: true, At: now}))
		expectError(t, "do what is void", s.Commit(t.Context(), shop.Change{Proof: &shop.HoldProof{Account: account, ID: void, At: now}, At: now}), shop.ErrConflict)
		for hold, want := range map[id.Hold]bool{done: false, void: true} {
			proof, err := s.HoldProof(t.Context(), account, hold)
			expectOK(t, err)
			expectSame(t, "void", proof.Void, want)
			committed, err := s.Committed(t.Context(), account, hold)
			expectOK(t, err)
			expectSame(t, "committed", committed, !want)
		}
	})
}

func (s store) budget(t *testing.T, account id.Account) shop.Budget {
	t.Helper()
	b, err := s.Budget(t.Context(), account, "")
	expectOK(t, err)
	return b
}

// expectHolds compares holds, in any order.
func expectHolds(t *testing.T, got []shop.Hold, want ...shop.Hold) {
	t.Helper()
	byID := func(holds []shop.Hold) map[id.Hold]shop.Hold {
		m := make(map[id.Hold]shop.Hold)
		for _, h := range holds {
			m[h.ID] = h
		}
		return m
	}
	if diff := cmp.Diff(byID(want), byID(got)); diff != "" {
		t.Errorf("holds (-want +got):\n%s", diff)
	}
}
