package dynamotest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// TestEmbeddedRefuses lists what DynamoDB supports and the embedded store does not:
// it is refused, never a guess, and nothing is written.
func TestEmbeddedRefuses(t *testing.T) {
	t.Parallel()
	stored := row("a", "1", item{
		"n": number("1"), "note": text("x"), "spec": object(item{"a": number("1")}), "members": list(number("1")),
	})
	at, n := key("a", "1"), item{":n": number("2")}
	for _, open := range []func(testing.TB) Engine{Embedded, EmbeddedOnDisk} {
		tab := newTable(t, open(t).Client)
		tab.has(stored)
		put := func(v types.AttributeValue) error { return tab.put(row("a", "1", item{"v": v}), "") }
		set := func(condition string, values item) error {
			return tab.update(at, "SET touched = :n", condition, values)
		}
		get := func(in dynamodb.GetItemInput) error {
			in.TableName, in.Key = tab.name, at
			_, err := tab.client.GetItem(t.Context(), &in)
			return err
		}
		query := func(change func(*dynamodb.QueryInput)) error {
			in := partition("a")
			change(&in)
			_, err := tab.query(in)
			return err
		}
		tests := map[string]error{
			"a set of texts":               put(texts("a")),
			"a set of numbers":             put(&types.AttributeValueMemberNS{Value: []string{"1"}}),
			"a set of binaries":            put(&types.AttributeValueMemberBS{Value: [][]byte{{1}}}),
			"a set in a list":              put(list(texts("a"))),
			"a fraction":                   put(number("0.5")),
			"a fraction of an exponent":    put(number("15e-1")),
			"a fraction in a map":          put(object(item{"a": number("0.5")})),
			"a fraction as an operand":     set("n = :f", item{":n": number("2"), ":f": number("0.5")}),
			"a condition on a nested path": set("spec.a = :n", n),
			"a condition on a member":      set("members[0] = :n", n),
			"a nested name":                set("attribute_exists(spec.a)", n),
			"size":                         set("size(note) < :n", n),
			"contains":                     set("contains(note, :n)", n),
			"attribute_type":               set("attribute_type(note, :n)", n),
			"an update of a nested path":   tab.update(at, "SET spec.a = :n", "", n),
			"an update of a member":        tab.update(at, "SET members[0] = :n", "", n),
			"a removal of a nested path":   tab.update(at, "REMOVE spec.a", "", nil),
			"list_append":                  tab.update(at, "SET members = list_append(members, :n)", "", item{":n": list(number("2"))}),
			"an addition to a set":         tab.update(at, "ADD labels :n", "", item{":n": texts("a")}),
			"DELETE of an update":          tab.update(at, "DELETE labels :n", "", item{":n": texts("a")}),
			"a projected read":             get(dynamodb.GetItemInput{ProjectionExpression: new("n")}),
			"a read of attributes":         get(dynamodb.GetItemInput{AttributesToGet: []string{"n"}}),
			"a projected batch": func() error {
				_, err := tab.client.BatchGetItem(t.Context(), &dynamodb.BatchGetItemInput{
					RequestItems: map[string]types.KeysAndAttributes{*tab.name: {Keys: []item{at}, ProjectionExpression: new("n")}},
				})
				return err
			}(),
			"a filter": query(func(in *dynamodb.QueryInput) {
				in.FilterExpression, in.ExpressionAttributeValues[":n"] = new("n = :n"), number("1")
			}),
			"a key condition that begins with a value": query(func(in *dynamodb.QueryInput) {
				in.KeyConditionExpression, in.ExpressionAttributeValues[":n"] = new("PK = :pk AND :n = SK"), text("1")
			}),
			"a projection":      query(func(in *dynamodb.QueryInput) { in.ProjectionExpression = new("n") }),
			"a count":           query(func(in *dynamodb.QueryInput) { in.Select = types.SelectCount }),
			"chosen attributes": query(func(in *dynamodb.QueryInput) { in.AttributesToGet = []string{"n"} }),
			"a legacy query": query(func(in *dynamodb.QueryInput) {
				in.QueryFilter = map[string]types.Condition{"n": {ComparisonOperator: types.ComparisonOperatorNotNull}}
			}),
			"a legacy update": func() error {
				_, err := tab.client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
					TableName: tab.name, Key: at, AttributeUpdates: map[string]types.AttributeValueUpdate{"n": {Action: types.AttributeActionDelete}},
				})
				return err
			}(),
			"UPDATED_NEW": func() error {
				_, err := tab.client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
					TableName: tab.name, Key: at, UpdateExpression: new("SET touched = :n"),
					ExpressionAttributeValues: n, ReturnValues: types.ReturnValueUpdatedNew,
				})
				return err
			}(),
		}
		for name, err := range tests {
			check(t, name, code(t, err), invalid)
		}
		check(t, "the item", tab.get(at), stored)
	}
}
