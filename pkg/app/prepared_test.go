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
	called(tb, s, storetest.Services+"/"+service+"/server/restart", nil, http.StatusAccepted)
	s.Work(tb)
	s.Clock.Advance(time.Second - moment)
	s.Service(tb)
	s.Clock.Advance(moment)
	s.Personal(tb)
	s.Clock.Advance(noon.Add(5 * time.Minute).Sub(s.Clock.Now()))
	return s
}

// prepareMore are what the good events of some functions need besides.
var prepareMore = map[string]func(testing.TB, *storetest.Store){
	"server_snapshot_delete":  copyRunning,
	"server_start":            stopRunning,
	"service_cancel_many_get": beginMany,
	"ssh_key_delete":          keepKey,
}

// running is the server that runs.
func running(tb testing.TB, s *storetest.Store) shop.Service {
	tb.Helper()
	services, _, err := s.Table.Services(tb.Context(), demoAgent.Account(), shop.Page{Limit: shop.MaxPage})
	if err != nil {
		tb.Fatal(err)
	}
	for _, service := range services {
		if service.Status == shop.ServiceActive {
			return service
		}
	}
	tb.Fatal("no server runs")
	return shop.Service{}
}

// copyRunning has the server that runs have a snapshot.
func copyRunning(tb testing.TB, s *storetest.Store) {
	tb.Helper()
	s.Snapshot(tb, string(running(tb, s).ID))
	s.Work(tb)
}

// stopRunning stops the server that runs.
func stopRunning(tb testing.TB, s *storetest.Store) {
	tb.Helper()
	called(tb, s, storetest.Services+"/"+string(running(tb, s).ID)+"/server/stop", nil, http.StatusAccepted)
	s.Work(tb)
}

// beginMany begins to end all servers, of which one cannot end yet.
func beginMany(tb testing.TB, s *storetest.Store) {
	tb.Helper()
	const path = "/v1/agent/cancellations"
	preview := s.Call(tb, http.MethodGet, path+"?agentId="+string(demoAgent), nil)
	called(tb, s, path, map[string]any{"agentId": demoAgent, "token": preview.Text("token")}, http.StatusAccepted)
	s.Clock.Advance(time.Millisecond)
	if _, err := s.Worker.RunCancellations(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

// keepKey has the account keep an SSH key.
func keepKey(tb testing.TB, s *storetest.Store) {
	tb.Helper()
	called(tb, s, "/v1/agent/ssh-keys", map[string]any{"name": "laptop", "publicKey": storetest.PublicKey(tb, 1)}, http.StatusCreated)
}

// called makes a call that is answered with a status.
func called(tb testing.TB, s *storetest.Store, path string, body any, status int) {
	tb.Helper()
	if a := s.Call(tb, http.MethodPost, path, body); a.Status != status {
		tb.Fatalf("%s: status %d: %s", path, a.Status, a.Body)
	}
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
