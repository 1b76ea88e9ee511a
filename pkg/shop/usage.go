package shop

import (
	"cmp"
	"context"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/sorting"
)

const (
	// MaxUsageDays is the longest period of usage.
	MaxUsageDays = 92
	// maxUsageEntries is how many entries of the ledger are read for it, the newest first.
	maxUsageEntries = 10_000
	// firstUsageEntries is how many are read at once at first, which is enough for most.
	firstUsageEntries = 500
	// lateEntry is how much later than the entry before it one may say that it is: its
	// number was given while it was held.
	lateEntry = time.Hour
)

// UsageBy is what usage is added up by.
type UsageBy string

// The groups of usage. Those of products are named by the items of the catalog.
const (
	UsageByDay     UsageBy = "day"
	UsageByAgent   UsageBy = "agent"
	UsageByProduct UsageBy = "product"
)

// usageUnknown is the group of entries that an earlier version has written, which did not
// say whose they are, and of money that was held and released.
const usageUnknown = "unknown"

// UsageOrder is the usage that is asked for. From is included, To is not.
type UsageOrder struct {
	From, To time.Time
	By       UsageBy
	// Agent is whose usage it is; empty for the account.
	Agent id.Agent
}

// Usage is what was spent in a time. The amounts are those of the ledger.
type Usage struct {
	UsageOrder
	Currency money.Currency
	Sum      UsageSum
	// Other is what was funded and adjusted, which is no usage.
	Other  int64
	Groups []UsageGroup
}

// UsageGroup is a part of it.
type UsageGroup struct {
	Key string
	UsageSum
}

// UsageSum adds up entries of the ledger. What was spent is what was charged without what
// came back.
type UsageSum struct {
	Charged, Refunded int64
	Entries           int
}

// Spent is what was charged without what came back.
func (s UsageSum) Spent() int64 { return s.Charged - s.Refunded }

func (s *UsageSum) add(e Entry) {
	s.Entries++
	s.Charged -= min(e.Amount.Minor, 0)
	s.Refunded += max(e.Amount.Minor, 0)
}

// spends reports whether an entry is usage.
func (k EntryKind) spends() bool { return k != EntryFunding && k != EntryAdjustment }

// Usage adds up what the caller's account, or the caller, an agent, has spent. It returns
// invalid_input for a period that is none, is too long or has too many entries after its
// begin.
func (s *Shop) Usage(ctx context.Context, caller Caller, order UsageOrder) (Usage, error) {
	order = order.orDefault(s.Now())
	if err := order.check(); err != nil {
		return Usage{}, err
	}
	u := Usage{UsageOrder: order}
	groups := make(map[string]UsageSum)
	err := s.eachEntry(ctx, caller.Account, order.From, func(e Entry) { u.add(e, groups) })
	for key, sum := range groups {
		u.Groups = append(u.Groups, UsageGroup{key, sum})
	}
	sorting.By(u.Groups, func(a, b UsageGroup) int { return cmp.Compare(a.Key, b.Key) })
	return u, err
}

// usageDays is how long the period is unless it is said.
const usageDays = 30

func (o UsageOrder) orDefault(now time.Time) UsageOrder {
	if o.To.IsZero() {
		o.To = now.UTC().Truncate(time.Second).Add(time.Second)
	}
	if o.From.IsZero() {
		o.From = o.To.Add(-usageDays * day)
	}
	o.By = cmp.Or(o.By, UsageByDay)
	return o
}

func (o UsageOrder) check() error {
	if !o.From.Before(o.To) || o.To.Sub(o.From) > MaxUsageDays*day {
		return fault.InvalidParam("$.from", "must be before the end of the period, and at most %d days", MaxUsageDays).
			Fix("Send from and to as times of RFC 3339, at most %d days apart, or neither for the last %d days.", MaxUsageDays, usageDays)
	}
	return nil
}

// add adds an entry where it belongs to what is asked for.
func (u *Usage) add(e Entry, groups map[string]UsageSum) {
	if e.At.Before(u.From) || !e.At.Before(u.To) || u.Agent != "" && e.Agent != u.Agent {
		return
	}
	u.Currency = e.Amount.Currency
	if !e.Kind.spends() {
		u.Other += e.Amount.Minor
		return
	}
	u.Sum.add(e)
	key := u.By.key(e)
	sum := groups[key]
	sum.add(e)
	groups[key] = sum
}

// key is the group of an entry.
func (by UsageBy) key(e Entry) string {
	switch by {
	case UsageByAgent:
		return cmp.Or(string(e.Agent), usageUnknown)
	case UsageByProduct:
		return cmp.Or(string(e.Item), usageUnknown)
	default:
		return dayOf(e.At)
	}
}

// eachEntry goes through the entries of an account back to a time, the newest first. It
// returns invalid_input where they are too many.
func (s *Shop) eachEntry(ctx context.Context, account id.Account, from time.Time, do func(Entry)) error {
	page := Page{Limit: firstUsageEntries}
	for read := 0; ; {
		entries, next, err := s.Store.Entries(ctx, account, page)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if e.At.Before(from.Add(-lateEntry)) {
				return nil
			}
			do(e)
		}
		read += len(entries)
		switch {
		case next == "":
			return nil
		case read >= maxUsageEntries || Tired(ctx):
			return tooManyEntries(read, entries)
		}
		page.After, page.Limit = next, min(4*page.Limit, maxUsageEntries-read)
	}
}

func tooManyEntries(read int, last []Entry) error {
	e := fault.InvalidParam("$.from", "is before the newest %d entries of the ledger, which are as many as are added up at once", read)
	if len(last) == 0 {
		return e.Fix("Ask for a period that begins later.")
	}
	since := last[len(last)-1].At.Add(2 * lateEntry).Truncate(time.Second)
	return e.Fix("Ask for a period that begins at %s or later.", since.Format(time.RFC3339))
}
