package shop_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// besieged is a store whose wallet and budgets hold, in which somebody of another
// process holds something of which nobody knows yet what becomes.
type besieged struct {
	*storetest.Store
	other shop.Hold
	funds int64 // with what is held
}

// onEachBesieged has the other hold that much.
func onEachBesieged(t *testing.T, held int64, run func(t *testing.T, s *besieged)) {
	t.Helper()
	onEach(t, storetest.Options{NoKick: true, Funds: 10 * unitPrice}, func(t *testing.T, store *storetest.Store) {
		s, ctx, account := &besieged{Store: store}, t.Context(), store.Agent.Account()
		s.Shop.Ends = &shop.Ends{Crowd: 1}
		s.buy(t, s.Shop, "the first one") // so that there are budgets
		now := s.Clock.Now()
		for _, agent := range []id.Agent{"", s.Agent} {
			b, err := s.Table.Budget(ctx, account, agent)
			expectOK(t, err)
			expectOK(t, s.Table.HoldBudget(ctx, b, "usd", now))
			b, err = s.Table.Budget(ctx, account, agent)
			expectOK(t, err)
			s.other = shop.Hold{ID: s.other.ID, Minor: held, Services: 1, Day: now.Format(time.DateOnly)}
			if s.other.ID == "" {
				s.other.ID = s.Shop.IDs.Hold()
			}
			expectOK(t, s.Table.StepBudget(ctx, shop.BudgetStep{Budget: b, Begin: &s.other, At: now}))
		}
		expectOK(t, s.Table.HoldWallet(ctx, account, now))
		s.funds = s.wallet(t).Balance.Minor
		_, err := s.Table.StepWallet(ctx, shop.WalletStep{Account: account, Begin: &shop.Hold{ID: s.other.ID, Minor: -held}, Free: -held, At: now})
		expectOK(t, err)
		run(t, s)
	})
}

// another is a process that remembers nothing of others.
func (s *besieged) another() *shop.Shop {
	another := *s.Shop
	another.Ends = &shop.Ends{Crowd: 1}
	return &another
}

func (s *besieged) buy(t *testing.T, of *shop.Shop, key string) {
	t.Helper()
	_, err := of.BuyItem(t.Context(), confirmed(s.Store), storetest.Asked(1), once(key, purchaseID))
	expectOK(t, err)
}

func (s *besieged) wallet(t *testing.T) shop.Wallet {
	t.Helper()
	w, err := s.Table.Wallet(t.Context(), s.Agent.Account())
	expectOK(t, err)
	return w
}

// expectOpen compares how many holds are open in the wallet and in both budgets, and
// makes sure that the other's is among them.
func (s *besieged) expectOpen(t *testing.T, when string, want int) {
	t.Helper()
	held := []*shop.Held{s.wallet(t).Held}
	for _, agent := range []id.Agent{"", s.Agent} {
		b, err := s.Table.Budget(t.Context(), s.Agent.Account(), agent)
		expectOK(t, err)
		held = append(held, b.Held)
	}
	for _, h := range held {
		if h == nil { // it is calm
			h = new(shop.Held)
		}
		expectSame(t, when, len(h.Open), want)
		if want > 0 && !slices.ContainsFunc(h.Open, func(o shop.Hold) bool { return o.ID == s.other.ID }) {
			t.Errorf("%s: what nobody knows anything of is open no longer", when)
		}
	}
}

func (s *besieged) expectKept(t *testing.T) {
	t.Helper()
	books, err := s.Table.Books(t.Context(), s.Agent.Account())
	expectOK(t, err)
	for _, finding := range verify.Account(books, s.Clock.Now(), time.Hour) {
		t.Error(finding)
	}
}

// The end of a purchase among others is carried by the next one, of whatever process, and
// the hold of which nothing is proved is left alone.
func TestEndIsCarried(t *testing.T) {
	t.Parallel()
	onEachBesieged(t, unitPrice, func(t *testing.T, s *besieged) {
		for _, of := range []*shop.Shop{s.Shop, s.another(), s.another(), s.Shop} {
			s.buy(t, of, string(s.Shop.IDs.Event()))
			s.expectOpen(t, "after a purchase", 2)
			s.expectKept(t)
		}
		// Nobody comes any more.
		s.Clock.Advance(time.Minute)
		expectOK(t, s.Worker.SettleHolds(t.Context()))
		s.expectOpen(t, "after a minute", 0)
		w := s.wallet(t)
		expectSame(t, "free", w.Free().Minor, s.funds-4*unitPrice)
		expectSame(t, "balance", w.Balance.Minor, w.Free().Minor)
		s.expectKept(t)
		s.Clock.Advance(time.Minute)
		expectOK(t, s.Worker.SettleHolds(t.Context()))
		expectSame(t, "holds", s.wallet(t).Held == nil, true)
		s.expectKept(t)
	})
}

// What is committed is no longer said to be held, and is no reason to start over.
func TestHeldIsWhatIsUnderWay(t *testing.T) {
	t.Parallel()
	onEachBesieged(t, 3*unitPrice, func(t *testing.T, s *besieged) {
		s.buy(t, s.another(), "another one")
		s.expectOpen(t, "after a purchase", 2)
		for _, of := range []*shop.Shop{s.Shop, s.another()} {
			w, err := of.Wallet(t.Context(), confirmed(s.Store))
			expectOK(t, err)
			expectSame(t, "on hold", w.OnHold().Minor, int64(3*unitPrice))
			tooMany := storetest.Asked(shop.MaxQuantity)
			_, err = of.BuyItem(t.Context(), confirmed(s.Store), tooMany, once("", purchaseID))
			expectSame(t, "held, as a refusal says", fault.From(err).Extra["heldMinor"], any(int64(3*unitPrice)))
		}
		// The other's is proved to be committed as well.
		s.commit(t, s.other.ID)
		w, err := s.another().Wallet(t.Context(), confirmed(s.Store))
		expectOK(t, err)
		expectSame(t, "on hold", w.OnHold().Minor, int64(0))
		var waits int
		of := s.another()
		of.Sleep = func(context.Context, time.Duration) error { waits++; return nil }
		_, err = of.BuyItem(t.Context(), confirmed(s.Store), storetest.Asked(shop.MaxQuantity), once("", purchaseID))
		expectSame(t, "code", codeOf(err), fault.InsufficientFunds)
		expectSame(t, "held, as a refusal says", fault.From(err).Extra["heldMinor"], nil)
		expectSame(t, "started over", waits, 0)
	})
}

// A change of the policy ends what was left of purchases before it, too.
func TestPolicyEndsWhatIsLeft(t *testing.T) {
	t.Parallel()
	onEachBesieged(t, unitPrice, func(t *testing.T, s *besieged) {
		s.buy(t, s.another(), "another one")
		s.expectOpen(t, "after a purchase", 2)
		setPolicy(t, s.Store, s.Agent.Account(), "", shop.Policy{Frozen: true})
		b, err := s.Table.Budget(t.Context(), s.Agent.Account(), "")
		expectOK(t, err)
		expectSame(t, "open", len(b.Held.Open), 0)
		expectSame(t, "spent", b.Spending.Sum("usd").TotalMinor, int64(2*unitPrice))
	})
}

// A hold whose proof may have been deleted is neither given back nor forgotten.
func TestHoldOutlivesItsProof(t *testing.T) {
	t.Parallel()
	onEachBesieged(t, unitPrice, func(t *testing.T, s *besieged) {
		s.Clock.Advance(shop.ProofLifetime - time.Hour)
		if err := s.Worker.SettleHolds(t.Context()); !errors.Is(err, shop.ErrNotFound) {
			t.Errorf("the error is %v", err)
		}
		s.expectOpen(t, "without a proof", 1)
		s.commit(t, s.other.ID)
		expectOK(t, s.Worker.SettleHolds(t.Context()))
		s.expectOpen(t, "with a proof", 0)
		expectSame(t, "free", s.wallet(t).Free().Minor, s.funds-unitPrice)
	})
}

// commit commits the change of a hold, which is nothing else.
func (s *besieged) commit(t *testing.T, hold id.Hold) {
	t.Helper()
	now := s.Clock.Now()
	expectOK(t, s.Table.Commit(t.Context(), shop.Change{Proof: &shop.HoldProof{Account: s.Agent.Account(), ID: hold, At: now}, At: now}))
}

// After a crowd of one process nothing is left open, without anybody's help.
func TestLastOneEndsWhatIsLeft(t *testing.T) {
	t.Parallel()
	s, _ := crowdOf(t, theAgent, 2, false)
	w, err := s.Table.Wallet(t.Context(), s.Agent.Account())
	expectOK(t, err)
	if w.Held == nil {
		t.Fatal("nobody has contended")
	}
	expectSame(t, "open", len(w.Held.Open), 0)
	for _, agent := range []id.Agent{"", s.Agent} {
		b, err := s.Table.Budget(t.Context(), s.Agent.Account(), agent)
		expectOK(t, err)
		expectSame(t, "open in a budget", b.Held == nil || len(b.Held.Open) == 0, true)
	}
}
