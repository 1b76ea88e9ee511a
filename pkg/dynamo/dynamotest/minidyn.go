package dynamotest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/pkg/dynamo/inmemory"
)

// Minidyn returns a fresh, empty minidyn. It lives in this process and opens
// no port, so it is cheap enough for every test to have its own.
func Minidyn(tb testing.TB) Engine {
	tb.Helper()
	return Engine{
		Name:   NameMinidyn,
		Client: dynamodb.New(clientOptions(inmemory.Endpoint, inmemory.Config().HTTPClient)),
	}
}
