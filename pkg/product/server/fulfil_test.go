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
	server.Provider // for what is not called
	machine         server.Machine
	err             error
	calls           []call
	listed          []server.Listed
}

type call struct {
	Name  string
	Spec  server.Spec
	At    server.Ref
	Doing server.Doing
}

func (p *provider) Create(_ context.Context, spec server.Spec) (server.Machine, error) {
	p.calls = append(p.calls, call{Name: "create", Spec: spec})
	return p.machine, p.err
}

func (p *provider) Do(_ context.Context, at server.Ref, doing server.Doing) (server.Machine, error) {
	p.calls = append(p.calls, call{Name: "do", At: at, Doing: doing})
	return p.machine, p.err
}

func (p *provider) Delete(_ context.Context, at server.Ref) error {
	p.calls = append(p.calls, call{Name: "delete", At: at})
	return p.err
}

func (p *provider) List(_ context.Context, see func(server.Listed) error) error {
	for _, l := range p.listed {
		if err := see(l); err != nil {
			return err
		}
	}
	return p.err
}

// at is a fulfilment with one provider, called p.
func at(p server.Provider) server.Fulfilment {
	return server.Fulfilment{Providers: map[string]server.Provider{"p": p}}
}

// service is an active service with that server, at the provider p.
func service(t *testing.T, state server.State) shop.Service {
	t.Helper()
	return shop.Service{
		ID: "svc_1", Account: "acc_7", Item: "cat_vps_micro", ServiceType: "server", Status: shop.ServiceActive,
		State: kept(t, state), Resource: shop.Resource{Provider: "p", ID: "42"},
	}
}

// bought is a service as its purchase leaves it.
func bought(t *testing.T) shop.Service {
	t.Helper()
	s := service(t, changed(func(s *server.State) {
		s.PublicIPv4, s.PowerState, s.ProvisioningStatus = "", server.PowerStopped, server.Provisioning
	}))
	s.Status, s.Resource.ID = shop.ServiceProvisioning, ""
	s.Configuration = encode(t, server.Configuration{
		Hostname: "web", Region: "eu-west", Image: "debian-12", BillingTermMonths: 1, BackupsEnabled: true,
		SSHKeys: []string{"ssh-ed25519 AAAA"}, UserData: "#cloud-config",
	})
	return s
}

func job(action shop.ActionName, input string) shop.Job {
	return shop.Job{ID: "job_1", Service: "svc_1", Intent: shop.Intent{Action: action, Input: json.RawMessage(input)}}
}

func TestPerform(t *testing.T) {
	t.Parallel()
	tests := []struct {
		job     shop.Job
		service shop.Service
		want    call
	}{
		{job(shop.ActionCreate, ""), bought(t), call{Name: "create", Spec: server.Spec{
			Label: "7-1", Hostname: "web", Region: "eu-west", Image: "debian-12", Plan: "cat_vps_micro", Backups: true,
			SSHKeys: []string{"ssh-ed25519 AAAA"}, UserData: "#cloud-config",
		}}},
		{job("restart", ""), service(t, changed(restarting)), call{
			Name: "do", At: server.Ref{Label: "7-1", ID: "42"}, Doing: server.Doing{Action: "restart", Token: "job_1", Input: json.RawMessage("")},
		}},
		{job("reinstall", `{"image":"ubuntu-24.04"}`), service(t, changed(reinstalling("ubuntu-24.04"))), call{
			Name: "do", At: server.Ref{Label: "7-1", ID: "42"}, Doing: server.Doing{Action: "reinstall", Token: "job_1", Input: json.RawMessage(`{"image":"ubuntu-24.04"}`)},
		}},
	}
	for _, tt := range tests {
		t.Run(string(tt.job.Intent.Action), func(t *testing.T) {
			t.Parallel()
			p := &provider{machine: server.Machine{ID: "42", PublicIPv4: "198.51.100.77"}}
			got, err := at(p).Perform(t.Context(), tt.service, tt.job)
			if err != nil {
				t.Fatal(err)
			}
			want, err := server.StateOf(tt.service.State)
			if err != nil {
				t.Fatal(err)
			}
			want.PublicIPv4 = "198.51.100.77"
			expectState(t, got.Service.State, want)
			if want := (shop.Resource{Provider: "p", ID: "42"}); got.Service.Resource != want {
				t.Errorf("the resource is %+v, want %+v", got.Service.Resource, want)
			}
			if diff := cmp.Diff([]call{tt.want}, p.calls); diff != "" {
				t.Errorf("the calls (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPerformFails(t *testing.T) {
	t.Parallel()
	errPassing := errors.New("503 Service Unavailable")
	tests := []struct {
		name string
		err  error
		want error
	}{
		{"no such server", fmt.Errorf("mock: %w", server.ErrNoMachine), &shop.Refusal{Reason: "mock: the provider has no such server"}},
		{"refused", fmt.Errorf("%w: no capacity in eu-west", server.ErrRefused), &shop.Refusal{Reason: "the provider refuses: no capacity in eu-west"}},
		{"unsupported", server.ErrUnsupported, &shop.Refusal{Reason: "the provider cannot do that"}},
		{"in passing", errPassing, errPassing},
	}
	for _, action := range []shop.ActionName{shop.ActionCreate, "restart", "reinstall"} {
		for _, tt := range tests {
			t.Run(fmt.Sprintf("%s, %s", action, tt.name), func(t *testing.T) {
				t.Parallel()
				before := bought(t)
				got, err := at(&provider{err: tt.err}).Perform(t.Context(), before, job(action, ""))
				expectError(t, err, tt.want)
				if diff := cmp.Diff(before, got.Service); diff != "" {
					t.Errorf("the service changes (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// While the provider works, only what it calls the resource and the operation is news.
func TestPerformIsPending(t *testing.T) {
	t.Parallel()
	before := bought(t)
	p := &provider{machine: server.Machine{ID: "42", PublicIPv4: "198.51.100.77", Operation: "op-9", Busy: 3 * time.Second}}
	got, err := at(p).Perform(t.Context(), before, job(shop.ActionCreate, ""))
	expectError(t, err, &shop.Pending{After: 3 * time.Second, Left: 3 * time.Second})
	want := before
	want.Resource = shop.Resource{Provider: "p", ID: "42", Operation: "op-9"}
	if diff := cmp.Diff(want, got.Service); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// expectError wants that very error, or its like.
func expectError(t *testing.T, got, want error) {
	t.Helper()
	if !errors.Is(got, want) && !reflect.DeepEqual(got, want) {
		t.Errorf("the error is %#v, want %#v", got, want)
	}
}

// A provider that is not there may come back: that is no refusal.
func TestPerformWithoutItsProvider(t *testing.T) {
	t.Parallel()
	var refusal *shop.Refusal
	_, err := server.Fulfilment{}.Perform(t.Context(), bought(t), job(shop.ActionCreate, ""))
	if err == nil || errors.As(err, &refusal) {
		t.Errorf("the error is %v", err)
	}
}

func TestPerformCreateOfNoConfiguration(t *testing.T) {
	t.Parallel()
	p := &provider{}
	s := bought(t)
	s.Configuration = json.RawMessage(`{`)
	if _, err := at(p).Perform(t.Context(), s, job(shop.ActionCreate, "")); err == nil || len(p.calls) > 0 {
		t.Errorf("the error is %v, the calls are %+v", err, p.calls)
	}
}

// A delete is done when there is no server: it may have been done before. Where no
// service says which provider it was, all are asked.
func TestDelete(t *testing.T) {
	t.Parallel()
	errOutage := errors.New("503 Service Unavailable")
	orphan := shop.Service{ID: "svc_1", Account: "acc_7", ServiceType: "server"}
	for _, s := range []shop.Service{service(t, running()), orphan} {
		for failure, want := range map[error]error{nil: nil, server.ErrNoMachine: nil, errOutage: errOutage} {
			p := &provider{err: failure}
			_, err := at(p).Perform(t.Context(), s, job(shop.ActionDelete, ""))
			if !errors.Is(err, want) || (want == nil) != (err == nil) {
				t.Errorf("the provider says %v: %v, want %v", failure, err, want)
			}
			if diff := cmp.Diff([]call{{Name: "delete", At: server.Ref{Label: "7-1", ID: s.Resource.ID}}}, p.calls); diff != "" {
				t.Errorf("calls (-want +got):\n%s", diff)
			}
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
	got, err := at(p).Holdings(t.Context())
	want := []shop.Holding{{ServiceKey: shop.ServiceKey{Account: "acc_" + account, Service: "svc_" + service}}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("error %v, holdings (-want +got):\n%s", err, diff)
	}
}
