package shop

import (
	"slices"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
)

// Policy limits what may be bought. Only people write it. There is one for an
// account and one for each of its agents, and a purchase must keep to both. What is
// absent is not limited.
type Policy struct {
	// Limits bound the money, one for each currency.
	Limits []Limit
	// Categories, Items and Months are the only ones that may be bought; empty allows
	// all.
	Categories []string
	Items      []id.Item
	Months     []int
	// Choices limit what configurations choose, where their product has the choice.
	Choices []ChoiceLimit
	// MaxLiveServices limits how many services may run at once; nil is no limit.
	MaxLiveServices *int
	// MaxLease is the longest lease: whatever is bought must be deleted by then; zero
	// demands none.
	MaxLease period.Period
	// Hours are when purchases may be made; nil is always.
	Hours *Hours
	// Frozen stops all purchases at once.
	Frozen bool
	// HoldForApproval has a purchase that waits for an approval hold its money.
	HoldForApproval bool
	// LowBalance is the balance below which members want to hear of it, of an account's
	// policy; nil for none.
	LowBalance *int64
	// RenewalAbove is the most that a renewal may cost without the approval of a member,
	// of an account's policy; nil asks nobody.
	RenewalAbove *int64
}

// Limit is the most that may be spent in one currency, in its minor unit. Days and
// months are those of UTC.
type Limit struct {
	Currency    money.Currency
	PerPurchase *int64
	PerDay      *int64
	PerMonth    *int64
	Total       *int64
	// ConfirmAbove is the most that a purchase may cost without a person's consent:
	// that of the one in front of the agent, if its client can ask them, otherwise that
	// of a member.
	ConfirmAbove *int64
	// ApprovalAbove is the most that it may cost without the approval of a member,
	// which no client can give.
	ApprovalAbove *int64
}

// ChoiceLimit lists what may be chosen, for choices of a name such as regions.
type ChoiceLimit struct {
	Name    string
	Allowed []string
}

// LimitOf finds the limit of a currency.
func (p Policy) LimitOf(c money.Currency) Limit {
	for _, l := range p.Limits {
		if l.Currency == c {
			return l
		}
	}
	return Limit{Currency: c}
}

// Hours are some hours of some days of the week, by a clock at a fixed offset from
// UTC.
type Hours struct {
	Days []time.Weekday // empty: every day
	// From is included, To is not; both in minutes after midnight. Where To is not
	// after From, the hours go on past midnight, and belong to the day they began.
	From, To int
	// Offset is how far the clock is ahead of UTC, in minutes.
	Offset int
}

// minutesPerDay is the length of a day in minutes.
const minutesPerDay = 24 * 60

// Open reports whether a time is within the hours.
func (h Hours) Open(at time.Time) bool {
	at = at.UTC().Add(time.Duration(h.Offset) * time.Minute)
	minute := at.Hour()*60 + at.Minute()
	switch {
	case h.From < h.To:
		return minute >= h.From && minute < h.To && h.on(at.Weekday())
	case minute >= h.From:
		return h.on(at.Weekday())
	default:
		return minute < h.To && h.on((at.Weekday()+6)%7)
	}
}

// next is when the hours begin again after a time.
func (h Hours) next(after time.Time) time.Time {
	local := after.UTC().Add(time.Duration(h.Offset) * time.Minute)
	midnight := time.Date(local.Year(), local.Month(), local.Day(), 0, 0, 0, 0, time.UTC)
	for day := range 8 {
		begin := midnight.AddDate(0, 0, day).Add(time.Duration(h.From) * time.Minute)
		if begin.After(local) && h.on(begin.Weekday()) {
			return begin.Add(-time.Duration(h.Offset) * time.Minute)
		}
	}
	return time.Time{} // a policy has a day, or all
}

func (h Hours) on(d time.Weekday) bool { return len(h.Days) == 0 || slices.Contains(h.Days, d) }
