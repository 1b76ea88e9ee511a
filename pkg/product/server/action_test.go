package server_test

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore/pkg/fault"
	"agentstore/pkg/product"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// running is a server that runs.
func running() server.State {
	return server.State{
		Hostname: "web", Region: "eu-west", Image: "debian-12", PublicIPv4: "198.51.100.42", SSHUsername: "root", SSHPort: 22,
		PowerState: server.PowerRunning, ProvisioningStatus: server.ProvisioningReady, SupportedImages: []string{"ubuntu-24.04", "debian-12"},
	}
}

// changed is a server that runs, changed.
func changed(change func(*server.State)) server.State {
	s := running()
	change(&s)
	return s
}

// kept is a state as it is kept.
func kept(tb testing.TB, s server.State) shop.Data {
	tb.Helper()
	data, err := s.Data()
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

// expectState wants that server to be kept.
func expectState(t *testing.T, got shop.Data, want server.State) {
	t.Helper()
	s, err := server.StateOf(got)
	if diff := cmp.Diff(want, s); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func restarting(s *server.State) { s.PowerState = server.PowerRestarting }

func reinstalling(image string) func(*server.State) {
	return func(s *server.State) { s.Image, s.ProvisioningStatus = image, server.Reinstalling }
}

func TestBegin(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		action product.Action
		input  string
		change func(*server.State)
	}{
		{"a restart", server.Restart(), "", restarting},
		{"a reinstall", server.Reinstall(), `{"image":"ubuntu-24.04"}`, reinstalling("ubuntu-24.04")},
		{"a reinstall with the same image", server.Reinstall(), `{"image":"debian-12"}`, reinstalling("debian-12")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.action.Begin(kept(t, running()), json.RawMessage(tt.input))
			if err != nil {
				t.Fatal(err)
			}
			expectState(t, got, changed(tt.change))
		})
	}
}

func TestBeginReinstallWithAnotherImage(t *testing.T) {
	t.Parallel()
	got, err := server.Reinstall().Begin(kept(t, running()), json.RawMessage(`{"image":"windows-11"}`))
	var refusal *fault.Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got %+v, %v", got, err)
	}
	want := &fault.Error{
		Code:     fault.UnsupportedImage,
		Detail:   `The server cannot be reinstalled with the image "windows-11"; it supports ubuntu-24.04, debian-12.`,
		Problems: []fault.Problem{{Code: fault.UnsupportedImage, Param: "$.image", Detail: "must be one of ubuntu-24.04, debian-12", Fix: "Send $.image as one of ubuntu-24.04, debian-12."}},
		Fixes:    []string{"Send $.image as one of ubuntu-24.04, debian-12."},
	}
	if diff := cmp.Diff(want, refusal, cmpopts.IgnoreUnexported(fault.Error{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Nothing is known of the disk of a server whose reinstall has failed; one that did
// not restart still runs, and a restart does not mend an image.
func TestSettle(t *testing.T) {
	t.Parallel()
	broken := func(s *server.State) { s.ProvisioningStatus = server.ProvisioningFailed }
	bought := func(s *server.State) {
		s.PowerState, s.ProvisioningStatus = server.PowerStopped, server.Provisioning
	}
	created := server.Rules{}.Created
	tests := []struct {
		name   string
		settle func(shop.Data, shop.Ending) (shop.Data, error)
		before func(*server.State)
		want   map[shop.Ending]func(*server.State)
	}{
		{"a restart", server.Restart().Settle, restarting, map[shop.Ending]func(*server.State){
			shop.Succeeded: func(*server.State) {}, shop.Failed: func(*server.State) {}, shop.Unknown: func(*server.State) {},
		}},
		{"a restart of a broken server", server.Restart().Settle, func(s *server.State) { restarting(s); broken(s) }, map[shop.Ending]func(*server.State){
			shop.Succeeded: broken, shop.Failed: broken, shop.Unknown: broken,
		}},
		{"a reinstall", server.Reinstall().Settle, reinstalling("debian-12"), map[shop.Ending]func(*server.State){
			shop.Succeeded: func(*server.State) {}, shop.Failed: broken, shop.Unknown: broken,
		}},
		{"a creation", created, bought, map[shop.Ending]func(*server.State){
			shop.Succeeded: func(*server.State) {},
			shop.Failed:    func(s *server.State) { bought(s); broken(s) },
			shop.Unknown:   func(s *server.State) { bought(s); broken(s) },
		}},
	}
	for _, tt := range tests {
		for ending, want := range tt.want {
			got, err := tt.settle(kept(t, changed(tt.before)), ending)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%s, ending %d", tt.name, ending)
			expectState(t, got, changed(want))
		}
	}
}

// A state of a shape that nobody knows is no server at all: nothing is guessed.
func TestUnknownShape(t *testing.T) {
	t.Parallel()
	future := kept(t, running())
	future.Shape++
	for name, err := range map[string]error{
		"begin":  second(server.Restart().Begin(future, nil)),
		"settle": second(server.Reinstall().Settle(future, shop.Succeeded)),
		"show":   second(server.Rules{}.ShowState(future)),
		"plan":   second(server.Rules{}.ShowPlan(shop.Data{Shape: 2, JSON: json.RawMessage(`{}`)})),
		"broken": second(server.Rules{}.ShowState(shop.Data{Shape: 1, JSON: json.RawMessage(`{`)})),
	} {
		if err == nil {
			t.Errorf("%s takes it", name)
		}
	}
}

func second[T any](_ T, err error) error { return err }
