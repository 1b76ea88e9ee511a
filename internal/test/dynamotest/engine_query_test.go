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
			check(t, test.condition+": scanned", int(out.ScannedCount), len(test.want))
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

// The start key of a page is a place, and no item needs to be there.
func TestEnginePageAfterDeletedItem(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		if err := tab.delete(key("p", "a#2")); err != nil {
			t.Fatal(err)
		}
		in := partition("p")
		in.ExclusiveStartKey = key("p", "a#2")
		check(t, "items", sortKeys(tab.mustQuery(in).Items), []string{"a#3", "b#1", "b#2"})
	})
}

func TestEnginePageAfterForeignKey(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		in := partition("p")
		in.ExclusiveStartKey = key("q", "a#2")
		_, err := tab.query(in)
		check(t, "answer", code(t, err), invalid)
	})
}

func TestEngineInvalidQueries(t *testing.T) {
	t.Parallel()
	tests := map[string]func(*dynamodb.QueryInput){
		"no hash key":                  func(in *dynamodb.QueryInput) { in.KeyConditionExpression = new("SK = :pk") },
		"limit 0":                      func(in *dynamodb.QueryInput) { in.Limit = new(int32(0)) },
		"consistent read of the index": func(in *dynamodb.QueryInput) { useIndex(in); in.ConsistentRead = new(true) },
		"a value that is not given":    func(in *dynamodb.QueryInput) { in.ExpressionAttributeValues = nil },
		"empty prefix": func(in *dynamodb.QueryInput) {
			in.KeyConditionExpression = new("PK = :pk AND begins_with(SK, :s)")
			in.ExpressionAttributeValues[":s"] = text("")
		},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newQueryTable(t, db)
		for name, change := range tests {
			in := partition("p")
			change(&in)
			_, err := tab.query(in)
			check(t, name, code(t, err), invalid)
		}
	})
}
