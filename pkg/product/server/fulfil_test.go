package server_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/product/server"
	"agentstore/pkg/shop"
)

// provider answers every call alike, and remembers it.
type provider struct {
	machine server.Machine
	err     error
	calls   []call
	listed  []server.Listed
}

type call struct {
	Name  string
	Spec  server.Spec
	Label server.Label
	Token string
	Image string
}

func (p *provider) Create(_ context.Context, spec server.Spec) (server.Machine, error) {
	p.calls = append(p.calls, call{Name: "create", Spec: spec})
	return p.machine, p.err
}

func (p *provider) Restart(_ context.Context, label server.Label, token string) (server.Machine, error) {
	p.calls = append(p.calls, call{Name: "restart", Label: label, Token: token})
	return p.machine, p.err
}

func (p *provider) Reinstall(_ context.Context, label server.Label, token, image string) (server.Machine, error) {
	p.calls = append(p.calls, call{Name: "reinstall", Label: label, Token: token, Image: image})
	return p.machine, p.err
}

func (p *provider) Delete(_ context.Context, label server.Label) error {
	p.calls = append(p.calls, call{Name: "delete", Label: label})
	return p.err
}

func (p *provider) List(context.Context) ([]server.Listed, error) {
	return p.listed, p.err
}

// bought is a service as its purchase leaves it.
func bought(t *testing.T) shop.Service {
	t.Helper()
	service := changed(running(), func(s *shop.Server) {
		s.PublicIPv4, s.PowerState, s.ProvisioningStatus = "", shop.PowerStopped, shop.Provisioning
	})
	service.Status = shop.ServiceProvisioning
	service.Configuration = encode(t, server.Configuration{
		Hostname: "web", Region: "eu-west", Image: "debian-12", BillingTermMonths: 1, BackupsEnabled: true,
		SSHKeys: []string{"ssh-ed25519 AAAA"}, UserData: "#cloud-config",
	})
	return service
}

func job(action shop.ActionType) shop.Job {
	return shop.Job{ID: "job_1", Service: "svc_1", Type: action}
}

func TestPerform(t *testing.T) {
	t.Parallel()
	restarting := changed(running(), func(s *shop.Server) { s.PowerState = shop.PowerRestarting })
	reinstalling := changed(running(), func(s *shop.Server) { s.Image, s.ProvisioningStatus = "ubuntu-24.04", shop.Reinstalling })
	tests := []struct {
		action  shop.ActionType
		service shop.Service
		want    call
	}{
		{shop.ActionCreate, bought(t), call{Name: "create", Spec: server.Spec{
			Label: "7-1", Hostname: "web", Region: "eu-west", Image: "debian-12", Plan: "cat_vps_micro", Backups: true,
			SSHKeys: []string{"ssh-ed25519 AAAA"}, UserData: "#cloud-config",
		}}},
		{shop.ActionRestart, restarting, call{Name: "restart", Label: "7-1", Token: "job_1"}},
		{shop.ActionReinstall, reinstalling, call{Name: "reinstall", Label: "7-1", Token: "job_1", Image: "ubuntu-24.04"}},
	}
	for _, tt := range tests {
		t.Run(string(tt.action), func(t *testing.T) {
			t.Parallel()
			p := &provider{machine: server.Machine{PublicIPv4: "198.51.100.77"}}
			before := changed(tt.service, func(*shop.Server) {})
			got, err := server.Fulfilment{Provider: p}.Perform(t.Context(), tt.service, job(tt.action))
			if err != nil {
				t.Fatal(err)
			}
			want := changed(tt.service, func(s *shop.Server) {
				s.PublicIPv4, s.PowerState, s.ProvisioningStatus = "198.51.100.77", shop.PowerRunning, shop.ProvisioningReady
			})
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("the service (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff([]call{tt.want}, p.calls); diff != "" {
				t.Errorf("the calls (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, tt.service); diff != "" {
				t.Errorf("Perform changes what it was given (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPerformFails(t *testing.T) {
	t.Parallel()
	errPassing := errors.New("503 Service Unavailable")
	tests := []struct {
		name    string
		machine server.Machine
		err     error
		want    error
	}{
		{"busy", server.Machine{PublicIPv4: "198.51.100.77", Busy: 3 * time.Second}, nil, &shop.Pending{After: 3 * time.Second}},
		{"no such server", server.Machine{}, fmt.Errorf("mock: %w", server.ErrNoMachine), &shop.Refusal{Reason: "mock: the provider has no such server"}},
		{"refused", server.Machine{}, fmt.Errorf("%w: no capacity in eu-west", server.ErrRefused), &shop.Refusal{Reason: "the provider refuses: no capacity in eu-west"}},
		{"in passing", server.Machine{}, errPassing, errPassing},
	}
	for _, action := range []shop.ActionType{shop.ActionCreate, shop.ActionRestart, shop.ActionReinstall} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s, %s", action, tt.name), func(t *testing.T) {
				t.Parallel()
				service := bought(t)
				got, err := server.Fulfilment{Provider: &provider{machine: tt.machine, err: tt.err}}.Perform(t.Context(), service, job(action))
				expectError(t, err, tt.want)
				if diff := cmp.Diff(service, got); diff != "" {
					t.Errorf("the service changes (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// expectError wants that very error, or its like.
func expectError(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) && !reflect.DeepEqual(got, want) {
		t.Errorf("the error is %#v, want %#v", got, want)
	}
}

func TestPerformAnUnknownAction(t *testing.T) {
	t.Parallel()
	p := &provider{}
	_, err := server.Fulfilment{Provider: p}.Perform(t.Context(), running(), job("explode"))
	expectError(t, err, &shop.Refusal{Reason: "the provider refuses: a server cannot explode"})
	if len(p.calls) > 0 {
		t.Errorf("the provider is called: %+v", p.calls)
	}
}

func TestPerformCreateOfNoConfiguration(t *testing.T) {
	t.Parallel()
	p := &provider{}
	service := bought(t)
	service.Configuration = json.RawMessage(`{`)
	if _, err := (server.Fulfilment{Provider: p}).Perform(t.Context(), service, job(shop.ActionCreate)); err == nil || len(p.calls) > 0 {
		t.Errorf("the error is %v, the calls are %+v", err, p.calls)
	}
}

// A restart does not mend the image of a reinstall that failed.
func TestPerformRestartMendsNoImage(t *testing.T) {
	t.Parallel()
	broken := changed(running(), func(s *shop.Server) {
		s.PowerState, s.ProvisioningStatus = shop.PowerRestarting, shop.ProvisioningFailed
	})
	got, err := server.Fulfilment{Provider: &provider{machine: server.Machine{PublicIPv4: "198.51.100.42"}}}.Perform(t.Context(), broken, job(shop.ActionRestart))
	if err != nil {
		t.Fatal(err)
	}
	if got.Server.PowerState != shop.PowerRunning || got.Server.ProvisioningStatus != shop.ProvisioningFailed {
		t.Errorf("the server is %s, its image %s", got.Server.PowerState, got.Server.ProvisioningStatus)
	}
}

// A delete is done when there is no server: it may have been done before.
func TestDelete(t *testing.T) {
	t.Parallel()
	errOutage := errors.New("503 Service Unavailable")
	for failure, want := range map[error]error{nil: nil, server.ErrNoMachine: nil, errOutage: errOutage} {
		p := &provider{err: failure}
		_, err := server.Fulfilment{Provider: p}.Perform(t.Context(), running(), job(shop.ActionDelete))
		if !errors.Is(err, want) || (want == nil) != (err == nil) {
			t.Errorf("the provider says %v: %v, want %v", failure, err, want)
		}
		if diff := cmp.Diff([]call{{Name: "delete", Label: "7-1"}}, p.calls); diff != "" {
			t.Errorf("calls (-want +got):\n%s", diff)
		}
	}
}

// A label names a service; what is labelled otherwise is not the store's.
func TestHoldings(t *testing.T) {
	t.Parallel()
	const account, service = "01K9BT5M000000000000000000", "01K9BT5M010000000000000000"
	p := &provider{listed: []server.Listed{
		{Label: account + "-" + service}, {Label: "somebodys"}, {Label: "web-1"}, {Label: account + "-1"}, {Label: "1-" + service},
	}}
	got, err := server.Fulfilment{Provider: p}.Holdings(t.Context())
	want := []shop.Holding{{ServiceKey: shop.ServiceKey{Account: "acc_" + account, Service: "svc_" + service}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, holdings (-want +got):\n%s", err, diff)
	}
}
