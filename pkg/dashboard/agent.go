package dashboard

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"agentstore/pkg/api"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/web"
)

// worker is an agent with what bounds it.
type worker struct {
	shop.Agent
	budget shop.Budget
	read   bool // the budget was read
	keys   []shop.Credential
	// trial is what would be said to a purchase of an item; nil where none was asked about.
	trial *shop.Quoted
	items []shop.Item // that can be asked about
	key   string      // of the form that freezes
}

// them are the words for the services that it has: for one, or for several.
func (a worker) them(one, several string) string {
	if a.budget.Spending.LiveServices == 1 {
		return one
	}
	return several
}

func (a worker) state() state {
	if a.budget.Policy.Frozen {
		return over("Frozen")
	}
	return good("Active")
}

// agents shows who may do what.
func (s Site) agents(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.AgentList())
	if err != nil {
		return err
	}
	return s.showAgents(w, r, f, f.written(), nil)
}

func (s Site) showAgents(w http.ResponseWriter, r *http.Request, f *frame, fields url.Values, wrong *fault.Error) error {
	var account shop.Budget
	err := s.fill(r.Context(), f, func(ctx context.Context) (err error) { account, err = s.Shop.Budget(ctx, f.caller, ""); return err })
	if err != nil {
		return err
	}
	workers, err := s.workers(r.Context(), f)
	if err != nil {
		return err
	}
	return render(w, r, statusOf(wrong), agentsPage(f, account, workers, fields, wrong))
}

// readBudgets is of how many agents a page reads the budgets: each is a call of the table,
// and a request may make only so many.
const readBudgets = 15

// workers are the agents that members have made, with the budgets of the first of them.
func (s Site) workers(ctx context.Context, f *frame) ([]worker, error) {
	var own []shop.Agent
	for _, a := range f.agents {
		if !a.System {
			own = append(own, a)
		}
	}
	budgets, err := s.Shop.BudgetsOf(ctx, f.caller, own[:min(len(own), readBudgets)])
	workers := make([]worker, len(own))
	for i, a := range own {
		workers[i].Agent = a
		if i < len(budgets) {
			workers[i].budget, workers[i].read = budgets[i], true
		}
	}
	return workers, err
}

// makeAgent makes an agent, and goes on to its limits.
func (s Site) makeAgent(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.AgentList())
	if err != nil {
		return err
	}
	answer, err := s.do(r, entry, api.AgentCreate(), map[string]any{"name": fields.Get("name"), "sees": fields.Get("sees")}, keyOf(fields))
	if err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showAgents(w, r, f, fields, wrong) })
	}
	made, err := read[struct{ Agent struct{ ID string } }](answer)
	if err != nil {
		return err
	}
	http.Redirect(w, r, agentPath(made.Agent.ID)+"/limits", http.StatusSeeOther)
	return nil
}

func agentPath[T ~string](a T) string { return web.AgentsPath + "/" + string(a) }

func agentOf(r *http.Request) id.Agent { return id.Agent(r.PathValue("agentId")) }

// agent shows one agent: its limits, its keys, and what it has spent.
func (s Site) agent(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	f, err := s.visit(r, entry, api.KeyList())
	if err != nil {
		return err
	}
	return s.showAgent(w, r, f, nil)
}

func (s Site) showAgent(w http.ResponseWriter, r *http.Request, f *frame, wrong *fault.Error) error {
	one := worker{key: newKey()}
	err := s.fill(r.Context(), f,
		func(ctx context.Context) (err error) {
			one.budget, err = s.Shop.Budget(ctx, f.caller, agentOf(r))
			return err
		},
		func(ctx context.Context) (err error) {
			one.keys, err = s.Shop.Keys(ctx, f.caller, agentOf(r))
			return err
		},
		func(ctx context.Context) error {
			found, err := s.Shop.Search(ctx, shop.Search{Page: shop.Page{Limit: onPage}})
			one.items = found.Items
			return err
		},
	)
	if err != nil {
		return err
	}
	for _, a := range f.agents {
		if a.ID == agentOf(r) {
			one.Agent = a
		}
	}
	if item := id.Item(r.URL.Query().Get("item")); item != "" {
		if one.trial, err = s.try(r.Context(), f, one.ID, item); err != nil {
			return err
		}
	}
	return render(w, r, statusOf(wrong), agentPage(f, one, wrong))
}

// try is what the limits would say if an agent bought an item as its example configures
// it. Nothing is bought.
func (s Site) try(ctx context.Context, f *frame, agent id.Agent, item id.Item) (*shop.Quoted, error) {
	needs, err := s.Shop.Requirements(ctx, item)
	if err != nil {
		return nil, err
	}
	order := shop.Order{Item: item, Quantity: 1}
	if err := json.Unmarshal(needs.Example, &order.Configuration); err != nil {
		return nil, err
	}
	as := f.caller
	as.Agent = agent
	quoted, err := s.Shop.Estimate(ctx, as, order)
	return &quoted, err
}

// renameAgent gives an agent another name.
func (s Site) renameAgent(w http.ResponseWriter, r *http.Request, entry *web.Entry) error {
	return s.changeAgent(w, r, entry, func(fields url.Values) (api.Operation, map[string]any) {
		return api.AgentUpdate(), map[string]any{"name": fields.Get("name")}
	})
}

// changeAgent carries out an operation on an agent, and shows the agent.
func (s Site) changeAgent(w http.ResponseWriter, r *http.Request, entry *web.Entry, change func(url.Values) (api.Operation, map[string]any)) error {
	fields, err := form(w, r)
	if err != nil {
		return err
	}
	f, err := s.visit(r, entry, api.KeyList())
	if err != nil {
		return err
	}
	o, values := change(fields)
	values["agentId"] = string(agentOf(r))
	if _, err := s.do(r, entry, o, values, ""); err != nil {
		return s.mended(r, err, func(wrong *fault.Error) error { return s.showAgent(w, r, f, wrong) })
	}
	http.Redirect(w, r, agentPath(agentOf(r)), http.StatusSeeOther)
	return nil
}
