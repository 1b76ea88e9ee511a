package lambdajob

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/aws/aws-lambda-go/events"
	"github.com/google/go-cmp/cmp"

	"agentstore/pkg/dynamo"
	"agentstore/pkg/shop"
)

// deeds are what a handler is asked to do.
type deeds struct {
	done []string
	// broken is what fails, and why.
	broken map[string]error
	log    strings.Builder
}

func (d *deeds) do(what string) error {
	d.done = append(d.done, what)
	return d.broken[what]
}

func (d *deeds) work() Work {
	return Work{
		Follow:    func(_ context.Context, ref shop.JobRef) error { return d.do(name(ref)) },
		RunDue:    func(context.Context) (int, error) { return 3, d.do("due") },
		Reconcile: func(context.Context) (shop.Drift, error) { return shop.Drift{}, d.do("reconcile") },
		JobRef:    dynamo.JobRef,
		Log:       slog.New(slog.NewJSONHandler(&d.log, nil)),
	}
}

// handled is the answer to an event that brings jobs.
func handled(t *testing.T, w Work, event string) (events.DynamoDBEventResponse, error) {
	t.Helper()
	got, err := w.Handle(t.Context(), json.RawMessage(event))
	response, isResponse := got.(events.DynamoDBEventResponse)
	if err == nil && !isResponse {
		t.Errorf("%s: the answer is a %T", event, got)
	}
	return response, err
}

func name(ref shop.JobRef) string { return string(ref.Account) + "/" + string(ref.Job) }

// record is a record of the table's stream, as Lambda brings it (Lambda
// developer guide, "Using AWS Lambda with Amazon DynamoDB").
func record(sequence, keys string) string {
	return fmt.Sprintf(`{
		"eventID": "1", "eventName": "INSERT", "eventVersion": "1.1", "eventSource": "aws:dynamodb", "awsRegion": "eu-west-1",
		"eventSourceARN": "arn:aws:dynamodb:eu-west-1:123456789012:table/store/stream/2026-01-31T12:00:00.000",
		"dynamodb": {
			"ApproximateCreationDateTime": 1769860800, "Keys": %s, "SequenceNumber": %q, "SizeBytes": 59, "StreamViewType": "KEYS_ONLY"
		}
	}`, keys, sequence)
}

func keysOf(pk, sk string) string { return fmt.Sprintf(`{"PK": {"S": %q}, "SK": {"S": %q}}`, pk, sk) }

func stream(records ...string) string { return `{"Records": [` + strings.Join(records, ",") + `]}` }

func TestHandle(t *testing.T) {
	t.Parallel()
	outage := errors.New("an outage")
	var (
		one   = record("101", keysOf("ACCOUNT#acc_1#JOB#3", "JOB#job_1"))
		two   = record("102", keysOf("ACCOUNT#acc_2", "JOB#job_2"))
		three = record("103", keysOf("ACCOUNT#acc_1", "JOB#job_3"))
	)
	tests := []struct {
		name   string
		event  string
		broken map[string]error
		done   []string
		failed []string // the sequence numbers that Lambda shall bring again
		err    error
	}{
		{name: "a stream", event: stream(one, two, three), done: []string{"acc_1/job_1", "acc_2/job_2", "acc_1/job_3"}},
		{
			name: "a stream with a record that fails", event: stream(one, two, three), broken: map[string]error{"acc_2/job_2": outage},
			done: []string{"acc_1/job_1", "acc_2/job_2", "acc_1/job_3"}, failed: []string{"102"},
		},
		{
			name: "a stream of which all fail", event: stream(one, two), broken: map[string]error{"acc_1/job_1": outage, "acc_2/job_2": outage},
			done: []string{"acc_1/job_1", "acc_2/job_2"}, failed: []string{"101", "102"},
		},
		{
			name: "a stream of other things",
			event: stream(
				record("101", keysOf("ACCOUNT#acc_1", "SERVICE#svc_1")), record("102", keysOf("MOCK", "JOB#job_1")),
				record("103", `{}`), record("104", `{"PK": {"N": "1"}, "SK": {"B": "Sk9C"}}`), one,
			),
			done: []string{"acc_1/job_1"},
		},
		{name: "a call", event: `{"jobs": [{"account": "acc_1", "job": "job_1"}, {"account": "acc_2", "job": "job_2"}]}`, done: []string{"acc_1/job_1", "acc_2/job_2"}},
		{
			name: "a call of which one fails", event: `{"jobs": [{"account": "acc_1", "job": "job_1"}, {"account": "acc_2", "job": "job_2"}]}`,
			broken: map[string]error{"acc_1/job_1": outage}, done: []string{"acc_1/job_1"}, err: outage,
		},
		{name: "the schedule of due jobs", event: `{"source": "aws.scheduler"}`, done: []string{"due"}},
		{name: "the schedule, with its payload", event: `{}`, done: []string{"due"}},
		{name: "the schedule, failing", event: `{}`, broken: map[string]error{"due": outage}, done: []string{"due"}, err: outage},
		{name: "the schedule that reconciles", event: `{"reconcile": true}`, done: []string{"reconcile"}},
		{name: "the schedule that reconciles, failing", event: `{"reconcile": true}`, broken: map[string]error{"reconcile": outage}, done: []string{"reconcile"}, err: outage},
		{name: "reconciling not", event: `{"reconcile": false}`, done: []string{"due"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			d := &deeds{broken: tt.broken}
			response, err := handled(t, d.work(), tt.event)
			if !errors.Is(err, tt.err) || (err != nil) != (tt.err != nil) {
				t.Errorf("the error is %v, want %v", err, tt.err)
			}
			if diff := cmp.Diff(tt.done, d.done); diff != "" {
				t.Errorf("done (-want +got):\n%s", diff)
			}
			var failed []string
			for _, f := range response.BatchItemFailures {
				failed = append(failed, f.ItemIdentifier)
			}
			if diff := cmp.Diff(tt.failed, failed); diff != "" {
				t.Errorf("failed (-want +got):\n%s", diff)
			}
		})
	}
}

// The answer has the form of the Lambda developer guide, "Reporting batch item
// failures"; a batch without failures has an empty list.
func TestResponseOfABatch(t *testing.T) {
	t.Parallel()
	d := &deeds{broken: map[string]error{"acc_1/job_1": errors.New("an outage")}}
	for event, want := range map[string]string{
		stream(record("102", keysOf("ACCOUNT#acc_2", "JOB#job_2"))): `{"batchItemFailures":[]}`,
		stream(record("101", keysOf("ACCOUNT#acc_1", "JOB#job_1"))): `{"batchItemFailures":[{"itemIdentifier":"101"}]}`,
	} {
		response, err := handled(t, d.work(), event)
		if err != nil {
			t.Fatal(err)
		}
		got, err := json.Marshal(response)
		if err != nil || string(got) != want {
			t.Errorf("%s, %v, want %s", got, err, want)
		}
	}
}

// A job that fails is named in the log, with its cause.
func TestRecordThatFailsIsLogged(t *testing.T) {
	t.Parallel()
	d := &deeds{broken: map[string]error{"acc_1/job_1": errors.New("an outage")}}
	_, err := d.work().Handle(t.Context(), json.RawMessage(stream(record("1", keysOf("ACCOUNT#acc_1", "JOB#job_1")))))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"level":"ERROR"`, `"jobId":"job_1"`, `"error":"an outage"`} {
		if !strings.Contains(d.log.String(), want) {
			t.Errorf("the log is %s, want %s in it", d.log.String(), want)
		}
	}
}

func TestHandleGarbage(t *testing.T) {
	t.Parallel()
	for _, event := range []string{``, `"text"`, `[]`, `{`, `{"Records": 1}`, `{"jobs": {}}`, `{"reconcile": "yes"}`, `{"read": "yes"}`, `{"jobs": [{"account": 1}]}`, `{"Records": [{"dynamodb": {"Keys": {"PK": {"X": 1}}}}]}`} {
		d := &deeds{}
		response, err := handled(t, d.work(), event)
		if err == nil || len(d.done) > 0 || len(response.BatchItemFailures) > 0 {
			t.Errorf("%s: %v, %v, done %v", event, response, err, d.done)
		}
	}
}

// What one function sends, the other understands.
func TestPayloadIsACall(t *testing.T) {
	t.Parallel()
	refs := []shop.JobRef{{Account: "acc_1", Job: "job_1"}, {Account: "acc_\"2", Job: "job_é"}}
	var got []shop.JobRef
	w := (&deeds{}).work()
	w.Follow = func(_ context.Context, ref shop.JobRef) error {
		got = append(got, ref)
		return nil
	}
	if _, err := w.Handle(t.Context(), payload(refs)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(refs, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestContentionIsLogged: what the work has met is one line, and nothing is none.
func TestContentionIsLogged(t *testing.T) {
	t.Parallel()
	for meets, want := range map[int]string{0: "", 2: `"msg":"contention","holds":2}`} {
		var d deeds
		w := d.work()
		w.RunDue = func(ctx context.Context) (int, error) {
			for range meets {
				shop.CountOne(ctx, shop.Holds)
			}
			return 0, nil
		}
		if _, err := handled(t, w, `{}`); err != nil {
			t.Error(err)
		}
		if said := d.log.String(); strings.Contains(said, "contention") != (meets > 0) || !strings.Contains(said, want) {
			t.Errorf("meeting %d it logs %s", meets, said)
		}
	}
}
