package shop_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// TestSpendingIsAsAModelSays lets agents buy under policies that change, while time
// goes by, units fail and members decide. Whoever may buy by a plain model of the
// rules may buy, and what the store counts is what the model adds up.
func TestSpendingIsAsAModelSays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		w := newSpenders(t)
		r.Repeat(map[string]func(*rapid.T){
			"a purchase":          w.buy,
			"another purchase":    w.buy,
			"a policy":            w.setPolicy,
			"a decision":          w.decide,
			"some time":           w.wait,
			"contention":          w.contend,
			"the provider's turn": w.deliver,
			"":                    w.check,
		})
	})
}

// spenders are two agents of one account, and the model of what they spend.
type spenders struct {
	*storetest.Store
	t        *testing.T
	agents   []id.Agent
	policies map[id.Agent]shop.Policy // of the account by ""
	bought   []*deal
	parked   []*deal
	keys     int
}

// deal is a purchase as the model knows it.
type deal struct {
	order    shop.Order
	agent    id.Agent
	price    int64 // of all units
	term     int
	at       time.Time // when it was paid, or parked
	approval id.Approval
	held     bool // it counts since it was parked, until the question ends
	doomed   int  // how many of its units will fail
	failed   int  // how many have
}

func newSpenders(t *testing.T) *spenders {
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: 1 << 40})
	w := &spenders{
		Store: s, t: t, policies: make(map[id.Agent]shop.Policy),
		agents: []id.Agent{s.Agent, s.Shop.IDs.Agent(s.Agent.Account())},
	}
	s.Worker.Fulfilments = map[string]shop.Fulfilment{storetest.ServiceType: fulfil(func(_ context.Context, service shop.Service, job shop.Job) (shop.Outcome, error) {
		switch {
		case job.Intent.Action != shop.ActionCreate:
		case isDoomed(service):
			return shop.Outcome{}, &shop.Refusal{Reason: "no capacity"}
		}
		return shop.Outcome{Service: service}, nil
	})}
	return w
}

// isDoomed reads in the name of a service how many of its purchase are, and which
// it is.
func isDoomed(s shop.Service) bool {
	var doomed, unit int
	if n, _ := fmt.Sscanf(s.DisplayName, "doomed-%d-%d", &doomed, &unit); n == 1 {
		unit = 1 // the only one has no number
	}
	return unit <= doomed
}

func (w *spenders) draw(r *rapid.T) *deal {
	d := &deal{
		agent: rapid.SampledFrom(w.agents).Draw(r, "agent"),
		term:  rapid.SampledFrom([]int{1, 3, 12}).Draw(r, "term"),
		at:    w.Clock.Now(),
	}
	quantity := rapid.IntRange(1, 3).Draw(r, "quantity")
	d.doomed = rapid.IntRange(0, quantity).Draw(r, "doomed")
	d.order = shop.Order{
		Item: rapid.SampledFrom([]id.Item{"cat_vps_micro", "cat_vps_small"}).Draw(r, "item"), Quantity: quantity,
		Configuration: storetest.Configuration(fmt.Sprint("doomed-", d.doomed), d.term),
	}
	for _, choice := range storetest.Choices() {
		d.order.Configuration[choice.Member] = rapid.SampledFrom(choice.Values).Draw(r, choice.Member)
	}
	return d
}

// buy quotes and buys. The quote says beforehand what becomes of the purchase.
func (w *spenders) buy(r *rapid.T) {
	d := w.draw(r)
	caller := shop.Caller{Account: d.agent.Account(), Agent: d.agent, Confirm: confirmed(w.Store).Confirm}
	var quoted shop.Quoted
	_, err := w.Shop.CreateQuote(w.t.Context(), caller, d.order, shop.Request[shop.Quoted]{
		Operation: "quote_create", Encode: func(q shop.Quoted) ([]byte, error) { quoted = q; return nil, nil },
	})
	if err != nil {
		r.Fatal(err)
	}
	d.price = quoted.Quote.Offer.Price.Total.Minor
	broken, asks := w.broken(d), w.asks(d)
	if quoted.Check.Allowed() != (len(broken) == 0) || quoted.Check.NeedsConsent() != asks {
		r.Fatalf("the quote says %+v; broken are %v, asked is %t", quoted.Check, broken, asks)
	}
	var bought shop.Bought
	w.keys++
	_, err = w.Shop.BuyQuote(w.t.Context(), caller, quoted.Quote.ID, shop.Repeated{}, shop.Request[shop.Bought]{
		Operation: "purchase_create", Key: fmt.Sprint("key ", w.keys), Encode: func(b shop.Bought) ([]byte, error) { bought = b; return []byte("{}"), nil },
	})
	switch {
	case len(broken) > 0:
		expectRefused(r, err, broken)
	case err != nil:
		r.Fatal(err)
	case asks:
		if bought.Purchase.Status != shop.PurchasePendingApproval || len(bought.Services) > 0 {
			r.Fatalf("the purchase is %s, and should be parked", bought.Purchase.Status)
		}
		d.approval = bought.Purchase.Approval.ID
		d.held = d.price > 0 && (w.policies[""].HoldForApproval || w.policies[d.agent].HoldForApproval)
		w.parked = append(w.parked, d)
	default:
		if bought.Purchase.Status != shop.PurchaseCompleted {
			r.Fatalf("the purchase is %s", bought.Purchase.Status)
		}
		w.bought = append(w.bought, d)
	}
}

// expectRefused makes sure that a refusal names one of the rules that are broken.
func expectRefused(r *rapid.T, err error, broken []string) {
	var e *fault.Error
	if !errors.As(err, &e) {
		r.Fatalf("broken are %v, and the purchase is made: %v", broken, err)
	}
	named := fmt.Sprint(e.Extra["layer"], " ", e.Extra["rule"])
	limit := slices.Contains([]any{shop.RulePerPurchase, shop.RulePerDay, shop.RulePerMonth, shop.RuleTotal, shop.RuleLiveServices}, e.Extra["rule"])
	if !slices.Contains(broken, named) || (e.Code == fault.SpendLimitExceeded) != limit || (e.Code == fault.PolicyViolation) == limit {
		r.Fatalf("%s names %s, broken are %v", e.Code, named, broken)
	}
}

// broken names the rules that forbid a purchase now.
func (w *spenders) broken(d *deal) []string {
	var broken []string
	for layer, agent := range map[shop.Layer]id.Agent{shop.LayerAccount: "", shop.LayerAgent: d.agent} {
		p := w.policies[agent]
		forbid := func(rule shop.Rule, forbidden bool) {
			if forbidden {
				broken = append(broken, fmt.Sprint(layer, " ", rule))
			}
		}
		now := w.Clock.Now()
		forbid(shop.RuleFrozen, p.Frozen)
		forbid(shop.RuleHours, p.Hours != nil && (now.Hour()*60+now.Minute() < p.Hours.From || now.Hour()*60+now.Minute() >= p.Hours.To))
		forbid(shop.RuleCategories, len(p.Categories) > 0 && !slices.Contains(p.Categories, "compute"))
		forbid(shop.RuleItems, len(p.Items) > 0 && !slices.Contains(p.Items, d.order.Item))
		for i, limit := range p.Choices { // in the order of storetest.Choices
			member := storetest.Choices()[i].Member
			forbid(shop.Rule(limit.Name), !slices.Contains(limit.Allowed, d.order.Configuration[member].(string)))
		}
		forbid(shop.RuleMonths, len(p.Months) > 0 && !slices.Contains(p.Months, d.term))
		if p.MaxLiveServices != nil {
			forbid(shop.RuleLiveServices, w.live(agent)+d.order.Quantity > *p.MaxLiveServices)
		}
		for _, l := range p.Limits {
			over := func(limit *int64, spent int64) bool { return limit != nil && spent+d.price > *limit }
			forbid(shop.RulePerPurchase, over(l.PerPurchase, 0))
			forbid(shop.RulePerDay, over(l.PerDay, w.spent(agent, sameDay(now))))
			forbid(shop.RulePerMonth, over(l.PerMonth, w.spent(agent, sameMonth(now))))
			forbid(shop.RuleTotal, over(l.Total, w.spent(agent, always)))
		}
	}
	return broken
}

// asks reports whether a person must consent to a purchase.
func (w *spenders) asks(d *deal) bool {
	for _, agent := range []id.Agent{"", d.agent} {
		for _, l := range w.policies[agent].Limits {
			for _, most := range []*int64{l.ConfirmAbove, l.ApprovalAbove} {
				if most != nil && d.price > *most {
					return true
				}
			}
		}
	}
	return false
}

func always(time.Time) bool { return true }

func sameDay(now time.Time) func(time.Time) bool {
	return func(t time.Time) bool { return t.Year() == now.Year() && t.YearDay() == now.YearDay() }
}

func sameMonth(now time.Time) func(time.Time) bool {
	return func(t time.Time) bool { return t.Year() == now.Year() && t.Month() == now.Month() }
}

// counted is what was bought, and what open questions hold.
func (w *spenders) counted() []*deal {
	counted := slices.Clone(w.bought)
	for _, d := range w.parked {
		if d.held && !w.late(d) {
			counted = append(counted, d)
		}
	}
	return counted
}

func (w *spenders) late(d *deal) bool { return w.Clock.Now().Sub(d.at) >= 24*time.Hour }

// brokenAfter names the rules that forbid to approve what is parked: what counts already
// needs no room.
func (w *spenders) brokenAfter(d *deal) []string {
	broken := w.broken(d)
	if !d.held {
		return broken
	}
	return slices.DeleteFunc(broken, func(name string) bool {
		_, rule, _ := strings.Cut(name, " ")
		return slices.Contains([]shop.Rule{shop.RulePerDay, shop.RulePerMonth, shop.RuleTotal, shop.RuleLiveServices}, shop.Rule(rule))
	})
}

// spent adds up what was bought in some time and not given back.
func (w *spenders) spent(agent id.Agent, when func(time.Time) bool) int64 {
	var sum int64
	for _, d := range w.counted() {
		if (agent == "" || agent == d.agent) && when(d.at) {
			sum += d.price / int64(d.order.Quantity) * int64(d.order.Quantity-d.failed)
		}
	}
	return sum
}

// live counts what runs, or is on its way.
func (w *spenders) live(agent id.Agent) int {
	n := 0
	for _, d := range w.counted() {
		if agent == "" || agent == d.agent {
			n += d.order.Quantity - d.failed
		}
	}
	return n
}

func (w *spenders) setPolicy(r *rapid.T) {
	agent := rapid.SampledFrom(append([]id.Agent{""}, w.agents...)).Draw(r, "layer")
	w.policies[agent] = drawPolicy(r)
	setPolicy(w.t, w.Store, w.Agent.Account(), agent, w.policies[agent])
}

// drawPolicy draws one that lets something through more often than not.
func drawPolicy(r *rapid.T) shop.Policy {
	rarely := rapid.Map(rapid.IntRange(0, 9), func(n int) bool { return n == 9 })
	cents := func(what string) *int64 {
		aSum := rapid.Map(rapid.Int64Range(0, 15), func(n int64) int64 { return n * 4000 }) // often spent to the cent
		return rapid.Ptr(rapid.OneOf(rapid.Int64Range(0, 60_000), aSum), true).Draw(r, what)
	}
	p := shop.Policy{
		HoldForApproval: rapid.Bool().Draw(r, "hold for approval"),
		Frozen:          rarely.Draw(r, "frozen"),
		MaxLiveServices: rapid.Ptr(rapid.IntRange(0, 12), true).Draw(r, "live services"),
		Limits: []shop.Limit{{
			Currency: "usd", PerPurchase: cents("per purchase"), PerDay: cents("per day"), PerMonth: cents("per month"),
			Total: cents("total"), ConfirmAbove: cents("confirm"), ApprovalAbove: cents("approve"),
		}},
	}
	if rarely.Draw(r, "kinds") {
		p.Items, p.Months = []id.Item{"cat_vps_small"}, []int{1, 3}
		for _, choice := range storetest.Choices() {
			p.Choices = append(p.Choices, shop.ChoiceLimit{Name: choice.Limit, Allowed: choice.Values[:1]})
		}
	}
	if rarely.Draw(r, "hours") {
		p.Hours = &shop.Hours{From: 8 * 60, To: 18 * 60}
	}
	return p
}

// decide answers a question, in time or too late.
func (w *spenders) decide(r *rapid.T) {
	if len(w.parked) == 0 {
		r.Skip("nobody asks")
	}
	i := rapid.IntRange(0, len(w.parked)-1).Draw(r, "question")
	d := w.parked[i]
	broken, late := w.brokenAfter(d), w.late(d)
	way := w.Shop.Deny
	approve := rapid.Bool().Draw(r, "approve")
	if approve {
		way = w.Shop.Approve
	}
	_, err := way(w.t.Context(), aMember(w.Store), d.approval, "")
	switch {
	case late:
		if codeOf(err) != fault.ApprovalDecided {
			r.Fatalf("a day later: %v", err)
		}
	case approve && len(broken) > 0:
		expectRefused(r, err, broken)
		return // and the question is still open
	case err != nil:
		r.Fatal(err)
	case approve:
		if !d.held {
			d.at = w.Clock.Now()
		}
		w.bought = append(w.bought, d)
	}
	w.parked = slices.Delete(w.parked, i, i+1)
}

func (w *spenders) wait(r *rapid.T) {
	w.Clock.Advance(rapid.OneOf(
		rapid.Map(rapid.IntRange(1, 30), func(n int) time.Duration { return time.Duration(n) * time.Hour }),
		rapid.Map(rapid.IntRange(1, 45), func(n int) time.Duration { return time.Duration(n) * 24 * time.Hour }),
	).Draw(r, "time"))
	if err := w.Worker.SettleHolds(w.t.Context()); err != nil {
		r.Fatal(err)
	}
}

// contend has the wallet and the budgets hold what is spent, until time has gone by.
func (w *spenders) contend(r *rapid.T) {
	w.Hold(w.t, rapid.SampledFrom(w.agents).Draw(r, "contended for"))
}

// deliver lets the provider make, or refuse, what was bought.
func (w *spenders) deliver(r *rapid.T) {
	if _, err := w.Worker.RunDue(w.t.Context()); err != nil {
		r.Fatal(err)
	}
	for _, d := range w.bought {
		d.failed = d.doomed
	}
}

// check compares what the store counts with the model.
func (w *spenders) check(r *rapid.T) {
	now := w.Clock.Now()
	for _, agent := range append([]id.Agent{""}, w.agents...) {
		got, err := w.Table.Budget(w.t.Context(), w.Agent.Account(), agent)
		if err != nil && !errors.Is(err, shop.ErrNotFound) {
			r.Fatal(err)
		}
		want := fmt.Sprint(w.spent(agent, sameDay(now)), w.spent(agent, sameMonth(now)), w.spent(agent, always), w.live(agent))
		var day, month, total int64
		for _, sum := range got.Spending.Sums {
			total += sum.TotalMinor
			if sum.Day == now.Format(time.DateOnly) {
				day += sum.DayMinor
			}
			if sum.Month == now.Format("2006-01") {
				month += sum.MonthMinor
			}
		}
		if counted := fmt.Sprint(day, month, total, got.Spending.LiveServices); counted != want {
			r.Fatalf("%q counts %s, the model says %s", agent, counted, want)
		}
	}
}
