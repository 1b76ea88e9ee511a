package server_test

import (
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
)

// A server that its owner had stopped stays so when its suspension ends, and one that ran
// runs again: in the store and at the provider.
func TestSuspensionEnds(t *testing.T) {
	t.Parallel()
	for _, power := range []string{"stopped", "running"} {
		t.Run(power, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: 2400})
			service := s.Service(t)
			s.Work(t)
			path := storetest.Services + "/" + service
			if power == "stopped" {
				a := s.Call(t, http.MethodPost, path+"/server/stop", json.RawMessage(`{}`))
				if a.Status != http.StatusAccepted {
					t.Fatal(a.Body)
				}
				s.Work(t)
			}
			expect := func(when, status, power string) {
				t.Helper()
				a := s.Call(t, http.MethodGet, path, nil)
				if a.Text("service", "status") != status || a.Text("service", "server", "powerState") != power {
					t.Errorf("%s it is %s", when, a.Body)
				}
				if off := isOff(t, s, service); off != (power == "stopped") {
					t.Errorf("%s the provider says that it is off: %v", when, off)
				}
			}
			expect("at first", "active", power)
			for range 36 {
				s.Clock.Advance(24 * time.Hour)
				s.Live(t)
			}
			expect("unpaid", "suspended", "stopped")
			s.Fund(t, s.Agent.Account(), 10_000)
			for range 3 {
				s.Clock.Advance(time.Hour)
				s.Live(t)
			}
			expect("paid", "active", power)
			if power == "stopped" {
				if a := s.Call(t, http.MethodPost, path+"/server/start", json.RawMessage(`{}`)); a.Status != http.StatusAccepted {
					t.Error(a.Body)
				}
				s.Work(t)
				expect("started", "active", "running")
			}
		})
	}
}

func isOff(t *testing.T, s *storetest.Store, service string) bool {
	t.Helper()
	kept, err := s.Table.Service(t.Context(), s.Agent.Account(), id.Service(service))
	if err != nil {
		t.Fatal(err)
	}
	answer, err := s.Provider().Read(t.Context(), kept, "status", nil)
	if err != nil {
		t.Fatal(err)
	}
	var known struct {
		Off bool `json:"off"`
	}
	if err := json.Unmarshal(answer, &known); err != nil {
		t.Fatal(err)
	}
	return known.Off
}
