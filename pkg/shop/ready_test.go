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
	restart := &Action{ID: "act_1", Type: ActionRestart, StartedAt: began}
	const (
		tryLater = "Read the service with service_get until currentAction is gone, then try again."
		readIt   = "Read the service with service_get: allowedActions names what can be done now."
	)
	notActive := func(status string) *fault.Error {
		return &fault.Error{
			Code: fault.ServiceNotReady, Detail: "The service svc_1 is " + status + ", and only an active one can reinstall.", Fixes: []string{readIt},
		}
	}
	tests := []struct {
		name         string
		capabilities []string
		status       ServiceStatus
		current      *Action
		want         *fault.Error
	}{
		{"active", []string{"server:restart", "server:reinstall"}, ServiceActive, nil, nil},
		{
			"something that it cannot do",
			[]string{"server:restart"},
			ServiceActive, nil,
			&fault.Error{Code: fault.ServiceNotReady, Detail: "The service svc_1 cannot do server:reinstall."},
		},
		{
			"being created",
			[]string{"server:reinstall"},
			ServiceProvisioning, nil,
			&fault.Error{Code: fault.ActionInProgress, Detail: "The service svc_1 is still being created.", Fixes: []string{tryLater}, RetryAfter: 5 * time.Second},
		},
		{
			"busy",
			[]string{"server:reinstall"},
			ServiceActive, restart,
			&fault.Error{
				Code: fault.ActionInProgress, Detail: "The service svc_1 is busy with the restart that began at 2026-01-31T12:00:00Z.",
				Fixes: []string{tryLater}, RetryAfter: 5 * time.Second, Extra: map[string]any{"actionId": "act_1"},
			},
		},
		{"suspended", []string{"server:reinstall"}, ServiceSuspended, nil, notActive("suspended")},
		{"canceled", []string{"server:reinstall"}, ServiceCanceled, nil, notActive("canceled")},
		{"failed", []string{"server:reinstall"}, ServiceFailed, nil, notActive("failed")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			service := Service{ID: "svc_1", ServiceType: "server", Capabilities: tt.capabilities, Status: tt.status, Current: tt.current}
			var got *fault.Error
			if err := ready(service, Intent{Type: ActionReinstall}); err != nil && !errors.As(err, &got) {
				t.Fatalf("the error is %v", err)
			}
			if diff := cmp.Diff(tt.want, got, cmpopts.IgnoreUnexported(fault.Error{})); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
