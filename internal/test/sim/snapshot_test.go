package sim

import (
	"testing"
)

// TestReadsAreNoSnapshot sends a purchase twice at once. The second looks for the
// record of the first too early, and at the quote that the first has used too
// late, and has the answer of the first all the same.
func TestReadsAreNoSnapshot(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	buy := w.quoted()
	first, second := w.deliver(buy, traits{}), w.deliver(buy, traits{late: lateQuote})
	w.resume(first, verdict{})
	w.resumeTo(t, second, callRead)
	w.run(first)
	w.run(second)
	w.settle()
	w.check()
	if len(w.broken) > 0 || len(w.model.bought) != 1 {
		t.Errorf("%d purchases, %q", len(w.model.bought), w.broken)
	}
}

// TestQuoteExpiresWhileItIsBought has a quote expire after it was looked at, and
// before the purchase is written.
func TestQuoteExpiresWhileItIsBought(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 1)
	p := w.deliver(w.quoted(), traits{late: lateWallet})
	w.resumeTo(t, p, callRead)
	w.clock.advance(quoteLifetime)
	w.run(p)
	w.settle()
	w.check()
	if len(w.broken) > 0 || len(w.model.bought) != 0 {
		t.Errorf("%d purchases, %q", len(w.model.bought), w.broken)
	}
}

// quoted is a request to buy a new quote, and enough money.
func (w *world) quoted() *request {
	m := w.model
	agent := m.agents[0]
	w.run(w.pay(m.newFunding(agent.Account(), 10_000), traits{}))
	w.run(w.deliver(m.askQuote(agent, w.catalog.Items[0].ID, 1), traits{}))
	return m.askBuyQuote(agent, m.quotes[0].ID)
}

// resumeTo starts a process, which must come to a call of that kind first.
func (w *world) resumeTo(t *testing.T, p *process, kind callKind) {
	t.Helper()
	if w.resume(p, verdict{}) || p.task.at.kind != kind {
		t.Fatalf("%s is at %q", p.name, p.task.at.name)
	}
}
