package lambdajob

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"agentstore/pkg/shop"
)

// invoked is what a Lambda was asked for.
type invoked struct {
	path string
	body []byte
}

// kickAt kicks the provisioner at an endpoint and returns what was logged, and
// how long it took.
func kickAt(t *testing.T, ctx context.Context, endpoint string) (string, time.Duration) {
	t.Helper()
	var log strings.Builder
	config := aws.Config{
		Region: "eu-west-1", BaseEndpoint: &endpoint,
		Credentials: credentials.NewStaticCredentialsProvider("id", "secret", ""),
	}
	kick := Kick(config, "provisioner", slog.New(slog.NewJSONHandler(&log, nil)))
	began := time.Now()
	kick(ctx, []shop.JobRef{{Account: "acc_1", Job: "job_1"}, {Account: "acc_1", Job: "job_2"}})
	return log.String(), time.Since(began)
}

// lambdaAt is a Lambda that answers as the handler does, and counts the calls.
func lambdaAt(t *testing.T, answer http.HandlerFunc) (endpoint string, calls chan invoked) {
	t.Helper()
	calls = make(chan invoked, 8)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		calls <- invoked{r.Method + " " + r.URL.Path, body}
		answer(w, r)
	}))
	t.Cleanup(server.Close)
	return server.URL, calls
}

// One call has all jobs, and its answer is waited for.
func TestKick(t *testing.T) {
	t.Parallel()
	endpoint, calls := lambdaAt(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Amz-Invocation-Type") == "Event" {
			t.Error("the call does not wait")
		}
		io.WriteString(w, `{"batchItemFailures":null}`)
	})
	log, _ := kickAt(t, t.Context(), endpoint)
	if log != "" {
		t.Errorf("the log is %s", log)
	}
	call := <-calls
	if call.path != "POST /2015-03-31/functions/provisioner/invocations" || len(calls) > 0 {
		t.Errorf("called %s, and %d times more", call.path, len(calls))
	}
	d := &deeds{}
	if _, err := d.work().Handle(t.Context(), json.RawMessage(call.body)); err != nil || strings.Join(d.done, " ") != "acc_1/job_1 acc_1/job_2" {
		t.Errorf("the payload %s leads to %v, %v", call.body, d.done, err)
	}
}

// A failure is one line of the log, and is not tried again: the stream of the
// table brings the jobs as well.
func TestKickThatFails(t *testing.T) {
	t.Parallel()
	endpoint, calls := lambdaAt(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Amzn-Errortype", "TooManyRequestsException")
		w.WriteHeader(http.StatusTooManyRequests)
		io.WriteString(w, `{"message":"Rate Exceeded."}`)
	})
	log, _ := kickAt(t, t.Context(), endpoint)
	if !strings.Contains(log, `"level":"WARN","msg":"provisioner not reached"`) || !strings.Contains(log, "TooManyRequestsException") || strings.Count(log, "\n") != 1 {
		t.Errorf("the log is %s", log)
	}
	if n := len(calls); n != 1 {
		t.Errorf("called %d times", n)
	}
}

func TestKickOfNobody(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	log, _ := kickAt(t, t.Context(), server.URL)
	if !strings.Contains(log, "provisioner not reached") {
		t.Errorf("the log is %s", log)
	}
}

// A provisioner that is slow is not waited for beyond the budget; it goes on
// without the buyer.
func TestKickKeepsToItsBudget(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ given, atLeast, atMost time.Duration }{
		"its own":      {time.Minute, budget, budget + 2*time.Second},
		"the caller's": {100 * time.Millisecond, 100 * time.Millisecond, budget},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			endpoint, calls := lambdaAt(t, func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
			ctx, cancel := context.WithTimeout(t.Context(), tt.given)
			defer cancel()
			log, took := kickAt(t, ctx, endpoint)
			if took < tt.atLeast || took > tt.atMost {
				t.Errorf("it took %v, want %v to %v", took, tt.atLeast, tt.atMost)
			}
			if !strings.Contains(log, "provisioner not reached") || len(calls) != 1 {
				t.Errorf("called %d times, the log is %s", len(calls), log)
			}
		})
	}
}
