package dynamo

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// JobKind is the kind of a job's item. The table's stream is filtered by it.
const JobKind = "job"

// dueIndex is sparse: only jobs that are due have its keys.
const dueIndex = "GSI1"

type jobRow struct {
	head
	DuePK     string `dynamodbav:"GSI1PK,omitempty"`
	DueSK     string `dynamodbav:"GSI1SK,omitempty"`
	ID        string `dynamodbav:"id"`
	Account   string `dynamodbav:"account"`
	Service   string `dynamodbav:"service"`
	Type      string `dynamodbav:"type"`
	Status    string `dynamodbav:"status"`
	DueAt     millis `dynamodbav:"dueAt"`
	Attempts  int    `dynamodbav:"attempts"`
	LastError string `dynamodbav:"lastError,omitempty"`
	CreatedAt millis `dynamodbav:"createdAt"`
}

// jobKept is how long a settled job can still be looked at.
const jobKept = 90 * 24 * time.Hour

// Job reads one job.
func (t *Table) Job(ctx context.Context, ref shop.JobRef) (shop.Job, error) {
	row, err := get[jobRow](ctx, t, jobKey(ref))
	return row.domain(), err
}

// DueJobs nominates at most duePage jobs of each shard that are due, the longest
// due first.
func (t *Table) DueJobs(ctx context.Context, now time.Time) ([]shop.JobRef, error) {
	type found struct {
		refs []shop.JobRef
		err  error
	}
	shards := make(chan found, dueShards)
	for shard := range dueShards {
		go func() {
			refs, err := t.dueShard(ctx, duePartition(shard), now)
			shards <- found{refs, err}
		}()
	}
	var due []shop.JobRef
	var failure error
	for range dueShards {
		f := <-shards
		due = append(due, f.refs...)
		if f.err != nil {
			failure = f.err
		}
	}
	return due, failure
}

const duePage = 25

func (t *Table) dueShard(ctx context.Context, partition string, now time.Time) ([]shop.JobRef, error) {
	out, err := t.client.Query(ctx, &dynamodb.QueryInput{
		TableName:              &t.name,
		IndexName:              aws.String(dueIndex),
		KeyConditionExpression: aws.String("GSI1PK = :pk AND GSI1SK < :now"),
		ExpressionAttributeValues: item{
			":pk": text(partition),
			// A due time of just now sorts before it with any id behind: $ follows #.
			":now": text(dueSort(now) + "$"),
		},
		Limit: aws.Int32(duePage),
	})
	if err != nil {
		return nil, classify(err)
	}
	var refs []shop.JobRef
	for _, found := range out.Items {
		k := keyOf(found)
		if ref, ok := JobRef(k.PK, k.SK); ok {
			refs = append(refs, ref)
		}
	}
	return refs, nil
}

func storedJob(j shop.Job) jobRow {
	row := jobRow{
		head: newHead(jobKey(shop.JobRef{Account: j.Account, Job: j.ID}), JobKind, j.Version),
		ID:   string(j.ID), Account: string(j.Account), Service: string(j.Service),
		Type: string(j.Type), Status: string(j.Status), DueAt: toMillis(j.DueAt),
		Attempts: j.Attempts, LastError: j.LastError, CreatedAt: toMillis(j.CreatedAt),
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
		ID: id.Job(r.ID), Account: id.Account(r.Account), Version: r.Version, Service: id.Service(r.Service),
		Type: shop.ActionType(r.Type), Status: shop.JobStatus(r.Status), DueAt: r.DueAt.time(),
		Attempts: r.Attempts, LastError: r.LastError, CreatedAt: r.CreatedAt.time(),
	}
}
