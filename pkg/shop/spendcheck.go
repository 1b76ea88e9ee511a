package shop

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
)

// SpendCheck says what the policies say to a purchase, at one moment.
type SpendCheck struct {
	Checks []Check
	// Protection says that the service is protected against what is bought, in words
	// for people; empty where it is not.
	Protection string
}

// Check is the verdict of one rule of one layer.
type Check struct {
	Layer Layer
	Rule  Rule
	// Passed reports whether the purchase keeps to the rule. For confirm_above and
	// approval_above it is false where a person must be asked.
	Passed bool
	// Money are the figures of a limit of money, and Services of one of services; nil
	// for every other rule.
	Money    *Figures[money.Money]
	Services *Figures[int64]
	// ResetsAt is when the rule may pass the purchase without anybody's help; zero:
	// never.
	ResetsAt time.Time
	// Allowed lists what a rule about kinds allows.
	Allowed []string
	// Latest is how long a service may live that is extended; zero for a purchase.
	Latest time.Time
}

// Figures are what a limit allows, what is spent without the purchase, and what is
// left.
type Figures[Amount any] struct{ Limit, Spent, Left Amount }

// Layer says whose policy it is.
type Layer string

// The layers.
const (
	LayerAccount Layer = "account"
	LayerAgent   Layer = "agent"
)

// Rule is what a policy limits.
type Rule string

// The rules of the store. A limit on a choice is a rule of the choice's name.
const (
	RulePerPurchase   Rule = "per_purchase"
	RulePerDay        Rule = "per_day"
	RulePerMonth      Rule = "per_month"
	RuleTotal         Rule = "total"
	RuleLiveServices  Rule = "live_services"
	RuleConfirmAbove  Rule = "confirm_above"
	RuleApprovalAbove Rule = "approval_above"
	RuleCategories    Rule = "categories"
	RuleItems         Rule = "items"
	RuleMonths        Rule = "billing_terms"
	RuleHours         Rule = "hours"
	RuleLease         Rule = "lease"
	RuleFrozen        Rule = "frozen"
)

// Rules lists those of the store.
func Rules() []Rule {
	return []Rule{
		RuleFrozen, RuleHours, RuleCategories, RuleItems, RuleMonths, RuleLease,
		RulePerPurchase, RulePerDay, RulePerMonth, RuleTotal, RuleLiveServices,
		RuleConfirmAbove, RuleApprovalAbove,
	}
}

// Allowed reports whether nothing forbids the purchase.
func (c SpendCheck) Allowed() bool { _, refused := c.refusal(); return !refused }

// NeedsConsent reports whether some person must consent to the purchase.
func (c SpendCheck) NeedsConsent() bool { return c.fails(RuleConfirmAbove) || c.NeedsApproval() }

// NeedsApproval reports whether a member must approve the purchase.
func (c SpendCheck) NeedsApproval() bool { return c.Protection != "" || c.fails(RuleApprovalAbove) }

func (c SpendCheck) fails(rule Rule) bool {
	return slices.ContainsFunc(c.Checks, func(c Check) bool { return c.Rule == rule && !c.Passed })
}

// forPaid is the check of a purchase that is already counted where it is paid for: then
// no sum has to have room for it.
func (c SpendCheck) forPaid(paid bool) SpendCheck {
	if !paid {
		return c
	}
	c.Checks = slices.DeleteFunc(slices.Clone(c.Checks), func(c Check) bool {
		return c.Rule.sums() || c.Rule == RuleLiveServices
	})
	return c
}

// refusal is the first rule that forbids the purchase.
func (c SpendCheck) refusal() (Check, bool) {
	i := slices.IndexFunc(c.Checks, func(c Check) bool { return !c.asks() && !c.Passed })
	if i < 0 {
		return Check{}, false
	}
	return c.Checks[i], true
}

// why says which rules require a person to be asked.
func (c SpendCheck) why() string {
	if c.Protection != "" {
		return c.Protection
	}
	for _, check := range slices.Backward(c.Checks) {
		if check.asks() && !check.Passed {
			return fmt.Sprintf("The policy of the %s requires a person to be asked about every purchase above %s.", check.Layer, check.Money.Limit)
		}
	}
	return ""
}

// asks reports whether the rule forbids nothing, but has a person asked.
func (c Check) asks() bool { return c.Rule == RuleConfirmAbove || c.Rule == RuleApprovalAbove }

// err refuses what is forbidden: spend_limit_exceeded for limits, and
// policy_violation for the rest.
func (c SpendCheck) err() error {
	check, refused := c.refusal()
	if !refused {
		return nil
	}
	e := check.fault().With("layer", check.Layer).With("rule", check.Rule)
	if m := check.Money; m != nil {
		e.With("limitMinor", m.Limit.Minor).With("spentMinor", m.Spent.Minor).With("leftMinor", m.Left.Minor).
			With("currency", m.Limit.Currency)
	}
	if n := check.Services; n != nil {
		e.With("limit", n.Limit).With("spent", n.Spent).With("left", n.Left)
	}
	if len(check.Allowed) > 0 {
		e.With("allowed", check.Allowed)
	}
	if !check.ResetsAt.IsZero() {
		e.With("resetsAt", check.ResetsAt).Fix("Wait until %s, when the rule allows more.", check.ResetsAt.Format(time.RFC3339))
	}
	return e.Fix("Ask the owner of the account to change the policy of the %s, and say what you need.", check.Layer)
}

func (c Check) fault() *fault.Error {
	switch c.Rule {
	case RuleFrozen:
		return fault.New(fault.PolicyViolation, "Purchases are frozen by the policy of the %s.", c.Layer)
	case RuleHours:
		return fault.New(fault.PolicyViolation, "The policy of the %s allows no purchases at this time.", c.Layer)
	case RuleLease:
		e := fault.New(fault.PolicyViolation, "The policy of the %s demands a lease: what is bought must be deleted after %s at the latest.", c.Layer, c.Allowed[0])
		if !c.Latest.IsZero() {
			return e.Fix("Extend it until %s at the most, with onExpiry delete.", c.Latest.Format(time.RFC3339))
		}
		return e.Fix("Quote it with quote_create and expiresAfter %s, or less, and buy that quote.", c.Allowed[0])
	case RuleLiveServices:
		e := fault.New(fault.SpendLimitExceeded, "The policy of the %s allows %d live services, and %d are running.", c.Layer, c.Services.Limit, c.Services.Spent)
		if c.Services.Left > 0 {
			e.Fix("Buy at most %d.", c.Services.Left)
		}
		return e
	case RulePerPurchase:
		return fault.New(fault.SpendLimitExceeded, "The policy of the %s allows %s for one purchase.", c.Layer, c.Money.Limit).
			Fix("Buy something that costs no more than %s.", c.Money.Limit)
	case RulePerDay, RulePerMonth, RuleTotal:
		e := fault.New(fault.SpendLimitExceeded, "The policy of the %s allows %s %s; %s is spent, %s is left.", c.Layer, c.Money.Limit, periods[c.Rule], c.Money.Spent, c.Money.Left)
		if c.Money.Left.Minor > 0 {
			e.Fix("Buy something that costs no more than %s.", c.Money.Left)
		}
		return e
	default:
		return fault.New(fault.PolicyViolation, "The policy of the %s allows only these %s: %s.", c.Layer, c.Rule, strings.Join(c.Allowed, ", ")).
			Fix("Choose one that is allowed.")
	}
}

// sums reports whether a rule limits what is spent altogether in a time.
func (r Rule) sums() bool { return periods[r] != "" }

var periods = map[Rule]string{RulePerDay: "a day", RulePerMonth: "a calendar month", RuleTotal: "in total"}

// check checks an offer against both budgets. Only rules that limit something are
// listed.
func (s *Shop) check(offer Offer, bounds Budgets, now time.Time) (SpendCheck, error) {
	var out SpendCheck
	choices, err := s.choices(offer, bounds)
	if err != nil {
		return out, err
	}
	for i, layer := range []Layer{LayerAccount, LayerAgent} {
		c := checker{layer: layer, budget: bounds.both()[i], offer: offer, choices: choices, now: now}
		c.kinds()
		c.limits()
		out.Checks = append(out.Checks, c.checks...)
	}
	return out, nil
}

// choices are what the configuration chooses, read only where a policy asks: that
// takes a while.
func (s *Shop) choices(offer Offer, bounds Budgets) (map[string]string, error) {
	if len(bounds.Account.Policy.Choices)+len(bounds.Agent.Policy.Choices) == 0 {
		return nil, nil
	}
	if offer.Action != nil {
		return s.Products.choices(offer.Item.ServiceType, offer.Configuration, offer.Action.Intent)
	}
	product, err := s.Products.Find(offer.Item.ServiceType)
	if err != nil {
		return nil, err
	}
	return product.Choices(offer.Configuration)
}

// checker gathers the checks of one layer.
type checker struct {
	layer   Layer
	budget  Budget
	offer   Offer
	choices map[string]string
	now     time.Time
	checks  []Check
}

func (c *checker) add(check Check) {
	check.Layer = c.layer
	c.checks = append(c.checks, check)
}

// kinds checks what may be bought, and when.
func (c *checker) kinds() {
	p := c.budget.Policy
	if p.Frozen {
		c.add(Check{Rule: RuleFrozen})
	}
	if p.Hours != nil {
		check := Check{Rule: RuleHours, Passed: p.Hours.Open(c.now)}
		if !check.Passed {
			check.ResetsAt = p.Hours.next(c.now)
		}
		c.add(check)
	}
	c.oneOf(RuleCategories, p.Categories, c.offer.Item.Category)
	c.oneOf(RuleItems, words(p.Items), string(c.offer.Item.ID))
	for _, limit := range p.Choices {
		if chosen, has := c.choices[limit.Name]; has {
			c.oneOf(Rule(limit.Name), limit.Allowed, chosen)
		}
	}
	if c.offer.Action != nil {
		return // its term runs already
	}
	c.oneOf(RuleMonths, words(p.Months), strconv.Itoa(c.offer.Price.Term.Months))
	c.lease(p.MaxLease)
}

// lease checks that what is bought does not live too long.
func (c *checker) lease(longest period.Period) {
	if longest == (period.Period{}) {
		return
	}
	lease := c.offer.LeaseFrom(c.now)
	ends := lease != nil && lease.OnExpiry == ExpiryDelete && !lease.ExpiresAt.After(longest.After(c.now))
	c.add(Check{Rule: RuleLease, Passed: ends, Allowed: []string{longest.String()}})
}

func (c *checker) oneOf(rule Rule, allowed []string, chosen string) {
	if len(allowed) > 0 {
		c.add(Check{Rule: rule, Passed: slices.Contains(allowed, chosen), Allowed: allowed})
	}
}

func words[T any](values []T) []string {
	if len(values) == 0 {
		return nil
	}
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = fmt.Sprint(v)
	}
	return out
}

// limits checks the money, and the number of services.
func (c *checker) limits() {
	price := c.offer.Price.Total
	limit := c.budget.Policy.LimitOf(price.Currency)
	sum := c.budget.Spending.On(price.Currency, c.now)
	day := c.now.UTC().Truncate(24 * time.Hour)
	month := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC)
	c.most(RulePerPurchase, limit.PerPurchase, 0, price.Minor, time.Time{})
	c.most(RulePerDay, limit.PerDay, sum.DayMinor, price.Minor, day.AddDate(0, 0, 1))
	c.most(RulePerMonth, limit.PerMonth, sum.MonthMinor, price.Minor, month.AddDate(0, 1, 0))
	c.most(RuleTotal, limit.Total, sum.TotalMinor, price.Minor, time.Time{})
	c.most(RuleConfirmAbove, limit.ConfirmAbove, 0, price.Minor, time.Time{})
	c.most(RuleApprovalAbove, limit.ApprovalAbove, 0, price.Minor, time.Time{})
	if most := c.budget.Policy.MaxLiveServices; most != nil && c.offer.services() > 0 {
		live := int64(c.budget.Spending.LiveServices)
		c.add(Check{
			Rule: RuleLiveServices, Passed: int64(c.offer.services()) <= int64(*most)-live,
			Services: &Figures[int64]{int64(*most), live, max(int64(*most)-live, 0)},
		})
	}
}

// most checks a limit. Sums and limits are not negative, so their difference cannot
// overflow.
func (c *checker) most(rule Rule, limit *int64, spent, price int64, resets time.Time) {
	if limit == nil {
		return
	}
	if price > *limit {
		resets = time.Time{} // it is too much at any time
	}
	of := func(minor int64) money.Money {
		return money.Money{Minor: minor, Currency: c.offer.Price.Total.Currency}
	}
	c.add(Check{
		Rule: rule, Passed: price <= *limit-spent, ResetsAt: resets,
		Money: &Figures[money.Money]{of(*limit), of(spent), of(max(*limit-spent, 0))},
	})
}
