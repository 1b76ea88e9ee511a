package house

import (
	"context"
	"log/slog"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/mock"
	"agentstore/pkg/shop"
)

// provisioning is a worker whose requests to the table are recorded: apart from
// the others those that look for due jobs, which are about an index.
type provisioning struct {
	store *storetest.Store

	work, nomination                   dynamotest.Recorder
	indexesOfWork, indexesOfNomination indexQueries
	writes                             writes
}

// latency is how long the mock provider takes, so that jobs have to wait.
const latency = 3 * time.Second

// provision has the worker create, restart and reinstall a server, give a
// secret, wait for the provider each time, and fail in passing and for good.
func provision(tb testing.TB) *provisioning {
	tb.Helper()
	p := &provisioning{store: storetest.New(tb, dynamotest.Embedded(tb), storetest.Options{NoKick: true})}
	good, outage, refusal := p.worker(tb, ""), p.worker(tb, "restart:1"), p.worker(tb, "create:refuse")

	service := p.store.Service(tb)
	p.run(tb, good, "provisioning")
	p.run(tb, good, "active")
	p.act(tb, service+restart, nil)
	p.run(tb, outage, "active restart")
	p.run(tb, good, "active restart")
	p.run(tb, good, "active")
	p.act(tb, service+reinstall, object{"image": image})
	p.run(tb, good, "active reinstall")
	p.run(tb, good, "active")
	confiding := p.confiding(tb)
	p.act(tb, service+restart, nil)
	p.run(tb, confiding, "active restart")
	p.run(tb, confiding, "active")

	p.store.Service(tb)
	p.run(tb, refusal, "failed", "active")
	p.refundHeld(tb, refusal)
	p.expireHeld(tb, good)
	p.orphan(tb, good)
	return p
}

// worker makes a worker for a provider that fails so.
func (p *provisioning) worker(tb testing.TB, failures string) *shop.Worker {
	tb.Helper()
	how, err := mock.ParseFailures(failures)
	if err != nil {
		tb.Fatal(err)
	}
	c := app.Config{MockLatency: latency, MockFailures: how}
	engine := p.store.Engine
	table := dynamo.New(engine.With(p.work.Record, p.indexesOfWork.watch, p.writes.watch), p.store.Name)
	table.BesideNewer() // which needs more permissions
	w := app.Worker(c, table, slog.New(slog.DiscardHandler))
	w.Store = nominating{table, dynamo.New(engine.With(p.nomination.Record, p.indexesOfNomination.watch), p.store.Name)}
	w.Now = p.store.Clock.Now
	w.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: app.Servers(c, table, p.store.Clock.Now)}
	return w
}

// confiding is a worker whose provider gives a secret with each job.
func (p *provisioning) confiding(tb testing.TB) *shop.Worker {
	tb.Helper()
	w := p.worker(tb, "")
	w.SealSecret = p.store.Worker.SealSecret
	w.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: storetest.Giving{Fulfilment: w.Fulfilments[server.ServiceType], Secret: "hunter2"}}
	return w
}

// nominating looks for due jobs by a client of its own.
type nominating struct {
	*dynamo.Table
	nominator *dynamo.Table
}

func (n nominating) LiveServices(ctx context.Context) ([]shop.ServiceKey, error) {
	return n.nominator.LiveServices(ctx)
}

func (n nominating) Holding(ctx context.Context) ([]shop.Seat, error) {
	return n.nominator.Holding(ctx)
}

func (n nominating) HeldQuestions(ctx context.Context, now time.Time) ([]shop.HeldQuestion, error) {
	return n.nominator.HeldQuestions(ctx, now)
}

func (n nominating) DueJobs(ctx context.Context, now time.Time) ([]shop.JobRef, error) {
	return n.nominator.DueJobs(ctx, now)
}

// run works on the one job that is due, and says what must then have become of
// the services, the newest first. At its end the provider has had its time, and
// so has a job that is to be tried again.
func (p *provisioning) run(tb testing.TB, w *shop.Worker, want ...string) {
	tb.Helper()
	if n, err := w.RunDue(tb.Context()); err != nil || n != 1 {
		tb.Fatalf("%d jobs are due, error %v", n, err)
	}
	services, _, err := p.store.Table.Services(tb.Context(), p.store.Agent.Account(), shop.Page{Limit: shop.MaxPage})
	if err != nil {
		tb.Fatal(err)
	}
	var got []string
	for _, s := range services {
		state := string(s.Status)
		if s.Current != nil {
			state += " " + string(s.Current.Intent.Action)
		}
		got = append(got, state)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		tb.Fatalf("services (-want +got):\n%s", diff)
	}
	p.store.Clock.Advance(2 * latency)
}

// refundHeld gives a price back to a wallet that holds, ends what purchases have held
// that died before they were committed and after it, and then has nothing hold any
// more.
func (p *provisioning) refundHeld(tb testing.TB, refusal *shop.Worker) {
	tb.Helper()
	p.store.Service(tb)
	p.store.Hold(tb, p.store.Agent)
	p.run(tb, refusal, "failed", "failed", "active")
	for _, committed := range []bool{false, true} {
		p.abandon(tb, committed)
	}
	p.store.Clock.Advance(time.Minute)
	p.settleHolds(tb, refusal)
	p.store.Clock.Advance(time.Minute)
	p.settleHolds(tb, refusal)
	w, err := p.store.Table.Wallet(tb.Context(), p.store.Agent.Account())
	if err != nil || w.Held != nil {
		tb.Fatalf("the wallet holds %+v, error %v", w.Held, err)
	}
}

// expireHeld ends a question that holds its money and that nobody has answered.
func (p *provisioning) expireHeld(tb testing.TB, w *shop.Worker) {
	tb.Helper()
	var nothing int64
	agent := p.store.Shop.IDs.Agent(p.store.Agent.Account())
	policy := shop.Policy{Limits: []shop.Limit{{Currency: "usd", ApprovalAbove: &nothing}}, HoldForApproval: true}
	if err := p.store.Table.Commit(tb.Context(), shop.Change{Budgets: []shop.Budget{{Account: agent.Account(), Agent: agent, Version: 1, Policy: policy}}}); err != nil {
		tb.Fatal(err)
	}
	own := p.store.Key
	defer func() { p.store.Key = own }()
	p.store.Key = p.store.NewKey(tb, agent, app.Shelf().Rules().Scopes()...)
	parked := p.store.Call(tb, http.MethodPost, storetest.Purchases, keyed(order(1), "parked"))
	p.store.Clock.Advance(24 * time.Hour)
	p.settleHolds(tb, w)
	approval, err := p.store.Table.Approval(tb.Context(), agent.Account(), id.Approval(parked.Text("purchase", "approvalId")))
	if err != nil || approval.Status != shop.ApprovalExpired {
		tb.Fatalf("the question is %+v, error %v", approval, err)
	}
}

func (p *provisioning) settleHolds(tb testing.TB, w *shop.Worker) {
	tb.Helper()
	if err := w.SettleHolds(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// abandon leaves what a purchase has held that has died.
func (p *provisioning) abandon(tb testing.TB, committed bool) {
	tb.Helper()
	account, now := p.store.Agent.Account(), p.store.Clock.Now()
	hold := shop.Hold{ID: p.store.Shop.IDs.Hold(), Minor: -1}
	w, err := p.store.Table.StepWallet(tb.Context(), shop.WalletStep{Account: account, Begin: &hold, Free: -1, At: now})
	if err == nil && committed {
		entry := shop.Entry{
			Account: account, Number: w.Version, Kind: shop.EntryPurchase, Cause: "purchase:of a process that has died",
			Amount: money.Money{Minor: -1, Currency: w.Balance.Currency}, Balance: w.Balance, At: now,
		}
		err = p.store.Table.Commit(tb.Context(), shop.Change{
			Booking: &shop.Booking{Wallet: w, Entry: entry}, Proof: &shop.HoldProof{Account: account, ID: hold.ID, At: now}, At: now,
		})
	}
	if err != nil {
		tb.Fatal(err)
	}
}

// orphan has a server that no service owns found, and deleted.
func (p *provisioning) orphan(tb testing.TB, w *shop.Worker) {
	tb.Helper()
	servers := w.Fulfilments[server.ServiceType].(server.Fulfilment)
	if _, err := servers.Providers["mock"].Create(tb.Context(), server.Spec{Label: "01K9BT5M000000000000000000-01K9BT5M010000000000000000"}); err != nil {
		tb.Fatal(err)
	}
	p.store.Clock.Advance(app.Grace)
	reconciler := &shop.Reconciler{
		Store: w.Store.(nominating), Inventories: map[string]shop.Inventory{server.ServiceType: servers},
		Now: p.store.Clock.Now, Grace: app.Grace, Log: slog.New(slog.DiscardHandler),
	}
	drift, err := reconciler.Run(tb.Context())
	if err != nil || len(drift.Orphans) != 1 {
		tb.Fatalf("drift %+v, error %v", drift, err)
	}
	if n, err := w.RunDue(tb.Context()); err != nil || n == 0 {
		tb.Fatalf("%d jobs are due, error %v", n, err)
	}
	left, err := servers.Holdings(tb.Context())
	if err != nil || len(left) != 1 {
		tb.Fatalf("%d servers are left, error %v", len(left), err)
	}
}

// act asks for an action of a service.
func (p *provisioning) act(tb testing.TB, action string, body any) {
	tb.Helper()
	if a := p.store.Call(tb, http.MethodPost, storetest.Services+"/"+action, body); a.Status != http.StatusAccepted {
		tb.Fatalf("%s: %d %s", action, a.Status, a.Body)
	}
}
