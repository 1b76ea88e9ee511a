package shop

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/period"
)

// Choices implements Product: all configurations choose the same.
func (plain) Choices(json.RawMessage) (map[string]string, error) {
	return map[string]string{"regions": "eu-west", "colors": "red"}, nil
}

// anOffer is 2 units for 5 dollars each, of 3 months.
func anOffer() Offer {
	return Offer{
		Item: Item{ID: "cat_a", Category: "compute", ServiceType: "plain"}, Quantity: 2,
		Price: Price{Total: dollars(1000), Term: Term{Months: 3}},
		Lease: &LeaseOrder{After: period.Period{Seconds: 86400}, OnExpiry: ExpiryDelete},
	}
}

// spent is a budget under which something was spent before.
func spent(p Policy) Budget {
	return Budget{Policy: p, Spending: Spending{
		LiveServices: 3,
		Sums: []Sum{
			{"eur", "2028-02-29", 7777, "2028-02", 7777, 7777},
			{"usd", "2028-02-29", 100, "2028-02", 2000, 30000},
		},
	}}
}

func choiceLimit(name string, allowed ...string) Policy {
	return Policy{Choices: []ChoiceLimit{{Name: name, Allowed: allowed}}}
}

func dollarLimit(l Limit) Policy { l.Currency = "usd"; return Policy{Limits: []Limit{l}} }

var leapDay = at("2028-02-29T23:00:00Z")

func check(t *testing.T, now time.Time, bounds Budgets) SpendCheck {
	t.Helper()
	return checkOffer(t, anOffer(), bounds, now)
}

func checkOffer(t *testing.T, offer Offer, bounds Budgets, now time.Time) SpendCheck {
	t.Helper()
	s := &Shop{Products: Products{"plain": plain{}}}
	got, err := s.check(offer, bounds, now)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// aRule is a policy that an offer just keeps to, and one that it just does not.
type aRule struct {
	rule           Rule
	kept, broken   Policy
	code           fault.Code // of the refusal; empty where a person is asked
	detail         string     // after "The policy of the account", or "of the agent"
	money          *Figures[money.Money]
	services       *Figures[int64]
	resetsAt       string
	allowed, fixes []string
}

func inDollars(limit, spent, left int64) *Figures[money.Money] {
	return &Figures[money.Money]{dollars(limit), dollars(spent), dollars(left)}
}

func rules() []aRule {
	at := func(minor int64) *int64 { return &minor }
	return []aRule{
		{
			rule: RuleFrozen, kept: Policy{}, broken: Policy{Frozen: true},
			code: fault.PolicyViolation, detail: "Purchases are frozen by the policy of the LAYER.",
		},
		{
			rule: RuleHours, kept: Policy{Hours: &Hours{From: 23 * 60, To: 23*60 + 1}}, broken: Policy{Hours: &Hours{From: 22 * 60, To: 23 * 60}},
			code: fault.PolicyViolation, detail: "The policy of the LAYER allows no purchases at this time.", resetsAt: "2028-03-01T22:00:00Z",
			fixes: []string{"Wait until 2028-03-01T22:00:00Z, when the rule allows more."},
		},
		{
			rule: RuleCategories, kept: Policy{Categories: []string{"gpu", "compute"}}, broken: Policy{Categories: []string{"gpu", "memory"}},
			code: fault.PolicyViolation, detail: "The policy of the LAYER allows only these categories: gpu, memory.", allowed: []string{"gpu", "memory"},
			fixes: []string{"Choose one that is allowed."},
		},
		{
			rule: RuleItems, kept: Policy{Items: []id.Item{"cat_a"}}, broken: Policy{Items: []id.Item{"cat_b"}},
			code: fault.PolicyViolation, detail: "The policy of the LAYER allows only these items: cat_b.", allowed: []string{"cat_b"},
			fixes: []string{"Choose one that is allowed."},
		},
		{
			rule: "regions", kept: choiceLimit("regions", "eu-west"), broken: choiceLimit("regions", "us-east"),
			code: fault.PolicyViolation, detail: "The policy of the LAYER allows only these regions: us-east.", allowed: []string{"us-east"},
			fixes: []string{"Choose one that is allowed."},
		},
		{
			rule: "colors", kept: choiceLimit("colors", "green", "red"), broken: choiceLimit("colors", "green", "blue"),
			code: fault.PolicyViolation, detail: "The policy of the LAYER allows only these colors: green, blue.", allowed: []string{"green", "blue"},
			fixes: []string{"Choose one that is allowed."},
		},
		{
			rule: RuleMonths, kept: Policy{Months: []int{1, 3}}, broken: Policy{Months: []int{1, 12}},
			code: fault.PolicyViolation, detail: "The policy of the LAYER allows only these billing_terms: 1, 12.", allowed: []string{"1", "12"},
			fixes: []string{"Choose one that is allowed."},
		},
		{
			rule: RuleLease, kept: Policy{MaxLease: period.Period{Seconds: 86400}}, broken: Policy{MaxLease: period.Period{Seconds: 86399}},
			code: fault.PolicyViolation, detail: "The policy of the LAYER demands a lease: what is bought must be deleted after PT23H59M59S at the latest.", allowed: []string{"PT23H59M59S"},
			fixes: []string{"Quote it with quote_create and expiresAfter PT23H59M59S, or less, and buy that quote."},
		},
		{
			rule: RulePerPurchase, kept: dollarLimit(Limit{PerPurchase: at(1000)}), broken: dollarLimit(Limit{PerPurchase: at(999)}),
			code: fault.SpendLimitExceeded, detail: "The policy of the LAYER allows $9.99 for one purchase.", money: inDollars(999, 0, 999),
			fixes: []string{"Buy something that costs no more than $9.99."},
		},
		{
			rule: RulePerDay, kept: dollarLimit(Limit{PerDay: at(1100)}), broken: dollarLimit(Limit{PerDay: at(1099)}),
			code: fault.SpendLimitExceeded, detail: "The policy of the LAYER allows $10.99 a day; $1.00 is spent, $9.99 is left.",
			money: inDollars(1099, 100, 999), resetsAt: "2028-03-01T00:00:00Z",
			fixes: []string{"Buy something that costs no more than $9.99.", "Wait until 2028-03-01T00:00:00Z, when the rule allows more."},
		},
		{
			rule: RulePerMonth, kept: dollarLimit(Limit{PerMonth: at(3000)}), broken: dollarLimit(Limit{PerMonth: at(2000)}),
			code: fault.SpendLimitExceeded, detail: "The policy of the LAYER allows $20.00 a calendar month; $20.00 is spent, $0.00 is left.",
			money: inDollars(2000, 2000, 0), resetsAt: "2028-03-01T00:00:00Z",
			fixes: []string{"Wait until 2028-03-01T00:00:00Z, when the rule allows more."},
		},
		{
			rule: RuleTotal, kept: dollarLimit(Limit{Total: at(31000)}), broken: dollarLimit(Limit{Total: at(30999)}),
			code: fault.SpendLimitExceeded, detail: "The policy of the LAYER allows $309.99 in total; $300.00 is spent, $9.99 is left.",
			money: inDollars(30999, 30000, 999),
			fixes: []string{"Buy something that costs no more than $9.99."},
		},
		{
			rule: RuleLiveServices, kept: Policy{MaxLiveServices: new(5)}, broken: Policy{MaxLiveServices: new(4)},
			code: fault.SpendLimitExceeded, detail: "The policy of the LAYER allows 4 live services, and 3 are running.", services: &Figures[int64]{4, 3, 1},
			fixes: []string{"Buy at most 1."},
		},
		{
			rule: RuleConfirmAbove, kept: dollarLimit(Limit{ConfirmAbove: at(1000)}), broken: dollarLimit(Limit{ConfirmAbove: at(999)}),
			detail: "The policy of the LAYER requires a person to be asked about every purchase above $9.99.", money: inDollars(999, 0, 999),
		},
		{
			rule: RuleApprovalAbove, kept: dollarLimit(Limit{ApprovalAbove: at(1000)}), broken: dollarLimit(Limit{ApprovalAbove: at(999)}),
			detail: "The policy of the LAYER requires a person to be asked about every purchase above $9.99.", money: inDollars(999, 0, 999),
		},
	}
}

func TestRulesAreAllTested(t *testing.T) {
	t.Parallel()
	var tested []Rule
	for _, r := range rules() {
		if len(r.broken.Choices) == 0 { // a rule of the product
			tested = append(tested, r.rule)
		}
	}
	if !slices.Equal(tested, Rules()) {
		t.Errorf("tested are %v, there are %v", tested, Rules())
	}
}

// Each rule of each layer binds, and at its very limit lets through.
func TestRules(t *testing.T) {
	t.Parallel()
	for _, r := range rules() {
		for layer, of := range map[Layer]func(Budget) Budgets{
			LayerAccount: func(b Budget) Budgets { return Budgets{Account: b} },
			LayerAgent:   func(b Budget) Budgets { return Budgets{Agent: b} },
		} {
			kept := check(t, leapDay, of(spent(r.kept)))
			if !kept.Allowed() || kept.NeedsConsent() || kept.err() != nil || kept.why() != "" {
				t.Errorf("%s of the %s: %v is not kept", r.rule, layer, kept)
			}
			r.expectBroken(t, layer, check(t, leapDay, of(spent(r.broken))))
		}
	}
}

func (r aRule) expectBroken(t *testing.T, layer Layer, got SpendCheck) {
	t.Helper()
	want := Check{
		Layer: layer, Rule: r.rule, Money: r.money, Services: r.services,
		Allowed: r.allowed, ResetsAt: r.reset(),
	}
	if len(got.Checks) != 1 || !sameCheck(got.Checks[0], want) {
		t.Errorf("%s of the %s: %v, want %v", r.rule, layer, got.Checks, want)
	}
	detail := strings.ReplaceAll(r.detail, "LAYER", string(layer))
	if r.code == "" {
		if got.err() != nil || !got.Allowed() || !got.NeedsConsent() || got.why() != detail {
			t.Errorf("%s of the %s: %v, %q, want %q", r.rule, layer, got.err(), got.why(), detail)
		}
		if got.NeedsApproval() != (r.rule == RuleApprovalAbove) {
			t.Errorf("%s of the %s: needs approval is %t", r.rule, layer, got.NeedsApproval())
		}
		return
	}
	e := fault.From(got.err())
	fixes := append(slices.Clone(r.fixes), "Ask the owner of the account to change the policy of the "+string(layer)+", and say what you need.")
	if got.Allowed() || e.Code != r.code || e.Detail != detail || !slices.Equal(e.Fixes, fixes) {
		t.Errorf("%s of the %s: %s %q %q, want %s %q %q", r.rule, layer, e.Code, e.Detail, e.Fixes, r.code, detail, fixes)
	}
	members := map[string]any{"layer": layer, "rule": r.rule}
	if m := r.money; m != nil {
		members["limitMinor"], members["spentMinor"], members["leftMinor"] = m.Limit.Minor, m.Spent.Minor, m.Left.Minor
		members["currency"] = m.Limit.Currency
	}
	if n := r.services; n != nil {
		members["limit"], members["spent"], members["left"] = n.Limit, n.Spent, n.Left
	}
	if len(r.allowed) > 0 {
		members["allowed"] = r.allowed
	}
	if r.resetsAt != "" {
		members["resetsAt"] = r.reset()
	}
	if len(e.Extra) != len(members) {
		t.Errorf("%s: the members are %v, want %v", r.rule, e.Extra, members)
	}
	for name, value := range members {
		if fmt.Sprint(e.Extra[name]) != fmt.Sprint(value) {
			t.Errorf("%s: %s is %v, want %v", r.rule, name, e.Extra[name], value)
		}
	}
}

func (r aRule) reset() time.Time {
	if r.resetsAt == "" {
		return time.Time{}
	}
	return at(r.resetsAt)
}

func sameCheck(a, b Check) bool {
	return cmp.Equal(a, b, cmpopts.EquateEmpty())
}

// Whichever layer is stricter binds, and of two that are broken the account's is
// named.
func TestTheStricterLayerBinds(t *testing.T) {
	t.Parallel()
	per := func(minor int64) Budget { return spent(dollarLimit(Limit{PerPurchase: &minor})) }
	for _, tt := range []struct {
		account, agent Budget
		refused        Layer // empty: nothing is refused
	}{
		{per(1000), per(1000), ""},
		{per(999), per(5000), LayerAccount},
		{per(5000), per(999), LayerAgent},
		{per(999), per(998), LayerAccount},
		{Budget{}, per(999), LayerAgent},
	} {
		got := check(t, leapDay, Budgets{tt.account, tt.agent})
		refusal, refused := got.refusal()
		if refused != (tt.refused != "") || refusal.Layer != tt.refused {
			t.Errorf("%v, want %s", got.Checks, tt.refused)
		}
	}
	if got := check(t, leapDay, Budgets{}); len(got.Checks) != 0 || !got.Allowed() {
		t.Errorf("without policies there are %v", got.Checks)
	}
}

// What asks a person does not hide what forbids.
func TestForbiddenIsNotAsked(t *testing.T) {
	t.Parallel()
	asks := spent(dollarLimit(Limit{ConfirmAbove: new(int64(0)), ApprovalAbove: new(int64(0))}))
	got := check(t, leapDay, Budgets{asks, spent(Policy{Frozen: true})})
	if got.Allowed() || !got.NeedsApproval() || fault.From(got.err()).Extra["rule"] != RuleFrozen {
		t.Errorf("%v, %v", got.Checks, got.err())
	}
}

// A limit of a choice that the configuration does not have does not bind: it is about
// another product.
func TestLimitOfAnotherProduct(t *testing.T) {
	t.Parallel()
	if got := check(t, leapDay, Budgets{Account: spent(choiceLimit("sizes", "large"))}); len(got.Checks) != 0 || !got.Allowed() {
		t.Errorf("the offer is held to %v", got.Checks)
	}
}

// A limit of another currency does not bind, and what was spent in one does not
// count in another.
func TestCurrenciesAreApart(t *testing.T) {
	t.Parallel()
	euros := Policy{Limits: []Limit{{Currency: "eur", PerPurchase: new(int64(0)), Total: new(int64(0))}}}
	if got := check(t, leapDay, Budgets{Account: spent(euros)}); len(got.Checks) != 0 {
		t.Errorf("dollars are held to %v", got.Checks)
	}
	offer := anOffer()
	offer.Price.Total = money.Money{Minor: 1, Currency: "gbp"}
	pounds := Policy{Limits: []Limit{{Currency: "gbp", PerDay: new(int64(1)), PerMonth: new(int64(1)), Total: new(int64(1))}}}
	if got := checkOffer(t, offer, Budgets{Account: spent(pounds)}, leapDay); !got.Allowed() || len(got.Checks) != 3 {
		t.Errorf("pounds are held to %v", got.Checks)
	}
}

// A day that has passed counts no more, and a limit says when its day or month
// ends: whatever the length of the month.
func TestLimitsReset(t *testing.T) {
	t.Parallel()
	daily, monthly := dollarLimit(Limit{PerDay: new(int64(1000))}), dollarLimit(Limit{PerMonth: new(int64(2500))})
	for _, tt := range []struct {
		policy Policy
		at     string
		spent  int64
		resets string
	}{
		{daily, "2028-02-29T00:00:00Z", 100, "2028-03-01T00:00:00Z"},
		{daily, "2028-02-29T23:59:59Z", 100, "2028-03-01T00:00:00Z"},
		{daily, "2028-03-01T00:00:00Z", 0, "2028-03-02T00:00:00Z"},
		{daily, "2028-12-31T12:00:00+14:00", 0, "2028-12-31T00:00:00Z"},
		{daily, "2028-12-31T12:00:00Z", 0, "2029-01-01T00:00:00Z"},
		{monthly, "2028-02-29T23:59:59Z", 2000, "2028-03-01T00:00:00Z"},
		{monthly, "2028-03-01T00:00:00Z", 0, "2028-04-01T00:00:00Z"},
		{monthly, "2028-03-31T23:59:59Z", 0, "2028-04-01T00:00:00Z"},
		{monthly, "2029-01-31T12:00:00Z", 0, "2029-02-01T00:00:00Z"},
		{monthly, "2029-02-28T12:00:00Z", 0, "2029-03-01T00:00:00Z"},
		{monthly, "2028-12-31T12:00:00Z", 0, "2029-01-01T00:00:00Z"},
	} {
		got := check(t, at(tt.at), Budgets{Account: spent(tt.policy)}).Checks[0]
		if got.Money.Spent.Minor != tt.spent || !got.ResetsAt.Equal(at(tt.resets)) {
			t.Errorf("at %s %d are spent until %s, want %d until %s", tt.at, got.Money.Spent.Minor, got.ResetsAt, tt.spent, tt.resets)
		}
	}
}

// Nobody is told to wait for what waiting does not help, nor to buy for nothing.
func TestNoVainAdvice(t *testing.T) {
	t.Parallel()
	for _, p := range []Policy{
		dollarLimit(Limit{PerDay: new(int64(99))}), dollarLimit(Limit{PerMonth: new(int64(99))}),
		dollarLimit(Limit{Total: new(int64(99))}),
		{MaxLiveServices: new(2)},
	} {
		got := check(t, leapDay, Budgets{Account: spent(p)})
		e := fault.From(got.err())
		left := e.Extra["leftMinor"]
		if p.MaxLiveServices != nil {
			left = e.Extra["left"]
		}
		if len(e.Fixes) != 1 || e.Extra["resetsAt"] != nil || left != int64(0) {
			t.Errorf("%q, %v", e.Fixes, e.Extra)
		}
	}
}
