package mock_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"agentstore/pkg/product/server"
)

// A call takes as long as it is told to, by the clock, however often the
// provider is asked meanwhile.
func TestLatency(t *testing.T) {
	t.Parallel()
	for name, call := range calls() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(3 * time.Second)
			call.before(t, p)
			p.now = p.now.Add(time.Hour)
			begun := p.now
			for _, step := range []struct {
				after, busy time.Duration
				percent     int
			}{
				{0, 3 * time.Second, 1},
				{time.Second, 2 * time.Second, 33},
				{2999 * time.Millisecond, time.Millisecond, 99},
				{3 * time.Second, 0, 0},
				{time.Hour, 0, 0},
			} {
				p.now = begun.Add(step.after)
				machine, err := call.do(t.Context(), p)
				expectOK(t, err)
				expectSame(t, fmt.Sprint("after ", step.after), machine, server.Machine{ID: "198.51.100.42", PublicIPv4: "198.51.100.42", Busy: step.busy, Percent: step.percent})
			}
		})
	}
}

// A token that was seen begins nothing again; another one does.
func TestTokens(t *testing.T) {
	t.Parallel()
	const latency = time.Second
	for name, act := range actions() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(latency)
			p.create(t)
			for i, step := range []struct {
				token   string
				busy    time.Duration
				percent int
				writes  int
			}{
				{"job_1", latency, 1, 2}, {"job_1", 0, 0, 2}, {"job_2", latency, 1, 3}, {"job_2", 0, 0, 3},
			} {
				machine, err := act(t.Context(), p, "svc_a", step.token)
				expectOK(t, err)
				expectSame(t, fmt.Sprint("step ", i), machine, server.Machine{ID: "198.51.100.42", PublicIPv4: "198.51.100.42", Busy: step.busy, Percent: step.percent})
				expectSame(t, fmt.Sprint("writes after step ", i), p.writes.puts, step.writes)
				p.now = p.now.Add(latency)
			}
		})
	}
}

func TestNoMachine(t *testing.T) {
	t.Parallel()
	p := newProvider(0)
	p.create(t)
	for name, act := range actions() {
		if _, err := act(t.Context(), p, "svc_b", "job_1"); !errors.Is(err, server.ErrNoMachine) {
			t.Errorf("%s: %v, want %v", name, err, server.ErrNoMachine)
		}
	}
	expectSame(t, "writes", p.writes.puts, 1)
}

// What the mock does not know it refuses, and does not remember.
func TestUnsupported(t *testing.T) {
	t.Parallel()
	p := newProvider(0)
	p.create(t)
	at := server.Ref{Label: "svc_a"}
	if _, err := p.Do(t.Context(), at, server.Doing{Action: "explode", Token: "job_1"}); !errors.Is(err, server.ErrUnsupported) {
		t.Errorf("an action: %v", err)
	}
	if _, err := p.Read(t.Context(), at, "mood", nil); !errors.Is(err, server.ErrUnsupported) {
		t.Errorf("a question: %v", err)
	}
	expectSame(t, "writes", p.writes.puts, 1)
}

func TestFindAndRead(t *testing.T) {
	t.Parallel()
	p := newProvider(time.Minute)
	begun := p.now
	p.create(t)
	machine, err := p.Find(t.Context(), "svc_a")
	expectOK(t, err)
	expectSame(t, "machine", machine, server.Machine{ID: "198.51.100.42", PublicIPv4: "198.51.100.42", Busy: time.Minute, Percent: 1})
	if _, err := p.Find(t.Context(), "svc_b"); !errors.Is(err, server.ErrNoMachine) {
		t.Errorf("another machine: %v", err)
	}
	_, err = actions()["reinstall"](t.Context(), p, "svc_a", "job_1")
	expectOK(t, err)
	p.now = p.now.Add(time.Minute)
	status, err := p.Read(t.Context(), server.Ref{Label: "svc_a"}, "status", nil)
	expectOK(t, err)
	expectSame(t, "status", string(status), fmt.Sprintf(`{"image":"ubuntu-24.04","actions":1,"busy":false,"createdAt":%q}`, begun.Format(time.RFC3339)))
	if _, err := p.Read(t.Context(), server.Ref{Label: "svc_b"}, "status", nil); !errors.Is(err, server.ErrNoMachine) {
		t.Errorf("the status of another machine: %v", err)
	}
	p.Failures = failures(t, "read:refuse")
	if _, err := p.Read(t.Context(), server.Ref{Label: "svc_a"}, "status", nil); !errors.Is(err, server.ErrRefused) {
		t.Errorf("a refused question: %v", err)
	}
}
