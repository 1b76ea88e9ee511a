package sim

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// The operations of agents that change something.
const (
	quoteCreate     = "quote_create"
	purchaseCreate  = "purchase_create"
	serverRestart   = "server_restart"
	serverReinstall = "server_reinstall"
)

// The actions behind them.
var restart, reinstall = server.Restart().Name, server.Reinstall().Name

// ask makes a new request, with a key of its own.
func (m *model) ask(agent id.Agent, operation, arguments string, send func(context.Context, *process, *request) (shop.Response, error)) *request {
	r := &request{agent: agent, operation: operation, key: fmt.Sprintf("key-%d", len(m.requests)), fingerprint: arguments, send: send}
	m.requests = append(m.requests, r)
	return r
}

// Beside what may be read late, each write reads its idempotency record; a
// purchase also reads the wallet, or what is bought, both budgets, and what waits
// for an answer; an action reads the budget of its agent, and one that can be
// protected what waits.
var (
	lateQuote     = late{"QUOTE#", 5}
	lateWallet    = late{"WALLET", 5}
	lateService   = late{"SERVICE#", 2}
	lateProtected = late{"SERVICE#", 3}
)

func (r *request) maybe(l ...late) *request {
	r.late = l
	return r
}

func order(item id.Item, quantity int) shop.Order {
	return shop.Order{Item: item, Quantity: quantity, Configuration: map[string]any{
		"hostname": "web", "region": "eu-west", "image": "ubuntu-24.04", "billingTermMonths": 1.0, "backupsEnabled": quantity%2 == 0,
	}}
}

func (m *model) askQuote(agent id.Agent, item id.Item, quantity int) *request {
	return m.ask(agent, quoteCreate, fmt.Sprint(item, quantity), func(ctx context.Context, p *process, r *request) (shop.Response, error) {
		return p.shop.CreateQuote(ctx, r.caller(), order(item, quantity), once[shop.Quoted](r))
	})
}

func (m *model) askBuyQuote(agent id.Agent, quote id.Quote) *request {
	return m.ask(agent, purchaseCreate, string(quote), func(ctx context.Context, p *process, r *request) (shop.Response, error) {
		return p.shop.BuyQuote(ctx, r.caller(), quote, shop.Repeated{}, once[shop.Bought](r))
	}).maybe(lateQuote, lateWallet)
}

func (m *model) askBuyItem(agent id.Agent, item id.Item, quantity int) *request {
	return m.ask(agent, purchaseCreate, fmt.Sprint(item, quantity), func(ctx context.Context, p *process, r *request) (shop.Response, error) {
		return p.shop.BuyItem(ctx, r.caller(), order(item, quantity), once[shop.Bought](r))
	}).maybe(lateWallet)
}

func (m *model) askRestart(agent id.Agent, service id.Service) *request {
	return m.askAction(agent, serverRestart, service, shop.Intent{Action: restart, Input: json.RawMessage(`{}`)}).maybe(lateService)
}

func (m *model) askReinstall(agent id.Agent, service id.Service, image string) *request {
	return m.askAction(agent, serverReinstall, service, shop.Intent{Action: reinstall, Input: json.RawMessage(`{"image":"` + image + `"}`)}).maybe(lateProtected)
}

func (m *model) askAction(agent id.Agent, operation string, service id.Service, intent shop.Intent) *request {
	return m.ask(agent, operation, fmt.Sprint(service, intent.Action, string(intent.Input)), func(ctx context.Context, p *process, r *request) (shop.Response, error) {
		return p.shop.Act(ctx, r.caller(), service, server.ServiceType, intent, once[shop.Accepted](r))
	})
}

// changed is another request with the key of r.
func (m *model) changed(r, other *request) *request {
	c := &request{agent: r.agent, operation: r.operation, key: r.key, fingerprint: other.fingerprint, send: other.send, late: other.late}
	m.requests = append(m.requests, c)
	return c
}

// deliver is a process that sends a request and hears the answer.
func (w *world) deliver(r *request, have traits) *process {
	return w.newProcess(r.operation+" "+r.key, have, func(ctx context.Context, p *process) {
		kept, err := r.send(ctx, p, r)
		if p.dead {
			return // nobody hears it
		}
		w.model.answered(r, kept, err)
	})
}

// pay is a process that adds money.
func (w *world) pay(f *funding, have traits) *process {
	return w.newProcess("fund "+f.reference, have, func(ctx context.Context, p *process) {
		_, _, err := p.shop.Fund(ctx, f.account, dollars(f.minor), f.reference, "sim")
		f.done = f.done || err == nil && !p.dead
	})
}

func (m *model) newFunding(account id.Account, minor int64) *funding {
	f := &funding{account: account, minor: minor, reference: fmt.Sprintf("ref-%d", len(m.fundings))}
	m.fundings = append(m.fundings, f)
	return f
}

// look is a process that reads what the agents know of.
func (w *world) look(have traits) *process {
	return w.newProcess("read", have, func(ctx context.Context, p *process) {
		for _, bought := range w.model.bought {
			caller := shop.Caller{Account: bought.Account, Agent: bought.Agent}
			if _, err := p.shop.Purchase(ctx, caller, bought.ID); isFinal(err) {
				w.breaks("what was bought can be read", "%s: %v", bought.ID, err)
			}
		}
	})
}

// work is a process that works on what is due.
func (w *world) work(have traits) *process {
	return w.newProcess("worker", have, func(ctx context.Context, p *process) {
		_, err := p.worker.RunDue(ctx)
		err = errors.Join(err, p.worker.SettleHolds(ctx))
		w.note("worker: %v", err)
	})
}

// workOn is a process that the stream has told of a job.
func (w *world) workOn(ref shop.JobRef, have traits) *process {
	return w.newProcess("worker "+string(ref.Job), have, func(ctx context.Context, p *process) {
		_, err := p.worker.Run(ctx, ref)
		w.note("worker %s: %v", ref.Job, err)
	})
}

// reconcile is a process that compares the provider with the store.
func (w *world) reconcile(have traits, found *shop.Drift) *process {
	return w.newProcess("reconciler", have, func(ctx context.Context, p *process) {
		drift, err := p.reconciler.Run(ctx)
		w.note("reconciler: %+v %v", drift, err)
		*found = drift
	})
}
