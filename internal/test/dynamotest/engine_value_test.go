package dynamotest

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func TestEngineValues(t *testing.T) {
	t.Parallel()
	values := map[string]types.AttributeValue{
		"text":           text("x"),
		"empty text":     text(""),
		"any text":       text("é\x00<>&\u2028😀"),
		"binary":         binary(0, 1, 255),
		"true":           boolean(true),
		"false":          boolean(false),
		"null":           &types.AttributeValueMemberNULL{Value: true},
		"list":           list(text("a"), number("1"), list(text(""))),
		"map":            object(item{"a": text("x"), "b": object(item{"c": number("1")})}),
		"empty list":     list(),
		"empty map":      object(item{}),
		"empty binary":   binary(),
		"list in a list": list(list()),
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

// A number comes back as one spelling of its value, whatever it was written as.
func TestEngineNumbers(t *testing.T) {
	t.Parallel()
	tests := []struct{ put, want string }{
		{"0", "0"},
		{"-12", "-12"},
		{"9007199254740992", "9007199254740992"},
		{"9007199254740993", "9007199254740993"},
		{"1767225600123456789", "1767225600123456789"},
		{"99999999999999999999999999999999999999", "99999999999999999999999999999999999999"},
		{"1000.0", "1000"},
		{"-0", "0"},
		{"007", "7"},
		{"1e3", "1000"},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for _, test := range tests {
			at := key("number", test.put)
			tab.has(row("number", test.put, item{"n": number(test.put)}))
			check(t, test.put, tab.get(at)["n"], number(test.want))
			if err := tab.update(at, "SET note = :n", "", item{":n": text("x")}); err != nil {
				t.Fatal(err)
			}
			check(t, test.put+" after an update", tab.get(at)["n"], number(test.want))
		}
	})
}

func TestEngineArithmetic(t *testing.T) {
	t.Parallel()
	tests := []struct{ start, add, want string }{
		{"2000", "400", "2400"},
		{"9007199254740991", "1", "9007199254740992"},
		{"9007199254740992", "1", "9007199254740993"},
		{"1", "-2", "-1"},
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for _, test := range tests {
			at := key("sum", test.start)
			tab.has(row("sum", test.start, item{"n": number(test.start)}))
			if err := tab.update(at, "SET n = n + :n", "", item{":n": number(test.add)}); err != nil {
				t.Fatal(err)
			}
			check(t, test.start+" + "+test.add, tab.get(at)["n"], number(test.want))
		}
	})
}

func TestEngineInvalidItems(t *testing.T) {
	t.Parallel()
	tests := map[string]item{
		"no sort key":              {"PK": text("a")},
		"sort key of another type": {"PK": text("a"), "SK": number("1")},
		"empty sort key":           key("a", ""),
		"empty index key":          row("a", "1", item{"GSI1PK": text(""), "GSI1SK": text("x")}),
		"not a number":             row("a", "2", item{"n": number("x")}),
		"39 digits":                row("a", "3", item{"n": number("123456789012345678901234567890123456789")}),
		"more than 400 KiB":        row("a", "4", item{"b": binary(make([]byte, 400*1024)...)}),
	}
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for name, bad := range tests {
			check(t, name, code(t, tab.put(bad, "")), invalid)
		}
	})
}

func TestEngineInvalidIndexKey(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		bad := row("a", "1", item{"GSI1PK": number("1"), "GSI1SK": text("x")})
		check(t, "answer", code(t, tab.put(bad, "")), invalid)
		check(t, "item", tab.get(key("a", "1")), item(nil))
	})
}

// Two keys whose texts are equal once they are joined are two keys.
func TestEngineKeysWithDots(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		tab.has(key("a.b", "c"))
		err := tab.put(key("a", "b.c"), "attribute_not_exists(PK)")
		check(t, "creation of another key", code(t, err), ok)
		check(t, "the other key", tab.get(key("a", "b.c")), key("a", "b.c"))
	})
}
