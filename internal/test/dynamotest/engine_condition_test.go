package dynamotest

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestEngineConditions(t *testing.T) {
	t.Parallel()
	stored := row("a", "1", item{
		"version":   number("7"),
		"balance":   number("10"),
		"expiresAt": text("2030-01-01T00:00:00Z"),
		"used":      boolean(false),
		"digest":    binary(0, 1, 255),
		"status":    text("open"),
		"spec":      object(item{"size": text("s")}),
	})
	tests := []struct {
		condition string
		values    item
		want      string
	}{
		{"attribute_exists(PK)", nil, ok},
		{"attribute_not_exists(PK)", nil, conditionFailed},
		{"attribute_not_exists(lease)", nil, ok},
		{"version = :v", item{":v": number("7")}, ok},
		{"version = :v", item{":v": number("6")}, conditionFailed},
		{"version = :v", item{":v": number("7.0")}, ok},
		{"version = :v AND expiresAt > :now", item{":v": number("7"), ":now": text("2029-12-31T23:59:59Z")}, ok},
		{"version = :v AND expiresAt > :now", item{":v": number("7"), ":now": text("2030-01-01T00:00:00Z")}, conditionFailed},
		{"version = :v AND expiresAt > :now", item{":v": number("8"), ":now": text("2029-12-31T23:59:59Z")}, conditionFailed},
		{"balance >= :p", item{":p": number("10")}, ok},
		{"balance >= :p", item{":p": number("11")}, conditionFailed},
		{"balance > :p", item{":p": number("9")}, ok}, // and not as text, where 10 < 9
		{"balance > version", nil, ok},
		{"used = :no", item{":no": boolean(false)}, ok},
		{"digest = :d", item{":d": binary(0, 1, 255)}, ok},
		{"digest = :d", item{":d": binary(0, 1, 254)}, conditionFailed},
		{"status = :s", item{":s": text("open")}, invalid},
		{"balance BETWEEN :a AND :b", item{":a": number("10"), ":b": number("11")}, ok},
		{"expiresAt IN (:a, :b)", item{":a": text("x"), ":b": text("2030-01-01T00:00:00Z")}, ok},
		{"NOT (version = :v)", item{":v": number("7")}, conditionFailed},
		{"NOT version = :v", item{":v": number("7")}, conditionFailed},
		{"begins_with(expiresAt, :p)", item{":p": text("2030-")}, ok},
		{"(attribute_not_exists(lease) OR lease < :now) AND version = :v", item{":v": number("7"), ":now": text("x")}, ok},
		{"attribute_not_exists(lease) OR lease < :now AND version = :v", item{":v": number("8"), ":now": text("x")}, ok},

		// A comparison with an absent attribute is false, or true for <>.
		{"lease = :x", item{":x": text("x")}, conditionFailed},
		{"lease < :x", item{":x": text("x")}, conditionFailed},
		{"lease >= :x", item{":x": number("0")}, conditionFailed},
		{"lease <> :x", item{":x": text("x")}, ok},

		// So is a comparison of different types,
		{"expiresAt = :n", item{":n": number("1")}, conditionFailed},
		{"expiresAt > :n", item{":n": number("1")}, conditionFailed},
		{"balance = :s", item{":s": text("10")}, conditionFailed},
		// and a function of an absent attribute.
		{"begins_with(lease, :p)", item{":p": text("x")}, conditionFailed},
		{"attribute_not_exists(lease) OR begins_with(lease, :p)", item{":p": text("x")}, ok},

		{"balance + :n <= version", item{":n": number("1")}, invalid},
		{"version = :v", nil, invalid}, // a value that is not given
		{"version = :v", item{":v": number("7"), ":w": number("7")}, invalid},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(stored)
		for _, test := range tests {
			values := item{":t": boolean(true)}
			for name, value := range test.values {
				values[name] = value
			}
			err := tab.update(key("a", "1"), "SET touched = :t", test.condition, values)
			check(t, test.condition, code(t, err), test.want)
		}
	})
}

func TestEngineConditionOnReservedWord(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(row("a", "1", item{"status": text("open")}))
		change := func() error {
			_, err := db.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
				TableName: tab.name, Key: key("a", "1"),
				UpdateExpression:          new("SET #status = :new"),
				ConditionExpression:       new("#status = :old"),
				ExpressionAttributeNames:  map[string]string{"#status": "status"},
				ExpressionAttributeValues: item{":old": text("open"), ":new": text("used")},
			})
			return err
		}
		check(t, "the first change", code(t, change()), ok)
		check(t, "the second change", code(t, change()), conditionFailed)
		check(t, "the item", tab.get(key("a", "1")), row("a", "1", item{"status": text("used")}))
	})
}

// A failed condition leaves the item alone, and its error carries the item when
// asked for it.
func TestEngineFailedCondition(t *testing.T) {
	t.Parallel()
	stored := row("a", "1", item{"version": number("7")})
	never, asked := new("attribute_not_exists(PK)"), types.ReturnValuesOnConditionCheckFailureAllOld
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(stored)
		writes := map[string]struct {
			write func() error
			want  item
		}{
			"PutItem": {func() error {
				_, err := db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{
					TableName: tab.name, Item: key("a", "1"),
					ConditionExpression: never, ReturnValuesOnConditionCheckFailure: asked,
				})
				return err
			}, stored},
			"UpdateItem": {func() error {
				_, err := db.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
					TableName: tab.name, Key: key("a", "1"),
					UpdateExpression:          new("SET version = :v"),
					ExpressionAttributeValues: item{":v": number("8")},
					ConditionExpression:       never, ReturnValuesOnConditionCheckFailure: asked,
				})
				return err
			}, stored},
			"DeleteItem": {func() error {
				_, err := db.Client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
					TableName: tab.name, Key: key("a", "1"),
					ConditionExpression: never, ReturnValuesOnConditionCheckFailure: asked,
				})
				return err
			}, stored},
			"not asked": {func() error {
				return tab.put(key("a", "1"), *never)
			}, nil},
		}
		for name, test := range writes {
			var failed *types.ConditionalCheckFailedException
			if err := test.write(); !errors.As(err, &failed) {
				t.Errorf("%s: %v is no %T", name, err, failed)
				continue
			}
			check(t, name+"'s item", failed.Item, test.want)
		}
		check(t, "the item", tab.get(key("a", "1")), stored)
	})
}
