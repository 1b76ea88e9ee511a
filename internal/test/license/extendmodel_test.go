package license_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"
	"time"

	"pgregory.net/rapid"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/license"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/shop"
)

// TestExtendModel makes random sequences of quotes, purchases, rotations, failures and
// refunds, and holds wallet, seats and renewal to a model of them.
func TestExtendModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		r.Repeat(map[string]func(*rapid.T){
			"a quote":         w.ask,
			"a purchase":      w.buy,
			"a rotation":      w.rotate,
			"some time":       w.wait,
			"the desk's turn": w.settle,
			"":                w.check,
		})
		w.settle(r)
		w.check(r)
		w.settled(t)
	})
}

// world is a license of a store, and the model of it.
type world struct {
	store
	t                       *testing.T
	service                 string
	renewsAt                time.Time
	refuses                 bool // the desk
	quotes                  []*seatQuote
	running                 *running // nil when nothing does
	seats, renewal, balance int64
	keys                    int
}

// seatQuote is a quote as the model knows it.
type seatQuote struct {
	id           string
	seats, price int64
	renewal      int64 // that it was made of
	expires      time.Time
	used         bool
}

// running is an action that runs: with a quote it was bought.
type running struct{ quote *seatQuote }

func newWorld(t *testing.T) *world {
	w := &world{t: t, seats: 3, renewal: 3000}
	w.store = newIdleStore(t, dynamotest.Embedded(t), license.Desk{Refuses: func(shop.Job) bool { return w.refuses }})
	w.service = w.bought(t)
	w.renewsAt = w.store.service(t, w.service).Bill.PaidUntil
	w.balance = w.store.balance(t)
	return w
}

// priceOf is what seats cost for the rest of the term, one by one, rounded by hand.
func (w *world) priceOf(seats int64) int64 {
	left := max(int64(w.renewsAt.Sub(w.Clock.Now().Truncate(time.Second))/time.Second), 0)
	term := int64(28 * 24 * time.Hour / time.Second) // February
	return seats * ((2*1000*left + term) / (2 * term))
}

func (w *world) expect(r *rapid.T, a storetest.Answer, want string) {
	got := a.Code()
	if got != want {
		r.Fatalf("%d, want %q: %s", a.Status, want, a.Body)
	}
}

func (w *world) ask(r *rapid.T) {
	seats := rapid.Int64Range(0, 6).Draw(r, "seats")
	a := w.quoteSeats(w.t, w.service, int(seats))
	switch {
	case w.running != nil:
		w.expect(r, a, "action_in_progress")
	case w.seats+seats > 20:
		w.expect(r, a, "invalid_input")
	default:
		w.expect(r, a, "")
		price := w.priceOf(seats)
		if got := a.Get("quote", "totalPriceMinor"); got != float64(price) {
			r.Fatalf("%d seats cost %v, want %d", seats, got, price)
		}
		w.quotes = append(w.quotes, &seatQuote{
			id: a.Text("quote", "id"), seats: seats, price: price, renewal: w.renewal, expires: w.Clock.Now().Add(15 * time.Minute),
		})
	}
}

func (w *world) buy(r *rapid.T) {
	if len(w.quotes) == 0 {
		r.Skip("there is no quote")
	}
	q := rapid.SampledFrom(w.quotes).Draw(r, "quote")
	w.keys++
	a := w.Buy(w.t, q.id, fmt.Sprint("key ", w.keys))
	switch {
	case q.used:
		w.expect(r, a, "quote_already_used")
	case !w.Clock.Now().Before(q.expires):
		w.expect(r, a, "quote_expired")
	case w.running != nil:
		w.expect(r, a, "action_in_progress")
	case w.seats+q.seats > 20:
		w.expect(r, a, "invalid_input")
	case w.renewal != q.renewal:
		w.expect(r, a, "quote_expired")
	default:
		w.expect(r, a, "")
		q.used = true
		w.balance -= q.price
		w.running = &running{q}
	}
}

func (w *world) rotate(r *rapid.T) {
	a := w.Call(w.t, http.MethodPost, storetest.Services+"/"+w.service+"/license/rotate", map[string]any{"reason": "routine"})
	if w.running != nil {
		w.expect(r, a, "action_in_progress")
		return
	}
	w.expect(r, a, "")
	w.running = &running{}
}

func (w *world) wait(r *rapid.T) {
	w.Clock.Advance(time.Duration(rapid.Int64Range(1, 2*int64(time.Hour)).Draw(r, "some time")))
}

// settle has the desk do what is asked for, or refuse it.
func (w *world) settle(r *rapid.T) {
	w.refuses = rapid.Bool().Draw(r, "refuses")
	w.Work(w.t)
	if w.running != nil && w.running.quote != nil {
		if q := w.running.quote; w.refuses {
			w.balance += q.price
		} else {
			w.seats += q.seats
			w.renewal += 1000 * q.seats
		}
	}
	w.running = nil
}

func (w *world) check(r *rapid.T) {
	books, err := w.Table.Books(w.t.Context(), w.Agent.Account())
	if err != nil {
		r.Fatal(err)
	}
	var sum int64
	for _, e := range books.Entries {
		sum += e.Amount.Minor
	}
	service := books.Services[0]
	var state license.State
	if err := json.Unmarshal(service.State.JSON, &state); err != nil {
		r.Fatal(err)
	}
	switch {
	case service.Bill.Renewal.Minor != w.renewal || !service.Bill.PaidUntil.Equal(w.renewsAt):
		r.Fatalf("it renews at %s at %s, want %d at %s", service.Bill.Renewal, service.Bill.PaidUntil, w.renewal, w.renewsAt)
	case int64(state.Seats) != w.seats:
		r.Fatalf("it has %d seats, want %d", state.Seats, w.seats)
	case books.Wallet.Balance.Minor != w.balance || sum != w.balance:
		r.Fatalf("the wallet holds %s, the ledger sums to %d, want %d", books.Wallet.Balance, sum, w.balance)
	case (service.Current != nil) != (w.running != nil):
		r.Fatalf("it is busy with %+v, want %+v", service.Current, w.running)
	}
}
