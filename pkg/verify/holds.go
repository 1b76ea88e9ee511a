package verify

import (
	"slices"
	"strings"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// heldEntries are the entries of open holds that are not written yet, by number.
type heldEntries map[int]shop.Hold

func (a *account) heldEntries() heldEntries {
	held := make(heldEntries)
	for _, h := range a.openHolds() {
		held[h.Number] = h
	}
	for _, e := range a.Entries {
		delete(held, e.Number)
	}
	return held
}

// pass goes on over the entries behind a number that are only held.
func (h heldEntries) pass(number int, balance money.Money) (int, money.Money) {
	for {
		next, held := h[number+1]
		if !held {
			return number, balance
		}
		number++
		balance.Minor += next.Minor
	}
}

// takenBack reports whether an entry is of a hold that came to nothing, and has its
// counterpart, written or still open.
func (a *account) takenBack(e shop.Entry) bool {
	other := ""
	hold, isHold := strings.CutPrefix(e.Cause, shop.HoldCause(""))
	if isHold {
		other = shop.ReleaseCause(id.Hold(hold))
	} else if release, isRelease := strings.CutPrefix(e.Cause, shop.ReleaseCause("")); isRelease {
		hold, other = release, shop.HoldCause(id.Hold(release))
	}
	counterpart, ok := a.entries[other]
	if ok && counterpart.Amount.Minor == -e.Amount.Minor {
		return true
	}
	return isHold && slices.ContainsFunc(a.openHolds(), func(h shop.Hold) bool { return h.ID == id.Hold(hold) })
}

func (a *account) openHolds() []shop.Hold {
	if a.Wallet.Held == nil {
		return nil
	}
	return a.Wallet.Held.Open
}

// holdsEnd is after how long each hold has ended: the worker looks every minute.
const holdsEnd = 15 * time.Minute

// holds: what is free is what nobody holds, and no hold stays open.
func (a *account) holds() {
	const promise = "what is held is captured or released"
	kept := slices.Clone(a.openHolds())
	if held := a.Wallet.Held; held != nil {
		pending := int64(0)
		for _, h := range held.Open {
			pending += max(h.Minor, 0)
		}
		a.want(held.Free == a.Wallet.Balance.Minor-pending, promise, string(a.Account), "%d is free of %s, and %d is coming in", held.Free, a.Wallet.Balance, pending)
	}
	for _, b := range a.Budgets {
		if b.Held != nil {
			kept = append(kept, b.Held.Open...)
		}
	}
	for _, h := range kept {
		a.want(a.now.Sub(h.ID.MadeAt()) < holdsEnd, promise, string(h.ID), "it has been open since %s", h.ID.MadeAt())
	}
}

// countHeld is the spending with what is held for purchases that are under way.
func (a *account) countHeld(s shop.Spending, b shop.Budget) shop.Spending {
	if b.Held == nil {
		return s
	}
	for _, h := range b.Held.Open {
		committed := slices.ContainsFunc(a.Proofs, func(p shop.HoldProof) bool { return p.ID == h.ID && !p.Void })
		if committed {
			continue // it is counted with its purchase
		}
		day, _ := time.Parse(time.DateOnly, h.Day)
		s = count(s, h.Services, money.Money{Minor: h.Minor, Currency: b.Held.Currency}, day)
	}
	return s
}
