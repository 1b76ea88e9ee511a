package dynamotest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// newQueryTable has a partition p of five items among other partitions.
func newQueryTable(t *testing.T, db Engine) table {
	t.Helper()
	tab := newTable(t, db.Client)
	for _, sk := range []string{"b#2", "a#1", "a#3", "b#1", "a#2"} {
		tab.has(row("p", sk, item{"x": text(sk)}))
	}
	for _, pk := range []string{"o", "p#", "pp", "q"} {
		tab.has(row(pk, "a#2", item{"x": text(pk)}))
	}
	return tab
}

// sortKeys are the attributes SK of the items.
func sortKeys(items []item) []string {
	var keys []string
	for _, i := range items {
		keys = append(keys, i["SK"].(*types.AttributeValueMemberS).Value)
	}
	return keys
}

func TestEngineKeyConditions(t *testing.T) {
	t.Parallel()
	tests := []struct {
		condition string
		values    item
		want      []string
	}{
		{"PK = :pk", nil, []string{"a#1", "a#2", "a#3", "b#1", "b#2"}},
		{"PK = :pk AND SK = :s", item{":s": text("a#2")}, []string{"a#2"}},
		{"PK = :pk AND begins_with(SK, :s)", item{":s": text("a#")}, []string{"a#1", "a#2", "a#3"}},
		{"PK = :pk AND SK > :s", item{":s": text("a#3")}, []string{"b#1", "b#2"}},
		{"PK = :pk AND SK <= :s", item{":s": text("a#2")}, []string{"a#1", "a#2"}},
		{"PK = :pk AND SK BETWEEN :s AND :t", item{":s": text("a#2"), ":t": text("b#1")}, []string{"a#2", "a#3", "b#1"}},
		{"PK = :pk AND begins_with(SK, :s)", item{":s": text("c#")}, nil},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		for _, test := range tests {
			values := item{":pk": text("p")}
			for name, value := range test.values {
				values[name] = value
			}
			out := tab.mustQuery(dynamodb.QueryInput{
				KeyConditionExpression: &test.condition, ExpressionAttributeValues: values, ConsistentRead: new(true),
			})
			check(t, test.condition, sortKeys(out.Items), test.want)
			check(t, test.condition+": count", int(out.Count), len(test.want))
			check(t, test.condition+": scanned", int(out.ScannedCount), expect(db, len(test.want), 0))
			check(t, test.condition+": last key", out.LastEvaluatedKey, item(nil))
		}
	})
}

func partition(pk string) dynamodb.QueryInput {
	return dynamodb.QueryInput{
		KeyConditionExpression:    new("PK = :pk"),
		ExpressionAttributeValues: item{":pk": text(pk)},
	}
}

func TestEnginePages(t *testing.T) {
	t.Parallel()
	type page struct {
		after string
		limit int32
		items []string
		last  string
	}
	tests := map[string]struct {
		backward bool
		pages    []page
	}{
		"forward": {false, []page{
			{"", 2, []string{"a#1", "a#2"}, "a#2"},
			{"a#2", 2, []string{"a#3", "b#1"}, "b#1"},
			{"b#1", 2, []string{"b#2"}, ""},
		}},
		"backward": {true, []page{
			{"", 2, []string{"b#2", "b#1"}, "b#1"},
			{"b#1", 2, []string{"a#3", "a#2"}, "a#2"},
			{"a#2", 2, []string{"a#1"}, ""},
		}},
		// A full page has a last key even when nothing follows it.
		"limit = count": {false, []page{
			{"", 5, []string{"a#1", "a#2", "a#3", "b#1", "b#2"}, "b#2"},
			{"b#2", 5, nil, ""},
		}},
		"limit > count": {false, []page{
			{"", 6, []string{"a#1", "a#2", "a#3", "b#1", "b#2"}, ""},
		}},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		for name, test := range tests {
			for _, page := range test.pages {
				in := partition("p")
				in.Limit, in.ScanIndexForward = &page.limit, new(!test.backward)
				if page.after != "" {
					in.ExclusiveStartKey = key("p", page.after)
				}
				var last item
				if page.last != "" {
					last = key("p", page.last)
				}
				out := tab.mustQuery(in)
				what := name + " after " + page.after
				check(t, what+": items", sortKeys(out.Items), page.items)
				check(t, what+": last key", out.LastEvaluatedKey, last)
			}
		}
	})
}

// The start key of a page is a place, and no item needs to be there: but on
// minidyn nothing follows a key that has no item.
func TestEnginePageAfterDeletedItem(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		if err := tab.delete(key("p", "a#2")); err != nil {
			t.Fatal(err)
		}
		in := partition("p")
		in.ExclusiveStartKey = key("p", "a#2")
		check(t, "items", sortKeys(tab.mustQuery(in).Items), expect(db, []string{"a#3", "b#1", "b#2"}, nil))
	})
}

// minidyn takes the start key of another partition for the end.
func TestEnginePageAfterForeignKey(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		in := partition("p")
		in.ExclusiveStartKey = key("q", "a#2")
		_, err := tab.query(in)
		check(t, "answer", code(t, err), expect(db, invalid, ok))
	})
}

// With a filter, minidyn counts the items of all partitions towards the limit.
func TestEngineFilters(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		in := partition("p")
		in.FilterExpression = new("x >= :x")
		in.ExpressionAttributeValues[":x"] = text("a#2")
		check(t, "items", sortKeys(tab.mustQuery(in).Items), []string{"a#2", "a#3", "b#1", "b#2"})

		in.Limit = new(int32(1))
		in.ExclusiveStartKey = key("p", "a#1")
		out := tab.mustQuery(in)
		check(t, "limited items", sortKeys(out.Items), []string{"a#2"})
		in.ExclusiveStartKey = nil
		out = tab.mustQuery(in)
		check(t, "limited items from the start", sortKeys(out.Items), []string(nil))
		check(t, "their last key", out.LastEvaluatedKey, expect(db, key("p", "a#1"), key("o", "a#2")))
	})
}

func TestEngineProjection(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		in := partition("q")
		in.ProjectionExpression = new("#x")
		in.ExpressionAttributeNames = map[string]string{"#x": "x"}
		check(t, "items", tab.mustQuery(in).Items, []item{{"x": text("q")}})
	})
}

// minidyn ignores Select and sends the items.
func TestEngineCount(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		in := partition("p")
		in.Select = types.SelectCount
		out := tab.mustQuery(in)
		check(t, "count", out.Count, int32(5))
		check(t, "items", len(out.Items), expect(db, 0, 5))
	})
}

func TestEngineInvalidQueries(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change        func(*dynamodb.QueryInput)
		want, minidyn string
	}{
		"no hash key":                  {func(in *dynamodb.QueryInput) { in.KeyConditionExpression = new("SK = :pk") }, invalid, ok},
		"limit 0":                      {func(in *dynamodb.QueryInput) { in.Limit = new(int32(0)) }, invalid, ok},
		"consistent read of the index": {func(in *dynamodb.QueryInput) { useIndex(in); in.ConsistentRead = new(true) }, invalid, ok},
		"a value that is not given":    {func(in *dynamodb.QueryInput) { in.ExpressionAttributeValues = nil }, invalid, ok},
		"empty prefix": {func(in *dynamodb.QueryInput) {
			in.KeyConditionExpression = new("PK = :pk AND begins_with(SK, :s)")
			in.ExpressionAttributeValues[":s"] = text("")
		}, invalid, ok},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		for name, test := range tests {
			in := partition("p")
			test.change(&in)
			_, err := tab.query(in)
			check(t, name, code(t, err), expect(db, test.want, test.minidyn))
		}
	})
}

// minidyn reports no consumed capacity.
func TestEngineConsumedCapacity(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		in := partition("p")
		in.ReturnConsumedCapacity = types.ReturnConsumedCapacityTotal
		check(t, "reported", tab.mustQuery(in).ConsumedCapacity != nil, expect(db, true, false))
	})
}
