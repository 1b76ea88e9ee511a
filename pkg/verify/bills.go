package verify

import (
	"cmp"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
	"agentstore/pkg/shop"
	"agentstore/pkg/sorting"
)

// charge is an entry that pays for a service for a time.
type charge struct {
	entry       shop.Entry
	from, until time.Time
}

// bills: no time of a service is charged twice, none is left out, each is charged at its
// price, and what is given back at the end is what the published rule says.
func (a *account) bills() {
	const promise = "each time of a service is charged once"
	charges := make(map[id.Service][]charge)
	for _, e := range a.Entries {
		if e.Kind != shop.EntryRenewal {
			continue
		}
		c, ok := chargeOf(e)
		a.want(ok, promise, e.Cause, "it is the cause of a renewal")
		charges[e.Service] = append(charges[e.Service], c)
	}
	prices := a.prices()
	for _, s := range a.Services {
		list := charges[s.ID]
		delete(charges, s.ID)
		sorting.By(list, func(a, b charge) int { return cmp.Compare(a.entry.Number, b.entry.Number) })
		paid := termEnd(s, 1)
		for _, c := range list {
			// Hours beyond the ceiling of a month are free, and have no entry.
			follows := c.from.Equal(paid) || s.Bill.Ceiling > 0 && c.from.After(paid)
			a.want(follows && c.until.After(c.from), promise, c.entry.Cause, "it begins at %s, paid was until %s", c.from, paid)
			paid = c.until
			if s.Bill.Ceiling == 0 {
				right, price := len(prices[s.ID]) == 0, int64(0)
				for _, p := range at(prices[s.ID], c.entry.At) {
					price = priceOf(s, p.renewal, c.from, c.until)
					right = right || -c.entry.Amount.Minor == price
				}
				a.want(right, "a renewal costs what was bought", c.entry.Cause, "it is %s, and should be %d", c.entry.Amount, price)
			}
		}
		billed := s.Bill.Term != (shop.Term{})
		a.want(!billed || paid.Equal(s.Bill.PaidUntil) || s.Bill.Paid == 0, promise, string(s.ID), "it is paid until %s, charged until %s", s.Bill.PaidUntil, paid)
		a.want(s.Status != shop.ServiceCanceled || s.End != nil, "a service that has ended says how", string(s.ID), "it does not")
	}
	for service := range charges {
		a.want(false, promise, string(service), "it is charged, and is not there")
	}
}

func chargeOf(e shop.Entry) (charge, bool) {
	times, ok := strings.CutPrefix(e.Cause, "renewal:"+string(e.Service)+":")
	from, until, cut := strings.Cut(times, "-")
	begin, err := strconv.ParseInt(from, 10, 64)
	end, other := strconv.ParseInt(until, 10, 64)
	return charge{e, time.Unix(begin, 0).UTC(), time.Unix(end, 0).UTC()}, ok && cut && err == nil && other == nil
}

// termEnd is when the k-th term of a service ends.
func termEnd(s shop.Service, k int) time.Time {
	if hours := s.Bill.Term.Hours; hours > 0 {
		return s.CreatedAt.UTC().Truncate(time.Second).Add(time.Duration(k*hours) * time.Hour)
	}
	return period.AddMonths(s.CreatedAt, k*max(s.Bill.Term.Months, 1))
}

// priceOf is what a time of a service costs: each term its price, and a part of one its
// share in seconds, rounded up.
func priceOf(s shop.Service, renewal money.Money, from, until time.Time) (minor int64) {
	for k := 0; ; k++ {
		begin, end := termEnd(s, k), termEnd(s, k+1)
		if !begin.Before(until) {
			return minor
		}
		first, last := later(begin, from), earlier(end, until)
		if seconds := last.Unix() - first.Unix(); seconds > 0 {
			whole := end.Unix() - begin.Unix()
			minor += renewal.Minor - renewal.Share(whole-seconds, whole).Minor
		}
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// countLives adds to the budgets what was charged for services while they lived, and
// takes off those that have ended, with what was given back for them.
func (a *account) countLives(want map[id.Agent]shop.Spending) {
	for _, e := range a.Entries {
		if e.Kind == shop.EntryRenewal {
			want[""] = count(want[""], 0, money.Money{Minor: -e.Amount.Minor, Currency: e.Amount.Currency}, e.At)
		}
	}
	created := make(map[id.Service]shop.Service)
	for _, s := range a.Services {
		created[s.ID] = s
	}
	for _, action := range a.Actions {
		if action.Credit == nil || action.Credit.Back.Minor == 0 {
			continue
		}
		back, s := action.Credit.Back, created[action.Service]
		back.Minor = -back.Minor
		want[""] = count(want[""], 0, back, action.Credit.PaidAt)
		if action.StartedAt.Before(termEnd(s, 1)) {
			want[s.Agent] = count(want[s.Agent], 0, back, action.Credit.PaidAt)
		}
	}
	for _, s := range a.Services {
		if s.End == nil {
			continue
		}
		refund := money.Money{Minor: -s.End.Refund, Currency: s.Bill.Renewal.Currency}
		want[""] = count(want[""], -1, refund, s.Bill.PaidAt)
		if s.Bill.PaidUntil.After(termEnd(s, 1)) {
			refund.Minor = 0 // an agent's own limits are about what it buys
		}
		want[s.Agent] = count(want[s.Agent], -1, refund, s.Bill.PaidAt)
	}
}
