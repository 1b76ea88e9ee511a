package verify

import (
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// approvals: what was approved was carried out, and what was not, was not.
func (a *account) approvals() {
	const promise = "an approval is as its purchase"
	approvals := make(map[id.Approval]shop.Approval)
	for _, q := range a.Approvals {
		approvals[q.ID] = q
	}
	for _, p := range a.Purchases {
		if p.Approval == nil {
			a.want(!isOpen(p), promise, string(p.ID), "it is %s, and nobody was asked", p.Status)
			continue
		}
		q, ok := approvals[p.Approval.ID]
		a.want(ok && q.Purchase == p.ID && q.Agent == p.Agent, promise, string(p.ID), "its approval %s is about %q of %s", p.Approval.ID, q.Purchase, q.Agent)
		want := shop.PurchasePendingApproval
		switch q.Status {
		case shop.ApprovalDenied:
			want = shop.PurchaseDenied
		case shop.ApprovalExpired:
			want = shop.PurchaseExpired
		}
		a.want(p.Held == q.Held, promise, string(p.ID), "it holds its price: %v, its approval: %v", p.Held, q.Held)
		kept := p.Status == want
		if q.Status == shop.ApprovalApproved {
			kept = !isOpen(p)
		}
		a.want(kept, promise, string(p.ID), "it is %s, its approval is %s", p.Status, q.Status)
		delete(approvals, p.Approval.ID)
	}
	for _, q := range a.Approvals {
		_, left := approvals[q.ID]
		a.want(!left || q.Purchase == "", promise, string(q.ID), "the purchase %s does not name it", q.Purchase)
		decided := q.Status != shop.ApprovalPending && q.Status != shop.ApprovalExpired
		a.want(q.Status != shop.ApprovalExpired || q.Held || q.Intent.Action == shop.ActionRenew, "an approval is decided by a member", string(q.ID), "it is stored as expired, and held nothing")
		over := q.Held && q.Status == shop.ApprovalPending && a.now.Sub(q.ExpiresAt) >= holdsEnd
		a.want(!over, "what is held is captured or released", string(q.ID), "it holds its price, and is over since %s", q.ExpiresAt)
		a.want(decided == (q.DecidedBy != ""), "an approval is decided by a member", string(q.ID), "it is %s, by %q", q.Status, q.DecidedBy)
		a.want(!decided || q.DecidedAt.Before(q.ExpiresAt), "an approval is decided in time", string(q.ID), "it was decided at %s, after its end at %s", q.DecidedAt, q.ExpiresAt)
	}
}

// services are how many a purchase brings.
func services(p shop.Purchase) int {
	if p.Offer.Action != nil {
		return 0
	}
	return p.Offer.Quantity
}

// isOpen reports whether the purchase was not carried out.
func isOpen(p shop.Purchase) bool {
	return p.Status == shop.PurchasePendingApproval || p.Status == shop.PurchaseDenied || p.Status == shop.PurchaseExpired
}

// isUnbought reports whether the purchase was paid for when it was asked about, and was
// not approved.
func isUnbought(p shop.Purchase) bool {
	return p.Held && (p.Status == shop.PurchaseDenied || p.Status == shop.PurchaseExpired)
}

// budgets: each counts what was bought and not given back, in total, and on the
// day and in the month that it last counted for.
func (a *account) budgets() {
	kept := make(map[id.Agent]shop.Budget)
	want := make(map[id.Agent]shop.Spending)
	for _, b := range a.Budgets {
		kept[b.Agent], want[b.Agent] = b, emptied(b.Spending)
	}
	bought := make(map[id.Service]time.Time)
	for _, s := range a.Services {
		bought[s.ID] = s.CreatedAt
	}
	begun := make(map[id.Action]time.Time)
	for _, action := range a.Actions {
		begun[action.ID] = action.StartedAt
	}
	for _, p := range a.Purchases {
		for _, layer := range []id.Agent{"", p.Agent} {
			if p.Held && p.Status == shop.PurchasePendingApproval {
				want[layer] = count(want[layer], services(p), p.Offer.Price.Total, p.CreatedAt)
			}
			for _, unit := range p.Services {
				switch {
				case unit.Failed:
				case p.Held:
					want[layer] = count(want[layer], min(services(p), 1), share(p), p.CreatedAt)
				case p.Offer.Action != nil:
					want[layer] = count(want[layer], 0, share(p), begun[p.Action])
				default:
					want[layer] = count(want[layer], 1, share(p), bought[unit.ID])
				}
			}
		}
	}
	a.countLives(want)
	for layer, b := range kept {
		want[layer] = a.countHeld(want[layer], b)
	}
	for layer, spending := range want {
		a.compare(layer, kept[layer].Spending, spending)
	}
}

// emptied is the spending with nothing spent.
func emptied(s shop.Spending) shop.Spending {
	var out shop.Spending
	for _, sum := range s.Sums {
		out.Sums = append(out.Sums, shop.Sum{Currency: sum.Currency, Day: sum.Day, Month: sum.Month})
	}
	return out
}

// count is the spending with more services, or with none, bought at that time.
func count(s shop.Spending, services int, price money.Money, bought time.Time) shop.Spending {
	sums := slices.Clone(s.Sums)
	i := slices.IndexFunc(sums, func(sum shop.Sum) bool { return sum.Currency == price.Currency })
	if i < 0 {
		i = len(sums)
		sums = append(sums, shop.Sum{Currency: price.Currency})
	}
	sum := &sums[i]
	sum.TotalMinor += price.Minor
	if bought.UTC().Format("2006-01-02") == sum.Day {
		sum.DayMinor += price.Minor
	}
	if bought.UTC().Format("2006-01") == sum.Month {
		sum.MonthMinor += price.Minor
	}
	return shop.Spending{Sums: sums, LiveServices: s.LiveServices + services}
}

func (a *account) compare(layer id.Agent, kept, want shop.Spending) {
	const promise = "a budget counts what was spent"
	subject := string(layer)
	if layer == "" {
		subject = string(a.Account)
	}
	same := kept.LiveServices == want.LiveServices
	for _, sum := range want.Sums {
		same = same && slices.Contains(kept.Sums, sum)
	}
	a.want(same, promise, subject, "it counts %s, and should %s", words(kept), words(want))
}

// words say the spending to people.
func words(s shop.Spending) string {
	text := fmt.Sprint(s.LiveServices, " live services")
	for _, sum := range s.Sums {
		of := func(minor int64) money.Money { return money.Money{Minor: minor, Currency: sum.Currency} }
		total, month, day := of(sum.TotalMinor), of(sum.MonthMinor), of(sum.DayMinor)
		text += fmt.Sprintf(", %s in total, %s in %s, %s on %s", total, month, sum.Month, day, sum.Day)
	}
	return text
}
