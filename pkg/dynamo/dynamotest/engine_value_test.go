package dynamotest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
)

func TestEngineValues(t *testing.T) {
	t.Parallel()
	values := map[string]types.AttributeValue{
		"text":       text("x"),
		"empty text": text(""),
		"any text":   text("é\x00<>&\u2028😀"),
		"binary":     binary(0, 1, 255),
		"true":       boolean(true),
		"false":      boolean(false),
		"null":       &types.AttributeValueMemberNULL{Value: true},
		"list":       list(text("a"), number("1"), list(text(""))),
		"map":        object(item{"a": text("x"), "b": object(item{"c": number("1")})}),
		"set":        texts("a", "b"),
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for name, value := range values {
			tab.has(row("value", name, item{"v": value}))
			check(t, name, tab.get(key("value", name)), row("value", name, item{"v": value}))
			err := tab.update(key("value", name), "SET n = :n", "", item{":n": number("1")})
			check(t, name+": update of another attribute", code(t, err), ok)
			check(t, name+" after an update", tab.get(key("value", name)), row("value", name, item{"v": value, "n": number("1")}))
		}
	})
}

// minidyn answers an empty list, map or binary as a value without a type, for
// which the SDK gives a wrong value or none.
func TestEngineEmptyValues(t *testing.T) {
	t.Parallel()
	values := map[string]types.AttributeValue{
		"list":           list(),
		"map":            object(item{}),
		"binary":         binary(),
		"list in a list": list(list()),
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for name, value := range values {
			want := row("value", name, item{"v": value})
			tab.has(want)
			intact := cmp.Equal(want, tab.get(key("value", name)), exactly)
			check(t, name+" comes back", intact, expect(db, true, false))
		}
	})
}

// On minidyn an empty binary anywhere in the table makes every query invalid,
// and so does an empty list or map, once any transaction has failed.
func TestEngineEmptyValueBreaksQueries(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]types.AttributeValue{
		"list": list(), "map": object(item{}), "binary": binary(),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			Each(t, func(t *testing.T, db Engine) {
				tab := newTable(t, db.Client)
				tab.has(row("value", "1", item{"v": value}), key("other", "1"))
				err := tab.transact(putEntry(tab, key("a", "1"), "attribute_exists(PK)"))
				check(t, "transaction", code(t, err), canceled)
				_, err = tab.query(dynamodb.QueryInput{
					KeyConditionExpression:    new("PK = :pk"),
					ExpressionAttributeValues: item{":pk": text("other")},
				})
				check(t, "query of another item", code(t, err), expect(db, ok, invalid))
			})
		})
	}
}

// minidyn keeps a number as it was written until an update: that turns all
// numbers of the item into float64, those that it does not name included.
func TestEngineNumbers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		put                      string
		want, afterUpdate        string
		minidyn, minidynAfterUpd string
	}{
		{"0", "0", "0", "0", "0"},
		{"-12", "-12", "-12", "-12", "-12"},
		{"9007199254740992", "9007199254740992", "9007199254740992", "9007199254740992", "9007199254740992"},
		{"9007199254740993", "9007199254740993", "9007199254740993", "9007199254740993", "9007199254740992"},
		{"1767225600123456789", "1767225600123456789", "1767225600123456789", "1767225600123456789", "1767225600123456800"},
		{"99999999999999999999999999999999999999", "99999999999999999999999999999999999999", "99999999999999999999999999999999999999", "99999999999999999999999999999999999999", "100000000000000000000000000000000000000"},
		{"1.50", "1.5", "1.5", "1.50", "1.5"},
		{"1e3", "1000", "1000", "1e3", "1000"},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for _, test := range tests {
			at := key("number", test.put)
			tab.has(row("number", test.put, item{"n": number(test.put)}))
			check(t, test.put, tab.get(at)["n"], number(expect(db, test.want, test.minidyn)))
			if err := tab.update(at, "SET note = :n", "", item{":n": text("x")}); err != nil {
				t.Fatal(err)
			}
			check(t, test.put+" after an update", tab.get(at)["n"], number(expect(db, test.afterUpdate, test.minidynAfterUpd)))
		}
	})
}

func TestEngineArithmetic(t *testing.T) {
	t.Parallel()
	tests := []struct{ start, add, want, minidyn string }{
		{"2000", "400", "2400", "2400"},
		{"9007199254740991", "1", "9007199254740992", "9007199254740992"},
		{"9007199254740992", "1", "9007199254740993", "9007199254740992"},
		{"0.1", "0.2", "0.3", "0.30000000000000004"},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for _, test := range tests {
			at := key("sum", test.start)
			tab.has(row("sum", test.start, item{"n": number(test.start)}))
			if err := tab.update(at, "SET n = n + :n", "", item{":n": number(test.add)}); err != nil {
				t.Fatal(err)
			}
			check(t, test.start+" + "+test.add, tab.get(at)["n"], number(expect(db, test.want, test.minidyn)))
		}
	})
}

// minidyn compares numbers as float64.
func TestEngineComparesBigNumbers(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(row("a", "1", item{"n": number("9007199254740993")}))
		err := tab.update(key("a", "1"), "SET x = :x", "n = :n", item{":x": text("x"), ":n": number("9007199254740992")})
		check(t, "equality of two numbers", code(t, err), expect(db, conditionFailed, ok))
	})
}

func TestEngineInvalidItems(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		put           item
		want, minidyn string
	}{
		"no sort key":              {item{"PK": text("a")}, invalid, invalid},
		"sort key of another type": {item{"PK": text("a"), "SK": number("1")}, invalid, invalid},
		"empty sort key":           {key("a", ""), invalid, ok},
		"empty index key":          {row("a", "1", item{"GSI1PK": text(""), "GSI1SK": text("x")}), invalid, ok},
		"not a number":             {row("a", "2", item{"n": number("x")}), invalid, ok},
		"39 digits":                {row("a", "3", item{"n": number("123456789012345678901234567890123456789")}), invalid, ok},
		"more than 400 KiB":        {row("a", "4", item{"b": binary(make([]byte, 400*1024)...)}), invalid, ok},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for name, test := range tests {
			check(t, name, code(t, tab.put(test.put, "")), expect(db, test.want, test.minidyn))
		}
	})
}

// minidyn stores an item before it finds that its index key is invalid.
func TestEngineInvalidIndexKey(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		bad := row("a", "1", item{"GSI1PK": number("1"), "GSI1SK": text("x")})
		check(t, "answer", code(t, tab.put(bad, "")), invalid)
		check(t, "item", tab.get(key("a", "1")), expect(db, nil, bad))
	})
}

// minidyn joins the parts of a key with a dot, and takes two keys for one when
// they are equal then.
func TestEngineKeysWithDots(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(key("a.b", "c"))
		err := tab.put(key("a", "b.c"), "attribute_not_exists(PK)")
		check(t, "creation of another key", code(t, err), expect(db, ok, conditionFailed))
		check(t, "the other key", tab.get(key("a", "b.c")), expect(db, key("a", "b.c"), key("a.b", "c")))
	})
}
