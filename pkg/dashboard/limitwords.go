package dashboard

import (
	"slices"
	"strconv"
	"strings"

	"agentstore/pkg/money"
	"agentstore/pkg/period"
	"agentstore/pkg/shop"
)

// amount is what the field of a limit of money holds.
func (b bounds) amount(name string) string {
	if b.fields != nil {
		return b.fields.Get(name)
	}
	l := b.policy.LimitOf(b.currency)
	minor := map[string]*int64{
		"perPurchaseMinor": l.PerPurchase, "perDayMinor": l.PerDay, "perMonthMinor": l.PerMonth, "totalMinor": l.Total,
		"approvalAboveMinor": l.ApprovalAbove, "confirmAboveMinor": l.ConfirmAbove,
	}[name]
	if minor == nil {
		return ""
	}
	return money.Money{Minor: *minor, Currency: b.currency}.Decimal()
}

// low is the balance below which members want to hear of it.
func (b bounds) low() string { return b.own(lowName, b.policy.LowBalance) }

// renewal is the amount above which members are asked about renewals.
func (b bounds) renewal() string { return b.own(renewalName, b.policy.RenewalAbove) }

// own is what the field of an amount holds that only the account has.
func (b bounds) own(name string, minor *int64) string {
	switch {
	case b.fields != nil:
		return b.fields.Get(name)
	case minor != nil:
		return money.Money{Minor: *minor, Currency: b.currency}.Decimal()
	default:
		return ""
	}
}

func (b bounds) live() string {
	switch {
	case b.fields != nil:
		return b.fields.Get("maxLiveServices")
	case b.policy.MaxLiveServices != nil:
		return strconv.Itoa(*b.policy.MaxLiveServices)
	default:
		return ""
	}
}

func (b bounds) lease() string {
	if b.fields != nil {
		return b.fields.Get("maxLease")
	}
	return leaseOf(b.policy)
}

// leaseOf is the longest lease that a policy allows; empty where it demands none.
func leaseOf(p shop.Policy) string {
	if p.MaxLease == (period.Period{}) {
		return ""
	}
	for _, l := range leases {
		if offered, err := period.Parse(l.after); err == nil && offered == p.MaxLease {
			return l.after
		}
	}
	return p.MaxLease.String()
}

// leaseWords says how long a lease is.
func leaseWords(after string) string {
	for _, l := range leases {
		if l.after == after {
			return l.words
		}
	}
	return after
}

// leases are those that can be chosen, with the one that is set by other means.
func (b bounds) leases() []struct{ after, words string } {
	own := b.lease()
	for _, l := range leases {
		if l.after == own {
			return leases
		}
	}
	return append(slices.Clone(leases), struct{ after, words string }{own, own})
}

func (b bounds) choice(name string) string {
	if b.fields != nil {
		return b.fields.Get(name)
	}
	for _, c := range b.policy.Choices {
		if c.Name == name {
			return strings.Join(c.Allowed, "\n")
		}
	}
	return ""
}

// limitLines are the sentences.
func limitLines(p shop.Policy) []string {
	var lines []string
	if p.Frozen {
		lines = append(lines, "May buy nothing: it is frozen.")
	}
	for _, l := range p.Limits {
		lines = append(lines, moneyLines(l)...)
	}
	if n := p.MaxLiveServices; n != nil {
		lines = append(lines, "At most "+plural(*n, "live service", "live services")+".")
	}
	if lease := leaseOf(p); lease != "" {
		lines = append(lines, "Whatever is bought must be deleted within "+leaseWords(lease)+".")
	}
	for _, c := range p.Choices {
		lines = append(lines, "Only these "+c.Name+": "+strings.Join(c.Allowed, ", ")+".")
	}
	if len(p.Categories) > 0 {
		lines = append(lines, "Only from: "+strings.Join(p.Categories, ", ")+".")
	}
	if len(p.Items) > 0 {
		lines = append(lines, "Only "+plural(len(p.Items), "item", "items")+" of the catalog.")
	}
	if len(p.Months) > 0 {
		lines = append(lines, "Only some billing terms.")
	}
	if p.Hours != nil {
		lines = append(lines, "Only at some hours.")
	}
	return lines
}

// limitLines are all that a policy says, also about renewals, whose currency is that of
// the wallet.
func (f *frame) limitLines(p shop.Policy) []string {
	lines := limitLines(p)
	if above := p.RenewalAbove; above != nil {
		lines = append(lines, "Above "+alike(f.free, *above).String()+" a member must approve a renewal.")
	}
	return lines
}

func moneyLines(l shop.Limit) []string {
	var lines []string
	add := func(before string, minor *int64, after string) {
		if minor != nil {
			lines = append(lines, before+money.Money{Minor: *minor, Currency: l.Currency}.String()+after)
		}
	}
	add("Up to ", l.PerPurchase, " at once.")
	add("Up to ", l.PerDay, " a day.")
	add("Up to ", l.PerMonth, " a month.")
	add("Up to ", l.Total, " in all.")
	add("Above ", l.ApprovalAbove, " a member must approve.")
	add("Above ", l.ConfirmAbove, " the person in front of it is asked.")
	return lines
}

// brieflyLimited is a policy in a few words, for a row of a table.
func brieflyLimited(p shop.Policy) string {
	lines := limitLines(p)
	switch {
	case len(lines) == 0:
		return "None of its own"
	case len(lines) <= 2:
		return strings.Join(lines, " ")
	default:
		return strings.Join(lines[:2], " ") + " +" + strconv.Itoa(len(lines)-2)
	}
}
