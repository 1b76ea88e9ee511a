package dynamo

import (
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// The bounds of one call. The SDK's own would retry for up to a minute, longer
// than an API Gateway waits (30 s).
const (
	attempts       = 3
	longestBackoff = 200 * time.Millisecond
	attemptTimeout = 2 * time.Second
)

// NewClient is a client with short retries and deadlines. An empty endpoint means
// that of AWS in the region of the configuration.
func NewClient(config aws.Config, endpoint string) *dynamodb.Client {
	return dynamodb.NewFromConfig(config, func(o *dynamodb.Options) {
		if endpoint != "" {
			o.BaseEndpoint = &endpoint
		}
		if o.HTTPClient == nil {
			o.HTTPClient = &http.Client{Timeout: attemptTimeout, Transport: transport()}
		}
		o.Retryer = retry.NewStandard(func(r *retry.StandardOptions) {
			r.MaxAttempts = attempts
			r.MaxBackoff = longestBackoff
		})
	})
}

// transport keeps enough connections for the parallel reads of an operation.
func transport() *http.Transport {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 32
	return t
}
