package dynamotest

import (
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// dueRow is in the index; row and key are not.
func dueRow(pk, at string) item {
	return row(pk, "job", item{"GSI1PK": text("due"), "GSI1SK": text(at), "data": text("of " + pk)})
}

func useIndex(in *dynamodb.QueryInput) {
	in.IndexName = new("GSI1")
	in.KeyConditionExpression = new("GSI1PK = :pk")
}

func dueUntil(at string) dynamodb.QueryInput {
	return dynamodb.QueryInput{
		IndexName:                 new("GSI1"),
		KeyConditionExpression:    new("GSI1PK = :pk AND GSI1SK <= :at"),
		ExpressionAttributeValues: item{":pk": text("due"), ":at": text(at)},
	}
}

func partitionKeys(items []item) []string {
	var keys []string
	for _, i := range items {
		keys = append(keys, i["PK"].(*types.AttributeValueMemberS).Value)
	}
	return keys
}

// newDueTable has jobs a, b and c in the index, and an item d outside of it.
func newDueTable(t *testing.T, db Engine) table {
	t.Helper()
	tab := newTable(t, db.Client)
	tab.has(dueRow("c", "t3"), dueRow("a", "t1"), dueRow("b", "t2"), key("d", "job"))
	return tab
}

func (tab table) due() []string {
	tab.t.Helper()
	return partitionKeys(tab.mustQuery(dueUntil("t9")).Items)
}

func TestEngineIndexQuery(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		// An item with one of the two keys is not in the index.
		tab.has(row("e", "job", item{"GSI1PK": text("due")}), row("f", "job", item{"GSI1SK": text("t1")}))
		check(t, "all", tab.due(), []string{"a", "b", "c"})
		check(t, "some", partitionKeys(tab.mustQuery(dueUntil("t2")).Items), []string{"a", "b"})

		backward := dueUntil("t9")
		backward.ScanIndexForward = new(false)
		check(t, "backward", partitionKeys(tab.mustQuery(backward).Items), []string{"c", "b", "a"})
	})
}

// The index holds keys alone.
func TestEngineIndexProjection(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(dueRow("a", "t1"))
		check(t, "items", tab.mustQuery(dueUntil("t9")).Items, []item{
			row("a", "job", item{"GSI1PK": text("due"), "GSI1SK": text("t1")}),
		})
	})
}

func TestEngineIndexPages(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		in := dueUntil("t9")
		in.Limit = new(int32(2))
		first := tab.mustQuery(in)
		check(t, "first page", partitionKeys(first.Items), []string{"a", "b"})
		check(t, "its last key", first.LastEvaluatedKey, row("b", "job", item{"GSI1PK": text("due"), "GSI1SK": text("t2")}))

		in.ExclusiveStartKey = first.LastEvaluatedKey
		second := tab.mustQuery(in)
		check(t, "second page", partitionKeys(second.Items), []string{"c"})
		check(t, "its last key", second.LastEvaluatedKey, item(nil))

		tab.has(dueRow("b", "t4"))
		check(t, "second page after a move", partitionKeys(tab.mustQuery(in).Items), []string{"c", "b"})
	})
}

// A put moves an item in the index, takes it out and brings it in.
func TestEngineIndexAfterPut(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		tab.has(key("b", "job"))
		check(t, "out", tab.due(), []string{"a", "c"})
		tab.has(dueRow("b", "t4"))
		check(t, "in again", tab.due(), []string{"a", "c", "b"})
		tab.has(dueRow("b", "t0"))
		check(t, "moved", tab.due(), []string{"b", "a", "c"})
		tab.has(dueRow("d", "t2"))
		check(t, "in for the first time", tab.due(), []string{"b", "a", "d", "c"})
	})
}

func TestEngineIndexAfterDelete(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		for _, pk := range []string{"a", "d"} {
			if err := tab.delete(key(pk, "job")); err != nil {
				t.Fatal(err)
			}
		}
		check(t, "due", tab.due(), []string{"b", "c"})
	})
}

func TestEngineIndexAfterPutAndDelete(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		tab.has(key("b", "job"))
		if err := tab.delete(key("b", "job")); err != nil {
			t.Fatal(err)
		}
		check(t, "due", tab.due(), []string{"a", "c"})
	})
}

func TestEngineIndexAfterUpdate(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		err := tab.update(key("a", "job"), "SET GSI1SK = :at", "", item{":at": text("t4")})
		check(t, "answer", code(t, err), ok)
		check(t, "moved", tab.due(), []string{"b", "c", "a"})

		err = tab.update(key("b", "job"), "SET attempts = :n", "", item{":n": number("1")})
		check(t, "answer", code(t, err), ok)
		check(t, "another attribute changed", tab.due(), []string{"b", "c", "a"})
	})
}

func TestEngineIndexAfterRemove(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		err := tab.update(key("b", "job"), "REMOVE GSI1PK, GSI1SK", "", nil)
		check(t, "answer", code(t, err), ok)
		check(t, "due", tab.due(), []string{"a", "c"})
	})
}

// An update brings an item into the index, be it new or old.
func TestEngineIndexEnteredByUpdate(t *testing.T) {
	t.Parallel()
	for _, pk := range []string{"d", "new"} {
		t.Run(pk, func(t *testing.T) {
			t.Parallel()
			Each(t, func(t *testing.T, db Engine) {
				tab := newDueTable(t, db)
				err := tab.update(key(pk, "job"), "SET GSI1PK = :pk, GSI1SK = :at", "",
					item{":pk": text("due"), ":at": text("t4")})
				check(t, "answer", code(t, err), ok)
				check(t, "due", tab.due(), []string{"a", "b", "c", pk})
			})
		})
	}
}

func TestEngineIndexAfterTransactions(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		anyway := "attribute_exists(PK) OR attribute_not_exists(PK)"
		changes := []types.TransactWriteItem{
			putEntry(tab, dueRow("a", "t4"), anyway),
			putEntry(tab, key("b", "job"), anyway),
			deleteEntry(tab, key("c", "job"), anyway),
			putEntry(tab, dueRow("d", "t0"), anyway),
			putEntry(tab, dueRow("new", "t2"), anyway),
		}
		err := tab.transact(append(slices.Clone(changes), checkEntry(tab, key("x", "x"), exists))...)
		check(t, "answer", code(t, err), canceled)
		check(t, "after a failed one", tab.due(), []string{"a", "b", "c"})

		check(t, "answer", code(t, tab.transact(changes...)), ok)
		check(t, "after a successful one", tab.due(), []string{"d", "new", "a"})
	})
}
