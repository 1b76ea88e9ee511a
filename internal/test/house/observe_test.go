package house

import (
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"agentstore/internal/test/dynamotest"
)

// observation is what the request of a probe did to the table.
type observation struct {
	probe
	gotTrips int
	requests int
	calls    []dynamotest.Call
	indexes  []string
	rows     []row // written
}

var (
	observeOnce  sync.Once
	observations []observation
)

// observe makes all probes, once for all tests.
func observe(t *testing.T) []observation {
	t.Helper()
	observeOnce.Do(func() {
		w := watch(t, dynamotest.Embedded(t))
		w.logs = true
		for _, p := range probes() {
			observations = append(observations, p.observe(t, w))
		}
	})
	if len(observations) != len(probes()) {
		t.Fatal("the probes have failed in another test")
	}
	return observations
}

// observe serves the request by a table that takes a tenth of a second for each
// answer. The clock of the bubble makes that exact, and free: requests that start
// together end together. A request has five seconds.
func (p probe) observe(t *testing.T, w *watched) observation {
	t.Helper()
	w.start()
	r := p.request(t, w)
	w.recorder.Delay = time.Second / 10
	var answer *httptest.ResponseRecorder
	synctest.Test(t, func(t *testing.T) { answer = w.serve(t.Context(), r) })
	if answer.Code != p.status {
		t.Fatalf("%s, %s: status %d, want %d: %s", p.operation, p.name, answer.Code, p.status, answer.Body)
	}
	return observation{
		probe: p, gotTrips: w.recorder.RoundTrips(), requests: len(w.recorder.Calls()),
		calls: w.recorder.Calls(), indexes: w.indexes.names, rows: w.writes.rows,
	}
}
