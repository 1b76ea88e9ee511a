package dynamo

import (
	"context"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// JobKind is the kind of a job's item. The table's stream is filtered by it.
const JobKind = "job"

type jobRow struct {
	head
	DuePK       string `dynamodbav:"GSI1PK,omitempty"`
	DueSK       string `dynamodbav:"GSI1SK,omitempty"`
	ID          string `dynamodbav:"id"`
	Account     string `dynamodbav:"account"`
	Service     string `dynamodbav:"service"`
	ServiceType string `dynamodbav:"serviceType"`
	Type        string `dynamodbav:"type"`
	Input       string `dynamodbav:"input,omitempty"` // JSON
	Status      string `dynamodbav:"status"`
	DueAt       millis `dynamodbav:"dueAt"`
	Attempts    int    `dynamodbav:"attempts"`
	LastError   string `dynamodbav:"lastError,omitempty"`
	CreatedAt   millis `dynamodbav:"createdAt"`
	BegunBy     string `dynamodbav:"begunBy,omitempty"`
}

// jobKept is how long a settled job can still be read.
const jobKept = 90 * 24 * time.Hour

// Job reads one job.
func (t *Table) Job(ctx context.Context, ref shop.JobRef) (shop.Job, error) {
	row, err := get[jobRow](ctx, t, jobKey(ref))
	return row.domain(), err
}

// DueJobs nominates at most duePage due jobs of each shard, the longest due first.
func (t *Table) DueJobs(ctx context.Context, now time.Time) ([]shop.JobRef, error) {
	// A due time of just now sorts before it with any id behind: $ follows #.
	keys, err := t.index(ctx, dueIndexPrefix, dueSort(now)+"$", duePage)
	var due []shop.JobRef
	for _, k := range keys {
		if ref, ok := JobRef(k.PK, k.SK); ok {
			due = append(due, ref)
		}
	}
	return due, err
}

// duePage is so large that a storm of one account's jobs hides nobody else's: there is
// no way to ask the index for other accounts. It holds keys alone, 1,000 in 200 KB.
const duePage = 1000

func storedJob(j shop.Job) jobRow {
	row := jobRow{
		head: newHead(jobKey(shop.JobRef{Account: j.Account, Job: j.ID}), JobKind, j.Version),
		ID:   string(j.ID), Account: string(j.Account), Service: string(j.Service), ServiceType: j.ServiceType,
		Type: string(j.Intent.Action), Input: string(j.Intent.Input), Status: string(j.Status), DueAt: toMillis(j.DueAt),
		Attempts: j.Attempts, LastError: j.LastError, CreatedAt: toMillis(j.CreatedAt), BegunBy: string(j.BegunBy),
	}
	if j.Status == shop.JobDue {
		row.DuePK, row.DueSK = dueKey(j.ID, j.DueAt)
	} else {
		row.TTL = j.DueAt.Add(jobKept).Unix()
	}
	return row
}

func (r jobRow) domain() shop.Job {
	return shop.Job{
		ID: id.Job(r.ID), Account: id.Account(r.Account), Version: r.Version, Service: id.Service(r.Service), ServiceType: r.ServiceType,
		Intent: intentOf(r.Type, r.Input), Status: shop.JobStatus(r.Status), DueAt: r.DueAt.time(),
		Attempts: r.Attempts, LastError: r.LastError, CreatedAt: r.CreatedAt.time(), BegunBy: shop.Holder(r.BegunBy),
	}
}
