package shop

import (
	"context"
	"time"
)

// The store's own actions with a service that lives: it is stopped when it is not paid or
// its lease has ended, and goes on when it is paid again. No product has actions of
// these names.
const (
	ActionSuspend ActionName = "suspend"
	ActionResume  ActionName = "resume"
)

// turn begins to stop a service that should not run, or to have it run again. One without
// a provider does so at once.
func (w *Worker) turn(s *Service, change *Change) (err error) {
	name := ActionResume
	if s.Status == ServiceActive {
		name, s.Status = ActionSuspend, ServiceSuspended
	}
	if s.Resource.Provider == "" {
		s.Status = s.turned(name)
		s.State, err = w.ended(*s, name, Succeeded)
		return err
	}
	intent := Intent{Action: name}
	action := newAction(w.IDs, *s, intent, change.At)
	s.Current = &action
	change.Actions = []Action{action}
	change.Jobs = []Job{newJob(w.IDs, *s, intent, change.At)}
	return nil
}

// turned is the status of a service once an action has succeeded.
func (s Service) turned(action ActionName) ServiceStatus {
	if action == ActionSuspend || s.Status == ServiceSuspended && action != ActionResume {
		return ServiceSuspended
	}
	return ServiceActive
}

// expire ends a lease: the service is deleted, or stopped and kept. That it comes late is
// not paid for.
func (w *Worker) expire(ctx context.Context, s Service, now time.Time) (*Change, error) {
	if s.Lease.OnExpiry == ExpiryDelete {
		return w.finish(ctx, s, EndExpired, s.Lease.ExpiresAt, now)
	}
	lease := *s.Lease
	lease.Expired = true
	s.Lease = &lease
	return w.told(s, "lease_expire", now)
}
