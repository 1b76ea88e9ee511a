package linear

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

const accounts = 2

// world is a store behind a bad network, at a table as on AWS, and the history of what was seen of it.
type world struct {
	*storetest.Store
	network *network
	callers [accounts]shop.Caller
	quotes  [accounts][quotesOfAccount]id.Quote
	orders  [accounts][quotesOfAccount]order // of the quotes
	workers workers
	ends    [2]shop.Ends

	started time.Time
	mu      sync.Mutex
	history []porcupine.Operation
	made    [accounts][]id.Purchase // that a client was told of
}

func newWorld(t *testing.T, engine dynamotest.Engine) *world {
	n := &network{direct: engine.Client}
	w := &world{
		network: n, started: time.Now(),
		Store: storetest.New(t, engine, storetest.Options{Funds: -1, NoKick: true}),
	}
	for i := range w.ends {
		w.ends[i].Crowd = 1
	}
	w.Shop.QuoteLifetime = 365 * 24 * time.Hour // expiry is not the subject
	for account := range accounts {
		agent := w.Shop.IDs.Agent(w.Shop.IDs.Account())
		w.callers[account] = caller(agent)
		for q := range quotesOfAccount {
			o := order{quote: q, units: 1 + q%2, doomed: q%3 == 0}
			w.orders[account][q] = o
			w.quotes[account][q] = createQuote(t, w.Shop, w.callers[account], o)
		}
	}
	faulty := dynamo.New(engine.With(n.inject, new(dynamotest.AWS).Imitate), w.Name)
	w.Shop.Store = faulty
	w.Worker.Store = faulty
	w.workers.begin(w)
	return w
}

func caller(agent id.Agent) shop.Caller {
	return shop.Caller{Account: agent.Account(), Agent: agent, Confirm: func(context.Context) error { return nil }}
}

func createQuote(t *testing.T, s *shop.Shop, c shop.Caller, o order) (made id.Quote) {
	t.Helper()
	_, err := s.CreateQuote(t.Context(), c, o.order(), shop.Request[shop.Quoted]{
		Operation: "quote_create",
		Encode:    func(q shop.Quoted) ([]byte, error) { made = q.Quote.ID; return nil, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

const doomedHost = "doomed"

func (o order) order() shop.Order {
	host := "sound"
	if o.doomed {
		host = doomedHost
	}
	return shop.Order{Item: "cat_vps_micro", Quantity: o.units, Configuration: map[string]any{
		"hostname": host, "region": "eu-west", "image": "ubuntu-24.04", "billingTermMonths": float64(1), "backupsEnabled": true,
	}}
}

// doomed tells what the provider will refuse to make.
func doomed(s shop.Service) bool { return strings.Contains(string(s.Configuration), doomedHost) }

func (w *world) now() int64 { return int64(time.Since(w.started)) }

// note adds an operation to the history. One whose answer was lost has not
// returned: it may take effect at any later moment.
func (w *world) note(client int, called int64, c call, a answer) {
	returned := w.now()
	if a.unknown {
		returned = math.MaxInt64
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.history = append(w.history, porcupine.Operation{ClientId: client, Input: c, Call: called, Output: a, Return: returned})
}

// failed turns an error into an answer, and reports one that nobody may see.
func failed(t *testing.T, err error) answer {
	if err == nil {
		return answer{}
	}
	e := fault.From(err)
	if e.Code == fault.Internal {
		t.Errorf("internal error: %v", err)
	}
	return answer{
		code: e.Code, unknown: e.Code == fault.ProviderUnavailable,
		purchase: purchaseOf(e), open: e.Extra["heldMinor"] != nil,
	}
}

func (w *world) buy(t *testing.T, client, account int, b buy) {
	// The purchase that was decided last is the one that a lost answer may have
	// been about: the decisions before it met a conflict.
	var decided id.Purchase
	once := shop.Request[shop.Bought]{
		Operation: "purchase_create", Key: fmt.Sprint("key-", b.key), Fingerprint: fmt.Sprint(b.order),
		Encode: func(p shop.Bought) ([]byte, error) {
			decided = p.Purchase.ID
			return []byte(decided), nil
		},
	}
	called := w.now()
	var kept shop.Response
	var err error
	if b.order.quote == noQuote {
		kept, err = w.of(client).BuyItem(t.Context(), w.callers[account], b.order.order(), once)
	} else {
		kept, err = w.of(client).BuyQuote(t.Context(), w.callers[account], w.quotes[account][b.order.quote], shop.Repeated{}, once)
	}
	a := failed(t, err)
	switch {
	case a.unknown:
		a.purchase = decided
	case err == nil:
		a.purchase, a.replayed = id.Purchase(kept.Body), kept.Replayed
	}
	w.note(client, called, call{account, b}, a)
	if a.purchase != "" {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.made[account] = append(w.made[account], a.purchase)
	}
}

// of is the shop as a client meets it: that of one of two processes, which end each
// other's holds.
func (w *world) of(client int) *shop.Shop {
	s := *w.Shop
	s.Ends = &w.ends[client%len(w.ends)]
	return &s
}

func (w *world) fund(t *testing.T, client, account int, f fund) {
	called := w.now()
	wallet, booked, err := w.Shop.Fund(t.Context(), w.callers[account].Account,
		money.Money{Minor: f.amount, Currency: "usd"}, fmt.Sprint(f.reference), f.note)
	a := failed(t, err)
	a.booked = booked
	a.wallet(wallet)
	w.note(client, called, call{account, f}, a)
}

func (w *world) readWallet(t *testing.T, client, account int) {
	called := w.now()
	wallet, err := w.Table.Wallet(t.Context(), w.callers[account].Account)
	if errors.Is(err, shop.ErrNotFound) {
		err = nil // empty
	}
	a := failed(t, err)
	a.wallet(wallet)
	w.note(client, called, call{account, readWallet{}}, a)
}

func (w *world) readQuote(t *testing.T, client, account, quote int) {
	called := w.now()
	q, err := w.Shop.Quote(t.Context(), w.callers[account], w.quotes[account][quote])
	a := failed(t, err)
	a.purchase = q.Purchase
	w.note(client, called, call{account, readQuote{quote}}, a)
}

func (w *world) readPurchase(t *testing.T, client, account int, purchase id.Purchase) {
	called := w.now()
	p, err := w.Shop.Purchase(t.Context(), w.callers[account], purchase)
	a := failed(t, err)
	a.purchase = purchase
	for _, unit := range p.Services {
		if unit.Failed {
			a.failed++
		}
	}
	w.note(client, called, call{account, readPurchase{purchase}}, a)
}

// purchaseOf is the purchase that an error names, if it names one.
func purchaseOf(e *fault.Error) id.Purchase {
	name, _ := e.Extra["purchaseId"].(string)
	return id.Purchase(name)
}

func (a *answer) wallet(w shop.Wallet) {
	a.balance, a.entries = w.Free().Minor, w.Version
	a.held = w.Held != nil
	a.open = a.held && len(w.Held.Open) > 0
}
