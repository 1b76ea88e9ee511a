package shop

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore/pkg/fault"
)

func TestReady(t *testing.T) {
	t.Parallel()
	began := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	tuning := &Action{ID: "act_1", Intent: Intent{Action: tune}, StartedAt: began}
	const (
		tryLater = "Read the service with service_get until currentAction is gone, then try again."
		readIt   = "Read the service with service_get: allowedActions names what can be done now."
	)
	notActive := func(status string) *fault.Error {
		return &fault.Error{
			Code: fault.ServiceNotReady, Detail: "The service svc_1 is " + status + ", and only an active one can fill.", Fixes: []string{readIt},
		}
	}
	tests := []struct {
		name    string
		state   Data
		status  ServiceStatus
		current *Action
		want    *fault.Error
	}{
		{"active", empty, ServiceActive, nil, nil},
		{
			"in a state in which it cannot", full, ServiceActive, nil,
			&fault.Error{Code: fault.ServiceNotReady, Detail: "The service svc_1 is in a state in which it cannot fill.", Fixes: []string{readIt}},
		},
		{
			"being created", empty, ServiceProvisioning, nil,
			&fault.Error{Code: fault.ActionInProgress, Detail: "The service svc_1 is still being created.", Fixes: []string{tryLater}, RetryAfter: 5 * time.Second},
		},
		{
			"busy", empty, ServiceActive, tuning,
			&fault.Error{
				Code: fault.ActionInProgress, Detail: "The service svc_1 is busy with the tune that began at 2026-01-31T12:00:00Z.",
				Fixes: []string{tryLater}, RetryAfter: 5 * time.Second, Extra: map[string]any{"actionId": "act_1"},
			},
		},
		{"suspended", empty, ServiceSuspended, nil, notActive("suspended")},
		{"canceled", empty, ServiceCanceled, nil, notActive("canceled")},
		{"failed", empty, ServiceFailed, nil, notActive("failed")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			service := Service{ID: "svc_1", ServiceType: "plain", State: tt.state, Status: tt.status, Current: tt.current}
			kind, _ := Products{"plain": plain{}}.action("plain", fill)
			expectFault(t, ready(service, kind), tt.want)
		})
	}
}

// A service is not asked for what only others can do.
func TestIncapable(t *testing.T) {
	t.Parallel()
	s := &Shop{Products: Products{"plain": plain{}, "other": plain{}}}
	service := Service{ID: "svc_1", ServiceType: "plain", State: empty, Status: ServiceActive}
	for _, tt := range []struct {
		serviceType string
		action      ActionName
		cannot      string
	}{
		{"other", fill, "other:fill"},
		{"plain", "burn", "plain:burn"},
		{"plain", ActionCreate, "plain:create"},
		{"none", fill, "none:fill"},
	} {
		_, err := s.begin(service, tt.serviceType, Intent{Action: tt.action}, "")
		expectFault(t, err, &fault.Error{
			Code: fault.ServiceNotReady, Detail: "The service svc_1 is of type plain, which cannot do " + tt.cannot + ".",
			Fixes: []string{"It can do: plain:tune, plain:fill."},
		})
	}
}

func expectFault(t *testing.T, err error, want *fault.Error) {
	t.Helper()
	var got *fault.Error
	if err != nil && !errors.As(err, &got) {
		t.Fatalf("the error is %v", err)
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(fault.Error{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is allowed depends on the state, and is what ready lets through.
func TestAllowedInAState(t *testing.T) {
	t.Parallel()
	products := Products{"plain": plain{}}
	for _, tt := range []struct {
		state Data
		want  []string
	}{
		{empty, []string{"plain:tune", "plain:fill"}},
		{full, []string{"plain:tune"}},
	} {
		got, err := products.AllowedActions(Service{ServiceType: "plain", Status: ServiceActive, State: tt.state})
		if diff := cmp.Diff(tt.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", tt.state.JSON, err, diff)
		}
	}
}
