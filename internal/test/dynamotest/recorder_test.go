package dynamotest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
	"pgregory.net/rapid"
)

// recorded returns a table whose calls are recorded, all but its creation.
func recorded(t *testing.T, db Engine, recorder *Recorder) table {
	t.Helper()
	tab := newTable(t, db.Client)
	tab.client = db.With(recorder.Record)
	return tab
}

func TestRecorderCalls(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		recorder := new(Recorder)
		tab := recorded(t, db, recorder)
		tab.has(row("wallet", "1", item{"balance": number("1")}))
		_ = tab.get(key("wallet", "1"))
		failed := tab.put(key("wallet", "1"), absent)

		calls := recorder.Calls()
		var operations []string
		for i, call := range calls {
			operations = append(operations, call.Operation)
			if call.End.Before(call.Start) || i > 0 && call.Start.Before(calls[i-1].End) {
				t.Errorf("call %d is not after the one before: %v to %v", i, call.Start, call.End)
			}
		}
		check(t, "operations", operations, []string{"PutItem", "GetItem", "PutItem"})
		check(t, "round trips", recorder.RoundTrips(), 3)
		check(t, "error of the last", code(t, calls[2].Err), code(t, failed))

		recorder.Reset()
		check(t, "calls after a reset", len(recorder.Calls()), 0)
		check(t, "round trips after a reset", recorder.RoundTrips(), 0)
		check(t, "actions after a reset", recorder.IAMActions(), []string(nil))
	})
}

func TestRecorderIAMActions(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		recorder := new(Recorder)
		tab := recorded(t, db, recorder)
		tab.has(row("wallet", "1", item{"balance": number("1")}), key("gone", "1"))
		recorder.Reset()

		err := tab.transact(
			putEntry(tab, key("new", "1"), absent),
			debitEntry(tab, key("wallet", "1"), "1"),
			putEntry(tab, key("new", "2"), absent),
			deleteEntry(tab, key("gone", "1"), exists),
			checkEntry(tab, key("no", "1"), absent),
		)
		check(t, "answer", code(t, err), ok)
		check(t, "actions of a transaction", recorder.Calls()[0].Actions, []string{
			"dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem",
		})
		check(t, "keys of a transaction", recorder.Calls()[0].Keys, []Key{{"new", "1"}, {"wallet", "1"}, {"new", "2"}, {"gone", "1"}, {"no", "1"}})
		tab.get(key("new", "1"))
		tab.mustQuery(partition("new"))
		tab.mustQuery(partition("gone"))

		check(t, "keys of a read", recorder.Calls()[1].Keys, []Key{{"new", "1"}})
		check(t, "keys of a query", recorder.Calls()[2].Keys, []Key{{PK: "new"}})
		check(t, "actions", recorder.IAMActions(), []string{
			"dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
			"dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem",
		})
	})
}

func TestRecorderCapacityOfAllOperations(t *testing.T) {
	t.Parallel()
	recorder := new(Recorder)
	tab := recorded(t, Local(t), recorder)
	calls := []struct {
		call        func() error
		read, write float64
	}{
		{func() error { return tab.put(key("a", "1"), "") }, 0, 1},
		{func() error { return tab.update(key("a", "1"), "SET x = :x", "", item{":x": text("x")}) }, 0, 1},
		{func() error { _ = tab.get(key("a", "1")); return nil }, 1, 0},
		{func() error { _, err := tab.query(partition("a")); return err }, 0.5, 0},
		{func() error {
			_, err := tab.client.Scan(t.Context(), &dynamodb.ScanInput{TableName: tab.name})
			return err
		}, 0.5, 0},
		// A transaction does everything twice.
		{func() error { return tab.transact(putEntry(tab, key("a", "2"), absent)) }, 0, 2},
		{func() error {
			_, err := tab.client.TransactGetItems(t.Context(), &dynamodb.TransactGetItemsInput{
				TransactItems: []types.TransactGetItem{{Get: &types.Get{TableName: tab.name, Key: key("a", "1")}}},
			})
			return err
		}, 2, 0},
		{func() error {
			_, err := tab.client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{
				RequestItems: map[string]types.KeysAndAttributes{*tab.name: {Keys: []item{key("a", "1"), key("a", "2")}}},
			})
			return err
		}, 1, 0},
		{func() error {
			_, err := tab.client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{
				RequestItems: map[string][]types.WriteRequest{*tab.name: {{PutRequest: &types.PutRequest{Item: key("a", "3")}}}},
			})
			return err
		}, 0, 1},
		{func() error { return tab.delete(key("a", "1")) }, 0, 1},
	}
	for _, c := range calls {
		recorder.Reset()
		if err := c.call(); err != nil {
			t.Fatal(err)
		}
		operation := recorder.Calls()[0].Operation
		check(t, operation+": read units", recorder.ReadUnits(), c.read)
		check(t, operation+": write units", recorder.WriteUnits(), c.write)
	}
}

func TestRecorderCountsParallelCallsOnce(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		// Long enough for a busy machine to start all calls meanwhile.
		recorder := &Recorder{Delay: 200 * time.Millisecond}
		tab := recorded(t, db, recorder)
		var calls sync.WaitGroup
		for _, pk := range []string{"a", "b", "c"} {
			calls.Go(func() { _ = tab.put(key(pk, "1"), "") })
		}
		calls.Wait()
		_ = tab.put(key("d", "1"), "")
		check(t, "calls", len(recorder.Calls()), 4)
		check(t, "round trips", recorder.RoundTrips(), 2)
	})
}

func TestRecorderDelayInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		recorder := &Recorder{Delay: time.Hour}
		tab := recorded(t, Embedded(t), recorder)
		var calls sync.WaitGroup
		for _, pk := range []string{"a", "b"} {
			calls.Go(func() { _ = tab.put(key(pk, "1"), "") })
		}
		calls.Wait()
		_ = tab.put(key("c", "1"), "")
		check(t, "round trips", recorder.RoundTrips(), 2)
		for _, call := range recorder.Calls() {
			check(t, "duration", call.End.Sub(call.Start), time.Hour)
		}
	})
}

// A retry is another round trip.
func TestRecorderCountsRetries(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		recorder, faults := new(Recorder), failOnce()
		tab := newTable(t, db.Client)
		tab.client = db.With(recorder.Record, faults.Inject, retrying)
		tab.has(key("a", "1"))
		calls := recorder.Calls()
		check(t, "calls", len(calls), 2)
		check(t, "round trips", recorder.RoundTrips(), 2)
		check(t, "error of the first", errors.Is(calls[0].Err, errFault), true)
		check(t, "error of the second", code(t, calls[1].Err), ok)
	})
}

func retrying(o *dynamodb.Options) {
	o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
		o.Backoff = retry.BackoffDelayerFunc(func(int, error) (time.Duration, error) { return 0, nil })
	})
}

// brokenConnection is an error that the SDK retries.
var brokenConnection = &smithyhttp.RequestSendError{Err: errFault}

func failOnce() *Faults {
	var once sync.Once
	return &Faults{Before: func(string, any) (err error) {
		once.Do(func() { err = brokenConnection })
		return err
	}}
}

func TestTwoRecordersOfOneClient(t *testing.T) {
	t.Parallel()
	first, second := new(Recorder), new(Recorder)
	db := Embedded(t)
	tab := newTable(t, db.Client)
	tab.client = db.With(first.Record, second.Record)
	tab.has(key("a", "1"))
	check(t, "calls of the first", len(first.Calls()), 1)
	check(t, "calls of the second", len(second.Calls()), 1)
}

func TestRoundTrips(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		calls [][2]int
		want  int
	}{
		"none":                        {nil, 0},
		"one":                         {[][2]int{{0, 5}}, 1},
		"one after the other":         {[][2]int{{0, 5}, {6, 9}, {10, 12}}, 3},
		"one at the end of the other": {[][2]int{{0, 5}, {5, 9}}, 2},
		"both at once":                {[][2]int{{0, 5}, {0, 5}}, 1},
		"overlap":                     {[][2]int{{0, 5}, {4, 9}}, 1},
		"one within the other":        {[][2]int{{0, 9}, {3, 5}}, 1},
		"two beside a long one":       {[][2]int{{0, 9}, {1, 3}, {4, 8}}, 2},
		"a pair, then one":            {[][2]int{{0, 5}, {1, 6}, {7, 8}}, 2},
	}
	for name, test := range tests {
		check(t, name, recorderOf(test.calls).RoundTrips(), test.want)
	}
}

func TestRoundTripsIsTheLongestChain(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		calls := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) [2]int {
			start := rapid.IntRange(0, 20).Draw(r, "start")
			return [2]int{start, start + rapid.IntRange(1, 6).Draw(r, "length")}
		}), 0, 9).Draw(r, "calls")
		if got, want := recorderOf(calls).RoundTrips(), longestChain(calls); got != want {
			r.Fatalf("%d round trips, want %d", got, want)
		}
	})
}

func recorderOf(calls [][2]int) *Recorder {
	recorder := new(Recorder)
	for _, c := range calls {
		at := func(n int) time.Time { return time.Unix(int64(n), 0) }
		recorder.calls = append(recorder.calls, Call{Start: at(c[0]), End: at(c[1])})
	}
	return recorder
}

// longestChain tries for each call, in the order of their starts, all calls
// that it may follow.
func longestChain(calls [][2]int) (longest int) {
	calls = slices.Clone(calls)
	slices.SortFunc(calls, func(a, b [2]int) int { return a[0] - b[0] })
	lengths := make([]int, len(calls))
	for i := range calls {
		lengths[i] = 1
		for j := range i {
			if calls[j][1] <= calls[i][0] {
				lengths[i] = max(lengths[i], lengths[j]+1)
			}
		}
		longest = max(longest, lengths[i])
	}
	return longest
}
