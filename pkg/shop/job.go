package shop

import (
	"context"
	"encoding/json"
	"time"

	"agentstore/pkg/id"
)

// Job is one call that is owed to a provider. It is written in the transaction
// of the state that asks for it, so that neither exists without the other.
type Job struct {
	ID      id.Job
	Account id.Account
	Version int
	Service id.Service
	// ServiceType names the service type whose Fulfilment carries the job out.
	ServiceType string
	Intent      Intent
	Status      JobStatus
	// DueAt is when somebody should work on it: at once, after a backoff, or when the
	// lease of the worker that claimed it has run out.
	DueAt     time.Time
	Attempts  int
	LastError string
	CreatedAt time.Time
	// BegunBy is that of the action; empty where the store itself wants it done.
	BegunBy Holder
	// Personal is what the service's order says about people, while the job is worked
	// on; it is no part of what is kept of a job.
	Personal json.RawMessage
}

// JobStatus reports whether a job is still owed.
type JobStatus string

// The statuses of a job.
const (
	JobDue    JobStatus = "due"
	JobDone   JobStatus = "done"
	JobFailed JobStatus = "failed"
)

// JobRef finds a job.
type JobRef struct {
	Account id.Account
	Job     id.Job
}

// JobStore is what a worker needs from the store. Reads are strongly consistent,
// except for DueJobs.
type JobStore interface {
	// DueJobs nominates jobs that are due at that time, from an index that may lag.
	DueJobs(context.Context, time.Time) ([]JobRef, error)
	// Job returns ErrNotFound.
	Job(context.Context, JobRef) (Job, error)
	Service(context.Context, id.Account, id.Service) (Service, error)
	// Services lists in the order of the page.
	Services(context.Context, id.Account, Page) ([]Service, Cursor, error)
	Purchase(context.Context, id.Account, id.Purchase) (Purchase, error)
	PersonalReader
	// DueServices nominates services with which something is to happen at that time, from
	// an index that may lag.
	DueServices(context.Context, time.Time) ([]ServiceKey, error)
	// UnscheduledServices nominates those that live and have no schedule.
	UnscheduledServices(context.Context) ([]ServiceKey, error)
	// DueCancellations nominates those of many with which something is left to do at that
	// time, from an index that may lag.
	DueCancellations(context.Context, time.Time) ([]CancellationKey, error)
	// ManyCancellation returns ErrNotFound.
	ManyCancellation(context.Context, id.Account, id.Cancellation) (ManyCancellation, error)
	// Holding nominates the accounts whose wallets, and the agents whose budgets, hold,
	// from an index that may lag.
	Holding(context.Context) ([]Seat, error)
	QuestionStore
	HoldStore
}

// Fulfilment carries out the jobs of one product at its provider. Perform must
// be repeatable: it is called again after a crash, for the same job.
type Fulfilment interface {
	// Perform does what the job asks and returns the service as it then is. It returns
	// a Pending while the provider works, a Refusal for a final no, and any other error
	// for a transient failure. Of a service that comes with a Pending only the resource
	// is kept.
	Perform(context.Context, Service, Job) (Outcome, error)
}

// Outcome is the result of a job.
type Outcome struct {
	// Service is the service as it then is.
	Service Service
	// Secret is what the provider gave to be seen only by whoever began the action,
	// such as a password, in UTF-8 and no longer than MaxSecret; nil where it gave
	// none. Creates have none.
	Secret []byte
}

// Pending says that the provider has begun and wants to be asked again.
type Pending struct {
	After time.Duration
	// Percent is how far the provider is, and Left how long it still takes; zero where it
	// does not say.
	Percent int
	Left    time.Duration
}

func (p *Pending) Error() string { return "pending at the provider" }

// Refusal is a provider's final no, in words for people.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return r.Reason }

func (s *Shop) newJob(service Service, intent Intent, now time.Time) Job {
	return newJob(s.IDs, service, intent, now)
}

func newJob(ids id.Maker, service Service, intent Intent, now time.Time) Job {
	return Job{
		ID: ids.Job(), Account: service.Account, Version: 1, Service: service.ID, ServiceType: service.ServiceType,
		Intent: intent, Status: JobDue, DueAt: now, CreatedAt: now,
	}
}

// deleteJob makes sure that a provider has nothing left of a service. A service has
// at most one, which is why its id follows from the service's.
func deleteJob(account id.Account, service id.Service, serviceType string, due time.Time) Job {
	return Job{
		ID: deleteJobID(service), Account: account, Version: 1, Service: service, ServiceType: serviceType,
		Intent: Intent{Action: ActionDelete}, Status: JobDue, DueAt: due, CreatedAt: due,
	}
}

func deleteJobID(service id.Service) id.Job { return id.Job("job_delete_" + string(service)) }

func refs(jobs []Job) []JobRef {
	out := make([]JobRef, len(jobs))
	for i, j := range jobs {
		out[i] = JobRef{j.Account, j.ID}
	}
	return out
}
