package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// model is what the outside knows: what was asked, and what was answered.
type model struct {
	world    *world
	agents   []id.Agent
	requests []*request
	// answers are the first answers to writes, by agent, operation and key.
	answers map[shop.RecordKey]answer
	// done counts the answers that are no replays.
	done   map[shop.RecordKey]int
	quotes []shop.Quote
	bought []shop.Purchase
	// services are those of the acknowledged purchases.
	services []shop.ServiceKey
	accepted []shop.Action
	fundings []*funding
}

type answer struct {
	fingerprint string
	body        []byte
}

// request is a write that an agent sends, any number of times.
type request struct {
	agent       id.Agent
	operation   string
	key         string
	fingerprint string
	send        func(context.Context, *process, *request) (shop.Response, error)
	// late is what may be read late.
	late []late
	// settled: it was answered, or refused for good.
	settled bool
}

// funding is money that somebody adds, with one reference.
type funding struct {
	account   id.Account
	minor     int64
	reference string
	done      bool
}

func newModel(w *world) *model {
	m := &model{world: w, answers: make(map[shop.RecordKey]answer), done: make(map[shop.RecordKey]int)}
	ids := w.ids(w.clock.now)
	first, second := ids.Account(), ids.Account()
	m.agents = []id.Agent{ids.Agent(first), ids.OwnAgent(first), ids.Agent(second)}
	return m
}

func (m *model) accounts() []id.Account {
	return []id.Account{m.agents[0].Account(), m.agents[2].Account()}
}

func (r *request) caller() shop.Caller {
	return shop.Caller{
		Account: r.agent.Account(), Agent: r.agent,
		Confirm: func(context.Context) error { return nil },
	}
}

// once is how the request asks to happen once, with the answer written as JSON.
func once[T any](r *request) shop.Request[T] {
	return shop.Request[T]{
		Operation: r.operation, Key: r.key, Fingerprint: r.fingerprint,
		Encode: func(v T) ([]byte, error) { return json.Marshal(v) },
	}
}

func isFault(err error) bool {
	var refusal *fault.Error
	return errors.As(err, &refusal)
}

// isFinal tells a refusal from an error that the same request may not meet again.
func isFinal(err error) bool {
	var refusal *fault.Error
	return errors.As(err, &refusal) && !refusal.Code.Retryable()
}

// answered compares an answer with what was answered before.
func (m *model) answered(r *request, kept shop.Response, err error) {
	w := m.world
	key := shop.RecordKey{Agent: r.agent, Operation: r.operation, Key: r.key}
	first, known := m.answers[key]
	same := known && first.fingerprint == r.fingerprint
	if err != nil {
		w.note("%s %s: %v", r.operation, r.key, err)
		if !isFault(err) {
			w.breaks("a caller sees an error of the store", "%s %s: %v", r.operation, r.key, err)
		}
		r.settled = r.settled || isFinal(err)
		if isFinal(err) && (same || m.isDone(key, r.fingerprint)) {
			w.breaks("a replay has the first answer", "%s %s is refused: %v", r.operation, r.key, err)
		}
		return
	}
	w.note("%s %s: %s", r.operation, r.key, kept.Body)
	r.settled = true
	switch {
	case !known:
		m.answers[key] = answer{r.fingerprint, kept.Body}
		m.learn(r, kept.Body)
	case !same:
		w.breaks("a key belongs to one request", "%s %s was done for other arguments", r.operation, r.key)
	case !bytes.Equal(first.body, kept.Body):
		w.breaks("a replay has the first answer", "%s %s answered %s, then %s", r.operation, r.key, first.body, kept.Body)
	}
	// The answer of the one that did it may come after that of a replay.
	if !kept.Replayed {
		m.done[key]++
	}
	if m.done[key] > 1 {
		w.breaks("a write happens once", "%s %s was done again", r.operation, r.key)
	}
}

// isDone reports whether a write has happened, even if nobody heard of it.
func (m *model) isDone(key shop.RecordKey, fingerprint string) bool {
	record, err := m.world.table.Record(context.Background(), key)
	return err == nil && record.Fingerprint == fingerprint
}

// learn reads the first answer to a request.
func (m *model) learn(r *request, body []byte) {
	switch r.operation {
	case quoteCreate:
		var quoted shop.Quoted
		m.decode(body, &quoted)
		m.quotes = append(m.quotes, quoted.Quote)
	case purchaseCreate:
		var bought shop.Bought
		m.decode(body, &bought)
		m.bought = append(m.bought, bought.Purchase)
		for _, s := range bought.Services {
			m.services = append(m.services, shop.ServiceKey{Account: s.Account, Service: s.ID})
		}
	default:
		var accepted shop.Accepted
		m.decode(body, &accepted)
		if service := accepted.Service; r.agent.SeesOwn() && service.Agent != r.agent {
			m.world.breaks("an agent acts on what it sees", "%s acts on %s of %s", r.agent, service.ID, service.Agent)
		}
		m.accepted = append(m.accepted, accepted.Action)
	}
}

func (m *model) decode(body []byte, to any) {
	if err := json.Unmarshal(body, to); err != nil {
		m.world.breaks("an answer can be read", "%v", err)
	}
}

func dollars(minor int64) money.Money { return money.Money{Minor: minor, Currency: "usd"} }
