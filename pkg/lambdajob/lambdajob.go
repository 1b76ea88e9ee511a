// Package lambdajob connects the provisioner to Lambda: it reads the events that
// bring jobs, and lets another function call the provisioner at once.
package lambdajob

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/aws/aws-lambda-go/events"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// Work is what the events ask for.
type Work struct {
	// Follow works on one job until it is settled, or time is short.
	Follow func(context.Context, shop.JobRef) error
	// RunDue works on all jobs that are due.
	RunDue func(context.Context) (int, error)
	// Reconcile compares the providers with the table.
	Reconcile func(context.Context) (shop.Drift, error)
	// Read reads from a provider. Its errors are what its caller may see.
	Read func(context.Context, shop.RemoteRead) (json.RawMessage, error)
	// JobRef reads the key of an item of the table as a job.
	JobRef func(pk, sk string) (shop.JobRef, bool)
	Log    *slog.Logger
}

// event is any of the five kinds: of the table's stream, of a direct call that brings
// jobs or a question, of the schedule that reconciles, or, with none of these in it, of the schedule
// that looks for due jobs.
type event struct {
	Records   []events.DynamoDBEventRecord `json:"Records"`
	Jobs      []jobRef                     `json:"jobs"`
	Read      *readEvent                   `json:"read"`
	Reconcile bool                         `json:"reconcile"`
}

type jobRef struct {
	Account id.Account `json:"account"`
	Job     id.Job     `json:"job"`
}

// Handle works on what an event brings. Of a stream's batch it reports the
// records that failed, so that Lambda brings those again and no others
// (ReportBatchItemFailures), and of a question the answer.
func (w Work) Handle(ctx context.Context, raw json.RawMessage) (any, error) {
	var e event
	if err := json.Unmarshal(raw, &e); err != nil {
		return nil, fmt.Errorf("event: %w", err)
	}
	if e.Read != nil {
		return w.read(ctx, *e.Read), nil
	}
	var met shop.Meter
	defer func() { w.logMet(ctx, &met) }()
	return w.jobsOf(shop.Metered(ctx, &met), e)
}

// logMet writes a line about what the writes have met, if they have met anything.
func (w Work) logMet(ctx context.Context, met *shop.Meter) {
	if attrs := met.Attrs(); len(attrs) > 0 {
		w.Log.LogAttrs(ctx, slog.LevelInfo, "contention", attrs...)
	}
}

func (w Work) jobsOf(ctx context.Context, e event) (events.DynamoDBEventResponse, error) {
	switch {
	case len(e.Records) > 0:
		return w.records(ctx, e.Records), nil
	case len(e.Jobs) > 0:
		return events.DynamoDBEventResponse{}, w.jobs(ctx, e.Jobs)
	case e.Reconcile:
		_, err := w.Reconcile(ctx)
		return events.DynamoDBEventResponse{}, err
	default:
		n, err := w.RunDue(ctx)
		w.Log.InfoContext(ctx, "due jobs", "found", n)
		return events.DynamoDBEventResponse{}, err
	}
}

func (w Work) records(ctx context.Context, records []events.DynamoDBEventRecord) events.DynamoDBEventResponse {
	response := events.DynamoDBEventResponse{BatchItemFailures: []events.DynamoDBBatchItemFailure{}}
	for _, record := range records {
		ref, ok := w.JobRef(text(record.Change.Keys["PK"]), text(record.Change.Keys["SK"]))
		if !ok {
			continue // the stream's filter lets jobs through, and nothing else
		}
		if err := w.Follow(ctx, ref); err != nil {
			w.Log.ErrorContext(ctx, "job not settled", "jobId", string(ref.Job), "error", err.Error())
			response.BatchItemFailures = append(response.BatchItemFailures,
				events.DynamoDBBatchItemFailure{ItemIdentifier: record.Change.SequenceNumber})
		}
	}
	return response
}

func text(v events.DynamoDBAttributeValue) string {
	if v.DataType() != events.DataTypeString {
		return ""
	}
	return v.String()
}

func (w Work) jobs(ctx context.Context, jobs []jobRef) error {
	for _, job := range jobs {
		if err := w.Follow(ctx, shop.JobRef(job)); err != nil {
			return err
		}
	}
	return nil
}
