package sim

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"agentstore/pkg/app"
	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// calm ends all faults.
func (w *world) calm() {
	w.decide = func(call) verdict { return verdict{} }
	w.readFaults = 0
	w.cloud.down = false
}

// settle works, with no more faults, until nothing is due and the provider runs
// what the store sold, and checks that this does not take longer than promised.
func (w *world) settle() {
	w.calm()
	began := w.clock.now()
	for range 10 {
		w.workUntilDone()
		if took := w.clock.now().Sub(began); took > shop.FinalWithin {
			w.breaks("everything settles in time", "it took %s", took)
		}
		w.clock.advance(app.Grace + time.Minute)
		began = w.clock.now()
		var drift shop.Drift
		w.run(w.work(traits{})) // which ends what is still held
		w.run(w.reconcile(traits{}, &drift))
		if len(drift.Orphans) == 0 {
			w.checkMissing(drift)
			return
		}
	}
	w.breaks("nothing is held without an owner", "there is no end of them")
}

// workUntilDone moves the clock to when the last job is due, and works.
func (w *world) workUntilDone() {
	for range 60 {
		due := w.lastDue()
		if due.IsZero() {
			return
		}
		if due.After(w.clock.now()) {
			w.clock.advance(due.Sub(w.clock.now()))
		}
		w.step++
		w.run(w.work(traits{}))
	}
	w.breaks("everything settles in time", "jobs are due for ever")
}

func (w *world) lastDue() (last time.Time) {
	for _, account := range w.model.accounts() {
		for _, job := range w.books(account).Jobs {
			if job.Status == shop.JobDue && job.DueAt.After(last) {
				last = job.DueAt
			}
		}
	}
	return last
}

func (w *world) books(account id.Account) shop.Books {
	books, err := w.table.Books(context.Background(), account)
	if err != nil {
		w.breaks("the books can be read", "%v", err)
	}
	return books
}

// checkMissing compares what the reconciler misses with what the provider lost.
func (w *world) checkMissing(drift shop.Drift) {
	for _, key := range drift.Missing {
		if !w.cloud.lost[labelOf(key)] {
			w.breaks("an active service is held at its provider", "%s has none, and the provider lost none", key.Service)
		}
	}
}

func labelOf(k shop.ServiceKey) server.Label {
	return server.Label(strings.TrimPrefix(string(k.Account), "acc_") + "-" + strings.TrimPrefix(string(k.Service), "svc_"))
}

// check holds the settled world against every promise.
func (w *world) check() {
	for _, account := range w.model.accounts() {
		books := w.books(account)
		for _, m := range w.cloud.all() {
			if key := ownerOf(m.label); key.Account == account {
				books.Holdings = append(books.Holdings, shop.Holding{ServiceKey: key, CreatedAt: m.createdAt})
			}
		}
		w.verify(books)
		w.checkPurchases(books)
		w.checkServices(books)
		w.checkActions(books)
		w.checkMoney(books)
	}
	slices.SortStableFunc(w.broken, cmp.Compare[string])
}

func ownerOf(label server.Label) shop.ServiceKey {
	account, service, _ := strings.Cut(string(label), "-")
	return shop.ServiceKey{Account: id.Account("acc_" + account), Service: id.Service("svc_" + service)}
}

// verify is the store's own check. What the provider has lost is no fault of the
// store, which reports it and does no more.
func (w *world) verify(books shop.Books) {
	for _, f := range verify.Account(books, w.clock.now(), app.Grace) {
		lost := w.cloud.lost[labelOf(shop.ServiceKey{Account: books.Account, Service: id.Service(f.Subject)})]
		if f.Promise == "an active service is held at its provider" && lost {
			continue
		}
		w.breaks(f.Promise, "%s: %s", f.Subject, f.Detail)
	}
}

// checkPurchases: what was acknowledged is there, once, and each purchase was
// asked for, at the price that was quoted.
func (w *world) checkPurchases(books shop.Books) {
	byID := make(map[id.Purchase]shop.Purchase)
	byQuote := make(map[id.Quote]int)
	for _, p := range books.Purchases {
		byID[p.ID] = p
		if p.Quote != "" {
			byQuote[p.Quote]++
		}
	}
	for _, ack := range w.model.bought {
		p, ok := byID[ack.ID]
		if ack.Account == books.Account && (!ok || p.Agent != ack.Agent || p.Offer.Price.Total != ack.Offer.Price.Total) {
			w.breaks("an acknowledged purchase is there", "%s is %+v", ack.ID, p)
		}
	}
	for quote, count := range byQuote {
		if count > 1 {
			w.breaks("a quote is bought once", "%s was bought %d times", quote, count)
		}
	}
	for _, quote := range w.model.quotes {
		for _, p := range books.Purchases {
			if p.Quote == quote.ID && p.Offer.Price.Total != quote.Offer.Price.Total {
				w.breaks("the price paid is the price quoted", "%s was %s, paid was %s", quote.ID, quote.Offer.Price.Total, p.Offer.Price.Total)
			}
		}
	}
	for _, quote := range books.Quotes {
		buyer := byID[quote.Purchase].Agent
		if buyer.SeesOwn() && buyer != quote.Agent {
			w.breaks("an agent buys what it sees", "%s bought %s of %s", buyer, quote.ID, quote.Agent)
		}
	}
	w.checkKeys(books)
}

// checkKeys: no key of an agent bought twice.
func (w *world) checkKeys(books shop.Books) {
	asked := make(map[shop.RecordKey]bool)
	for _, r := range w.model.requests {
		if r.operation == purchaseCreate && r.agent.Account() == books.Account {
			asked[shop.RecordKey{Agent: r.agent, Operation: r.operation, Key: r.key}] = true
		}
	}
	if len(books.Purchases) > len(asked) {
		w.breaks("a key buys once", "%d keys made %d purchases", len(asked), len(books.Purchases))
	}
	subject := make(map[shop.RecordKey]string)
	for _, r := range books.Records {
		subject[r.RecordKey] = r.Subject
	}
	for key, a := range w.model.answers {
		if key.Operation != purchaseCreate || key.Agent.Account() != books.Account {
			continue
		}
		var bought shop.Bought
		w.model.decode(a.body, &bought)
		if subject[key] != string(bought.Purchase.ID) {
			w.breaks("a key buys once", "%s was answered with %s and its record names %q", key.Key, bought.Purchase.ID, subject[key])
		}
	}
}

// checkServices: each is active or failed, and what it says of its server is so.
func (w *world) checkServices(books shop.Books) {
	for _, s := range books.Services {
		settled := s.Status == shop.ServiceActive || s.Status == shop.ServiceFailed || s.Status == shop.ServiceCanceled
		if !settled || s.Current != nil {
			w.breaks("every service is active, or has ended or failed", "%s is %s with %v", s.ID, s.Status, s.Current)
		}
		label := labelOf(shop.ServiceKey{Account: s.Account, Service: s.ID})
		have := w.cloud.servers[label]
		if s.Status == shop.ServiceActive && len(have) == 1 && !w.cloud.lost[label] {
			w.checkServer(s, have[0])
		}
	}
}

// checkServer: an idle service tells its server's address, and what it is called at the
// provider, where nothing runs any more.
func (w *world) checkServer(s shop.Service, m *machine) {
	state, err := server.StateOf(s.State)
	if err != nil || state.PublicIPv4 != m.address {
		w.breaks("a service tells its server's address", "%s says %s, it is %s: %v", s.ID, state.PublicIPv4, m.address, err)
	}
	if want := (shop.Resource{Provider: "mock", ID: m.id}); s.Resource != want {
		w.breaks("a service knows its server at the provider", "%s says %+v, it is %+v", s.ID, s.Resource, want)
	}
}

// checkActions: what was accepted is there, and was done once at most; what
// succeeded was done.
func (w *world) checkActions(books shop.Books) {
	accepted, succeeded := make(map[string]int), make(map[string]int)
	known := make(map[id.Action]bool)
	for _, a := range books.Actions {
		known[a.ID] = true
		name := actionOf(a.Intent.Action, labelOf(shop.ServiceKey{Account: a.Account, Service: a.Service}))
		accepted[name]++
		if a.Status == shop.ActionSucceeded {
			succeeded[name]++
		}
	}
	for _, a := range w.model.accepted {
		if a.Account == books.Account && !known[a.ID] {
			w.breaks("an accepted action is there", "%s is not", a.ID)
		}
	}
	for _, s := range books.Services {
		for _, action := range []shop.ActionName{restart, reinstall} {
			name := actionOf(action, labelOf(shop.ServiceKey{Account: s.Account, Service: s.ID}))
			done := len(w.cloud.executed[name])
			if done > accepted[name] || done < succeeded[name] {
				w.breaks("an accepted action is done once", "%s: %d accepted, %d succeeded, %d done", name, accepted[name], succeeded[name], done)
			}
		}
	}
}

// checkMoney: what was paid in, less what is delivered, is what is left, and
// nothing of it can be booked again.
func (w *world) checkMoney(books shop.Books) {
	for _, e := range books.Entries {
		if e.Kind == shop.EntryRenewal {
			continue // the version of its service makes it the only one
		}
		if booked, err := w.table.Booked(context.Background(), books.Account, e.Cause); err != nil || !booked {
			w.breaks("a cause is marked as booked", "%s is not: %v", e.Cause, err)
		}
	}
	var left int64
	for _, f := range w.model.fundings {
		if f.account == books.Account {
			left += f.minor
		}
	}
	for _, p := range books.Purchases {
		live := p.Offer.Price.Total.Minor
		for _, unit := range p.Services {
			if unit.Failed {
				live -= p.Offer.Price.Total.Minor / int64(p.Offer.Quantity)
			}
		}
		left -= live
	}
	for _, e := range books.Entries {
		if e.Kind == shop.EntryRenewal || strings.HasPrefix(e.Cause, "end:") {
			left += e.Amount.Minor
		}
	}
	if books.Wallet.Balance.Minor != left {
		w.breaks("no money appears or is lost", "%s holds %d and should hold %d", books.Account, books.Wallet.Balance.Minor, left)
	}
}
