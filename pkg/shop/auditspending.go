package shop

import (
	"fmt"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// approvals: what was approved was carried out, and what was not, was not.
func (a *auditor) approvals() {
	const promise = "an approval is as its purchase"
	approvals := make(map[id.Approval]Approval)
	for _, q := range a.Approvals {
		approvals[q.ID] = q
	}
	for _, p := range a.Purchases {
		if p.Approval == nil {
			a.want(!p.isOpen(), promise, string(p.ID), "it is %s, and nobody was asked", p.Status)
			continue
		}
		q, ok := approvals[p.Approval.ID]
		a.want(ok && q.Purchase == p.ID && q.Agent == p.Agent, promise, string(p.ID), "its approval %s is about %q of %s", p.Approval.ID, q.Purchase, q.Agent)
		want := PurchasePendingApproval
		if q.Status == ApprovalDenied {
			want = PurchaseDenied
		}
		kept := p.Status == want
		if q.Status == ApprovalApproved {
			kept = !p.isOpen()
		}
		a.want(kept, promise, string(p.ID), "it is %s, its approval is %s", p.Status, q.Status)
		delete(approvals, p.Approval.ID)
	}
	for _, q := range a.Approvals {
		_, left := approvals[q.ID]
		a.want(!left || q.Purchase == "", promise, string(q.ID), "the purchase %s does not name it", q.Purchase)
		decided := q.Status != ApprovalPending
		a.want(decided == (q.DecidedBy != ""), "an approval is decided by a member", string(q.ID), "it is %s, by %q", q.Status, q.DecidedBy)
		a.want(!decided || q.DecidedAt.Before(q.ExpiresAt), "an approval is decided in time", string(q.ID), "it was decided at %s, after its end at %s", q.DecidedAt, q.ExpiresAt)
	}
}

// isOpen tells whether nothing was paid for the purchase.
func (p Purchase) isOpen() bool {
	return p.Status == PurchasePendingApproval || p.Status == PurchaseDenied
}

// budgets: each counts what was bought and not given back, in total, and on the
// day and in the month that it last counted for.
func (a *auditor) budgets() {
	kept := make(map[id.Agent]Budget)
	want := make(map[id.Agent]Spending)
	for _, b := range a.Budgets {
		kept[b.Agent], want[b.Agent] = b, b.Spending.emptied()
	}
	bought := make(map[id.Service]time.Time)
	for _, s := range a.Services {
		bought[s.ID] = s.CreatedAt
	}
	for _, p := range a.Purchases {
		for _, layer := range []id.Agent{"", p.Agent} {
			for _, unit := range p.Services {
				if !unit.Failed {
					want[layer] = want[layer].count(p.share(), bought[unit.ID])
				}
			}
		}
	}
	for layer, spending := range want {
		a.compare(layer, kept[layer].Spending, spending)
	}
}

// emptied is the spending with nothing spent.
func (s Spending) emptied() Spending {
	var out Spending
	for _, sum := range s.Sums {
		out.Sums = append(out.Sums, Sum{Currency: sum.Currency, Day: sum.Day, Month: sum.Month})
	}
	return out
}

// count is the spending with one more service, bought at that time.
func (s Spending) count(share money.Money, bought time.Time) Spending {
	sum := s.sum(share.Currency)
	sum.TotalMinor += share.Minor
	if dayOf(bought) == sum.Day {
		sum.DayMinor += share.Minor
	}
	if monthOf(bought) == sum.Month {
		sum.MonthMinor += share.Minor
	}
	return Spending{Sums: s.with(sum), LiveServices: s.LiveServices + 1}
}

func (a *auditor) compare(layer id.Agent, kept, want Spending) {
	const promise = "a budget counts what was spent"
	subject := string(layer)
	if layer == "" {
		subject = string(a.Account)
	}
	same := kept.LiveServices == want.LiveServices
	for _, sum := range want.Sums {
		same = same && kept.sum(sum.Currency) == sum
	}
	a.want(same, promise, subject, "it counts %s, and should %s", kept, want)
}

// String says it in words for people.
func (s Spending) String() string {
	text := fmt.Sprint(s.LiveServices, " live services")
	for _, sum := range s.Sums {
		text += fmt.Sprintf(", %d %s in total, %d in %s, %d on %s", sum.TotalMinor, sum.Currency, sum.MonthMinor, sum.Month, sum.DayMinor, sum.Day)
	}
	return text
}
