package sim

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// The prices of the two items on sale, a month, and of a snapshot of each, as this model
// knows them.
var tariff = map[id.Item]struct{ month, snapshot int64 }{
	"cat_vps_micro": {2000, 100},
	"cat_vps_small": {4000, 200},
}

// resize changes the size of a service, or takes or deletes a snapshot: most often bought
// at once, at times after a while, and at times twice.
func (l *lives) resize() {
	s, any := l.living()
	if !any {
		return
	}
	state, err := server.StateOf(s.State)
	if err != nil {
		l.breaks("states can be read", "%v", err)
		return
	}
	if len(state.Snapshots) > 0 && l.oneIn(3) {
		l.deleteSnapshot(s, pick(l.random, state.Snapshots...).ID)
		return
	}
	intent := shop.Intent{Action: "snapshot_create", Input: json.RawMessage(fmt.Sprintf(`{"name":"n%d"}`, l.step))}
	if l.oneIn(2) {
		to := "cat_vps_micro"
		if s.Item == "cat_vps_micro" {
			to = "cat_vps_small"
		}
		intent = shop.Intent{Action: "resize", Input: json.RawMessage(fmt.Sprintf(`{"catalogItemId":%q,"keepDisk":%t}`, to, !l.oneIn(8)))}
	}
	l.do("quote "+string(intent.Action), func(ctx context.Context, p *process) {
		r := &request{agent: s.Agent, operation: "server_" + string(intent.Action) + "_quote"}
		quoted, err := p.shop.QuoteAction(ctx, r.caller(), s.ID, server.ServiceType, intent, once[shop.Quoted](r))
		if err != nil {
			l.note("%s of %s: %v", intent.Action, s.ID, err)
			return
		}
		var q shop.Quoted
		l.model.decode(quoted.Body, &q)
		l.quotes = append(l.quotes, q.Quote)
	})
	if l.oneIn(4) {
		l.clock.advance(time.Duration(l.random.Int64N(int64(20 * time.Minute))))
	}
	for range 1 + l.random.IntN(2) {
		if len(l.quotes) == 0 {
			return
		}
		q := l.quotes[len(l.quotes)-1-l.random.IntN(min(2, len(l.quotes)))]
		l.do("buy "+string(q.ID), func(ctx context.Context, p *process) {
			r := &request{agent: q.Agent, operation: purchaseCreate, key: string(q.ID)}
			_, err := p.shop.BuyQuote(ctx, r.caller(), q.ID, shop.Repeated{}, once[shop.Bought](r))
			l.note("bought %s of %s: %v", q.Offer.Action.Intent.Action, q.Offer.Action.Service, err)
		})
	}
}

func (l *lives) deleteSnapshot(s shop.Service, snapshot string) {
	r := &request{agent: s.Agent, operation: "server_snapshot_delete", key: fmt.Sprint("delete-", l.step)}
	intent := shop.Intent{Action: "snapshot_delete", Input: json.RawMessage(fmt.Sprintf(`{"snapshotId":%q}`, snapshot))}
	for range 1 + l.random.IntN(2) {
		l.do("delete "+snapshot, func(ctx context.Context, p *process) {
			_, err := p.shop.Act(ctx, r.caller(), s.ID, server.ServiceType, intent, once[shop.Accepted](r))
			l.note("deleted %s of %s: %v", snapshot, s.ID, err)
		})
	}
}

// change is something that has changed what a service costs, or has paid for it.
type change struct {
	at       time.Time
	purchase *shop.Purchase // of an action
	action   *shop.Action
	renewal  *shop.Entry
}

// account follows each service through all that was done with it, with sums of its own,
// and wants each quote, refund and renewal to be what they come to, and each failure to
// have given back what it took, once.
func (l *lives) account(books shop.Books) {
	entries := make(map[string]int64)
	for _, e := range books.Entries {
		entries[e.Cause] += e.Amount.Minor
	}
	moments := make(map[id.Service][]change)
	actions := make(map[id.Action]*shop.Action)
	for i := range books.Actions {
		a := &books.Actions[i]
		actions[a.ID] = a
		if a.Intent.Action == "snapshot_delete" && a.Status == shop.ActionSucceeded {
			moments[a.Service] = append(moments[a.Service], change{at: a.FinishedAt, action: a})
		}
	}
	for i := range books.Purchases {
		p := &books.Purchases[i]
		if p.Offer.Action == nil {
			continue
		}
		a := actions[p.Action]
		took, gave := entries[shop.PurchaseCause(p.ID)], entries[shop.ActionRefundCause(a.ID)]
		if took != -p.Offer.Price.Total.Minor {
			l.breaks("a change costs what was quoted", "%s took %d, quoted was %s", p.ID, took, p.Offer.Price.Total)
		}
		if a.Status != shop.ActionSucceeded {
			l.seen.undone.Add(1)
			if took+gave != 0 || entries[shop.CreditCause(a.ID)] != 0 {
				l.breaks("what failed gives back what it took", "%s took %d and gave %d", p.ID, took, gave)
			}
			continue
		}
		moments[a.Service] = append(moments[a.Service], change{at: a.FinishedAt, action: a, purchase: p})
	}
	for i := range books.Entries {
		if e := &books.Entries[i]; e.Kind == shop.EntryRenewal {
			moments[e.Service] = append(moments[e.Service], change{at: e.At, renewal: e})
		}
	}
	brought := make(map[id.Service]id.Item)
	for _, p := range books.Purchases {
		if p.Offer.Action == nil {
			for _, unit := range p.Services {
				brought[unit.ID] = p.Offer.Item.ID
			}
		}
	}
	for _, s := range books.Services {
		list := moments[s.ID]
		slices.SortStableFunc(list, func(a, b change) int { return cmp.Compare(a.at.UnixMilli(), b.at.UnixMilli()) })
		l.follow(s, brought[s.ID], list, entries)
	}
}

// standing is a service in the model: what it is, what it costs a term, and what of the
// running term was paid when.
type standing struct {
	item        id.Item
	server      int64
	snapshots   map[string]int64
	from, until int64 // in seconds
	paid        int64
	first       time.Time
}

func (m standing) price() int64 {
	sum := m.server
	for _, price := range m.snapshots {
		sum += price
	}
	return sum
}

// month is the n-th term, in seconds.
func (m standing) month(n int) int64 {
	t := m.first
	first := time.Date(t.Year(), t.Month()+time.Month(n), 1, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
	last := first.AddDate(0, 1, -1).Day()
	return first.AddDate(0, 0, min(t.Day(), last)-1).Unix()
}

// left is how much of a term is paid for from then on, of how much.
func (m standing) left(at int64) (left, term int64) {
	n := 0
	for m.month(n+1) < m.until {
		n++
	}
	return min(max(m.until-at, 0), m.month(n+1)-m.month(n)), m.month(n+1) - m.month(n)
}

// rest is what a price comes to for the rest of the term, rounded to the nearest.
func (m standing) rest(price, at int64) int64 {
	left, term := m.left(at)
	return (2*price*left + term) / (2 * term)
}

// unused is what of the payment is for the time from then on, rounded down.
func (m standing) unused(at int64) int64 {
	left, whole := m.until-at, m.until-m.from
	if left <= 0 || whole <= 0 {
		return 0
	}
	return m.paid * min(left, whole) / whole
}

// changed is after a payment, or a refund, for the time from then on.
func (m *standing) changed(more, at int64) {
	if more != 0 {
		m.paid, m.from = m.unused(at)+more, max(m.from, at)
	}
}

func (l *lives) follow(s shop.Service, item id.Item, list []change, entries map[string]int64) {
	if s.Status == shop.ServiceFailed || s.Status == shop.ServiceProvisioning {
		return
	}
	m := standing{item: item, server: tariff[item].month, snapshots: map[string]int64{}, first: s.CreatedAt.UTC()}
	m.from, m.until, m.paid = m.month(0), m.month(1), m.server
	for _, one := range list {
		switch {
		case one.renewal != nil:
			l.renewed(s, &m, one.renewal)
		case one.purchase == nil:
			at := one.action.StartedAt.Unix()
			var in struct {
				ID string `json:"snapshotId"`
			}
			l.model.decode(one.action.Intent.Input, &in)
			price := m.snapshots[in.ID]
			left, term := m.left(at)
			back := min(price*left/term, m.unused(at))
			if got := entries[shop.CreditCause(one.action.ID)]; got != back {
				l.breaks("a deleted snapshot gives back what is unused", "%s of %s gave back %d, owed is %d", in.ID, s.ID, got, back)
			}
			delete(m.snapshots, in.ID)
			m.changed(-back, at)
			l.seen.deleted.Add(1)
		default:
			l.changed(s, &m, one.purchase, entries[shop.CreditCause(one.action.ID)])
		}
	}
	if s.Bill.Renewal.Minor != m.price() || s.Item != m.item {
		l.breaks("a service renews at what it is", "%s is a %s at %s, and should be a %s at %d", s.ID, s.Item, s.Bill.Renewal, m.item, m.price())
	}
	state, err := server.StateOf(s.State)
	if err != nil || len(state.Snapshots) != len(m.snapshots) {
		l.breaks("snapshots are what was bought", "%s has %+v, and should have %v", s.ID, state.Snapshots, m.snapshots)
	}
	if s.Bill.Paid != m.paid || s.Bill.PaidFrom.Unix() != m.from {
		l.breaks("a bill is what was paid", "%s has paid %d from %d, and should have %d from %d", s.ID, s.Bill.Paid, s.Bill.PaidFrom.Unix(), m.paid, m.from)
	}
}

// changed is a resize, or a snapshot that was taken.
func (l *lives) changed(s shop.Service, m *standing, p *shop.Purchase, credit int64) {
	at := p.Offer.Action.At.Unix()
	var due int64
	if p.Offer.Action.Intent.Action == "resize" {
		m.item = p.Offer.Item.ID
		m.server = tariff[m.item].month
		var kept int64
		for _, price := range m.snapshots {
			kept += price
		}
		due = m.rest(m.server, at) + m.rest(kept, at) - m.unused(at)
		l.seen.resized.Add(1)
	} else {
		var in struct{ Name string }
		l.model.decode(p.Offer.Action.Intent.Input, &in)
		price := tariff[m.item].snapshot
		m.snapshots["img_"+in.Name] = price
		due = m.rest(price, at)
		l.seen.copied.Add(1)
	}
	if total, back := p.Offer.Price.Total.Minor, max(0, -due); total != max(0, due) || p.Offer.Price.Back.Minor != back || credit != back {
		l.breaks("a change is charged to the second", "the %s of %s cost %d and gave back %d, and should come to %d", p.Offer.Action.Intent.Action, s.ID, total, credit, due)
	}
	m.changed(due, at)
}

// renewed is a charge for whole terms, or for a part of the last, rounded up.
func (l *lives) renewed(s shop.Service, m *standing, e *shop.Entry) {
	var service string
	var from, until int64
	cause := e.Cause[len("renewal:"):]
	service, cause = cause[:len(s.ID)], cause[len(s.ID)+1:]
	if _, err := fmt.Sscanf(cause, "%d-%d", &from, &until); err != nil || service != string(s.ID) || from != m.until {
		l.breaks("a renewal goes on from where it was paid", "%s: paid is until %d", e.Cause, m.until)
		return
	}
	var owed int64
	for n := 0; m.month(n) < until; n++ {
		begin, end := max(m.month(n), from), min(m.month(n+1), until)
		if begin >= end {
			continue
		}
		term := m.month(n+1) - m.month(n)
		part := (m.price()*(end-begin) + term - 1) / term
		owed += part
		m.from, m.until, m.paid = begin, end, part
	}
	if owed != -e.Amount.Minor {
		l.breaks("a renewal costs what the service is", "%s took %s, owed is %d", e.Cause, e.Amount, owed)
	}
}
