package hetzner_test

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/hetznerfake"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/hetzner"
	"agentstore/pkg/shop"
)

var _ server.Provider = (*hetzner.Provider)(nil)

const (
	label = "01ARZ3NDEKTSV4RRFFQ69G5FAV-01BX5ZZKBKACTAV9WEVGEMMVRZ"
	other = "01ARZ3NDEKTSV4RRFFQ69G5FAV-01BX5ZZKBKACTAV9WEVGEMMVRA"
	alice = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ5hVcPvbYYnXyTEqsWv0L4mCvPOmbRxMKgOvLDPIwHL alice@example.com"
)

// world is a provider on a fake, with a clock that a test moves.
type world struct {
	*hetzner.Provider
	cloud *hetznerfake.Cloud
	url   string
	log   strings.Builder

	mu  sync.Mutex
	now time.Time
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{now: time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)}
	w.cloud = &hetznerfake.Cloud{Now: w.clock, Takes: 3 * time.Second}
	service := httptest.NewServer(w.cloud)
	t.Cleanup(service.Close)
	w.url = service.URL + "/v1"
	w.Provider = hetzner.New(w.project())
	return w
}

func (w *world) project() hetzner.Project {
	return hetzner.Project{
		Token: hetznerfake.Token, Store: "test", Endpoint: w.url, Now: w.clock,
		Log: slog.New(slog.NewTextHandler(&w.log, nil)),
	}
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func spec() server.Spec {
	return server.Spec{
		Label: label, Hostname: "web-1.example.com", Region: "eu-central", Image: "debian-12", Plan: "cat_test", SSHKeys: []string{alice},
		Source: server.Source{Type: "cx23", Locations: map[string]string{"eu-central": "fsn1"}},
	}
}

// settle calls until the provider has nothing left to do, as a worker does.
func (w *world) settle(t *testing.T, at server.Ref, call func(server.Ref) (server.Machine, error)) (server.Machine, error) {
	t.Helper()
	for range 60 {
		m, err := call(at)
		if err != nil || m.Busy == 0 {
			return m, err
		}
		at.ID, at.Operation = m.ID, m.Operation
		w.pass(m.Busy)
	}
	t.Fatal("the provider has no end")
	return server.Machine{}, nil
}

// create makes a server that runs.
func (w *world) create(t *testing.T, s server.Spec) server.Machine {
	t.Helper()
	m, err := w.settle(t, server.Ref{Label: s.Label}, func(server.Ref) (server.Machine, error) { return w.Create(t.Context(), s) })
	expectOK(t, err)
	return m
}

// act does something with the server to its end.
func (w *world) act(t *testing.T, action shop.ActionName, token, input string) (server.Machine, error) {
	t.Helper()
	return w.settle(t, server.Ref{Label: label}, func(at server.Ref) (server.Machine, error) {
		return w.Do(t.Context(), at, doing(action, token, input))
	})
}

func doing(action shop.ActionName, token, input string) server.Doing {
	return server.Doing{Action: action, Token: token, Input: []byte(input), Source: spec().Source}
}

// only is the one server that there is.
func (w *world) only(t *testing.T) hetznerfake.Server {
	t.Helper()
	all := w.cloud.Servers()
	if len(all) != 1 {
		t.Fatalf("there are %d servers", len(all))
	}
	return all[0]
}

// commands counts an action at the provider.
func (w *world) commands(command string) (n int) {
	for _, one := range w.cloud.Commands() {
		if one == command {
			n++
		}
	}
	return n
}

func expectOK(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func expectSame(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// at has the nth call of a kind fail, or each where n is zero.
func at(kind string, n int, fault hetznerfake.Fault) func(hetznerfake.Call) hetznerfake.Fault {
	seen := 0
	return func(c hetznerfake.Call) hetznerfake.Fault {
		if !strings.HasPrefix(c.String(), kind) {
			return hetznerfake.Fault{}
		}
		if seen++; n != 0 && seen != n {
			return hetznerfake.Fault{}
		}
		return fault
	}
}
