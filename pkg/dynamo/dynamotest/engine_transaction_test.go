package dynamotest

import (
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	canceled = "TransactionCanceledException"

	exists = "attribute_exists(PK)"
	absent = "attribute_not_exists(PK)"
)

// An entry with a condition asks for the item that fails it.
const asked = types.ReturnValuesOnConditionCheckFailureAllOld

func putEntry(tab table, r item, condition string) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{
		TableName: tab.name, Item: r, ConditionExpression: &condition, ReturnValuesOnConditionCheckFailure: asked,
	}}
}

// debitEntry takes an amount from a balance that must suffice.
func debitEntry(tab table, key item, amount string) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName: tab.name, Key: key,
		UpdateExpression: new("SET balance = balance - :n"), ConditionExpression: new("balance >= :n"),
		ExpressionAttributeValues: item{":n": number(amount)}, ReturnValuesOnConditionCheckFailure: asked,
	}}
}

func deleteEntry(tab table, key item, condition string) types.TransactWriteItem {
	return types.TransactWriteItem{Delete: &types.Delete{
		TableName: tab.name, Key: key, ConditionExpression: &condition, ReturnValuesOnConditionCheckFailure: asked,
	}}
}

func checkEntry(tab table, key item, condition string) types.TransactWriteItem {
	return types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: tab.name, Key: key, ConditionExpression: &condition, ReturnValuesOnConditionCheckFailure: asked,
	}}
}

// reason is what a test looks at in a cancellation reason.
type reason struct {
	code string
	item item
}

func reasons(t *testing.T, err error) []reason {
	t.Helper()
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) {
		t.Fatalf("%v is no %T", err, canceled)
	}
	var reasons []reason
	for _, r := range canceled.CancellationReasons {
		reasons = append(reasons, reason{aws.ToString(r.Code), r.Item})
	}
	return reasons
}

func checkReasons(t *testing.T, what string, got, want []reason) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s: %d reasons, want %d", what, len(got), len(want))
		return
	}
	for i := range want {
		check(t, fmt.Sprintf("%s: code %d", what, i), got[i].code, want[i].code)
		check(t, fmt.Sprintf("%s: item %d", what, i), got[i].item, want[i].item)
	}
}

func TestEngineTransaction(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(row("wallet", "1", item{"balance": number("10")}), key("gone", "1"), key("there", "1"))
		err := tab.transact(
			putEntry(tab, key("new", "1"), absent),
			debitEntry(tab, key("wallet", "1"), "4"),
			deleteEntry(tab, key("gone", "1"), exists),
			checkEntry(tab, key("there", "1"), exists),
		)
		check(t, "answer", code(t, err), ok)
		check(t, "the put", tab.get(key("new", "1")), key("new", "1"))
		check(t, "the update", tab.get(key("wallet", "1")), row("wallet", "1", item{"balance": number("6")}))
		check(t, "the delete", tab.get(key("gone", "1")), item(nil))
	})
}

// The reasons of a cancelled transaction are those of its entries, in their
// order, with the item that failed the condition: but minidyn has no item for
// a put and a delete.
func TestEngineCancellationReasons(t *testing.T) {
	t.Parallel()
	wallet := row("wallet", "1", item{"balance": number("10")})
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(wallet)
		before := putEntry(tab, key("new", "1"), absent)
		after := putEntry(tab, key("new", "2"), absent)
		tests := map[string]struct {
			entry         types.TransactWriteItem
			want, minidyn item
		}{
			"put":             {putEntry(tab, key("wallet", "1"), absent), wallet, nil},
			"update":          {debitEntry(tab, key("wallet", "1"), "11"), wallet, wallet},
			"delete":          {deleteEntry(tab, key("wallet", "1"), absent), wallet, nil},
			"check":           {checkEntry(tab, key("wallet", "1"), absent), wallet, wallet},
			"update, no item": {debitEntry(tab, key("wallet", "2"), "11"), nil, nil},
			"check, no item":  {checkEntry(tab, key("wallet", "2"), exists), nil, nil},
		}
		for name, test := range tests {
			err := tab.transact(before, test.entry, after)
			checkReasons(t, name, reasons(t, err), []reason{
				{"None", nil},
				{"ConditionalCheckFailed", expect(db, test.want, test.minidyn)},
				{"None", nil},
			})
		}
		check(t, "the entry before", tab.get(key("new", "1")), item(nil))
		check(t, "the entry after", tab.get(key("new", "2")), item(nil))
	})
}

// minidyn stops at the first entry that fails.
func TestEngineSeveralCancellationReasons(t *testing.T) {
	t.Parallel()
	wallet := row("wallet", "1", item{"balance": number("10")})
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(wallet)
		err := tab.transact(
			checkEntry(tab, key("no", "1"), exists),
			putEntry(tab, key("new", "1"), absent),
			debitEntry(tab, key("wallet", "1"), "11"),
		)
		checkReasons(t, "reasons", reasons(t, err), []reason{
			{"ConditionalCheckFailed", nil},
			{"None", nil},
			expect(db, reason{"ConditionalCheckFailed", wallet}, reason{"None", nil}),
		})
	})
}

func TestEngineInvalidTransactions(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(row("wallet", "1", item{"x": number("1")}))
		entries := func(n int) (entries []types.TransactWriteItem) {
			for i := range n {
				entries = append(entries, putEntry(tab, key("many", strconv.Itoa(i)), absent))
			}
			return entries
		}
		tests := map[string]struct {
			entries       []types.TransactWriteItem
			want, minidyn string
		}{
			"two puts of one item": {
				[]types.TransactWriteItem{putEntry(tab, key("new", "1"), absent), putEntry(tab, key("new", "1"), exists)},
				invalid, invalid,
			},
			// AWS refuses this too, but DynamoDB Local checks the condition first, on
			// what the entry before has written.
			"two entries of one item, of which the second fails": {
				[]types.TransactWriteItem{putEntry(tab, key("new", "1"), absent), checkEntry(tab, key("new", "1"), absent)},
				canceled, invalid,
			},
			"arithmetic with an absent attribute": {
				[]types.TransactWriteItem{putEntry(tab, key("new", "1"), absent), {Update: &types.Update{
					TableName: tab.name, Key: key("wallet", "1"), UpdateExpression: new("SET y = y + :n"),
					ExpressionAttributeValues: item{":n": number("1")},
				}}},
				invalid, invalid,
			},
			"101 entries": {entries(101), invalid, ok},
		}
		for name, test := range tests {
			check(t, name, code(t, tab.transact(test.entries...)), expect(db, test.want, test.minidyn))
		}
		check(t, "a put of them", tab.get(key("new", "1")), item(nil))
		check(t, "100 entries", code(t, tab.transact(entries(100)...)), expect(db, ok, canceled))
	})
}

// minidyn does not know a token that it has seen before.
func TestEngineClientRequestToken(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(row("wallet", "1", item{"balance": number("10")}))
		for range 2 {
			_, err := db.Client.TransactWriteItems(t.Context(), &dynamodb.TransactWriteItemsInput{
				ClientRequestToken: tab.name,
				TransactItems:      []types.TransactWriteItem{debitEntry(tab, key("wallet", "1"), "4")},
			})
			check(t, "answer", code(t, err), ok)
		}
		check(t, "balance", tab.get(key("wallet", "1"))["balance"], number(expect(db, "6", "2")))
	})
}

func TestEngineConditionalPutsRace(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		won := race(t, 64, conditionFailed, func(int) error { return tab.put(key("a", "1"), absent) })
		check(t, "winners", won, 1)
	})
}

func TestEngineConditionalUpdatesRace(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(row("a", "1", item{"version": number("1")}))
		won := race(t, 64, conditionFailed, func(int) error {
			return tab.update(key("a", "1"), "SET version = :new", "version = :old",
				item{":old": number("1"), ":new": number("2")})
		})
		check(t, "winners", won, 1)
	})
}

// Of 64 purchases at once a wallet pays for as many as it can, and the others
// leave no trace.
func TestEngineTransactionsRace(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(row("wallet", "1", item{"balance": number("10")}))
		won := race(t, 64, canceled, func(i int) error {
			return tab.transact(
				putEntry(tab, key("purchase", strconv.Itoa(i)), absent),
				debitEntry(tab, key("wallet", "1"), "1"),
			)
		})
		check(t, "winners", won, 10)
		check(t, "balance", tab.get(key("wallet", "1"))["balance"], number("0"))
		purchases := tab.mustQuery(dynamodb.QueryInput{
			KeyConditionExpression:    new("PK = :pk"),
			ExpressionAttributeValues: item{":pk": text("purchase")},
		})
		check(t, "purchases", len(purchases.Items), 10)
	})
}

// race does one thing n times at once and returns how often it succeeded; all
// others must fail with one error code.
func race(t *testing.T, n int, lost string, do func(i int) error) (won int) {
	t.Helper()
	errs := make([]error, n)
	start := make(chan struct{})
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	group.Wait()
	for _, err := range errs {
		switch code(t, err) {
		case ok:
			won++
		case lost:
		default:
			t.Errorf("unexpected: %v", err)
		}
	}
	return won
}

func TestEngineTransactGetItems(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(row("a", "1", item{"x": text("x")}))
		get := func(key item) types.TransactGetItem {
			return types.TransactGetItem{Get: &types.Get{TableName: tab.name, Key: key}}
		}
		out, err := db.Client.TransactGetItems(t.Context(), &dynamodb.TransactGetItemsInput{
			TransactItems: []types.TransactGetItem{get(key("no", "1")), get(key("a", "1"))},
		})
		if err != nil {
			t.Fatal(err)
		}
		check(t, "answers", len(out.Responses), 2)
		check(t, "no item", out.Responses[0].Item, item(nil))
		check(t, "item", out.Responses[1].Item, row("a", "1", item{"x": text("x")}))
	})
}

// TransactGetItems never sees half of a transaction. This holds on DynamoDB
// Local alone: minidyn reads one item after the other, and a transaction may
// come between.
func TestEngineTransactGetItemsIsASnapshot(t *testing.T) {
	t.Parallel()
	db := Local(t)
	tab := newTable(t, db.Client)
	set := func(sk, n string) types.TransactWriteItem {
		return types.TransactWriteItem{Put: &types.Put{TableName: tab.name, Item: row("a", sk, item{"n": number(n)})}}
	}
	get := func(sk string) types.TransactGetItem {
		return types.TransactGetItem{Get: &types.Get{TableName: tab.name, Key: key("a", sk)}}
	}
	if err := tab.transact(set("1", "0"), set("2", "0")); err != nil {
		t.Fatal(err)
	}
	var writes sync.WaitGroup
	writes.Go(func() {
		for n := range 50 {
			if err := tab.transact(set("1", strconv.Itoa(n)), set("2", strconv.Itoa(n))); err != nil {
				t.Error(err)
			}
		}
	})
	for range 50 {
		out, err := db.Client.TransactGetItems(t.Context(), &dynamodb.TransactGetItemsInput{
			TransactItems: []types.TransactGetItem{get("1"), get("2")},
		})
		if err != nil {
			t.Fatal(err)
		}
		check(t, "two items of one transaction", out.Responses[0].Item["n"], out.Responses[1].Item["n"])
	}
	writes.Wait()
}

func TestEngineBatches(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(key("old", "1"))
		put := func(key item) types.WriteRequest {
			return types.WriteRequest{PutRequest: &types.PutRequest{Item: key}}
		}
		write := func(requests ...types.WriteRequest) (*dynamodb.BatchWriteItemOutput, error) {
			return db.Client.BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{
				RequestItems: map[string][]types.WriteRequest{*tab.name: requests},
			})
		}
		wrote, err := write(put(key("new", "1")), types.WriteRequest{
			DeleteRequest: &types.DeleteRequest{Key: key("old", "1")},
		})
		if err != nil {
			t.Fatal(err)
		}
		check(t, "unprocessed writes", len(wrote.UnprocessedItems), 0)

		read, err := db.Client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{
			RequestItems: map[string]types.KeysAndAttributes{*tab.name: {
				Keys: []item{key("old", "1"), key("new", "1")}, ConsistentRead: new(true),
			}},
		})
		if err != nil {
			t.Fatal(err)
		}
		check(t, "unprocessed reads", len(read.UnprocessedKeys), 0)
		check(t, "items", read.Responses[*tab.name], []item{key("new", "1")})

		_, err = write(put(key("twice", "1")), put(key("twice", "1")))
		check(t, "one item twice", code(t, err), expect(db, invalid, ok))
	})
}
