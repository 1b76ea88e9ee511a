package dashboard

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
	"agentstore/pkg/shop"
)

// limitRow is the fields of a currency.
type limitRow struct {
	currency string
	own      bool // it is that of the wallet
	known    bool // it has a limit
	prefix   string
	amounts  []entry
}

// entry is a field of one line, of a kind: text, number, decimal or time.
type entry struct{ id, name, label, kind, help, value string }

func (b bounds) entry(name, label, kind, help string) entry {
	return entry{name, name, label, kind, help, b.fields.Get(name)}
}

// attributes are those of the element.
func (e entry) attributes(wrong *fault.Error) templ.Attributes {
	a := templ.Attributes{"type": e.kind, "id": e.id, "name": e.name, "value": e.value, "autocomplete": "off"}
	switch e.kind {
	case "decimal":
		a["type"], a["inputmode"] = "text", "decimal"
	case "number":
		a["min"] = "0"
	case "time":
		if _, err := time.Parse("15:04", e.value); e.value != "" && err != nil {
			a["type"] = "text" // in which what was written can be seen
		}
	}
	if problemOf(wrong, e.id) != "" {
		a["aria-invalid"], a["aria-describedby"] = "true", e.id+"-error"
	}
	return a
}

// rows are the currencies of the form, and one more in which a limit can be added.
func (b bounds) rows() []limitRow {
	var rows []limitRow
	spare := false
	for i, currency := range append(b.fields[currencyName], "") {
		known := slices.ContainsFunc(b.saved.Limits, func(l shop.Limit) bool { return string(l.Currency) == currency })
		row := limitRow{currency: currency, own: i == 0, known: known, prefix: prefixOf(i, known, money.Currency(currency))}
		if row.prefix == newPrefix {
			if spare {
				continue
			}
			spare = true
		}
		for _, a := range amounts {
			row.amounts = append(row.amounts, entry{row.prefix + a.name, a.name, row.label(a.label), "decimal", a.help, fieldAt(b.fields, a.name, i)})
		}
		rows = append(rows, row)
	}
	return rows
}

// label says also in which currency an amount is.
func (r limitRow) label(of string) string {
	if r.currency == "" {
		return of
	}
	return of + ", in " + strings.ToUpper(r.currency)
}

// said reports whether the row of a currency has anything in it.
func (r limitRow) said() bool {
	return r.currency != "" || slices.ContainsFunc(r.amounts, func(e entry) bool { return e.value != "" })
}

// option is a box that can be ticked.
type option struct {
	value, words string
	chosen       bool
}

// options are boxes for what can be chosen, and for what is chosen and no longer there.
func (b bounds) options(name string, known ...option) []option {
	chosen := b.fields[name]
	for i := range known {
		known[i].chosen = slices.Contains(chosen, known[i].value)
	}
	for _, value := range chosen {
		if !slices.ContainsFunc(known, func(o option) bool { return o.value == value }) {
			known = append(known, option{value, value, true})
		}
	}
	return known
}

func (b bounds) categoryOptions() []option {
	var known []option
	for _, c := range b.categories {
		known = append(known, option{value: c.ID, words: c.Name})
	}
	return b.options("categories", known...)
}

func (b bounds) itemOptions() []option {
	var known []option
	for _, i := range b.items {
		known = append(known, option{value: string(i.ID), words: i.Name})
	}
	return b.options("catalogItemIds", known...)
}

// usualTerms are offered also where nothing of the catalog has them yet.
var usualTerms = []int{1, 3, 6, 12}

func (b bounds) termOptions() []option {
	terms := slices.Clone(usualTerms)
	for _, i := range b.items {
		for _, t := range i.Terms {
			if t.Months > 0 {
				terms = append(terms, t.Months)
			}
		}
	}
	for _, months := range b.fields["billingTermMonths"] {
		if n, err := strconv.Atoi(months); err == nil {
			terms = append(terms, n)
		}
	}
	slices.Sort(terms)
	var known []option
	for _, months := range slices.Compact(terms) {
		known = append(known, option{value: strconv.Itoa(months), words: sentence(every(shop.Term{Months: months}))})
	}
	return b.options("billingTermMonths", known...)
}

func (b bounds) dayOptions() []option {
	var known []option
	for _, day := range week {
		known = append(known, option{value: dayNames[day], words: day.String()})
	}
	return b.options(daysName, known...)
}

// leaseWords says how long a lease is.
func leaseWords(after string) string {
	for _, l := range leases {
		if l.after == after {
			return l.words
		}
	}
	length, err := period.Parse(after)
	if err != nil {
		return after
	}
	var parts []string
	part := func(n int64, one string) {
		if n > 0 {
			parts = append(parts, plural(int(n), one, one+"s"))
		}
	}
	part(int64(length.Months/12), "year")
	part(int64(length.Months%12), "month")
	part(length.Seconds/86400, "day")
	part(length.Seconds%86400/3600, "hour")
	part(length.Seconds%3600/60, "minute")
	part(length.Seconds%60, "second")
	return strings.Join(parts, " ")
}

// leases are those that can be chosen, with the one that is set by other means.
func (b bounds) leases() []option {
	var known []option
	for _, l := range leases {
		known = append(known, option{value: l.after, words: l.words})
	}
	own := b.options("maxLease", known...)
	for i, o := range own {
		own[i].words = leaseWords(o.words)
	}
	return own
}

// limitLines are the sentences. Items that are not among those given are only counted, and
// what is said in the currency of the wallet is left out where that is empty.
func limitLines(p shop.Policy, items []shop.Item, own money.Currency) []string {
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
		lines = append(lines, itemLine(p.Items, items))
	}
	if len(p.Months) > 0 {
		var terms []string
		for _, months := range p.Months {
			terms = append(terms, every(shop.Term{Months: months}))
		}
		lines = append(lines, "Only what is paid "+strings.Join(terms, " or ")+".")
	}
	if p.Hours != nil {
		lines = append(lines, "Only "+hourWords(*p.Hours)+".")
	}
	if p.HoldForApproval {
		lines = append(lines, "What waits for an approval holds its money.")
	}
	if p.RenewalAbove != nil && own != "" {
		lines = append(lines, "Above "+money.Money{Minor: *p.RenewalAbove, Currency: own}.String()+" a member must approve a renewal.")
	}
	if p.LowBalance != nil && own != "" {
		lines = append(lines, "Below "+money.Money{Minor: *p.LowBalance, Currency: own}.String()+" in the wallet the audit log says so.")
	}
	return lines
}

// namedItems is how many items a sentence names.
const namedItems = 6

func itemLine(allowed []id.Item, items []shop.Item) string {
	var names []string
	for _, i := range items {
		if slices.Contains(allowed, i.ID) {
			names = append(names, i.Name)
		}
	}
	if len(names) != len(allowed) || len(names) > namedItems {
		return "Only " + plural(len(allowed), "item", "items") + " of the catalog."
	}
	return "Only " + strings.Join(names, ", ") + "."
}

// hourWords says when something may be bought.
func hourWords(h shop.Hours) string {
	words := "from " + clockOf(h.From) + " to " + clockOf(h.To)
	switch {
	case h.From == 0 && h.To == 0:
		words = "at any hour"
	case h.To <= h.From:
		words += " the next day"
	}
	var days []string
	for _, day := range week {
		if slices.Contains(h.Days, day) {
			days = append(days, day.String()[:3])
		}
	}
	if len(days) > 0 {
		words += " on " + strings.Join(days, ", ")
	}
	return words + ", UTC" + offsetOf(h.Offset)
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
	lines := limitLines(p, nil, "")
	switch {
	case len(lines) == 0:
		return "None of its own"
	case len(lines) <= 2:
		return strings.Join(lines, " ")
	default:
		return strings.Join(lines[:2], " ") + " +" + strconv.Itoa(len(lines)-2)
	}
}
