package dynamotest

import (
	"context"
	"crypto/rand"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// The values of [Engine.Name].
const (
	NameEmbedded = "embedded"
	NameOnDisk   = "embedded-on-disk"
	NameLocal    = "dynamodb-local"
)

// Engine is one implementation of the DynamoDB API.
type Engine struct {
	// Name is [NameEmbedded], [NameOnDisk] or [NameLocal].
	Name string
	// Client talks to the engine. It never retries: a test sees the first answer.
	Client *dynamodb.Client
}

// With returns a client of the same engine with more options, such as
// [Recorder.Record] or [Faults.Inject]. The engine's own client stays as it is.
func (e Engine) With(options ...func(*dynamodb.Options)) *dynamodb.Client {
	return dynamodb.New(e.Client.Options(), options...)
}

// Each runs the test on every engine, each in a parallel subtest of the
// engine's name: the embedded store in memory and on disk, and DynamoDB Local. See
// [Local] for what happens on a machine without DynamoDB
// Local.
func Each(t *testing.T, run func(t *testing.T, db Engine)) {
	t.Helper()
	t.Run(NameEmbedded, func(t *testing.T) {
		t.Parallel()
		run(t, Embedded(t))
	})
	t.Run(NameOnDisk, func(t *testing.T) {
		t.Parallel()
		run(t, EmbeddedOnDisk(t))
	})
	t.Run(NameLocal, func(t *testing.T) {
		t.Parallel()
		run(t, Local(t))
	})
}

// EachAndAWS runs the test on every engine, as [Each] does, and on the embedded store as
// on AWS: then the options of the client are those of an [AWS].
func EachAndAWS(t *testing.T, run func(t *testing.T, db Engine, client ...func(*dynamodb.Options))) {
	t.Helper()
	Each(t, func(t *testing.T, db Engine) { run(t, db) })
	t.Run("aws", func(t *testing.T) {
		t.Parallel()
		run(t, Embedded(t), new(AWS).Imitate)
	})
}

var tableNames atomic.Int64

// TableName returns a table name that no other test uses: neither in this
// process, nor in another one that shares the engine.
func TableName(tb testing.TB) string {
	tb.Helper()
	return fmt.Sprintf("test-%d-%s", tableNames.Add(1), rand.Text()[:10])
}

// clientOptions are the options of both engines: credentials that nobody
// checks, and no retries.
func clientOptions(endpoint string, client dynamodb.HTTPClient) dynamodb.Options {
	return dynamodb.Options{
		Region:       "local",
		BaseEndpoint: aws.String(endpoint),
		HTTPClient:   client,
		Retryer:      aws.NopRetryer{},
		// DynamoDB Local refuses an access key that is not alphanumeric.
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "local", SecretAccessKey: "local"}, nil
		}),
	}
}
