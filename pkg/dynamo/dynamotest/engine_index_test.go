package dynamotest

import (
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"
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

func TestEngineIndexProjection(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		all := newTable(t, db.Client)
		keys := newProjectedTable(t, db.Client, types.ProjectionTypeKeysOnly)
		job := dueRow("a", "t1")
		all.has(job)
		keys.has(job)
		check(t, "ALL", all.mustQuery(dueUntil("t9")).Items, []item{job})
		check(t, "KEYS_ONLY", keys.mustQuery(dueUntil("t9")).Items, []item{
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

		// On minidyn a page goes on where the item of its start key is now.
		tab.has(dueRow("b", "t4"))
		check(t, "second page after a move", partitionKeys(tab.mustQuery(in).Items), expect(db, []string{"c", "b"}, nil))
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

// minidyn keeps an item in the index that a put has taken out. A query does
// not answer it, but begins_with fails on the key that it no longer has.
func TestEngineIndexPrefixAfterPut(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		prefix := dueUntil("t")
		prefix.KeyConditionExpression = new("GSI1PK = :pk AND begins_with(GSI1SK, :at)")
		check(t, "before", partitionKeys(tab.mustQuery(prefix).Items), []string{"a", "b", "c"})
		tab.has(key("b", "job"))
		_, err := tab.query(prefix)
		check(t, "after", code(t, err), expect(db, ok, invalid))
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

// minidyn loses what follows in the index when an item is deleted that a put
// has taken out of the index before.
func TestEngineIndexAfterPutAndDelete(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		tab.has(key("b", "job"))
		if err := tab.delete(key("b", "job")); err != nil {
			t.Fatal(err)
		}
		check(t, "due", tab.due(), expect(db, []string{"a", "c"}, []string{"a"}))
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

// minidyn does not take an item out of the index by an update.
func TestEngineIndexAfterRemove(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newDueTable(t, db)
		err := tab.update(key("b", "job"), "REMOVE GSI1PK, GSI1SK", "", nil)
		check(t, "answer", code(t, err), ok)
		check(t, "due", tab.due(), expect(db, []string{"a", "c"}, []string{"a", "b", "c"}))
	})
}

// minidyn loses the index when an update brings an item in, be it new or old.
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
				check(t, "due", tab.due(), expect(db, []string{"a", "b", "c", pk}, nil))
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

// The index is right on both engines after any sequence of those changes that
// minidyn can do: puts of all kinds, updates of other attributes, and deletes
// of items that are in the index or never were.
func TestEngineIndexAfterAllowedChanges(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		run := 0
		rapid.Check(t, func(r *rapid.T) {
			run++
			jobs := dueModel{tab: tab, partition: fmt.Sprint("due", run), at: map[string]string{}, left: map[string]bool{}}
			for range rapid.IntRange(1, 12).Draw(r, "changes") {
				jobs.change(r)
			}
			jobs.check(r)
		})
	})
}

// dueModel is what the index should hold of one partition.
type dueModel struct {
	tab       table
	partition string
	at        map[string]string // the keys of the items that are there, "" outside of the index
	left      map[string]bool   // the items that a put has taken out
}

func (m *dueModel) change(r *rapid.T) {
	name := rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(r, "item")
	pk := m.partition + "/" + name
	before, there := m.at[name]
	at := ""
	var err error
	switch rapid.SampledFrom([]string{"put due", "put", "update", "delete"}).Draw(r, "change") {
	case "put due":
		// A time that nobody else has: the order of equal keys is not defined.
		at = fmt.Sprintf("t%d%s", rapid.IntRange(1, 9).Draw(r, "at"), name)
		err = m.tab.put(row(pk, "job", item{"GSI1PK": text(m.partition), "GSI1SK": text(at)}), "")
		m.left[name] = false
		m.at[name] = at
	case "put":
		err = m.tab.put(key(pk, "job"), "")
		m.left[name] = m.left[name] || before != ""
		m.at[name] = ""
	case "update":
		err = m.tab.update(key(pk, "job"), "SET n = :n", "", item{":n": number("1")})
		if !there {
			m.at[name] = ""
		}
	case "delete":
		if !m.left[name] {
			err = m.tab.delete(key(pk, "job"))
			delete(m.at, name)
		}
	}
	if err != nil {
		r.Fatal(err)
	}
}

func (m *dueModel) check(r *rapid.T) {
	var want []string
	for _, at := range m.at {
		if at != "" {
			want = append(want, at)
		}
	}
	slices.Sort(want)
	in := dueUntil("u")
	in.ExpressionAttributeValues[":pk"] = text(m.partition)
	out, err := m.tab.query(in)
	if err != nil {
		r.Fatal(err)
	}
	var got []string
	for _, i := range out.Items {
		got = append(got, i["GSI1SK"].(*types.AttributeValueMemberS).Value)
	}
	if !slices.Equal(got, want) {
		r.Fatalf("the index holds %q, want %q", got, want)
	}
}
