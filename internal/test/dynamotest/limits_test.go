package dynamotest

import (
	"fmt"
	"sort"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// filled is an item of exactly so many bytes, as DynamoDB counts them.
func filled(size int, attributes item) item {
	i := row("p", "s", attributes)
	i["z"] = text("")
	i["z"] = text(strings.Repeat("z", size-SizeOf(object(i))+3+len(i)))
	return i
}

func TestEngineLimits(t *testing.T) {
	t.Parallel()
	const kib = 1024
	deep := func(levels int) types.AttributeValue {
		v := text("x")
		for range levels {
			v = list(v)
		}
		return v
	}
	conditions := func(n int) string { return strings.TrimSuffix(strings.Repeat("n = :n OR ", n), " OR ") }
	long := func(n int) string { return "n = :n" + strings.Repeat(" ", n-6) }
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(row("p", "n", item{"n": number("1")}))
		update := func(condition string) error {
			return tab.update(key("p", "n"), "SET m = :n", condition, item{":n": number("1")})
		}
		tests := map[string]struct {
			err  error
			want string
		}{
			"400 KiB of text":              {tab.put(filled(400*kib, nil), ""), ok},
			"a byte more":                  {tab.put(filled(400*kib+1, nil), ""), invalid},
			"32 levels":                    {tab.put(row("p", "s", item{"deep": deep(31)}), ""), ok},
			"33 levels":                    {tab.put(row("p", "s", item{"deep": deep(33)}), ""), invalid},
			"an expression of 4 KiB":       {update(long(4096)), ok},
			"an expression of a byte more": {update(long(4097)), invalid},
			"300 operators":                {update(conditions(150)), ok},
			"100 members of IN":            {update("n IN (:n" + strings.Repeat(", :n", 99) + ")"), ok},
			"101 members of IN":            {update("n IN (:n" + strings.Repeat(", :n", 100) + ")"), invalid},
			"301 operators":                {update(conditions(152)), invalid},
			"a partition of 2048 bytes":    {tab.put(key(strings.Repeat("p", 2048), "s"), ""), ok},
			"a partition of 2049 bytes":    {tab.put(key(strings.Repeat("p", 2049), "s"), ""), invalid},
			"a sort key of 1024 bytes":     {tab.put(key("p", strings.Repeat("s", 1024)), ""), ok},
			"a sort key of 1025 bytes":     {tab.put(key("p", strings.Repeat("s", 1025)), ""), invalid},
		}
		for name, test := range tests {
			check(t, name, code(t, test.err), test.want)
		}
	})
}

// Both engines count the bytes of a value of any type alike: an item that has it has
// room for the same text beside it.
func TestEngineSizesOfValues(t *testing.T) {
	t.Parallel()
	values := []types.AttributeValue{
		number("1"), number("-12345"), number("0"), number("1000"), number("123456789"), number("99999999999999999999999999999999999999"),
		boolean(true), &types.AttributeValueMemberNULL{Value: true}, binary(1, 2, 3), text("é😀"), text("\xff"),
		list(number("1"), text("ab"), list()), object(item{"a": number("12"), "é": object(item{})}),
	}
	room := func(tab table, value types.AttributeValue) int {
		return sort.Search(100, func(more int) bool {
			z := strings.Repeat("z", 400<<10-100+more)
			return code(t, tab.put(row("p", "s", item{"v": value, "z": text(z)}), "")) != ok
		})
	}
	own, reference := newTable(t, Embedded(t).Client), newTable(t, Local(t).Client)
	for _, value := range values {
		check(t, fmt.Sprintf("room beside %s", printed(value)), room(own, value), room(reference, value))
	}
}

// A transaction has 4 MB at most.
func TestEngineTransactionSize(t *testing.T) {
	t.Parallel()
	const large = 390 << 10
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		var entries []types.TransactWriteItem
		for n := range 10 {
			i := filled(large, nil)
			i["SK"] = text(fmt.Sprint(n))
			entries = append(entries, types.TransactWriteItem{Put: &types.Put{TableName: tab.name, Item: i}})
		}
		check(t, "less than 4 MB", code(t, tab.transact(entries...)), ok)
		last := filled(large, nil)
		last["SK"] = text("last")
		err := tab.transact(append(entries, types.TransactWriteItem{Put: &types.Put{TableName: tab.name, Item: last}})...)
		check(t, "more", code(t, err), invalid)
		check(t, "the last", tab.get(key("p", "last")), item(nil))
	})
}

// A page ends with the item that brings it to 1 MB, and the next one goes on behind it.
func TestEngineLargePages(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for n := range 9 {
			i := filled(300<<10, nil)
			i["SK"] = text(fmt.Sprint(n))
			tab.has(i)
		}
		var pages []int
		in := dynamodb.QueryInput{KeyConditionExpression: new("PK = :pk"), ExpressionAttributeValues: item{":pk": text("p")}}
		for {
			out := tab.mustQuery(in)
			pages = append(pages, len(out.Items))
			if in.ExclusiveStartKey = out.LastEvaluatedKey; in.ExclusiveStartKey == nil {
				break
			}
		}
		check(t, "pages", pages, []int{4, 4, 1})
	})
}
