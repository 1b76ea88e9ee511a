package shop

import (
	"fmt"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/money"
)

// Books is everything that a table holds of one account, as an audit reads it.
type Books struct {
	Account   id.Account
	Wallet    Wallet // of version 0 where there is none
	Entries   []Entry
	Quotes    []Quote
	Purchases []Purchase
	Services  []Service
	Actions   []Action
	Jobs      []Job
	Records   []Record
	Approvals []Approval
	Budgets   []Budget
	Agents    []Agent
	// OwnPurchases and OwnServices are the copies that the lists of agents hold which
	// see their own alone.
	OwnPurchases []Purchase
	OwnServices  []Service
	// Holdings is what providers run for the account.
	Holdings []Holding
}

// Finding is a broken promise.
type Finding struct {
	Promise string // in a few words
	Subject string // the id of what breaks it
	Detail  string
}

func (f Finding) String() string { return f.Promise + ": " + f.Subject + ": " + f.Detail }

// FinalWithin is how long a purchase, a service or an action may be unsettled:
// every attempt with its backoff, and a lease for a worker that died in each.
const FinalWithin = maxAttempts * (longestBackoff + lease + callTimeout)

// Audit checks the books of an account against the promises of the store. Grace
// is how old a server must be before it counts as an orphan.
func Audit(b Books, now time.Time, grace time.Duration) []Finding {
	a := auditor{Books: b, now: now, grace: grace, entries: make(map[string]Entry)}
	a.ledger()
	a.records()
	a.quotes()
	for _, p := range b.Purchases {
		a.purchase(p)
	}
	a.debits()
	a.refunds()
	a.services()
	a.approvals()
	a.budgets()
	a.holdings()
	a.own()
	return a.findings
}

type auditor struct {
	Books
	now      time.Time
	grace    time.Duration
	entries  map[string]Entry // by cause
	findings []Finding
}

// want reports a promise that is not kept.
func (a *auditor) want(kept bool, promise, subject, format string, args ...any) {
	if !kept {
		a.findings = append(a.findings, Finding{promise, subject, fmt.Sprintf(format, args...)})
	}
}

// ledger: entries are numbered without gaps, each balance follows from the one
// before, no cause has two, and the last is the balance of the wallet.
func (a *auditor) ledger() {
	const promise = "the ledger sums to the balance"
	balance := money.Money{Currency: a.Wallet.Balance.Currency}
	for i, e := range a.Entries {
		subject := fmt.Sprintf("%s entry %d", a.Account, e.Number)
		var err error
		balance, err = balance.Add(e.Amount)
		a.want(err == nil && balance == e.Balance, promise, subject, "the balance should be %s and is %s", balance, e.Balance)
		a.want(e.Number == i+1, promise, subject, "it should be number %d", i+1)
		a.want(e.Balance.Minor >= 0, "a balance is never below zero", subject, "it is %s", e.Balance)
		_, twice := a.entries[e.Cause]
		a.want(!twice, "a cause is booked once", subject, "%s was booked before", e.Cause)
		a.entries[e.Cause] = e
	}
	a.want(a.Wallet.Balance == balance, promise, string(a.Account), "the wallet holds %s, the ledger sums to %s", a.Wallet.Balance, balance)
	a.want(a.Wallet.Version == len(a.Entries), promise, string(a.Account), "the wallet counts %d entries, there are %d", a.Wallet.Version, len(a.Entries))
}

// records: a purchase has exactly one record, and a record its purchase.
func (a *auditor) records() {
	const promise = "a purchase has one idempotency record"
	count := make(map[string]int)
	for _, r := range a.Records {
		count[r.Subject]++
	}
	for _, p := range a.Purchases {
		a.want(count[string(p.ID)] == 1, promise, string(p.ID), "it has %d", count[string(p.ID)])
		delete(count, string(p.ID))
	}
	for _, q := range a.Quotes {
		delete(count, string(q.ID))
	}
	for _, action := range a.Actions {
		delete(count, string(action.ID))
	}
	for subject := range count {
		a.want(false, "a record has its effect", subject, "it is not there")
	}
}

// quotes: a used quote and its purchase name each other, at one price, in time.
func (a *auditor) quotes() {
	const promise = "a quote is used once, at its price, in time"
	purchases := make(map[id.Purchase]Purchase)
	for _, p := range a.Purchases {
		purchases[p.ID] = p
	}
	used := make(map[id.Quote]id.Purchase)
	for _, q := range a.Quotes {
		used[q.ID] = q.Purchase
		if q.Purchase == "" {
			continue
		}
		p, ok := purchases[q.Purchase]
		a.want(ok, promise, string(q.ID), "the purchase %s that used it is not there", q.Purchase)
		if ok {
			a.want(p.Quote == q.ID, promise, string(q.ID), "the purchase %s names the quote %q", p.ID, p.Quote)
			a.want(p.Offer.Price.Total == q.Offer.Price.Total, promise, string(q.ID), "it offers %s and %s was paid", q.Offer.Price.Total, p.Offer.Price.Total)
			a.want(p.CreatedAt.Before(q.ExpiresAt), promise, string(q.ID), "it was used at %s, after its end at %s", p.CreatedAt, q.ExpiresAt)
		}
	}
	for _, p := range a.Purchases {
		a.want(p.Quote == "" || used[p.Quote] == p.ID, promise, string(p.ID), "the quote %s is used by %q", p.Quote, used[p.Quote])
	}
}

// purchase: it was paid once, and its status follows from its units.
func (a *auditor) purchase(p Purchase) {
	const promise = "a purchase is paid once, at its price"
	e, ok := a.entries[purchaseCause(p.ID)]
	if p.isOpen() {
		a.want(!ok && len(p.Services) == 0, promise, string(p.ID), "it is %s, and was carried out", p.Status)
		return
	}
	a.want(ok && -e.Amount.Minor == p.Offer.Price.Total.Minor, promise, string(p.ID), "its price is %s, booked is %s", p.Offer.Price.Total, e.Amount)
	a.want(len(p.Services) == p.Offer.Quantity, "a purchase has its services", string(p.ID), "it has %d of %d", len(p.Services), p.Offer.Quantity)
	failed := 0
	for _, unit := range p.Services {
		if unit.Failed {
			failed++
		}
	}
	want := PurchaseCompleted
	switch failed {
	case 0:
	case len(p.Services):
		want = PurchaseFailed
	default:
		want = PurchasePartiallyFailed
	}
	a.want(p.Status == want, "a purchase says what became of it", string(p.ID), "it is %s and should be %s", p.Status, want)
}

// debits: nothing was paid for that was not bought.
func (a *auditor) debits() {
	bought := make(map[string]bool)
	for _, p := range a.Purchases {
		bought[purchaseCause(p.ID)] = true
	}
	for _, e := range a.Entries {
		a.want(e.Kind != EntryPurchase || bought[e.Cause], "a purchase is paid once, at its price", e.Cause, "it was paid for, and is not there")
	}
}

// refunds: each unit that failed was given back once, and nothing else was.
func (a *auditor) refunds() {
	const promise = "what was not delivered is refunded once"
	owed := make(map[string]int64)
	for _, p := range a.Purchases {
		for _, unit := range p.Services {
			if unit.Failed {
				owed[refundCause(unit.ID)] = p.Offer.Price.Total.Minor / int64(p.Offer.Quantity)
			}
		}
	}
	for cause, minor := range owed {
		a.want(a.entries[cause].Amount.Minor == minor, promise, cause, "%d is owed, booked is %s", minor, a.entries[cause].Amount)
	}
	for _, e := range a.Entries {
		_, isOwed := owed[e.Cause]
		a.want(e.Kind != EntryRefund || isOwed, promise, e.Cause, "it was refunded without a failure")
	}
}

// services: each is as its purchase says, and what is unsettled is being worked
// on, within the published time.
func (a *auditor) services() {
	const promise = "everything settles in time"
	due := make(map[id.Service]bool)
	for _, j := range a.Jobs {
		if j.Status == JobDue {
			due[j.Service] = due[j.Service] || j.Type != ActionDelete
			a.want(a.now.Sub(j.CreatedAt) <= FinalWithin, promise, string(j.ID), "it is due since %s", j.CreatedAt)
		}
	}
	running := make(map[id.Action]bool)
	for _, action := range a.Actions {
		running[action.ID] = action.Status == ActionRunning
	}
	type unit struct {
		purchase id.Purchase
		failed   bool
	}
	units := make(map[id.Service]unit)
	for _, p := range a.Purchases {
		for _, ref := range p.Services {
			units[ref.ID] = unit{p.ID, ref.Failed}
		}
	}
	for _, s := range a.Services {
		u, known := units[s.ID]
		delete(units, s.ID)
		a.want(known && u.purchase == s.Purchase, "a service has its purchase", string(s.ID), "%s does not name it", s.Purchase)
		a.want(u.failed == (s.Status == ServiceFailed), "a purchase says what became of it", string(s.ID), "it is %s, its purchase says failed: %t", s.Status, u.failed)
		a.want(s.Status != ServiceProvisioning || due[s.ID], promise, string(s.ID), "it is provisioning and no job is due")
		if s.Current != nil {
			a.want(due[s.ID] && running[s.Current.ID], promise, string(s.ID), "its action %s is in progress and no job is due", s.Current.ID)
			delete(running, s.Current.ID)
		}
	}
	for service, u := range units {
		a.want(false, "a purchase has its services", string(u.purchase), "%s is not there", service)
	}
	for action, isRunning := range running {
		a.want(!isRunning, promise, string(action), "it is running, and its service does not know it")
	}
}

// holdings: a service has one server at most, none without an owner stays, and
// an active service has its own.
func (a *auditor) holdings() {
	count := make(map[id.Service]int)
	status := make(map[id.Service]ServiceStatus)
	for _, s := range a.Services {
		status[s.ID] = s.Status
	}
	for _, h := range a.Holdings {
		count[h.Service]++
		owned := status[h.Service] == ServiceActive || status[h.Service] == ServiceProvisioning || status[h.Service] == ServiceSuspended
		a.want(owned || a.now.Sub(h.CreatedAt) < a.grace, "no server runs without an owner", string(h.Service), "it runs since %s, the service is %q", h.CreatedAt, status[h.Service])
	}
	for _, s := range a.Services {
		a.want(count[s.ID] <= 1, "a service has one server at most", string(s.ID), "it has %d", count[s.ID])
		a.want(s.Status != ServiceActive || count[s.ID] > 0, "an active service has its server", string(s.ID), "it has none")
	}
}
