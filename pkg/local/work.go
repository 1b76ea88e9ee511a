package local

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"agentstore/pkg/shop"
)

const (
	// kickBudget is how long a purchase waits for its servers.
	kickBudget = 2 * time.Second
	// tick is how often the store looks for due jobs, as the schedule does on AWS.
	tick = 250 * time.Millisecond
	// reconcileEvery is how often it compares the provider with the table, as the
	// schedule does on AWS. That reads every server.
	reconcileEvery = 15 * time.Minute
	// sweepEvery is how often it removes the rows whose time to live has ended, as
	// DynamoDB does by itself, and ends what abandoned purchases hold, as the schedule
	// does on AWS.
	sweepEvery = time.Minute
	// liveEvery is how often it looks for services that are to be charged, stopped or
	// ended, as the schedule does on AWS.
	liveEvery = 5 * time.Second
	// finishTime is how long work under way may go on after the store was told to stop.
	// What is cut off then is due again at the next start.
	finishTime = 10 * time.Second
)

// kick tries new jobs at once. The ticker continues what is not done within the
// budget.
func kick(worker *shop.Worker, log *slog.Logger) func(context.Context, []shop.JobRef) {
	return func(ctx context.Context, jobs []shop.JobRef) {
		// A caller who hangs up must not stop half-done work.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), kickBudget)
		defer cancel()
		for _, job := range jobs {
			if _, err := worker.Run(ctx, job); err != nil {
				log.Error("job", "jobId", string(job.Job), "error", err.Error())
			}
		}
	}
}

// Work looks for due jobs, compares provider and table, and sweeps, until the
// context ends. What was begun is finished first, within finishTime.
func Work(ctx context.Context, worker *shop.Worker, reconciler *shop.Reconciler, sweep func(context.Context) error, log *slog.Logger) {
	jobs, drift, sweeps, lives := time.NewTicker(tick), time.NewTicker(reconcileEvery), time.NewTicker(sweepEvery), time.NewTicker(liveEvery)
	defer jobs.Stop()
	defer drift.Stop()
	defer sweeps.Stop()
	defer lives.Stop()
	going, stop := lingering(ctx, finishTime)
	defer stop()
	for ctx.Err() == nil {
		var err error
		select {
		case <-ctx.Done():
			return
		case <-jobs.C:
			_, err = worker.RunDue(going)
		case <-lives.C:
			_, err = worker.RunServices(going)
			_, many := worker.RunCancellations(going)
			err = errors.Join(err, many)
		case <-drift.C:
			_, err = reconciler.Run(going)
			err = errors.Join(err, worker.AdoptServices(going))
		case <-sweeps.C:
			err = errors.Join(sweep(going), worker.SettleHolds(going))
		}
		if err != nil {
			log.Error("work", "error", err.Error())
		}
	}
}

// lingering is a context that ends that much later than its parent.
func lingering(parent context.Context, longer time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(parent))
	stop := context.AfterFunc(parent, func() {
		select {
		case <-time.After(longer):
			cancel()
		case <-ctx.Done():
		}
	})
	return ctx, func() {
		stop()
		cancel()
	}
}
