package sim

import (
	"context"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// lowBalance is the balance below which the members of each account want to hear of it.
const lowBalance = 5_000

// policies has members told of a low balance, and, in every third history, asked about all
// renewals.
func (l *lives) policies(seed uint64) {
	low, none := int64(lowBalance), int64(0)
	policy := shop.Policy{LowBalance: &low}
	if seed%3 == 0 {
		policy.RenewalAbove = &none
	}
	for _, account := range l.model.accounts() {
		b := shop.Budget{Account: account, Version: 1, Policy: policy}
		if err := l.table.Commit(context.Background(), shop.Change{Budgets: []shop.Budget{b}, At: l.clock.now()}); err != nil {
			l.breaks("a policy can be set", "%v", err)
		}
	}
}

// cancelMany ends all services with a label, or of an agent, perhaps twice.
func (l *lives) cancelMany(agent id.Agent) {
	m := shop.Matching{Agent: agent}
	if l.oneIn(2) {
		m = shop.Matching{Label: pick(l.random, "ci", "run=42", "v1.2")}
	}
	r := &request{agent: agent, operation: "service_cancel_many", key: fmt.Sprint("many-", l.step)}
	for range 1 + l.random.IntN(2) {
		l.do("cancel many", func(ctx context.Context, p *process) {
			at := l.clock.now().Truncate(time.Second)
			preview, err := p.shop.PreviewCancelMany(ctx, r.caller(), m)
			if err != nil {
				return
			}
			for _, s := range l.services() {
				l.previewed[s.ID] = append(l.previewed[s.ID], at)
				l.byMany[s.ID] = true
			}
			_, err = p.shop.CancelMany(ctx, r.caller(), m, preview.Token, once[shop.ManyCancellation](r))
			l.note("cancelled all of %+v: %v", m, err)
			if err == nil {
				l.seen.many.Add(1)
			}
		})
	}
}

// approve has a member answer what is asked about a renewal.
func (l *lives) approve() {
	account := pick(l.random, l.model.accounts()...)
	page := shop.Page{Limit: 100, Status: string(shop.ApprovalPending), At: l.clock.now()}
	questions, _, err := l.table.Approvals(context.Background(), account, page)
	if err != nil {
		l.breaks("approvals can be read", "%v", err)
	}
	for _, q := range questions {
		yes := !l.oneIn(8)
		for range 1 + l.random.IntN(2) {
			l.do("approve", func(ctx context.Context, p *process) {
				caller := (&request{agent: q.Agent}).caller()
				caller.Person, caller.Role = "psn_ada", shop.RoleOwner
				decide := p.shop.Deny
				if yes {
					decide = p.shop.Approve
				}
				_, err := decide(ctx, caller, q.ID, "")
				l.note("decided %s %t: %v", q.Service, yes, err)
				if err == nil && yes {
					l.seen.approved.Add(1)
				}
			})
		}
	}
}

// charged: what is overdue, and could be paid, is charged within the hour in which the store
// looks again.
func (l *lives) charged(s shop.Service, now time.Time) {
	const within = time.Hour + 15*time.Minute
	could := (s.Status == shop.ServiceActive || s.Status == shop.ServiceSuspended) && now.After(s.Bill.PaidUntil) && !s.Bill.Ends &&
		!s.Lease.IsExpired() && (s.Lease == nil || s.Lease.ExpiresAt.After(s.Bill.PaidUntil)) && s.Bill.Asked == nil && l.holds(s)
	if !could {
		delete(l.unpaid, s.ID)
		return
	}
	since, known := l.unpaid[s.ID]
	if !known {
		l.unpaid[s.ID] = now
		return
	}
	if l.excused.After(since) {
		since = l.excused
	}
	if now.Sub(since) > within {
		l.breaks("what is used is charged while the wallet can pay", "%s is paid until %s, and could be charged since %s", s.ID, s.Bill.PaidUntil, since)
	}
}

func (l *lives) holds(s shop.Service) bool {
	w, err := l.table.Wallet(context.Background(), s.Account)
	return err == nil && w.Free().Minor >= s.Bill.Renewal.Minor
}

// money compares what the store says of an account's money with its ledger: what was spent,
// in each grouping, and each time the balance fell below what members have set.
func (l *lives) money(account id.Account, books shop.Books) {
	spent, refunded, crossings := int64(0), int64(0), 0
	entries := slices.Clone(books.Entries)
	slices.SortFunc(entries, func(a, b shop.Entry) int { return a.Number - b.Number })
	for i, e := range entries {
		if i > 0 && e.Balance.Minor < lowBalance && entries[i-1].Balance.Minor >= lowBalance {
			crossings++
		}
		if e.Kind != shop.EntryFunding && e.Kind != shop.EntryAdjustment {
			spent -= min(e.Amount.Minor, 0)
			refunded += max(e.Amount.Minor, 0)
		}
	}
	l.seen.low.Add(int64(crossings))
	if told := l.told(account); told != crossings {
		l.breaks("each low balance is told once", "the balance of %s has fallen below %d times, and the trail says %d", account, crossings, told)
	}
	p := l.newProcess("usage", traits{}, func(ctx context.Context, p *process) {
		caller := shop.Caller{Account: account, Person: "psn_ada", Role: shop.RoleOwner, Confirm: func(context.Context) error { return nil }}
		for _, by := range []shop.UsageBy{shop.UsageByDay, shop.UsageByAgent, shop.UsageByProduct} {
			var sum, groups shop.UsageSum
			for from := l.began; from.Before(l.clock.now().Add(time.Second)); from = from.Add(usagePeriod) {
				u, err := p.shop.Usage(ctx, caller, shop.UsageOrder{From: from, To: from.Add(usagePeriod), By: by})
				if err != nil {
					l.breaks("usage can be read", "%v", err)
					return
				}
				sum.Charged, sum.Refunded = sum.Charged+u.Sum.Charged, sum.Refunded+u.Sum.Refunded
				for _, g := range u.Groups {
					groups.Charged, groups.Refunded = groups.Charged+g.Charged, groups.Refunded+g.Refunded
				}
			}
			if sum != groups || sum.Charged != spent || sum.Refunded != refunded {
				l.breaks("usage is what the ledger says", "by %s %s has spent %+v, its groups %+v, the ledger %d and %d", by, account, sum, groups, spent, refunded)
			}
		}
	})
	l.run(p)
}

// usagePeriod is a period of which usage is asked for.
const usagePeriod = 30 * 24 * time.Hour

// told is how often the trail says that the balance has fallen below what members have set.
func (l *lives) told(account id.Account) (told int) {
	for cursor := shop.Cursor(""); ; {
		page, next, err := l.table.Trail(context.Background(), account, shop.TrailFilter{Operation: "wallet_low"}, shop.Page{Limit: 100, After: cursor})
		if err != nil {
			l.breaks("the trail can be read", "%v", err)
			return told
		}
		for _, e := range page {
			if e.Operation != "renewal_warning" {
				told++
			}
		}
		if cursor = next; next == "" {
			return told
		}
	}
}
