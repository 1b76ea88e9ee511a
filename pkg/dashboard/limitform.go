package dashboard

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
	"agentstore/pkg/shop"
)

// The form of a policy holds all of its rules except that it is frozen, which is a button
// of its own: a form that was opened before would undo it. What is sent unchanged changes
// nothing, also not an order or a spelling.

// amounts are the limits of money, by their names on the wire.
var amounts = []struct {
	name, label, help string
	of                func(shop.Limit) *int64
}{
	{"perPurchaseMinor", "At once", "The most that one purchase may cost.", func(l shop.Limit) *int64 { return l.PerPurchase }},
	{"perDayMinor", "A day", "Days are those of UTC.", func(l shop.Limit) *int64 { return l.PerDay }},
	{"perMonthMinor", "A month", "Calendar months of UTC.", func(l shop.Limit) *int64 { return l.PerMonth }},
	{"totalMinor", "In all", "Ever.", func(l shop.Limit) *int64 { return l.Total }},
	{"approvalAboveMinor", "A member must approve above", "Such a purchase waits.", func(l shop.Limit) *int64 { return l.ApprovalAbove }},
	{"confirmAboveMinor", "The person in front of it is asked above", "It is a second look, and no protection: the agent's own program asks.", func(l shop.Limit) *int64 { return l.ConfirmAbove }},
}

// The fields whose names are not those of the policy.
const (
	currencyName   = "currency"      // once for each currency, and the amounts as often
	otherLeaseName = "maxLeaseOther" // where the longest lease is none of those offered
	moreItemsName  = "moreItems"     // items that the page does not list, one on each line
	daysName       = "hours.days"
	fromName       = "hours.from"
	toName         = "hours.to"
	offsetName     = "hours.utcOffset"
	frozenName     = "frozen"
	servicesName   = "services"
	lowName        = "lowBalanceMinor"
	renewalName    = "renewalApprovalAboveMinor"
)

// newPrefix begins the ids of the fields for a currency that has no limit yet.
const newPrefix = "new."

// policyFields are the fields of the form that say a policy.
func policyFields(p shop.Policy, own money.Currency) url.Values {
	fields := url.Values{}
	limits := append([]shop.Limit{p.LimitOf(own)}, slices.DeleteFunc(slices.Clone(p.Limits), func(l shop.Limit) bool { return l.Currency == own })...)
	for _, l := range limits {
		fields.Add(currencyName, string(l.Currency))
		for _, a := range amounts {
			fields.Add(a.name, decimal(a.of(l), l.Currency))
		}
	}
	fields.Set(lowName, decimal(p.LowBalance, own))
	fields.Set(renewalName, decimal(p.RenewalAbove, own))
	if p.MaxLiveServices != nil {
		fields.Set("maxLiveServices", strconv.Itoa(*p.MaxLiveServices))
	}
	fields.Set("maxLease", leaseOf(p))
	fields["categories"] = p.Categories
	for _, item := range p.Items {
		fields.Add("catalogItemIds", string(item))
	}
	for _, months := range p.Months {
		fields.Add("billingTermMonths", strconv.Itoa(months))
	}
	if h := p.Hours; h != nil {
		fields.Set(fromName, clockOf(h.From))
		fields.Set(toName, clockOf(h.To))
		fields.Set(offsetName, offsetOf(h.Offset))
		for _, day := range h.Days {
			fields.Add(daysName, dayNames[day])
		}
	}
	fields.Set("holdForApproval", strconv.FormatBool(p.HoldForApproval))
	for _, c := range p.Choices {
		fields.Set(c.Name, strings.Join(c.Allowed, "\n"))
	}
	return fields
}

func decimal(minor *int64, c money.Currency) string {
	if minor == nil {
		return ""
	}
	return money.Money{Minor: *minor, Currency: c}.Decimal()
}

// apply puts into a policy, as the API writes it, what the form says.
func (s Site) apply(policy map[string]any, fields url.Values) error {
	if err := applyLimits(policy, fields); err != nil {
		return err
	}
	own := money.Currency(fields.Get(currencyName))
	for _, name := range []string{lowName, renewalName} {
		if !fields.Has(name) {
			continue
		}
		delete(policy, name)
		if err := setAmount(policy, name, "", fields.Get(name), own); err != nil {
			return err
		}
	}
	set(policy, "maxLiveServices", fields.Get("maxLiveServices"), number)
	longest := fields.Get("maxLease")
	if other := strings.TrimSpace(fields.Get(otherLeaseName)); other != "" {
		longest = other
	}
	set(policy, "maxLease", longest, func(text string) any { return text })
	setList(policy, "categories", anys(fields["categories"]))
	setList(policy, "catalogItemIds", append(anys(fields["catalogItemIds"]), linesOf(fields.Get(moreItemsName))...))
	var terms []any
	for _, months := range fields["billingTermMonths"] {
		terms = append(terms, number(months))
	}
	setList(policy, "billingTermMonths", terms)
	applyHours(policy, fields)
	policy["holdForApproval"] = fields.Get("holdForApproval") == "true"
	for _, c := range s.Shelf.Choices() {
		setList(policy, c.Name, linesOf(fields.Get(c.Name)))
	}
	return nil
}

// applyLimits sets the limits of the currencies that the form is about, in the place that
// they have.
func applyLimits(policy map[string]any, fields url.Values) error {
	before := listOf(policy["limits"])
	limits := append([]any{}, before...)
	for i, text := range fields[currencyName] {
		currency := money.Currency(strings.ToLower(strings.TrimSpace(text)))
		at := slices.IndexFunc(before, func(l any) bool { return memberOf(l, currencyName) == string(currency) })
		limit := map[string]any{currencyName: string(currency)}
		for _, a := range amounts {
			if err := setAmount(limit, a.name, prefixOf(i, at >= 0, currency), fieldAt(fields, a.name, i), currency); err != nil {
				return err
			}
		}
		switch said := len(limit) > 1; {
		case at >= 0 && (said || len(before[at].(map[string]any)) == 1):
			limits[at] = limit
		case at >= 0:
			limits[at] = nil
		case said && currency == "":
			return fault.InvalidParam("$."+newPrefix+currencyName, "must be there").Fix("Write the code of the currency, as eur, or leave its limits empty.")
		case said:
			limits = append(limits, limit)
		}
	}
	policy["limits"] = slices.DeleteFunc(limits, func(l any) bool { return l == nil })
	return nil
}

// prefixOf begins the ids of the fields for a currency: the first is that of the wallet.
func prefixOf(row int, known bool, c money.Currency) string {
	switch {
	case row == 0:
		return ""
	case known:
		return string(c) + "."
	default:
		return newPrefix
	}
}

// fieldAt is one of the fields that have the same name.
func fieldAt(fields url.Values, name string, i int) string {
	if i < len(fields[name]) {
		return fields[name][i]
	}
	return ""
}

func memberOf(object any, name string) any {
	members, _ := object.(map[string]any)
	return members[name]
}

// setAmount sets an amount, in the minor unit of the currency, where something is said.
func setAmount(of map[string]any, name, prefix, text string, currency money.Currency) error {
	text = strings.TrimSpace(text)
	if text == "" {
		return nil
	}
	amount, err := money.Parse(text, currency)
	if err != nil {
		return fault.InvalidParam("$."+prefix+name, "must be an amount, as 50 or 50.00").Fix("Write it in %s, or leave it empty for no limit.", strings.ToUpper(string(currency)))
	}
	of[name] = float64(amount.Minor)
	return nil
}

// applyHours sets when purchases may be made. Days without times are whole days.
func applyHours(policy map[string]any, fields url.Values) {
	from, to, days := strings.TrimSpace(fields.Get(fromName)), strings.TrimSpace(fields.Get(toName)), anys(fields[daysName])
	if from == "" && to == "" {
		if len(days) == 0 {
			delete(policy, "hours")
			return
		}
		from, to = clockOf(0), clockOf(0)
	}
	before, _ := policy["hours"].(map[string]any)
	hours := map[string]any{"days": listOf(memberOf(before, "days"))}
	setList(hours, "days", days)
	set(hours, "from", from, func(text string) any { return text })
	set(hours, "to", to, func(text string) any { return text })
	set(hours, "utcOffset", fields.Get(offsetName), func(text string) any { return text })
	policy["hours"] = hours
}

// set sets a member of a policy, or leaves it out where nothing is said.
func set(policy map[string]any, name, text string, as func(string) any) {
	delete(policy, name)
	if text = strings.TrimSpace(text); text != "" {
		policy[name] = as(text)
	}
}

// setList sets a list whose order means nothing, unless it has the same in it already.
func setList(policy map[string]any, name string, chosen []any) {
	before := listOf(policy[name])
	lacks := func(list []any) func(any) bool { return func(one any) bool { return !slices.Contains(list, one) } }
	if !slices.ContainsFunc(before, lacks(chosen)) && !slices.ContainsFunc(chosen, lacks(before)) {
		chosen = before
	}
	policy[name] = append([]any{}, chosen...)
}

func listOf(value any) []any {
	list, _ := value.([]any)
	return list
}

// The days of a week as the API names them, by their numbers.
var dayNames = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// week is its days in the order of pages.
var week = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday, time.Sunday}

func clockOf(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

func offsetOf(minutes int) string {
	if minutes < 0 {
		return "-" + clockOf(-minutes)
	}
	return "+" + clockOf(minutes)
}

// leases are the longest ones that the form offers.
var leases = []struct{ after, words string }{
	{"", "No"}, {"PT1H", "1 hour"}, {"PT24H", "24 hours"}, {"P7D", "7 days"}, {"P30D", "30 days"}, {"P90D", "90 days"}, {"P1Y", "1 year"},
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
