package sim

import (
	"math/rand/v2"
	"time"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// history drives a world by chance.
type history struct {
	*world
	running []*process
	// faults is how many of a hundred calls fail.
	faults int
	drift  shop.Drift
}

// maxRunning is how many operations are under way at a time.
const maxRunning = 5

// play runs a whole history, and leaves what it found in the world.
func (w *world) play() {
	h := &history{world: w, faults: pick(w.random, 0, 3, 10, 25)}
	w.decide = h.chance
	w.readFaults = uint64(h.faults)
	w.cloud.latency = pick(w.random, 0, 0, 20*time.Second, 3*time.Minute)
	picky := pick(w.random, 0, 0, 3)
	w.refuses = func(s server.Spec) bool { return picky > 0 && int(s.Label[len(s.Label)-1])%picky == 0 }
	for _, account := range w.model.accounts() {
		w.run(w.pay(w.model.newFunding(account, pick(w.random, int64(5_000), 30_000)), traits{}))
	}
	for range 30 + w.random.IntN(30) {
		w.step++
		h.next()
	}
	h.end()
	w.settle()
	w.check()
}

func pick[T any](random *rand.Rand, from ...T) T { return from[random.IntN(len(from))] }

// next does one step.
func (h *history) next() {
	if len(h.running) > 0 && (len(h.running) == maxRunning || h.oneIn(2)) {
		h.goOn()
		return
	}
	switch n := h.random.IntN(100); {
	case n < 30:
		r := h.newRequest()
		h.send(r)
		if h.oneIn(4) {
			h.send(r) // impatient
		}
	case n < 42:
		h.retry()
	case n < 46:
		h.change()
	case n < 50:
		h.begin(h.look(h.agentTraits()))
	case n < 54:
		h.fund()
	case n < 68:
		h.tell()
	case n < 76:
		h.begin(h.work(h.workerTraits()))
	case n < 79:
		h.begin(h.reconcile(h.workerTraits(), &h.drift))
	case n < 92:
		h.clock.advance(pick(h.random, time.Second, 20*time.Second, 150*time.Second, 150*time.Second, 6*time.Minute, 16*time.Minute))
	case n < 95:
		h.reprice()
	case n < 97:
		h.cloud.down = !h.cloud.down
	default:
		h.lose()
	}
}

func (h *history) oneIn(n int) bool { return h.random.IntN(n) == 0 }

func (h *history) agentTraits() traits {
	return traits{
		skew:    pick(h.random, 0, 0, 0, -30*time.Second, 30*time.Second),
		retries: h.oneIn(2), kick: h.oneIn(3),
	}
}

// workerTraits has the clocks of workers be five minutes apart.
func (h *history) workerTraits() traits {
	return traits{
		skew:    pick(h.random, 0, 0, -150*time.Second, 150*time.Second),
		retries: h.oneIn(2),
	}
}

// send sends a request, at times with what it decides upon read late.
func (h *history) send(r *request) {
	have := h.agentTraits()
	if len(r.late) > 0 && h.oneIn(2) {
		have.late = pick(h.random, r.late...)
	}
	h.begin(h.deliver(r, have))
}

func (h *history) begin(p *process) {
	h.note("%s begins", p.name)
	if !h.resume(p, verdict{}) {
		h.running = append(h.running, p)
	}
}

// goOn lets one of the operations under way go on with its call.
func (h *history) goOn() {
	i := h.random.IntN(len(h.running))
	p := h.running[i]
	v := h.chance(p.task.at)
	if v.moment != never {
		h.note("%s: %v fails: moment %d, %v", p.name, p.task.at.name, v.moment, v.err)
	}
	if h.resume(p, v) {
		h.running = append(h.running[:i], h.running[i+1:]...)
	}
}

// chance decides what becomes of a call.
func (h *history) chance(c call) verdict {
	if c.kind == callProvider && h.cloud.down && !h.oneIn(4) {
		return verdict{moment: before, err: errTimeout}
	}
	if c.kind == callSleep || c.kind == callRead || h.random.IntN(100) >= h.faults {
		return verdict{}
	}
	dies := verdict{moment: pick(h.random, before, after), err: errDead, dies: true}
	if c.kind == callProvider {
		return pick(h.random, dies,
			verdict{moment: before, err: errTimeout},
			verdict{moment: after, err: errTimeout},
			verdict{moment: after, err: errTimeout},
			verdict{moment: before, err: errRefused})
	}
	return pick(h.random, dies,
		verdict{moment: before, err: errOutage},
		verdict{moment: before, err: errThrottle},
		verdict{moment: before, err: errCrossed},
		verdict{moment: after, err: errOutage},
		verdict{moment: after, err: errHiccup})
}

// end lets what is under way come to its end, or die.
func (h *history) end() {
	for len(h.running) > 0 {
		h.step++
		h.goOn()
	}
	h.calm()
	for _, f := range h.model.fundings {
		if !f.done {
			h.run(h.pay(f, traits{}))
		}
	}
	for _, r := range h.model.requests {
		if !r.settled && h.oneIn(2) {
			h.run(h.deliver(r, traits{}))
		}
	}
}

// newRequest is something that an agent asks for, in its own account or, by
// mistake, in another's.
func (h *history) newRequest() *request {
	m := h.model
	agent := pick(h.random, m.agents...)
	item := pick(h.random, h.catalog.Items...).ID
	switch n := h.random.IntN(10); {
	case n < 4 && len(m.services) > 0:
		service := pick(h.random, m.services...).Service
		if h.oneIn(2) {
			return m.askRestart(agent, service)
		}
		return m.askReinstall(agent, service, pick(h.random, "debian-12", "ubuntu-24.04"))
	case n < 8 && len(m.quotes) > 0:
		return m.askBuyQuote(agent, pick(h.random, m.quotes...).ID)
	case n < 5:
		return m.askBuyItem(agent, item, 1+h.random.IntN(2))
	default:
		return m.askQuote(agent, item, 1+h.random.IntN(3))
	}
}

// retry sends a request again, most often one that may still be under way.
func (h *history) retry() {
	all := h.model.requests
	if len(all) == 0 {
		return
	}
	if !h.oneIn(3) {
		all = all[max(0, len(all)-3):]
	}
	h.send(pick(h.random, all...))
}

// change sends another request with a key that was used.
func (h *history) change() {
	m := h.model
	if len(m.requests) == 0 {
		return
	}
	r := pick(h.random, m.requests...)
	other := h.newRequest()
	if other.operation == r.operation {
		other = m.changed(r, other)
	}
	h.send(other)
}

// fund adds money, or does so again.
func (h *history) fund() {
	m := h.model
	f := pick(h.random, m.fundings...)
	if h.oneIn(2) {
		f = m.newFunding(pick(h.random, m.accounts()...), 3_000)
	}
	h.begin(h.pay(f, h.agentTraits()))
}

// tell has the stream tell of a job: soon or late, in any order, twice, or never.
func (h *history) tell() {
	if len(h.stream) == 0 {
		return
	}
	i := h.random.IntN(len(h.stream))
	ref := h.stream[i]
	if h.oneIn(2) {
		h.stream = append(h.stream[:i], h.stream[i+1:]...)
	}
	if !h.oneIn(4) {
		h.begin(h.workOn(ref, h.workerTraits()))
	}
}

// reprice changes the catalog.
func (h *history) reprice() {
	item := &h.catalog.Items[h.random.IntN(len(h.catalog.Items))]
	item.Price.Minor = 1000 + 100*h.random.Int64N(20)
	h.note("%s costs %d", item.ID, item.Price.Minor)
	h.putCatalog()
}

// lose has a server vanish at the provider.
func (h *history) lose() {
	all := h.cloud.all()
	if len(all) == 0 {
		return
	}
	label := pick(h.random, all...).label
	h.note("the provider loses %s", label)
	delete(h.cloud.servers, label)
	h.cloud.lost[label] = true
}
