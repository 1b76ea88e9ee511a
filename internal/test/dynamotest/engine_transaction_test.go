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
// order, with the item that failed the condition.
func TestEngineCancellationReasons(t *testing.T) {
	t.Parallel()
	wallet := row("wallet", "1", item{"balance": number("10")})
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(wallet)
		before := putEntry(tab, key("new", "1"), absent)
		after := putEntry(tab, key("new", "2"), absent)
		tests := map[string]struct {
			entry types.TransactWriteItem
			want  item
		}{
			"put":             {putEntry(tab, key("wallet", "1"), absent), wallet},
			"update":          {debitEntry(tab, key("wallet", "1"), "11"), wallet},
			"delete":          {deleteEntry(tab, key("wallet", "1"), absent), wallet},
			"check":           {checkEntry(tab, key("wallet", "1"), absent), wallet},
			"update, no item": {debitEntry(tab, key("wallet", "2"), "11"), nil},
			"check, no item":  {checkEntry(tab, key("wallet", "2"), exists), nil},
		}
		for name, test := range tests {
			err := tab.transact(before, test.entry, after)
			checkReasons(t, name, reasons(t, err), []reason{
				{"None", nil},
				{"ConditionalCheckFailed", test.want},
				{"None", nil},
			})
		}
		check(t, "the entry before", tab.get(key("new", "1")), item(nil))
		check(t, "the entry after", tab.get(key("new", "2")), item(nil))
	})
}

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
			{"ConditionalCheckFailed", wallet},
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
		tests := map[string][]types.TransactWriteItem{
			"101 entries":          entries(101),
			"two puts of one item": {putEntry(tab, key("new", "1"), absent), putEntry(tab, key("new", "1"), exists)},
		}
		for name, entries := range tests {
			check(t, name, code(t, tab.transact(entries...)), invalid)
		}
		check(t, "a put of them", tab.get(key("new", "1")), item(nil))
		check(t, "100 entries", code(t, tab.transact(entries(100)...)), ok)
	})
}

// An update that the item does not allow cancels the transaction, with the reason
// ValidationError. DynamoDB Local calls the whole request invalid.
func TestEngineImpossibleUpdate(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(row("wallet", "1", item{"x": number("1")}))
		err := tab.transact(putEntry(tab, key("new", "1"), absent), types.TransactWriteItem{Update: &types.Update{
			TableName: tab.name, Key: key("wallet", "1"), UpdateExpression: new("SET y = y + :n"),
			ExpressionAttributeValues: item{":n": number("1")},
		}})
		if db.Name == NameLocal {
			check(t, "answer", code(t, err), invalid)
		} else {
			checkReasons(t, "reasons", reasons(t, err), []reason{{"None", nil}, {"ValidationError", nil}})
		}
		check(t, "the put", tab.get(key("new", "1")), item(nil))
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
