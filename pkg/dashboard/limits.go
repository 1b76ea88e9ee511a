package dashboard

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"
	"strings"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// bounds is what the page of limits shows: those of an agent, or of the account.
type bounds struct {
	agent      id.Agent // empty: the account
	policy     shop.Policy
	currency   money.Currency
	categories []shop.CategoryCount
	choices    []string // the names of what products let policies limit
	fields     url.Values
	wrong      *fault.Error
}

// amounts are the limits of money, by their names on the wire.
var amounts = []struct{ name, label, help string }{
	{"perPurchaseMinor", "At once", "The most that one purchase may cost."},
	{"perDayMinor", "A day", "Days are those of UTC."},
	{"perMonthMinor", "A month", "Calendar months of UTC."},
	{"totalMinor", "In all", "Ever."},
	{"approvalAboveMinor", "A member must approve above", "Such a purchase waits."},
	{"confirmAboveMinor", "The person in front of it is asked above", "It is a second look, and no protection: the agent's own program asks."},
}

// leases are the longest ones that can be demanded.
var leases = []struct{ after, words string }{
	{"", "No"}, {"PT24H", "24 hours"}, {"P7D", "7 days"}, {"P30D", "30 days"}, {"P90D", "90 days"},
}

// limits shows the limits of an agent, or of the account.
func (s Site) limits(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AgentPolicyGet(s.Shelf))
	if err != nil {
		return err
	}
	return s.showLimits(w, r, f, s.held(r, f.caller), nil)
}

func (s Site) showLimits(w http.ResponseWriter, r *http.Request, f *frame, fields url.Values, wrong *fault.Error) error {
	b := bounds{agent: agentOf(r), fields: fields, wrong: wrong}
	err := s.fill(r.Context(), f,
		func(ctx context.Context) (err error) { b.categories, err = s.Shop.Categories(ctx); return err },
		func(ctx context.Context) error {
			budget, err := s.Shop.Budget(ctx, f.caller, b.agent)
			b.policy = budget.Policy
			return err
		},
	)
	if err != nil {
		return err
	}
	b.currency = cmp.Or(f.free.Currency, usd)
	for _, c := range s.Shelf.Choices() {
		b.choices = append(b.choices, c.Name)
	}
	return render(w, r, statusOf(wrong), limitsPage(f, b))
}

// usd is the currency of limits where nothing was funded yet.
const usd money.Currency = "usd"

// setLimits replaces what the form is about, and leaves the rest of the policy as it is.
func (s Site) setLimits(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.AgentPolicyGet(s.Shelf))
	if err != nil {
		return err
	}
	err = s.changePolicy(r, entry, func(policy map[string]any) error { return s.apply(policy, fields) })
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showLimits(w, r, f, fields, wrong) })
	}
	s.SetCookie(w, r, formCookie, "", 0)
	to := web.AgentsPath
	if agent := agentOf(r); agent != "" {
		to = agentPath(agent)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// changePolicy reads a policy as the API writes it, changes it, and sets it.
func (s Site) changePolicy(r *http.Request, entry *web.Entry, change func(map[string]any) error) error {
	get, set, about := api.PolicyGet(s.Shelf), api.PolicySet(s.Shelf), map[string]any{}
	if agent := agentOf(r); agent != "" {
		get, set = api.AgentPolicyGet(s.Shelf), api.AgentPolicySet(s.Shelf)
		about["agentId"] = string(agent)
	}
	answer, err := s.do(r, entry, get, about, "")
	if err != nil {
		return err
	}
	now, err := read[struct{ Policy map[string]any }](answer)
	if err == nil {
		err = change(now.Policy)
	}
	if err != nil {
		return err
	}
	maps.Copy(now.Policy, about)
	_, err = s.do(r, entry, set, now.Policy, "")
	return err
}

// apply puts into a policy what the form says.
func (s Site) apply(policy map[string]any, fields url.Values) error {
	currency := money.Currency(fields.Get("currency"))
	limit := map[string]any{"currency": string(currency)}
	for _, a := range amounts {
		if err := setAmount(limit, a.name, fields, currency); err != nil {
			return err
		}
	}
	for _, name := range []string{lowName, renewalName} {
		if !fields.Has(name) {
			continue
		}
		delete(policy, name)
		if err := setAmount(policy, name, fields, currency); err != nil {
			return err
		}
	}
	limits := []any{}
	for _, other := range listOf(policy["limits"]) {
		if l, isLimit := other.(map[string]any); isLimit && l["currency"] != string(currency) {
			limits = append(limits, l)
		}
	}
	if len(limit) > 1 {
		limits = append(limits, limit)
	}
	policy["limits"] = limits
	set(policy, "maxLiveServices", fields.Get("maxLiveServices"), number)
	set(policy, "maxLease", fields.Get("maxLease"), func(text string) any { return text })
	policy["categories"] = anys(fields["categories"])
	policy["holdForApproval"] = fields.Get("holdForApproval") == "true"
	for _, c := range s.Shelf.Choices() {
		policy[c.Name] = append([]any{}, linesOf(fields.Get(c.Name))...)
	}
	return nil
}

// lowName is the field of the balance below which members want to hear of it.
const lowName = "lowBalanceMinor"

// renewalName is the field of the amount above which members are asked about renewals.
const renewalName = "renewalApprovalAboveMinor"

// setAmount sets an amount, in the minor unit of the currency, where something is said.
func setAmount(of map[string]any, name string, fields url.Values, currency money.Currency) error {
	text := strings.TrimSpace(fields.Get(name))
	if text == "" {
		return nil
	}
	amount, err := money.Parse(text, currency)
	if err != nil {
		return fault.InvalidParam("$."+name, "must be an amount, as 50 or 50.00").Fix("Write it in %s, or leave it empty for no limit.", strings.ToUpper(string(currency)))
	}
	of[name] = float64(amount.Minor)
	return nil
}

// set sets a member of a policy, or leaves it out where nothing is said.
func set(policy map[string]any, name, text string, as func(string) any) {
	delete(policy, name)
	if text = strings.TrimSpace(text); text != "" {
		policy[name] = as(text)
	}
}

func listOf(value any) []any {
	list, _ := value.([]any)
	return list
}

// freeze has an agent buy nothing any more, or lets it buy again.
func (s Site) freeze(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	err = s.changePolicy(r, entry, func(policy map[string]any) error {
		policy["frozen"] = fields.Get("frozen") == "true"
		return nil
	})
	if err != nil {
		return err
	}
	http.Redirect(w, r, agentPath(agentOf(r)), http.StatusSeeOther)
	return nil
}
