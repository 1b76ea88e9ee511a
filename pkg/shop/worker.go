package shop

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
)

// Worker works on jobs: it claims one, calls the provider, and settles the
// outcome. Any number of workers may run, and may be told of a job twice, late
// or never: a claim is a conditional write, and due jobs are found by their time.
type Worker struct {
	Store       JobStore
	Products    Products
	Fulfilments map[string]Fulfilment // by service type
	Now         func() time.Time
	// Sleep waits before the outcome of a job that lost a race is written anew; nil
	// sleeps by the clock of the machine.
	Sleep func(context.Context, time.Duration) error
	// SealSecret seals what a provider gives for the eyes of one caller; nil where no
	// secret can be kept.
	SealSecret func(context.Context, SecretOf, []byte) (Sealed, error)
	// Jitter picks a time below the longest backoff; nil picks at random.
	Jitter func(longest time.Duration) time.Duration
	Log    *slog.Logger
}

const (
	// lease is how long a claim keeps others off, much longer than the provider
	// call that it guards, because the clocks of two workers may differ.
	lease       = 2 * time.Minute
	callTimeout = 20 * time.Second
	// maxAttempts with the backoff below is about half an hour of trying.
	maxAttempts    = 10
	firstBackoff   = 2 * time.Second
	longestBackoff = 5 * time.Minute
)

// errNoEnd: each attempt has ended with its worker.
var errNoEnd = errors.New("job: no attempt came to an end")

// FinalWithin is how long a purchase, a service or an action may be unsettled:
// every attempt with its backoff, and a lease for a worker that died in each.
const FinalWithin = maxAttempts * (longestBackoff + lease + callTimeout)

// errNotMine: the job is done, or somebody else has it.
var errNotMine = errors.New("job: not to be worked on now")

// RunDue works on every job that is due. It goes on after a failure and returns
// the number of jobs that it found.
func (w *Worker) RunDue(ctx context.Context) (int, error) {
	due, err := w.Store.DueJobs(ctx, w.Now())
	if err != nil {
		return 0, err
	}
	var errs []error
	for _, ref := range due {
		_, err := w.Run(ctx, ref)
		errs = append(errs, err)
	}
	return len(due), errors.Join(errs...)
}

// Follow works on a job, and again when it wants to be asked again, as long as
// that is within the deadline of the context.
func (w *Worker) Follow(ctx context.Context, ref JobRef) error {
	for {
		again, err := w.Run(ctx, ref)
		if err != nil || again == 0 {
			return err
		}
		if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < again+callTimeout {
			return nil // the job is due later, and somebody else finds it
		}
		select {
		case <-time.After(again):
		case <-ctx.Done():
			return nil
		}
	}
}

// Run works on one job, and returns after how long it wants to be worked on
// again; zero when it is settled, or somebody else's. An error means that the
// job could not be read or its outcome not be written: it stays due. It is no work
// of the request that may have kicked it.
func (w *Worker) Run(ctx context.Context, ref JobRef) (again time.Duration, err error) {
	ctx = NoRequest(ctx)
	job, err := w.claim(ctx, ref)
	if errors.Is(err, errNotMine) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	service, err := w.service(ctx, job)
	if err != nil {
		return 0, err
	}
	if job.Personal, err = w.personal(ctx, service); err != nil {
		return 0, err
	}
	outcome, err := w.perform(ctx, service, job)
	return w.settle(ctx, service, outcome, job, err)
}

// service reads the service of a job. What no service knows of may be deleted, too.
func (w *Worker) service(ctx context.Context, job Job) (Service, error) {
	service, err := w.Store.Service(ctx, job.Account, job.Service)
	if errors.Is(err, ErrNotFound) && job.Intent.Action == ActionDelete {
		return Service{ID: job.Service, Account: job.Account, ServiceType: job.ServiceType}, nil
	}
	return service, err
}

// claim takes the job for the length of a lease.
func (w *Worker) claim(ctx context.Context, ref JobRef) (Job, error) {
	job, err := w.Store.Job(ctx, ref)
	if err != nil {
		return Job{}, err
	}
	now := w.Now()
	if job.Status != JobDue || job.DueAt.After(now) {
		return Job{}, errNotMine
	}
	job.Version++
	job.Attempts++
	job.DueAt = now.Add(lease)
	// Whoever works on jobs is no caller: what it writes rests on the versions alone,
	// and is not in the trail.
	err = w.Store.Commit(ctx, Change{Jobs: []Job{job}, At: now})
	if errors.Is(err, ErrConflict) {
		return Job{}, errNotMine
	}
	return job, err
}

func (w *Worker) perform(ctx context.Context, service Service, job Job) (outcome Outcome, err error) {
	fulfilment, ok := w.Fulfilments[job.ServiceType]
	if !ok {
		return outcome, &Refusal{"the store does not fulfil " + job.ServiceType}
	}
	if job.Attempts > maxAttempts {
		return outcome, errNoEnd
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	err = fault.Guard(func() error {
		outcome, err = fulfilment.Perform(ctx, service, job)
		return err
	})
	return outcome, err
}

// settle writes down what became of the attempt, and anew where a wallet or a
// purchase changed in between. Where that has happened too often, the lease brings
// the job back.
func (w *Worker) settle(ctx context.Context, before Service, after Outcome, job Job, failure error) (again time.Duration, err error) {
	err = retryOnConflict(ctx, w.Sleep, func(attempt int) error {
		if attempt > 0 {
			if lost, err := w.lost(ctx, job); lost || err != nil {
				return err
			}
		}
		settled, change, err := w.decide(ctx, before, after, job, failure)
		if err != nil {
			return err
		}
		if err := w.Store.Commit(ctx, change); err != nil {
			return err
		}
		w.report(settled, failure)
		again = settled.wants(change.At)
		return nil
	})
	if errors.Is(err, ErrConflict) {
		return 0, nil
	}
	return again, err
}

// lost tells whether somebody else has taken the job after its lease.
func (w *Worker) lost(ctx context.Context, job Job) (bool, error) {
	now, err := w.Store.Job(ctx, JobRef{job.Account, job.ID})
	return now.Version != job.Version, err
}

// wants is after how long the job wants to be worked on again.
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
	case failure == nil:
		job.Status = JobDone
		if err := w.succeed(ctx, &change, after.Service, job); err != nil {
			return job, change, err
		}
		if err := w.keepSecret(ctx, &change, job, after.Secret); err != nil {
			return job, change, err
		}
	case errors.As(failure, &pending) && change.At.Sub(job.CreatedAt) <= FinalWithin:
		job.Attempts-- // waiting is no failure
		job.DueAt = change.At.Add(pending.After)
		change.Services = resourced(before, after.Service, change.At)
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

// resourced is the service with what its provider calls the resource and what runs
// there, where that is news.
func resourced(service, after Service, now time.Time) []Service {
	if after.ID != service.ID || after.Resource == service.Resource {
		return nil
	}
	service.Resource = after.Resource
	service.Version++
	service.UpdatedAt = now
	return []Service{service}
}

// succeed writes a service as a job has left it. A delete is no news of a
// service that has failed before.
func (w *Worker) succeed(ctx context.Context, change *Change, service Service, job Job) (err error) {
	if job.Intent.Action == ActionDelete {
		return nil
	}
	if service.State, err = w.ended(service, job.Intent.Action, Succeeded); err != nil {
		return err
	}
	if service.Renewal, err = w.renewal(ctx, service); err != nil {
		return err
	}
	service.Status = ServiceActive
	service.Failure = ""
	finish(change, service, "")
	return nil
}

// ended is the state of a service once what a job has asked for has ended.
func (w *Worker) ended(service Service, action ActionName, ending Ending) (Data, error) {
	product, err := w.Products.Find(service.ServiceType)
	if err != nil {
		return Data{}, err
	}
	if action == ActionCreate {
		return product.Created(service.State, ending)
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
	service.Version++
	service.Current = nil
	service.Resource.Operation = ""
	service.UpdatedAt = change.At
	change.Services = []Service{service}
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
	case bought(service):
		err = w.giveBack(ctx, change, service, refundedAction(service))
	}
	if err != nil {
		return err
	}
	finish(change, service, service.Failure)
	return nil
}

// loss is the part of a purchase that could not be delivered.
type loss struct {
	purchase id.Purchase
	services int // that are live no more
	bought   time.Time
	cause    string // of the refund
	note     string
}

// undelivered is a service that could not be created.
func undelivered(service Service) loss {
	return loss{service.Purchase, 1, service.CreatedAt, RefundCause(service.ID), service.DisplayName + " could not be delivered"}
}

// giveBack undoes the part of a purchase that could not be delivered.
func (w *Worker) giveBack(ctx context.Context, change *Change, service Service, l loss) error {
	var purchase Purchase
	var funds Wallet
	var bounds Budgets
	err := parallel(
		func() (err error) {
			purchase, err = w.Store.Purchase(ctx, service.Account, l.purchase)
			return err
		},
		func() (err error) { funds, err = wallet(ctx, w.Store, service.Account); return err },
		func() (err error) { bounds, err = budgets(ctx, w.Store, service.Agent); return err },
	)
	if err != nil {
		return err
	}
	failed := purchase.fail(service, change.At)
	change.Purchase = &failed
	for _, b := range bounds.both() {
		lowered, err := b.giveBack(purchase.share(), l.services, l.bought, change.At)
		if err != nil {
			return err
		}
		change.Budgets = append(change.Budgets, lowered)
	}
	change.Booking, err = refund(funds, purchase, l, change.At)
	return err
}

// endingOf tells a provider's no from its silence.
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

// fail marks the unit of the purchase as failed.
func (p Purchase) fail(service Service, now time.Time) Purchase {
	p.Version++
	p.UpdatedAt = now
	p.Failure = service.Failure
	p.Status = PurchaseFailed
	units := make([]ServiceRef, len(p.Services))
	for i, unit := range p.Services {
		unit.Failed = unit.Failed || unit.ID == service.ID
		if !unit.Failed {
			p.Status = PurchasePartiallyFailed
		}
		units[i] = unit
	}
	p.Services = units
	return p
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
