package shop

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"agentstore/pkg/id"
)

// Reconciler compares what providers run with what the store sold, in both
// directions. What no live service owns is deleted after a grace period; a service
// of which the provider has nothing is reported.
type Reconciler struct {
	Store       ReconcileStore
	Inventories map[string]Inventory // by service type
	Now         func() time.Time
	// Grace is how old a holding or a service must be before it counts: the two sides
	// are never read at the same moment.
	Grace time.Duration
	Log   *slog.Logger
}

// ReconcileStore is what a reconciler needs from the store.
type ReconcileStore interface {
	// LiveServices nominates services that are active, from an index that may lag.
	LiveServices(context.Context) ([]ServiceKey, error)
	Service(context.Context, id.Account, id.Service) (Service, error)
	// Job returns ErrNotFound.
	Job(context.Context, JobRef) (Job, error)
	Commit(context.Context, Change) error
}

// Inventory lists what a provider runs for the store.
type Inventory interface {
	Holdings(context.Context) ([]Holding, error)
}

// ServiceKey finds a service.
type ServiceKey struct {
	Account id.Account
	Service id.Service
}

// Holding is something that a provider runs, and the service that it is for.
type Holding struct {
	ServiceKey
	CreatedAt time.Time
}

// Drift is what a reconciliation found.
type Drift struct {
	Holdings int // that providers run
	Services int // that should run
	// Orphans run but belong to no live service; they are being deleted.
	Orphans []ServiceKey
	// Missing should run but do not.
	Missing []ServiceKey
}

// Run compares once.
func (r *Reconciler) Run(ctx context.Context) (Drift, error) {
	var drift Drift
	// The services first: one that is made in between has a holding, which does no
	// harm.
	live, err := r.Store.LiveServices(ctx)
	if err != nil {
		return drift, err
	}
	owned := make(map[ServiceKey]bool, len(live))
	for _, key := range live {
		owned[key] = true
	}
	held := make(map[ServiceKey]bool, len(live))
	var errs []error
	for serviceType, inventory := range r.Inventories {
		holdings, err := inventory.Holdings(ctx)
		if err != nil {
			return drift, err // without a full list nothing is known to be missing
		}
		drift.Holdings += len(holdings)
		for _, h := range holdings {
			held[h.ServiceKey] = true
			// What has just ended may still be listed as live: then the next run finds it.
			if !owned[h.ServiceKey] {
				errs = append(errs, r.holding(ctx, serviceType, h, &drift))
			}
		}
	}
	drift.Services = len(live)
	for _, key := range live {
		if !held[key] {
			errs = append(errs, r.missing(ctx, key, &drift))
		}
	}
	r.report(ctx, drift)
	return drift, errors.Join(errs...)
}

// holding has whatever a provider runs deleted if nobody owns it.
func (r *Reconciler) holding(ctx context.Context, serviceType string, h Holding, drift *Drift) error {
	now := r.Now()
	if now.Sub(h.CreatedAt) < r.Grace {
		return nil
	}
	service, err := r.Store.Service(ctx, h.Account, h.Service)
	if err != nil && !errors.Is(err, ErrNotFound) {
		return err
	}
	if err == nil && !service.Status.Ended() {
		return nil
	}
	drift.Orphans = append(drift.Orphans, h.ServiceKey)
	job, err := r.Store.Job(ctx, JobRef{h.Account, deleteJobID(h.Service)})
	switch {
	case errors.Is(err, ErrNotFound):
		job = deleteJob(h.Account, h.Service, serviceType, now)
	case err != nil:
		return err
	case job.Status == JobDue:
		return nil
	default: // it was settled before: this one begins now and replaces it
		before := job.Version
		job = deleteJob(h.Account, h.Service, serviceType, now)
		job.Version = before + 1
	}
	// Nobody has asked for it, so it rests only on the version of the job and is not in
	// the trail.
	err = r.Store.Commit(ctx, Change{Jobs: []Job{job}, At: now})
	if errors.Is(err, ErrConflict) {
		return nil // somebody else has just done the same
	}
	return err
}

// missing reports an active service of which its provider has nothing. The index may
// have lagged, so the service itself decides.
func (r *Reconciler) missing(ctx context.Context, key ServiceKey, drift *Drift) error {
	service, err := r.Store.Service(ctx, key.Account, key.Service)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if service.Status == ServiceActive && r.Now().Sub(service.UpdatedAt) >= r.Grace {
		drift.Missing = append(drift.Missing, key)
	}
	return nil
}

// report writes one line per run, which a metric filter of the template reads, and
// one for each discrepancy.
func (r *Reconciler) report(ctx context.Context, drift Drift) {
	for _, key := range drift.Orphans {
		r.Log.WarnContext(ctx, "orphan", "accountId", string(key.Account), "serviceId", string(key.Service))
	}
	for _, key := range drift.Missing {
		r.Log.ErrorContext(ctx, "missing", "accountId", string(key.Account), "serviceId", string(key.Service))
	}
	r.Log.InfoContext(ctx, "reconciled", "holdings", drift.Holdings, "services", drift.Services,
		"orphans", len(drift.Orphans), "missing", len(drift.Missing))
}
