package dynamotest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestEngineUpdateExpressions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before, after item
		update        string
		values        item
		want          string
	}{
		"all clauses": {
			before: item{"b": number("10"), "c": number("1"), "d": text("x")},
			update: "SET a = :x, b = b - :y ADD c :n REMOVE d",
			values: item{":x": text("X"), ":y": number("3"), ":n": number("5")},
			after:  item{"a": text("X"), "b": number("7"), "c": number("6")},
		},
		"ADD to nothing": {
			update: "ADD a :n, b :n",
			values: item{":n": number("5")},
			after:  item{"a": number("5"), "b": number("5")},
		},
		"ADD less than nothing": {
			before: item{"a": number("5")},
			update: "ADD a :n",
			values: item{":n": number("-7")},
			after:  item{"a": number("-2")},
		},
		"if_not_exists": {
			before: item{"a": number("5")},
			update: "SET a = if_not_exists(a, :zero) + :n, b = if_not_exists(b, :zero) + :n",
			values: item{":n": number("1"), ":zero": number("0")},
			after:  item{"a": number("6"), "b": number("1")},
		},
		"SET from an attribute that is set as well": {
			before: item{"a": text("old")},
			update: "SET a = :new, b = a",
			values: item{":new": text("new")},
			after:  item{"a": text("new"), "b": text("old")},
		},
		"two changes of one attribute": {
			before: item{"a": number("1")},
			update: "SET a = :n ADD a :n",
			values: item{":n": number("5")},
			want:   invalid,
			after:  item{"a": number("1")},
		},
		"arithmetic with an absent attribute": {
			before: item{"a": number("1")},
			update: "SET a = :n, b = b + :n",
			values: item{":n": number("5")},
			want:   invalid,
			after:  item{"a": number("1")},
		},
		"ADD to text": {
			before: item{"a": text("1")},
			update: "ADD a :n",
			values: item{":n": number("5")},
			want:   invalid,
			after:  item{"a": text("1")},
		},
		"a key": {
			update: "SET SK = :x",
			values: item{":x": text("X")},
			want:   invalid,
		},
		"a reserved word": {
			update: "SET status = :x",
			values: item{":x": text("X")},
			want:   invalid,
		},
		"a clause twice": {
			update: "SET a = :x SET b = :x",
			values: item{":x": text("X")},
			want:   invalid,
		},
		"a value that is not used": {
			update: "SET a = :x",
			values: item{":x": text("X"), ":y": text("Y")},
			want:   invalid,
		},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for name, test := range tests {
			tab.has(row("update", name, test.before))
			err := tab.update(key("update", name), test.update, "", test.values)
			check(t, name+": answer", code(t, err), test.want)
			check(t, name+": item", tab.get(key("update", name)), row("update", name, test.after))
		}
	})
}

// An update of an item that is not there creates it.
func TestEngineUpdateCreates(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		err := tab.update(key("a", "1"), "ADD n :n", "attribute_not_exists(PK)", item{":n": number("5")})
		check(t, "the first", code(t, err), ok)
		err = tab.update(key("a", "1"), "ADD n :n", "attribute_not_exists(PK)", item{":n": number("5")})
		check(t, "the second", code(t, err), conditionFailed)
		check(t, "the item", tab.get(key("a", "1")), row("a", "1", item{"n": number("5")}))
	})
}

func TestEngineReturnValues(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		versions := func(n string) item { return row("a", "1", item{"x": text("x"), "version": number(n)}) }

		put := func(n string, what types.ReturnValue) item {
			out, err := db.Client.PutItem(t.Context(), &dynamodb.PutItemInput{
				TableName: tab.name, Item: versions(n), ReturnValues: what,
			})
			if err != nil {
				t.Fatal(err)
			}
			return out.Attributes
		}
		check(t, "PutItem, nothing asked", put("1", ""), item(nil))
		check(t, "PutItem, ALL_OLD", put("2", types.ReturnValueAllOld), versions("1"))

		update := func(what types.ReturnValue) item {
			out, err := db.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
				TableName: tab.name, Key: key("a", "1"), ReturnValues: what,
				UpdateExpression: new("ADD version :n"), ExpressionAttributeValues: item{":n": number("1")},
			})
			if err != nil {
				t.Fatal(err)
			}
			return out.Attributes
		}
		check(t, "UpdateItem, nothing asked", update(""), item(nil))
		check(t, "UpdateItem, ALL_OLD", update(types.ReturnValueAllOld), versions("3"))
		check(t, "UpdateItem, ALL_NEW", update(types.ReturnValueAllNew), versions("5"))

		out, err := db.Client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
			TableName: tab.name, Key: key("a", "1"), ReturnValues: types.ReturnValueAllOld,
		})
		if err != nil {
			t.Fatal(err)
		}
		check(t, "DeleteItem, ALL_OLD", out.Attributes, versions("5"))
	})
}
