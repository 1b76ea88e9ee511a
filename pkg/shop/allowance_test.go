package shop

import (
	"testing"

	"pgregory.net/rapid"
)

// aPolicy draws limits of money that may be there or not, and may be used up.
func aPolicy(t *rapid.T) Policy {
	amount := func(name string) *int64 {
		return rapid.Ptr(rapid.Int64Range(0, 3000), true).Draw(t, name)
	}
	return dollarLimit(Limit{
		PerPurchase: amount("per purchase"), PerDay: amount("a day"), PerMonth: amount("a month"), Total: amount("in total"),
		ConfirmAbove: amount("confirm"), ApprovalAbove: amount("approval"),
	})
}

func spending(t *rapid.T) Spending {
	minor := rapid.Int64Range(0, 2000)
	day := rapid.SampledFrom([]string{"2028-02-28", "2028-02-29", "2028-03-01"}).Draw(t, "the day")
	return Spending{Sums: []Sum{{"usd", day, minor.Draw(t, "of the day"), day[:7], minor.Draw(t, "of the month"), minor.Draw(t, "in total")}}}
}

// TestMaySpendIsWhatLimitsLet: an offer is let by the limits exactly if its price is no
// more than what they are said to leave. What costs nothing is another matter.
func TestMaySpendIsWhatLimitsLet(t *testing.T) {
	t.Parallel()
	s := &Shop{Products: Products{"plain": plain{}}}
	rapid.Check(t, func(t *rapid.T) {
		bounds := Budgets{
			Account: Budget{Policy: aPolicy(t), Spending: spending(t)},
			Agent:   Budget{Policy: aPolicy(t), Spending: spending(t)},
		}
		a := Allowance{Wallet: Wallet{Version: 1, Balance: dollars(rapid.Int64Range(0, 3000).Draw(t, "the balance"))}}
		a.Rooms = roomsOf(bounds, "usd", leapDay)
		may := a.maySpend()
		for _, price := range []int64{max(may.Minor, 1), may.Minor + 1, rapid.Int64Range(1, 4000).Draw(t, "a price")} {
			offer := anOffer()
			offer.Price.Total = dollars(price)
			check, err := s.check(offer, bounds, leapDay)
			if err != nil {
				t.Fatal(err)
			}
			lets := check.Allowed() && price <= a.Wallet.Free().Minor
			if lets != (price <= may.Minor) {
				t.Fatalf("%d may be spent, and %d is let: %t", may.Minor, price, lets)
			}
		}
	})
}

// TestNothingMayBeSpentNow where purchases are frozen, or not made at this time.
func TestNothingMayBeSpentNow(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		policy Policy
		want   Room
	}{
		"frozen": {Policy{Frozen: true}, Room{Layer: LayerAccount, Rule: RuleFrozen}},
		"closed": {Policy{Hours: &Hours{From: 60, To: 120}}, Room{Layer: LayerAccount, Rule: RuleHours, ResetsAt: at("2028-03-01T01:00:00Z")}},
	} {
		a := Allowance{Wallet: Wallet{Version: 1, Balance: dollars(500)}}
		a.Rooms = roomsOf(Budgets{Account: Budget{Policy: tc.policy}}, "usd", leapDay)
		if len(a.Rooms) != 1 || a.Rooms[0] != tc.want || a.maySpend().Minor != 0 {
			t.Errorf("%s: %+v, and %d may be spent", name, a.Rooms, a.maySpend().Minor)
		}
	}
	// That no more services may run stops no purchase of an action.
	none := 3
	a := Allowance{Wallet: Wallet{Version: 1, Balance: dollars(500)}}
	a.Rooms = roomsOf(Budgets{Agent: spent(Policy{MaxLiveServices: &none})}, "usd", leapDay)
	if len(a.Rooms) != 1 || !a.Rooms[0].OfServices() || a.Rooms[0].Left != 0 || a.maySpend().Minor != 500 {
		t.Errorf("live services: %+v, and %d may be spent", a.Rooms, a.maySpend().Minor)
	}
}
