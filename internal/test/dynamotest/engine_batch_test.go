package dynamotest

import (
	"cmp"
	"fmt"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func (tab table) batch(keys ...item) ([]item, error) {
	out, err := tab.client.BatchGetItem(tab.t.Context(), &dynamodb.BatchGetItemInput{
		RequestItems: map[string]types.KeysAndAttributes{*tab.name: {Keys: keys, ConsistentRead: new(true)}},
	})
	if err != nil {
		return nil, err
	}
	if len(out.UnprocessedKeys) > 0 {
		tab.t.Errorf("%d tables have keys that were left", len(out.UnprocessedKeys))
	}
	items := out.Responses[*tab.name]
	slices.SortFunc(items, func(a, b item) int { return cmp.Compare(textOf(a["SK"]), textOf(b["SK"])) })
	return items, nil
}

// A batch gets the items that are there, of whatever partitions, and needs each key once.
func TestEngineBatch(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, engine Engine) {
		tab := newTable(t, engine.Client)
		first, second := row("a", "1", item{"n": number("1")}), row("b", "2", nil)
		tab.has(first)
		tab.has(second)
		got, err := tab.batch(key("b", "2"), key("a", "none"), key("a", "1"))
		check(t, "code", code(t, err), ok)
		check(t, "items", got, []item{first, second})
		got, err = tab.batch(key("a", "none"))
		check(t, "code for nothing", code(t, err), ok)
		check(t, "nothing", len(got), 0)

		var hundred []item
		for n := range 101 {
			hundred = append(hundred, key("a", fmt.Sprint(n)))
		}
		got, err = tab.batch(hundred[:100]...)
		check(t, "code for a hundred", code(t, err), ok)
		check(t, "one of a hundred", got, []item{first})
		for name, keys := range map[string][]item{
			"no keys": {}, "a key twice": {key("a", "1"), key("b", "2"), key("a", "1")}, "101 keys": hundred, "half a key": {{"PK": text("a")}},
		} {
			_, err := tab.batch(keys...)
			check(t, name, code(t, err), "ValidationException")
		}
	})
}
