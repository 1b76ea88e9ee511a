package hetzner_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"agentstore/internal/test/hetznerfake"
	"agentstore/pkg/product/server"
	"agentstore/pkg/provider/hetzner"
)

// A server has what was bought, and can be found by what it is for.
func TestCreate(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	bought := spec()
	bought.Backups = true
	m := w.create(t, bought)
	made := w.only(t)
	expectSame(t, "address", m.PublicIPv4, "192.0.2.2")
	expectSame(t, "name", made.Name, strings.ToLower(label))
	expectSame(t, "labels", made.Labels, map[string]string{"agentstore": label, "agentstore-store": "test"})
	expectSame(t, "is", []string{made.Type, made.Location, made.Image, made.Status}, []string{"cx23", "fsn1", "debian-12", "running"})
	expectSame(t, "backups", made.Backups, true)
	// The comment of a key is about a person, and the key may be another's as well.
	expectSame(t, "keys", made.Keys, []string{strings.TrimSuffix(alice, " alice@example.com")})
	for _, has := range []string{"#cloud-config\n", `"hostname":"web-1"`, `"fqdn":"web-1.example.com"`, `"name":"root"`, alice, `"ssh_pwauth":false`, `"lock_passwd":true`} {
		if !strings.Contains(made.UserData, has) {
			t.Errorf("the user data lacks %s:\n%s", has, made.UserData)
		}
	}
}

// Without a key a server has one that nobody has, so that no password is made.
func TestCreateWithoutKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, name := range []server.Label{label, other} {
		without := spec()
		without.Label, without.SSHKeys = name, nil
		w.create(t, without)
	}
	servers := w.cloud.Servers()
	expectSame(t, "keys", len(servers[0].Keys), 1)
	expectSame(t, "keys of the second", servers[1].Keys, servers[0].Keys)
}

// A key is uploaded once, whoever has it.
func TestKeysAreShared(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	first, second := spec(), spec()
	second.Label = other
	second.SSHKeys = []string{strings.Replace(alice, "alice", "bob", 1), alice}
	w.create(t, first)
	w.create(t, second)
	uploads := 0
	for _, call := range w.cloud.Calls() {
		if call.String() == "POST /ssh_keys" {
			uploads++
		}
		if strings.Contains(call.Path, "ssh_keys") && strings.Contains(call.Body, "example.com") {
			t.Errorf("a comment is uploaded: %s", call.Body)
		}
	}
	expectSame(t, "uploads", uploads, 1)
	expectSame(t, "keys", w.cloud.Servers()[1].Keys, w.cloud.Servers()[0].Keys)
}

// Whatever call of a create is lost, before or after its work was done: there is one
// server in the end.
func TestCreateLosesAnyCall(t *testing.T) {
	t.Parallel()
	whole := newWorld(t)
	whole.create(t, spec())
	calls := len(whole.cloud.Calls())
	for n := 1; n <= calls; n++ {
		for _, after := range []bool{false, true} {
			w := newWorld(t)
			w.cloud.Fault = func(c hetznerfake.Call) hetznerfake.Fault {
				return hetznerfake.Fault{Lost: c.N == n, After: after}
			}
			var m server.Machine
			for err := errors.New("not begun"); err != nil; w.pass(time.Second) { // as the worker, which tries again
				m, err = w.settle(t, server.Ref{Label: label}, func(server.Ref) (server.Machine, error) { return w.Create(t.Context(), spec()) })
			}
			expectSame(t, "address", m.PublicIPv4, "192.0.2.2")
			expectSame(t, "status", w.only(t).Status, "running")
		}
	}
	t.Logf("%d calls, each lost before and after its work", calls)
}

// A server whose labels are not in the list yet, or were taken off, is known by its name.
func TestAdoptedByName(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	before := w.create(t, spec())
	w.cloud.Strip(w.only(t).ID)
	after := w.create(t, spec())
	expectSame(t, "machine", after, before)
	expectSame(t, "label", w.only(t).Labels["agentstore"], label)
}

// Two workers, one of which has lost its lease, make one server.
func TestTwoCreates(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	late := hetzner.New(w.project())
	errs := make(chan error)
	for _, p := range []*hetzner.Provider{w.Provider, late} {
		go func() { _, err := p.Create(t.Context(), spec()); errs <- err }()
	}
	for range 2 {
		expectOK(t, <-errs)
	}
	w.create(t, spec())
	w.only(t)
}

// What the catalog lacks is refused before anything is asked for.
func TestCreateWithoutASource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	elsewhere := spec()
	elsewhere.Region = "us-east"
	if _, err := w.Create(t.Context(), elsewhere); !errors.Is(err, server.ErrRefused) {
		t.Errorf("the error is %v", err)
	}
	expectSame(t, "servers", len(w.cloud.Servers()), 0)
}

// A create that ends in an error is refused with what it means.
func TestCreateFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cloud.Failing = map[string][]string{"create_server": {"resource_unavailable"}, "start_server": {"action_failed"}}
	_, err := w.settle(t, server.Ref{Label: label}, func(server.Ref) (server.Machine, error) { return w.Create(t.Context(), spec()) })
	if !errors.Is(err, server.ErrRefused) || !strings.Contains(err.Error(), "no room") {
		t.Errorf("the error is %v", err)
	}
}

// A server that was made and does not start is started again.
func TestCreateStartsAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.cloud.Failing = map[string][]string{"start_server": {"action_failed"}}
	w.create(t, spec())
	expectSame(t, "status", w.only(t).Status, "running")
	expectSame(t, "starts", w.commands("start_server"), 2)
}

// A server that was bought with a firewall is not made without one.
func TestCreateWithAFirewall(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	closed := spec()
	closed.Firewall = []server.Rule{}
	if _, err := w.Create(t.Context(), closed); !errors.Is(err, server.ErrRefused) {
		t.Errorf("the error is %v", err)
	}
	expectSame(t, "servers", len(w.cloud.Servers()), 0)
}
