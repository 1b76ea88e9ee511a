package linear

import (
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/app"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

const (
	clients     = 8
	callsOfEach = 30
	// The checker takes milliseconds; a search that takes so long has found no
	// explanation, and will not.
	checkTimeout = 30 * time.Second
	roundEvery   = 25 * time.Millisecond
)

func TestHistoryIsLinearizable(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, dynamotest.Local(t))
			w.run(t, seed)
			w.readEverything(t)
			check(t, w.certain(t))
			w.verify(t)
		})
	}
}

// run has all clients and two workers work at once, until nothing is owed.
func (w *world) run(t *testing.T, seed uint64) {
	var group, work sync.WaitGroup
	done := make(chan struct{})
	for n := range 2 {
		work.Go(func() {
			for {
				select {
				case <-done:
					return
				case <-time.After(roundEvery):
					w.workers.round(t, clients+n)
				}
			}
		})
	}
	for client := range clients {
		random := mathrand.New(mathrand.NewPCG(seed, uint64(client)))
		group.Go(func() {
			for n := range callsOfEach {
				w.anything(t, random, client, n)
			}
		})
	}
	group.Wait()
	w.network.late.Wait()
	close(done)
	work.Wait()
	w.workers.drain(t, clients)
}

// anything does one random operation. All clients go through the keys at about
// the same pace, so that they use one at the same time, and some come back late.
func (w *world) anything(t *testing.T, random *mathrand.Rand, client, n int) {
	account := random.IntN(accounts)
	switch kind := random.IntN(20); {
	case kind < 10:
		key := (n*keysOfAccount/callsOfEach + random.IntN(3)) % keysOfAccount
		meant := key
		if random.IntN(8) == 0 {
			meant = random.IntN(keysOfAccount) // a key that is used for something else
		}
		w.buy(t, client, account, buy{key, w.orderOf(account, meant)})
	case kind < 14:
		reference := random.IntN(fundingsOfAccount)
		w.fund(t, client, account, fund{reference, int64(1000 + 300*reference), rand.Text()})
	case kind < 17:
		w.readWallet(t, client, account)
	case kind < 18:
		w.readQuote(t, client, account, random.IntN(quotesOfAccount))
	default:
		w.mu.Lock()
		made := w.made[account]
		w.mu.Unlock()
		if len(made) > 0 {
			w.readPurchase(t, client, account, made[random.IntN(len(made))])
		}
	}
}

// orderOf is what clients want when they use a key: the even ones compete for
// the quotes.
func (w *world) orderOf(account, key int) order {
	if key%2 == 0 {
		return w.orders[account][key/2%quotesOfAccount]
	}
	return order{noQuote, 1 + key/2%2, key%3 == 0}
}

// readEverything pins the last state, so that an effect that nobody saw cannot
// be explained away.
func (w *world) readEverything(t *testing.T) {
	for account := range accounts {
		w.readWallet(t, 0, account)
		for quote := range quotesOfAccount {
			w.readQuote(t, 0, account, quote)
		}
		slices.Sort(w.made[account])
		for _, purchase := range slices.Compact(w.made[account]) {
			w.readPurchase(t, 0, account, purchase)
		}
	}
}

// certain is the history without the calls that had no answer and no effect.
// Every effect leaves its trace in the books, which are read when nothing can
// be on its way any more.
func (w *world) certain(t *testing.T) []porcupine.Operation {
	traces := make(map[string]bool)
	for _, c := range w.callers {
		books := w.books(t, c)
		for _, entry := range books.Entries {
			traces[entry.Note] = true
		}
		for _, purchase := range books.Purchases {
			traces[string(purchase.ID)] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(w.history), func(o porcupine.Operation) bool {
		a := o.Output.(answer)
		trace := string(a.purchase)
		if f, ok := o.Input.(call).does.(fund); ok {
			trace = f.note
		}
		return a.unknown && !traces[trace]
	})
}

func (w *world) books(t *testing.T, c shop.Caller) shop.Books {
	t.Helper()
	books, err := w.Table.Books(t.Context(), c.Account)
	if err != nil {
		t.Fatal(err)
	}
	return books
}

func check(t *testing.T, history []porcupine.Operation) {
	t.Helper()
	result, info := porcupine.CheckOperationsVerbose(model, history, checkTimeout)
	if result == porcupine.Ok {
		return
	}
	page := filepath.Join(t.ArtifactDir(), "history.html")
	if err := porcupine.VisualizePath(model, info, page); err != nil {
		t.Error(err)
	}
	t.Errorf("the history of %d operations has no explanation: %s; see %s", len(history), result, page)
}

func (w *world) verify(t *testing.T) {
	holdings, err := w.Reconciler.Inventories[server.ServiceType].Holdings(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range w.callers {
		books := w.books(t, c)
		for _, h := range holdings {
			if h.Account == c.Account {
				books.Holdings = append(books.Holdings, h)
			}
		}
		for _, finding := range verify.Account(books, w.Clock.Now(), app.Grace) {
			t.Error(finding)
		}
	}
}
