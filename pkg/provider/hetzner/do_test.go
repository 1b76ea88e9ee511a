package hetzner_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"agentstore/internal/test/hetznerfake"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// what is done with a server, and what has become of it.
var done = []struct {
	action  shop.ActionName
	input   string
	off     bool // before
	status  string
	command string
}{
	{"restart", `{}`, false, "running", "reboot_server"},
	{"restart", `{"force":true}`, false, "running", "reset_server"},
	{"restart", `{}`, true, "running", "start_server"},
	{"start", `{}`, true, "running", "start_server"},
	{"stop", `{}`, false, "off", "shutdown_server"},
	{"stop", `{"force":true}`, false, "off", "stop_server"},
	{shop.ActionSuspend, `{}`, false, "off", "shutdown_server"},
	{shop.ActionResume, `{}`, true, "running", "start_server"},
	{"reinstall", `{"image":"ubuntu-24.04"}`, false, "running", "rebuild_server"},
	{"reinstall", `{"image":"ubuntu-24.04"}`, true, "running", "rebuild_server"},
}

func TestDo(t *testing.T) {
	t.Parallel()
	for _, d := range done {
		t.Run(fmt.Sprint(d.action, d.input, d.off), func(t *testing.T) {
			t.Parallel()
			w := prepared(t, d.off)
			before := w.commands(d.command)
			m, err := w.act(t, d.action, "job_1", d.input)
			expectOK(t, err)
			expectSame(t, "status", w.only(t).Status, d.status)
			expectSame(t, d.command, w.commands(d.command)-before, 1)
			expectSame(t, "address", m.PublicIPv4, "192.0.2.2")
			if d.command == "rebuild_server" {
				expectSame(t, "image", w.only(t).Image, "ubuntu-24.04")
			}
			// The same token does nothing more.
			count := len(w.cloud.Commands())
			_, err = w.act(t, d.action, "job_1", d.input)
			expectOK(t, err)
			expectSame(t, "actions afterwards", len(w.cloud.Commands()), count)
		})
	}
}

// prepared has a server that runs, or is off.
func prepared(t *testing.T, off bool) *world {
	t.Helper()
	w := newWorld(t)
	w.create(t, spec())
	if off {
		_, err := w.act(t, "stop", "job_0", `{"force":true}`)
		expectOK(t, err)
	}
	return w
}

// Whatever call of an action is lost, before or after its work was done, or the worker
// with all that it knew: the action is begun once.
func TestDoLosesAnyCall(t *testing.T) {
	t.Parallel()
	for _, d := range done {
		t.Run(fmt.Sprint(d.action, d.input, d.off), func(t *testing.T) {
			t.Parallel()
			whole := prepared(t, d.off)
			first, before := len(whole.cloud.Calls())+1, whole.commands(d.command)
			_, err := whole.act(t, d.action, "job_1", d.input)
			expectOK(t, err)
			for n := first; n <= len(whole.cloud.Calls()); n++ {
				for _, after := range []bool{false, true} {
					w := prepared(t, d.off)
					w.cloud.Fault = func(c hetznerfake.Call) hetznerfake.Fault {
						return hetznerfake.Fault{Lost: c.N == n, After: after}
					}
					for {
						_, err := w.act(t, d.action, "job_1", d.input)
						if err == nil {
							break
						}
						w.pass(time.Second)
					}
					expectSame(t, fmt.Sprint("status after losing call ", n), w.only(t).Status, d.status)
					expectSame(t, fmt.Sprint(d.command, " after losing call ", n), w.commands(d.command)-before, 1)
				}
			}
		})
	}
}

// Each new token does it anew, and one that was used before does nothing, even if others
// came since: it belongs to a worker that was held up.
func TestTokens(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	for i, step := range []struct {
		token string
		boots int
	}{{"job_1", 1}, {"job_1", 1}, {"job_2", 2}, {"job_1", 2}, {"job_3", 3}, {"job_2", 3}, {"job_3", 3}} {
		_, err := w.act(t, "restart", step.token, `{}`)
		expectOK(t, err)
		expectSame(t, fmt.Sprint("boots after step ", i), w.only(t).Boots, step.boots)
	}
}

// An operating system that does not listen loses its power after a minute.
func TestStopOfTheDeaf(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	w.cloud.Deaf = true
	begun := w.clock()
	_, err := w.act(t, "stop", "job_1", `{}`)
	expectOK(t, err)
	expectSame(t, "status", w.only(t).Status, "off")
	expectSame(t, "shutdowns", w.commands("shutdown_server"), 1)
	if took := w.clock().Sub(begun); took < time.Minute || took > 90*time.Second {
		t.Errorf("it took %s", took)
	}
}

// An action that ends in an error is begun again, three times at most.
func TestActionEndsInAnError(t *testing.T) {
	t.Parallel()
	for failures, want := range map[int]string{1: "", 2: "", 3: "it failed each time"} {
		w := prepared(t, false)
		for range failures {
			w.cloud.Failing = map[string][]string{"rebuild_server": append(w.cloud.Failing["rebuild_server"], "action_failed")}
		}
		_, err := w.act(t, "reinstall", "job_1", `{"image":"ubuntu-24.04"}`)
		if want == "" {
			expectOK(t, err)
			expectSame(t, "rebuilds", w.only(t).Rebuilds, 1)
		} else if !errors.Is(err, server.ErrRefused) {
			t.Errorf("after %d failures: %v", failures, err)
		}
	}
}

// A server that is locked for minutes is waited for.
func TestLocked(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	number := w.only(t).ID
	w.cloud.Lock(number, true)
	at := server.Ref{Label: label}
	for range 30 {
		m, err := w.Do(t.Context(), at, doing("restart", "job_1", `{}`))
		expectOK(t, err)
		if m.Busy == 0 {
			t.Fatal("it is done, though the server is locked")
		}
		w.pass(m.Busy)
	}
	w.cloud.Lock(number, false)
	_, err := w.act(t, "restart", "job_1", `{}`)
	expectOK(t, err)
	expectSame(t, "boots", w.only(t).Boots, 1)
}

// Calls that the limit refuses are waited for, as long as the provider says.
func TestRateLimited(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	w.cloud.Limit = 1
	m, err := w.Do(t.Context(), server.Ref{Label: label, ID: "7"}, doing("restart", "job_1", `{}`))
	expectOK(t, err)
	expectSame(t, "id", m.ID, "7")
	if m.Busy < 5*time.Second || m.Busy > time.Minute {
		t.Errorf("it waits %s", m.Busy)
	}
	expectSame(t, "boots", w.only(t).Boots, 0)
}

// A server that is not there, and what nobody can do.
func TestNoMachine(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	nowhere := server.Ref{Label: "01ARZ3NDEKTSV4RRFFQ69G5FAV-01BX5ZZKBKACTAV9WEVGEMMVRY"}
	for _, err := range []error{
		second(w.Do(t.Context(), nowhere, doing("restart", "job_1", `{}`))),
		second(w.Find(t.Context(), nowhere.Label)),
		second(w.Read(t.Context(), nowhere, "status", nil)),
		w.Delete(t.Context(), nowhere),
	} {
		if !errors.Is(err, server.ErrNoMachine) {
			t.Errorf("the error is %v", err)
		}
	}
	at := server.Ref{Label: label}
	for _, err := range []error{second(w.Do(t.Context(), at, doing("explode", "job_1", `{}`))), second(w.Read(t.Context(), at, "mood", nil))} {
		if !errors.Is(err, server.ErrUnsupported) {
			t.Errorf("the error is %v", err)
		}
	}
	w.cloud.Vanish(w.only(t).ID)
	if _, err := w.act(t, "restart", "job_1", `{}`); !errors.Is(err, server.ErrNoMachine) {
		t.Errorf("one that has vanished: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// A call without an answer may still be on its way: for a while it is not made again.
func TestCallInDoubt(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	w.cloud.Fault = at("POST", 1, hetznerfake.Fault{Lost: true})
	restart := func() (server.Machine, error) {
		return w.Do(t.Context(), server.Ref{Label: label}, doing("restart", "job_1", `{}`))
	}
	if _, err := restart(); err == nil {
		t.Fatal("a lost call has an answer")
	}
	m, err := restart()
	expectOK(t, err)
	expectSame(t, "calls to reboot at once", w.commands("reboot_server"), 0)
	if m.Busy < 9*time.Second || m.Busy > 10*time.Second {
		t.Errorf("it waits %s", m.Busy)
	}
	w.pass(m.Busy)
	_, err = w.act(t, "restart", "job_1", `{}`)
	expectOK(t, err)
	expectSame(t, "boots", w.only(t).Boots, 1)
}

// How far an action is comes from the provider.
func TestPercent(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	w.cloud.Takes = 10 * time.Second
	at := server.Ref{Label: label}
	m, err := w.Do(t.Context(), at, doing("restart", "job_1", `{}`))
	expectOK(t, err)
	at.ID, at.Operation = m.ID, m.Operation
	w.pass(4 * time.Second)
	m, err = w.Do(t.Context(), at, doing("restart", "job_1", `{}`))
	expectOK(t, err)
	expectSame(t, "percent", m.Percent, 40)
}

// What the catalog offers for servers of Hetzner Cloud is what is done with them.
func TestAbilities(t *testing.T) {
	t.Parallel()
	w := prepared(t, false)
	for i, action := range (server.Rules{}).Actions() {
		input := `{"image":"ubuntu-24.04","force":false}`
		_, err := w.act(t, action.Name, fmt.Sprint("job_", i), input)
		for _, provider := range []string{"hetzner", "hetzner-2"} {
			if offered := (server.Rules{}).Provides(provider, string(action.Name)); offered == errors.Is(err, server.ErrUnsupported) {
				t.Errorf("%s of %s is offered: %t, and ends in %v", action.Name, provider, offered, err)
			}
		}
	}
}
