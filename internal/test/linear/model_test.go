package linear

import (
	"fmt"
	"slices"

	"github.com/anishathalye/porcupine"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// The sizes of an account in the model. All are small, so that clients meet.
const (
	quotesOfAccount   = 5
	keysOfAccount     = 24
	fundingsOfAccount = 16
)

// state is an account of a store that does one thing at a time.
type state struct {
	balance int64 // in cents
	entries int   // of the ledger
	quotes  [quotesOfAccount]id.Purchase
	keys    [keysOfAccount]bought
	funded  [fundingsOfAccount]bool
}

// bought is what an idempotency key brought; without an id it is unused.
type bought struct {
	purchase id.Purchase
	order    order
	failed   int // units
}

func (s state) find(p id.Purchase) (key int, found bool) {
	key = slices.IndexFunc(s.keys[:], func(b bought) bool { return b.purchase == p })
	return key, key >= 0
}

func (s state) move(amount int64) state {
	s.balance += amount
	s.entries++
	return s
}

// call is an operation on an account, and answer what the client saw of it.
type call struct {
	account int
	does    interface {
		// step reports whether the operation can have the answer in that state, and
		// what the state is after it.
		step(state, answer) (bool, state)
	}
}

type answer struct {
	// unknown: the answer was lost, and the operation took effect, then or later.
	unknown bool
	code    fault.Code // of a refusal

	purchase id.Purchase // that was made or read, or that used the quote
	replayed bool
	booked   bool
	balance  int64
	entries  int
	held     bool // the wallet holds, and so counts entries for what came to nothing
	open     bool // somebody holds some of it
	failed   int  // units
}

// busy refuses because others were quicker. It must have changed nothing.
func (a answer) busy() bool {
	return a.code == fault.Busy || a.code == fault.RateLimited || a.code == fault.IdempotencyInFlight
}

// order is what is bought: a quote, or units of an item.
type order struct {
	quote  int // or noQuote
	units  int
	doomed bool // the provider refuses to deliver it
}

const (
	noQuote   = -1
	unitPrice = 2400
)

func (o order) price() int64 { return int64(o.units) * unitPrice }

// buy buys once for each key.
type buy struct {
	key   int
	order order
}

func (b buy) step(s state, a answer) (bool, state) {
	before := s.keys[b.key]
	switch {
	case a.busy():
		return true, s
	case before.purchase == "":
		return b.first(s, a)
	case before.order != b.order:
		return a.code == fault.IdempotencyConflict, s
	default:
		return a.replayed && a.purchase == before.purchase, s
	}
}

// first is a purchase with an unused key. Where two reasons for a refusal are
// true, either may be named.
func (b buy) first(s state, a answer) (bool, state) {
	var usedBy id.Purchase
	if b.order.quote != noQuote {
		usedBy = s.quotes[b.order.quote]
	}
	short := s.balance < b.order.price()
	switch {
	case a.unknown, a.code == "" && !a.replayed:
		return usedBy == "" && !short, b.done(s, a.purchase)
	case a.code == fault.QuoteAlreadyUsed:
		return usedBy != "" && a.purchase == usedBy, s
	case a.code == fault.InsufficientFunds:
		return short || a.open, s // others hold what they may give back
	default:
		return false, s
	}
}

func (b buy) done(s state, p id.Purchase) state {
	s = s.move(-b.order.price())
	s.keys[b.key] = bought{purchase: p, order: b.order}
	if b.order.quote != noQuote {
		s.quotes[b.order.quote] = p
	}
	return s
}

// fund books an amount once for each reference.
type fund struct {
	reference int
	amount    int64
	note      string // in the ledger; no two attempts have the same
}

func (f fund) step(s state, a answer) (bool, state) {
	switch {
	case a.busy():
		return true, s
	case s.funded[f.reference]:
		return a.code == "" && !a.unknown && !a.booked, s
	}
	s = s.move(f.amount)
	s.funded[f.reference] = true
	return a.unknown || a.code == "" && a.booked && (a.held || a.balance == s.balance && a.entries == s.entries), s
}

// refund is the worker's: it gives back one unit that could not be delivered.
type refund struct{ purchase id.Purchase }

func (r refund) step(s state, _ answer) (bool, state) {
	key, found := s.find(r.purchase)
	if !found || s.keys[key].failed == s.keys[key].order.units {
		return false, s
	}
	s = s.move(unitPrice)
	s.keys[key].failed++
	return true, s
}

type readWallet struct{}

// What is free is never more than the balance, and all of it where nobody holds any.
func (readWallet) step(s state, a answer) (bool, state) {
	exact := a.balance == s.balance && (a.held || a.entries == s.entries)
	return a.code == "" && (exact || a.open && a.balance < s.balance), s
}

type readQuote struct{ quote int }

func (r readQuote) step(s state, a answer) (bool, state) {
	return a.code == "" && a.purchase == s.quotes[r.quote], s
}

type readPurchase struct{ purchase id.Purchase }

func (r readPurchase) step(s state, a answer) (bool, state) {
	key, found := s.find(r.purchase)
	if !found {
		return a.code == fault.NotFound, s
	}
	return a.code == "" && a.failed == s.keys[key].failed, s
}

// model checks each account by itself: nothing is shared by two.
var model = porcupine.Model{
	Init: func() any { return state{} },
	Step: func(s, in, out any) (bool, any) {
		return in.(call).does.step(s.(state), out.(answer))
	},
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		parts := make([][]porcupine.Operation, accounts)
		for _, o := range history {
			account := o.Input.(call).account
			parts[account] = append(parts[account], o)
		}
		return parts
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprintf("%T%+v -> %+v", in.(call).does, in.(call).does, out) },
	DescribeState: func(s any) string {
		return fmt.Sprintf("balance %d, entries %d", s.(state).balance, s.(state).entries)
	},
}
