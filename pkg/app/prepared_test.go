package app_test

import (
	"net/http"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/auth"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// The key in the events is of the agent that the store on a laptop makes. No
// store knows the key: it is made up here, of zeros, and put into the table.
const (
	demoAgent id.Agent = "agt_01JDEM00000000000000000000AGENT1"
	eventsKey id.Key   = "01JDEM00000000000000000000AGENT1EVENTS"
)

// zeros is entropy of which identifiers follow from the clock alone, and so are
// the same in each run, and in the events.
type zeros struct{}

func (zeros) Read(b []byte) (int, error) {
	clear(b)
	return len(b), nil
}

// prepared is a store with what the events are about: at noon an open quote; a
// second later a bought server with a lease, which runs and was restarted; another second later one that is
// still being created, and a quote with personal data. The events happen five minutes past noon.
func prepared(tb testing.TB) *storetest.Store {
	tb.Helper()
	s := storetest.New(tb, dynamotest.Embedded(tb), storetest.Options{NoKick: true, Entropy: zeros{}})
	noon := s.Clock.Now()
	s.Agent, s.Key = demoAgent, storeKey(tb, s)
	s.Fund(tb, demoAgent.Account(), 100_000)
	s.Quote(tb)
	s.Clock.Advance(time.Second)
	service := s.Leased(tb, "P7D")
	s.Work(tb)
	const moment = time.Millisecond // without which two jobs would have one id
	s.Clock.Advance(moment)
	restart := storetest.Services + "/" + service + "/server/restart"
	if a := s.Call(tb, http.MethodPost, restart, nil); a.Status != http.StatusAccepted {
		tb.Fatalf("status %d: %s", a.Status, a.Body)
	}
	s.Work(tb)
	s.Clock.Advance(time.Second - moment)
	s.Service(tb)
	s.Clock.Advance(moment)
	s.Personal(tb)
	s.Clock.Advance(noon.Add(5 * time.Minute).Sub(s.Clock.Now()))
	return s
}

// copyRunning has the server that runs have a snapshot.
func copyRunning(tb testing.TB, s *storetest.Store) {
	tb.Helper()
	services, _, err := s.Table.Services(tb.Context(), demoAgent.Account(), shop.Page{Limit: shop.MaxPage})
	if err != nil {
		tb.Fatal(err)
	}
	for _, service := range services {
		if service.Status == shop.ServiceActive {
			s.Snapshot(tb, string(service.ID))
		}
	}
	s.Work(tb)
	s.Clock.Advance(time.Millisecond)
}

// storeKey stores the key of the events, and returns it.
func storeKey(tb testing.TB, s *storetest.Store) string {
	tb.Helper()
	token, text, err := auth.NewToken(auth.Test, eventsKey, zeros{})
	if err != nil {
		tb.Fatal(err)
	}
	err = s.Table.PutCredential(tb.Context(), shop.Credential{
		ID: eventsKey, Agent: demoAgent, Version: 1, Name: "events", SecretHash: token.Hash(),
		Scopes: app.Shelf().Rules().Scopes(), CreatedAt: s.Clock.Now(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return text
}
