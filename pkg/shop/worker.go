package shop

import (
	"context"
	"errors"
	"log/slog"
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
	// IDs makes the identifiers of holds.
	IDs id.Maker
	Now func() time.Time
	// Sleep waits before the outcome of a job that lost a race is written again; nil
	// sleeps by the clock of the machine.
	Sleep func(context.Context, time.Duration) error
	// OneByOne is that of the Shop.
	OneByOne bool
	// SealSecret seals what a provider gives to be seen by one caller; nil where no
	// secret can be kept.
	SealSecret func(context.Context, SecretOf, []byte) (Sealed, error)
	// AtOnce is how many jobs RunDue works on at once, half of them at most of one
	// account; 1 where it is zero.
	AtOnce int
	// Jitter picks a time below the longest backoff; nil picks at random.
	Jitter func(longest time.Duration) time.Duration
	Log    *slog.Logger
}

const (
	// lease is how long a claim keeps others off, much longer than the provider
	// call that it guards, because the clocks of two workers may differ.
	lease       = 2 * time.Minute
	callTimeout = 20 * time.Second
	// roundTime bounds how long a job that becomes due waits until it is found, beside a
	// call that is under way.
	roundTime = 5 * time.Second
	// maxAttempts with the backoff below is about half an hour of trying.
	maxAttempts    = 10
	firstBackoff   = 2 * time.Second
	longestBackoff = 5 * time.Minute
)

// errNoEnd: every attempt ended with its worker.
var errNoEnd = errors.New("job: no attempt came to an end")

// FinalWithin is how long a purchase, a service or an action may be unsettled: every
// attempt with its backoff, and a lease for a worker that died in each.
const FinalWithin = maxAttempts * (longestBackoff + lease + callTimeout)

// errNotMine: the job is done, or somebody else has it.
var errNotMine = errors.New("job: not to be worked on now")

// RunDue works on jobs that are due, on those of each account in turn. It goes on after
// a failure, but begins none after roundTime: whoever calls it again learns of what has
// become due meanwhile. It returns the number of jobs that it found.
func (w *Worker) RunDue(ctx context.Context) (int, error) {
	found, _, err := w.round(ctx)
	return found, err
}

// RunAllDue is RunDue until nothing is left, or the deadline of the context is near.
func (w *Worker) RunAllDue(ctx context.Context) (int, error) {
	for all := 0; ; {
		found, left, err := w.round(ctx)
		all += found
		if deadline, ok := ctx.Deadline(); err != nil || left == 0 || ok && time.Until(deadline) < roundTime+2*callTimeout {
			return all, err
		}
	}
}

// round also returns how many jobs were left for another round.
func (w *Worker) round(ctx context.Context) (found, left int, err error) {
	begun := w.Now()
	due, err := w.Store.DueJobs(ctx, begun)
	if err != nil {
		return 0, 0, err
	}
	jobs := newBacklog(due, func(ref JobRef) id.Account { return ref.Account }, max(1, w.AtOnce/2))
	err = workOn(ctx, w, w.AtOnce, begun, jobs, func(ref JobRef) error {
		_, err := w.Run(ctx, ref)
		return err
	})
	return len(due), jobs.left(), err
}

// Follow works on a job, and again whenever it is due, within the deadline of the
// context.
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

// Run works on one job, and returns after how long it should be worked on again;
// zero when it is settled, or somebody else's. An error means that the job could not
// be read or its outcome could not be written: it stays due. It does not count as
// work of the request that may have kicked it.
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
	if over(service, job) {
		return w.settle(ctx, service, Outcome{Service: service}, job, nil)
	}
	if job.Personal, err = w.personal(ctx, service); err != nil {
		return 0, err
	}
	outcome, err := w.perform(ctx, service, job)
	return w.settle(ctx, service, outcome, job, err)
}

// service reads the service of a job. A delete may also be for a service that does
// not exist.
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
	// A worker acts for no caller: what it writes rests only on the versions, and is
	// not in the trail.
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
