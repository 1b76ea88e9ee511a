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
		// Where minidyn does something else:
		minidynAfter item
		minidynWant  string
		deviates     bool
	}{
		"all clauses": {
			before: item{"b": number("10"), "c": number("1"), "d": text("x")},
			update: "SET a = :x, b = b - :y ADD c :n REMOVE d",
			values: item{":x": text("X"), ":y": number("3"), ":n": number("5")},
			after:  item{"a": text("X"), "b": number("7"), "c": number("6")},
			// minidyn does not remove an attribute of the item itself,
			minidynAfter: item{"a": text("X"), "b": number("7"), "c": number("6"), "d": text("x")},
			deviates:     true,
		},
		"REMOVE in a map": { // but one of a map it does.
			before: item{"m": object(item{"a": number("1"), "b": number("2")})},
			update: "REMOVE m.a",
			after:  item{"m": object(item{"b": number("2")})},
		},
		"SET in a map": {
			before: item{"m": object(item{"a": number("1"), "b": number("2")})},
			update: "SET m.a = :x",
			values: item{":x": text("X")},
			after:  item{"m": object(item{"a": text("X"), "b": number("2")})},
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
		"list_append": {
			before: item{"l": list(text("a"))},
			update: "SET l = list_append(l, :l)",
			values: item{":l": list(text("b"))},
			after:  item{"l": list(text("a"), text("b"))},
		},
		"ADD to a set": {
			before: item{"s": texts("a")},
			update: "ADD s :s",
			values: item{":s": texts("b", "a")},
			after:  item{"s": texts("a", "b")},
		},
		"SET from an attribute that is set as well": {
			before: item{"a": text("old")},
			update: "SET a = :new, b = a",
			values: item{":new": text("new")},
			after:  item{"a": text("new"), "b": text("old")},
			// minidyn sets one after the other.
			minidynAfter: item{"a": text("new"), "b": text("new")},
			deviates:     true,
		},
		"two changes of one attribute": {
			before:       item{"a": number("1")},
			update:       "SET a = :n ADD a :n",
			values:       item{":n": number("5")},
			want:         invalid,
			after:        item{"a": number("1")},
			minidynAfter: item{"a": number("10")},
			deviates:     true,
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
			want, after := test.want, test.after
			if test.deviates {
				want, after = expect(db, want, test.minidynWant), expect(db, after, test.minidynAfter)
			}
			tab.has(row("update", name, test.before))
			err := tab.update(key("update", name), test.update, "", test.values)
			check(t, name+": answer", code(t, err), want)
			check(t, name+": item", tab.get(key("update", name)), row("update", name, after))
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

// minidyn returns the new item for every put, whatever it was asked for.
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
		check(t, "PutItem, nothing asked", put("1", ""), expect(db, nil, versions("1")))
		check(t, "PutItem, ALL_OLD", put("2", types.ReturnValueAllOld), expect(db, versions("1"), versions("2")))

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
		check(t, "UpdateItem, UPDATED_NEW", update(types.ReturnValueUpdatedNew), item{"version": number("6")})

		out, err := db.Client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{
			TableName: tab.name, Key: key("a", "1"), ReturnValues: types.ReturnValueAllOld,
		})
		if err != nil {
			t.Fatal(err)
		}
		check(t, "DeleteItem, ALL_OLD", out.Attributes, versions("6"))
	})
}
