package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"
)

// settle writes the outcome of the attempt, and tries again where a wallet or a
// purchase has changed in between. If that happens too often, the lease brings the
// job back.
func (w *Worker) settle(ctx context.Context, before Service, after Outcome, job Job, failure error) (again time.Duration, err error) {
	err = retryOnConflict(ctx, w.Sleep, func(attempt int) error {
		if attempt > 0 {
			if lost, err := w.lost(ctx, job); lost || err != nil {
				return err
			}
			// Something else may have happened with the service, such as a charge.
			if before, err = w.service(ctx, job); err != nil {
				return err
			}
			if after.Service.ID == before.ID {
				after.Service = before.with(after.Service)
			}
		}
		settled, change, err := w.decide(ctx, before, after, job, failure)
		if err != nil {
			return err
		}
		end, err := w.payer().commit(ctx, change)
		if err != nil {
			return err
		}
		end(ctx)
		w.report(settled, failure)
		again = settled.wants(change.At)
		return nil
	})
	if errors.Is(err, ErrConflict) {
		return 0, nil
	}
	return again, err
}

// lost reports whether somebody else has taken the job after its lease.
func (w *Worker) lost(ctx context.Context, job Job) (bool, error) {
	now, err := w.Store.Job(ctx, JobRef{job.Account, job.ID})
	return now.Version != job.Version, err
}

// wants is after how long the job should be worked on again.
func (j Job) wants(now time.Time) time.Duration {
	if j.Status != JobDue {
		return 0
	}
	return j.DueAt.Sub(now)
}

// decide tells what the attempt means for the job, and what is written.
func (w *Worker) decide(ctx context.Context, before Service, after Outcome, job Job, failure error) (Job, Change, error) {
	change := Change{At: w.Now()}
	var pending *Pending
	var refusal *Refusal
	switch {
	case over(before, job):
		job.Status, job.LastError = JobFailed, "the service has ended"
	case failure == nil:
		job.Status = JobDone
		if err := w.succeed(ctx, &change, after.Service, job); err != nil {
			return job, change, err
		}
		if err := w.keepSecret(ctx, &change, job, after.Secret); err != nil {
			return job, change, err
		}
	case errors.As(failure, &pending) && change.At.Sub(job.CreatedAt) <= FinalWithin:
		job.Attempts-- // waiting is not a failure
		job.DueAt = change.At.Add(pending.After)
		change.Services = underWay(before, after.Service, *pending, change.At)
	case errors.As(failure, &refusal) || pending != nil || job.Attempts >= maxAttempts:
		if err := w.giveUp(ctx, &change, before, &job, failure); err != nil {
			return job, change, err
		}
	default:
		job.DueAt = change.At.Add(w.backoff(job.Attempts))
		job.LastError = failure.Error()
	}
	for i := range change.Actions {
		change.Actions[i].BegunBy = job.BegunBy
	}
	job.Version++
	change.Jobs = append(change.Jobs, job)
	return job, change, nil
}

// over reports whether a service has ended before a job of it has: it is done no more.
func over(service Service, job Job) bool {
	return service.Status.Ended() && job.Intent.Action != ActionDelete
}

// with is the service as its fulfilment has left another version of it.
func (s Service) with(done Service) Service {
	s.State, s.Resource, s.DisplayName = done.State, done.Resource, done.DisplayName
	return s
}

// underWay is the service with what its provider calls the resource and what runs
// there, and with how far that is, where any of it has changed.
func underWay(service, after Service, pending Pending, now time.Time) []Service {
	same := true
	if after.ID == service.ID && after.Resource != service.Resource {
		service.Resource, same = after.Resource, false
	}
	if current, changed := service.Current.told(pending, now); changed {
		service.Current, same = current, false
	}
	if same {
		return nil
	}
	service.Version++
	service.UpdatedAt = now
	return []Service{service}
}

// succeed writes a service as a job has left it. A delete changes nothing about a
// service that failed before.
func (w *Worker) succeed(ctx context.Context, change *Change, service Service, job Job) (err error) {
	if job.Intent.Action == ActionDelete {
		return nil
	}
	// What it costs less is what its state says before it has changed.
	if err = w.bill(ctx, change, &service); err != nil {
		return err
	}
	if service.State, err = w.ended(service, job.Intent.Action, Succeeded); err != nil {
		return err
	}
	service.Status = service.turned(job.Intent.Action)
	service.Failure = ""
	finish(change, service, "")
	return nil
}

// ended is the state of a service once what a job asked for has ended.
func (w *Worker) ended(service Service, action ActionName, ending Ending) (Data, error) {
	product, err := w.Products.Find(service.ServiceType)
	if err != nil {
		return Data{}, err
	}
	switch {
	case action == ActionCreate:
		return product.Created(service.State, ending)
	case action == ActionSuspend && ending == Succeeded:
		return product.Suspended(service.State)
	case action == ActionResume && ending == Succeeded:
		return product.Resumed(service.State)
	case action == ActionSuspend || action == ActionResume:
		return service.State, nil
	}
	kind, known := w.Products.action(service.ServiceType, action)
	if !known {
		return Data{}, fmt.Errorf("job: %s has no action %s: its outcome is left for a program that knows it", service.ServiceType, action)
	}
	return kind.Settle(service.State, ending)
}

// finish writes the service without its action, and the action as finished.
func finish(change *Change, service Service, failure string) {
	if service.Current != nil {
		change.Actions = []Action{service.Current.finish(failure, change.At)}
	}
	service.Current = nil
	service.Resource.Operation = ""
	change.Services = []Service{service.changed(change.At)}
}

// giveUp writes a final failure. A create that failed takes the service and its
// part of the purchase with it, gives the money back, and has deleted what the
// provider may have made all the same. Another action leaves the service active, and
// gives back what it cost.
func (w *Worker) giveUp(ctx context.Context, change *Change, service Service, job *Job, failure error) (err error) {
	job.Status = JobFailed
	job.LastError = failure.Error()
	if job.Intent.Action == ActionDelete {
		return nil // the reconciler finds what is left, and tries again
	}
	service.Failure = failureText(job.Intent.Action, failure)
	if service.State, err = w.ended(service, job.Intent.Action, endingOf(failure)); err != nil {
		return err
	}
	switch {
	case job.Intent.Action == ActionCreate:
		service.Status = ServiceFailed
		change.Jobs = append(change.Jobs, deleteJob(service.Account, service.ID, service.ServiceType, change.At.Add(lease)))
		err = w.giveBack(ctx, change, service, undelivered(service))
	case job.Intent.Action == ActionSuspend:
		service.Status = ServiceActive // it still runs, and is stopped another time
	case bought(service):
		err = w.giveBack(ctx, change, service, refundedAction(service))
	}
	if err != nil {
		return err
	}
	finish(change, service, service.Failure)
	return nil
}

// endingOf tells a provider's refusal from its silence.
func endingOf(failure error) Ending {
	var refusal *Refusal
	if errors.As(failure, &refusal) {
		return Failed
	}
	return Unknown
}

func failureText(action ActionName, failure error) string {
	var refusal *Refusal
	if errors.As(failure, &refusal) {
		return "The " + string(action) + " failed: " + refusal.Reason + "."
	}
	return "The " + string(action) + " failed: the provider did not answer well after many attempts."
}

// backoff grows with the attempts, with full jitter, up to a cap.
func (w *Worker) backoff(attempts int) time.Duration {
	longest := min(firstBackoff<<min(attempts, 16), longestBackoff)
	jitter := w.Jitter
	if jitter == nil {
		jitter = rand.N[time.Duration]
	}
	return jitter(longest) + time.Millisecond
}

func (w *Worker) report(job Job, failure error) {
	level := slog.LevelInfo
	if failure != nil && job.Status == JobFailed {
		level = slog.LevelError
	}
	attrs := []any{
		"jobId", string(job.ID), "serviceId", string(job.Service), "type", string(job.Intent.Action),
		"status", string(job.Status), "attempts", job.Attempts,
	}
	if failure != nil {
		attrs = append(attrs, "cause", failure.Error())
	}
	w.Log.Log(context.Background(), level, "job", attrs...)
}
