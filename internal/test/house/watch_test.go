package house

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/app/full"
	"agentstore/pkg/auth"
	"agentstore/pkg/dynamo"
)

// config is that of the stores of storetest, as far as these tests need it.
var config = app.Config{KeyMode: auth.Test}

// watched is a store with a second set of handlers, whose requests to the table
// are recorded. Tests prepare things by the store itself.
type watched struct {
	*storetest.Store
	handler  http.Handler
	logs     bool // what keys are used for
	recorder dynamotest.Recorder
	indexes  indexQueries
	writes   writes
	faults   dynamotest.Faults // of the request that is prepared
}

func watch(tb testing.TB, engine dynamotest.Engine) *watched {
	tb.Helper()
	w := &watched{Store: storetest.New(tb, engine, storetest.Options{})}
	w.start()
	return w
}

// start makes the handlers anew, as in a process that has just started.
func (w *watched) start() {
	w.recorder.Delay = 0
	w.faults = dynamotest.Faults{}
	table := dynamo.New(w.Engine.With(w.recorder.Record, w.indexes.watch, w.writes.watch, w.faults.Inject), w.Name)
	table.BesideNewer() // which needs more permissions
	shop := *w.Shop
	shop.Store = table
	if w.logs {
		shop.KeyLog = alwaysDue(table, w.Key)
	}
	shop.Kick = nil // the worker is watched apart from the operations
	requestID := func(context.Context) string { return "req_house" }
	w.handler = full.Handler(app.FullWeb(config, &shop, table, requestID, slog.New(slog.DiscardHandler)))
}

// serve has the watched handlers answer, and nothing recorded but that.
func (w *watched) serve(ctx context.Context, r *http.Request) *httptest.ResponseRecorder {
	w.recorder.Reset()
	w.indexes.names = nil
	w.writes.rows = nil
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r.WithContext(ctx))
	return answer
}

// indexQueries writes down which indexes a client queries: for IAM an index is
// another resource than its table.
type indexQueries struct {
	mu    sync.Mutex
	names []string
}

func (q *indexQueries) watch(o *dynamodb.Options) {
	faults := dynamotest.Faults{Before: func(_ string, input any) error {
		if query, ok := input.(*dynamodb.QueryInput); ok && query.IndexName != nil {
			q.mu.Lock()
			defer q.mu.Unlock()
			q.names = append(q.names, *query.IndexName)
		}
		return nil
	}}
	faults.Inject(o)
}

// writes writes down what a client writes.
type writes struct {
	mu   sync.Mutex
	rows []row
}

func (w *writes) watch(o *dynamodb.Options) {
	faults := dynamotest.Faults{Before: func(_ string, input any) error {
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, item := range dynamotest.Written(input) {
			w.rows = append(w.rows, item)
		}
		return nil
	}}
	faults.Inject(o)
}
