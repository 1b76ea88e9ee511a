package app

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"agentstore/pkg/api"
	"agentstore/pkg/auth"
	"agentstore/pkg/lambdahttp"
)

// cost compares what the store itself spends on a request, from the event to the
// answer, with a bare http.ServeMux that reads the same body and writes the same
// answer. The table answers at once.
type cost struct {
	name  string
	store func() // one request of the store
	bare  func() // one of the mux
}

func costs(tb testing.TB) []cost {
	tb.Helper()
	m := newMemory(tb)
	return []cost{
		m.cost(tb, api.QuoteCreate(), "/v1/agent/quotes", `{"catalogItemId":"cat_vps_micro","quantity":1,"configuration":`+
			`{"hostname":"deploy-node-01","region":"eu-west","image":"ubuntu-24.04","billingTermMonths":1,"backupsEnabled":true}}`),
		m.cost(tb, api.ServiceGet(), "/v1/agent/services/"+string(m.service.ID), ""),
	}
}

func (m *memory) cost(tb testing.TB, o api.Operation, path, body string) cost {
	tb.Helper()
	c := Config{KeyMode: auth.Test, QuoteLifetime: 15 * time.Minute}
	log := slog.New(slog.NewJSONHandler(io.Discard, nil))
	handle := lambdahttp.Handler(operation(c, Shop(c, m), m, log, o))
	event := m.event(o.Method, path, body)
	answer, _ := handle(tb.Context(), event)
	if answer.StatusCode != o.Status {
		tb.Fatalf("%s answers %d %s", o.Name, answer.StatusCode, answer.Body)
	}
	mux := bareMux(o, answer.Body)
	return cost{
		name:  o.Name,
		store: func() { _, _ = handle(tb.Context(), event) },
		bare: func() {
			r := httptest.NewRequest(o.Method, path, strings.NewReader(body))
			r.Header.Set("Authorization", event.Headers["authorization"])
			r.Header.Set("Content-Type", "application/json")
			mux.ServeHTTP(httptest.NewRecorder(), r)
		},
	}
}

func bareMux(o api.Operation, answer string) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc(o.Method+" "+o.Path, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(o.Status)
		_, _ = io.WriteString(w, answer)
	})
	return mux
}

// BenchmarkRequest reports how much the store spends, and how many times as much
// as a bare mux in the same run.
func BenchmarkRequest(b *testing.B) {
	for _, c := range costs(b) {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				c.store()
			}
			store := b.Elapsed()
			started := time.Now()
			for range b.N {
				c.bare()
			}
			bare := time.Since(started)
			b.ReportMetric(float64(bare.Nanoseconds())/float64(b.N), "bare-ns/op")
			b.ReportMetric(float64(store)/float64(bare), "x-bare")
		})
	}
}
