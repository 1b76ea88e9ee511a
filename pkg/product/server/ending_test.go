package server_test

import (
	"context"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/id"
	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// Nothing is known to be on a server whose reinstall has failed, or may have; one that
// did not restart still runs.
func TestEnding(t *testing.T) {
	t.Parallel()
	type settle = func(shop.Data, shop.Ending) (shop.Data, error)
	create := settle(server.Rules{}.Created)
	restart, reinstall := settle(server.Restart().Settle), settle(server.Reinstall().Settle)
	being := func(power server.PowerState, status server.ProvisioningStatus) server.State {
		return server.State{Hostname: "web", PowerState: power, ProvisioningStatus: status}
	}
	made := being(server.PowerStopped, server.Provisioning)
	restarting := being(server.PowerRestarting, server.ProvisioningReady)
	reinstalling := being(server.PowerRunning, server.Reinstalling)
	ready := being(server.PowerRunning, server.ProvisioningReady)
	for _, tt := range []struct {
		name   string
		settle settle
		before server.State
		ending shop.Ending
		want   server.State
	}{
		{"a create", create, made, shop.Succeeded, ready},
		{"a create that failed", create, made, shop.Failed, being(server.PowerStopped, server.ProvisioningFailed)},
		{"a create of which nobody knows", create, made, shop.Unknown, being(server.PowerStopped, server.ProvisioningFailed)},
		{"a restart", restart, restarting, shop.Succeeded, ready},
		{"a restart that failed", restart, restarting, shop.Failed, ready},
		{"a restart of which nobody knows", restart, restarting, shop.Unknown, ready},
		{"a reinstall", reinstall, reinstalling, shop.Succeeded, ready},
		{"a reinstall that failed", reinstall, reinstalling, shop.Failed, being(server.PowerRunning, server.ProvisioningFailed)},
		{"a reinstall of which nobody knows", reinstall, reinstalling, shop.Unknown, being(server.PowerRunning, server.ProvisioningFailed)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			before, err := tt.before.Data()
			if err != nil {
				t.Fatal(err)
			}
			after, err := tt.settle(before, tt.ending)
			if err != nil {
				t.Fatal(err)
			}
			expectServed(t, after, tt.want)
		})
	}
}

func expectServed(t *testing.T, data shop.Data, want server.State) {
	t.Helper()
	got, err := server.StateOf(data)
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// store is one with a server, and a provider that works or does not.
type store struct {
	*storetest.Store
	service id.Service
	works   map[string]shop.Fulfilment
}

func newStore(t *testing.T) store {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true})
	service := id.Service(s.Service(t))
	s.Work(t)
	return store{s, service, s.Worker.Fulfilments}
}

type refusing struct{}

// Perform implements shop.Fulfilment.
func (refusing) Perform(context.Context, shop.Service, shop.Job) (shop.Outcome, error) {
	return shop.Outcome{}, &shop.Refusal{Reason: "no capacity"}
}

// act has an action succeed or fail, and expects how the server is after it.
func (s store) act(t *testing.T, intent shop.Intent, succeeds bool, power server.PowerState, status server.ProvisioningStatus) {
	t.Helper()
	s.Worker.Fulfilments = s.works
	if !succeeds {
		s.Worker.Fulfilments = map[string]shop.Fulfilment{server.ServiceType: refusing{}}
	}
	answer := s.Call(t, http.MethodPost, storetest.ActionPath(s.service, intent), storetest.ActionBody(t, intent))
	if answer.Status != http.StatusAccepted {
		t.Fatalf("status %d: %s", answer.Status, answer.Body)
	}
	s.Work(t)
	service, err := s.Table.Service(t.Context(), s.Agent.Account(), s.service)
	if err != nil {
		t.Fatal(err)
	}
	state, err := server.StateOf(service.State)
	if err != nil || service.Status != shop.ServiceActive || service.Current != nil || (service.Failure == "") != succeeds {
		t.Fatalf("after %s the service is %+v: %v", intent.Action, service, err)
	}
	if state.PowerState != power || state.ProvisioningStatus != status {
		t.Errorf("after %s it is %s and %s, want %s and %s", intent.Action, state.PowerState, state.ProvisioningStatus, power, status)
	}
}

// A server is as usable after an action that fails as it is known to be, and the next
// one that works mends it.
func TestActionFails(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		intent shop.Intent
		failed server.ProvisioningStatus
	}{
		"restart":   {storetest.Harmless(), server.ProvisioningReady},
		"reinstall": {storetest.Protectable(), server.ProvisioningFailed},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStore(t)
			s.act(t, test.intent, false, server.PowerRunning, test.failed)
			s.act(t, test.intent, true, server.PowerRunning, server.ProvisioningReady)
		})
	}
}

// A restart says nothing of the image: that of a failed reinstall stays failed.
func TestRestartAfterFailedReinstall(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.act(t, storetest.Protectable(), false, server.PowerRunning, server.ProvisioningFailed)
	s.act(t, storetest.Harmless(), true, server.PowerRunning, server.ProvisioningFailed)
}
