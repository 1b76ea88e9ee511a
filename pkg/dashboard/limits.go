package dashboard

import (
	"cmp"
	"context"
	"maps"
	"net/http"
	"net/url"

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
	saved      shop.Policy
	fields     url.Values // what the form holds: what was sent, or what is saved
	currency   money.Currency
	categories []shop.CategoryCount
	items      []shop.Item // the first of the catalog
	more       bool        // the catalog has others
	choices    []string    // the names of what products let policies limit
	wrong      *fault.Error
	example    map[string]any // the policy as the API takes it
}

// limits shows the limits of an agent, or of the account.
func (s Site) limits(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AgentPolicyGet(s.Shelf))
	if err != nil {
		return err
	}
	return s.showLimits(w, r, f, f.written(), nil)
}

func (s Site) showLimits(w http.ResponseWriter, r *http.Request, f *frame, fields url.Values, wrong *fault.Error) error {
	b := bounds{agent: agentOf(r), wrong: wrong}
	err := s.fill(r.Context(), f,
		func(ctx context.Context) (err error) { b.categories, err = s.Shop.Categories(ctx); return err },
		func(ctx context.Context) error {
			found, err := s.Shop.Search(ctx, shop.Search{Page: shop.Page{Limit: onPage}})
			b.items, b.more = found.Items, found.Next != ""
			return err
		},
		func(ctx context.Context) error {
			budget, err := s.Shop.Budget(ctx, f.caller, b.agent)
			b.saved = budget.Policy
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
	b.fields = policyFields(b.saved, b.currency)
	b.example = make(map[string]any)
	if err := s.apply(b.example, b.fields); err != nil {
		return err
	}
	if b.saved.Frozen {
		b.example[frozenName] = true
	}
	if fields.Has(currencyName) { // and not the button that freezes
		b.fields = fields
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
	_, err = s.changePolicy(r, entry, keyOf(fields), func(policy map[string]any) error {
		if fields.Has(frozenName) {
			policy[frozenName] = fields.Get(frozenName) == "true"
			return nil
		}
		return s.apply(policy, fields)
	})
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showLimits(w, r, f, fields, wrong) })
	}
	to := web.AgentsPath
	if agent := agentOf(r); agent != "" {
		to = agentPath(agent)
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// changePolicy reads a policy as the API writes it, changes it, and sets it.
func (s Site) changePolicy(r *http.Request, entry *web.Entry, key string, change func(map[string]any) error) (api.Answer, error) {
	get, set, about := api.PolicyGet(s.Shelf), api.PolicySet(s.Shelf), map[string]any{}
	if agent := agentOf(r); agent != "" {
		get, set = api.AgentPolicyGet(s.Shelf), api.AgentPolicySet(s.Shelf)
		about["agentId"] = string(agent)
	}
	answer, err := s.do(r, entry, get, about, "")
	if err != nil {
		return api.Answer{}, err
	}
	now, err := read[struct{ Policy map[string]any }](answer)
	if err == nil {
		err = change(now.Policy)
	}
	if err != nil {
		return api.Answer{}, err
	}
	maps.Copy(now.Policy, about)
	return s.do(r, entry, set, now.Policy, key)
}

// freeze has an agent buy nothing any more, or lets it buy again. Its services are kept or
// cancelled, as the form says.
func (s Site) freeze(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.KeyList())
	if err != nil {
		return err
	}
	var answer api.Answer
	if fields.Get(servicesName) == string(shop.CancelServices) && fields.Get("name") != fields.Get("named") {
		err = fault.InvalidParam("$.name", "must be the name of the agent, to be sure that its services are the ones you mean").Fix("Type %s.", fields.Get("named"))
	} else {
		answer, err = s.changePolicy(r, entry, keyOf(fields), func(policy map[string]any) error {
			policy[frozenName] = fields.Get(frozenName) == "true"
			set(policy, servicesName, fields.Get(servicesName), func(text string) any { return text })
			return nil
		})
	}
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showAgent(w, r, f, wrong) })
	}
	done, err := read[struct {
		Services struct{ CancellationID string }
	}](answer)
	if err != nil {
		return err
	}
	to := agentPath(agentOf(r))
	if begun := done.Services.CancellationID; begun != "" {
		to = web.ManyPath + "/" + begun
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
