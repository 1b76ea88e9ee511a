package dynamo_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
)

// broken is an HTTP client whose server fails, or asks for patience, each time.
type broken struct {
	status   int
	body     string
	requests int
}

func (b *broken) Do(r *http.Request) (*http.Response, error) {
	b.requests++
	return &http.Response{StatusCode: b.status, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(b.body))}, nil
}

// The client tries three times, with two short waits, and then says what is
// wrong: the SDK's own bounds are longer than a caller waits.
func TestClientGivesUpSoon(t *testing.T) {
	t.Parallel()
	const prefix = "com.amazonaws.dynamodb.v20120810#"
	for name, test := range map[string]struct {
		server   *broken
		want     fault.Code
		requests int
	}{
		"outage":     {&broken{status: 500, body: `{"__type":"` + prefix + `InternalServerError"}`}, fault.ProviderUnavailable, 3},
		"throttling": {&broken{status: 400, body: `{"__type":"` + prefix + `ThrottlingException"}`}, fault.RateLimited, 3},
		"throughput": {&broken{status: 400, body: `{"__type":"` + prefix + `ProvisionedThroughputExceededException"}`}, fault.RateLimited, 3},
		"no rights":  {&broken{status: 400, body: `{"__type":"` + prefix + `AccessDeniedException"}`}, fault.Internal, 1},
		"a bad call": {&broken{status: 400, body: `{"__type":"com.amazon.coral.validate#ValidationException"}`}, fault.Internal, 1},
		"no API":     {&broken{status: 503, body: "<html>"}, fault.ProviderUnavailable, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { // where each wait is exact
				config := aws.Config{
					Region: "local", HTTPClient: test.server,
					Credentials: credentials.NewStaticCredentialsProvider("local", "local", ""),
				}
				table := dynamo.New(dynamo.NewClient(config, "http://dynamodb.invalid"), "table")
				started := time.Now()
				_, err := table.Item(t.Context(), "cat_x")
				if took := time.Since(started); took > 400*time.Millisecond {
					t.Errorf("it took %v", took)
				}
				if got := fault.From(err).Code; got != test.want {
					t.Errorf("%v is %s, want %s", err, got, test.want)
				}
				expectSame(t, "requests", test.server.requests, test.requests)
			})
		})
	}
}
