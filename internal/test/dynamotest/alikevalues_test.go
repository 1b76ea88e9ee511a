package dynamotest

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"pgregory.net/rapid"
)

// draws draws the parts of random calls. Those of one run stay among the items of
// that run.
type draws struct {
	*rapid.T
	run string
}

// rarely is true less often than that. The smallest and largest numbers, which rapid
// prefers, do not count.
func (d draws) rarely(percent int) bool {
	n := rapid.IntRange(0, 100).Draw(d.T, "rarely")
	return 50 <= n && n < 50+percent
}

func (d draws) sometimes() bool { return rapid.Bool().Draw(d.T, "sometimes") }

func (d draws) count(low, high int) int { return rapid.IntRange(low, high).Draw(d.T, "count") }

func oneOf[V any](d draws, of ...V) V { return of[rapid.IntRange(0, len(of)-1).Draw(d.T, "one")] }

// oddTexts sort otherwise by UTF-16 than by bytes, or arrive otherwise than they
// were sent.
var oddTexts = []string{
	"a", "b", "", "aa", "a\x00", "a\x00b", "\x00", "é", "e\u0301", "\uffff", "😀", "\xff", "a\xc3", "<>&\u2028", "\"\\", "1", "10", "9",
}

func (d draws) text() string { return oneOf(d, oddTexts...) }

// numbers are spelled in every way, and some are none.
var numbers = []string{
	"1", "0", "2", "-1", "10", "1.0", "1e1", "1E+2", "100e-2", "-0", "007", "+3", "-0.0", "12345678901234567890",
	"99999999999999999999999999999999999999", "-99999999999999999999999999999999999999", "1e37", "1e125", "9.9e125", "1e-0",
}

var noNumbers = []string{"", "x", "1e126", "1 ", " 1", "0x1", "1_000", "--1", "1e", "e1", ".", "NaN", "Infinity", "123456789012345678901234567890123456789"}

func (d draws) number() string {
	if d.rarely(1) {
		return oneOf(d, noNumbers...)
	}
	return oneOf(d, numbers...)
}

func (d draws) value() types.AttributeValue { return d.valueOf(2) }

func (d draws) valueOf(depth int) types.AttributeValue {
	kinds := 5
	if depth > 0 {
		kinds = 7
	}
	switch d.count(0, kinds) {
	case 0, 1:
		return number(d.number())
	case 2:
		return text(d.text())
	case 3:
		return boolean(d.sometimes())
	case 4:
		return binary([]byte(d.text())...)
	case 5:
		return &types.AttributeValueMemberNULL{Value: !d.rarely(1)}
	case 6:
		members := make([]types.AttributeValue, d.count(0, 2))
		for i := range members {
			members[i] = d.valueOf(depth - 1)
		}
		return list(members...)
	default:
		members := item{}
		for range d.count(0, 2) {
			members[d.text()] = d.valueOf(depth - 1)
		}
		return object(members)
	}
}

// attributes are those of items and expressions. Some need a placeholder.
var attributes = []string{"n", "m", "note", "version", "GSI1PK", "GSI1SK", "ttl", "status", "x-y", "größe"}

func (d draws) partition() string {
	return "run" + d.run + oneOf(d, "", "a", "a\x00", "é", "\xff")
}

func (d draws) sort() string {
	return oneOf(d, "1", "2", "10", "a", "a\x00", "a\x00b", "é", "\uffff", "😀", "\xff")
}

// key is a key that an item may have, and rarely one that none can have.
func (d draws) key() item {
	k := key(d.partition(), d.sort())
	if !d.rarely(3) {
		return k
	}
	switch d.count(0, 6) {
	case 0:
		delete(k, "SK")
	case 1:
		k["SK"] = number("1")
	case 2:
		k["SK"] = text("")
	case 3:
		k["other"] = text("x")
	case 4:
		k["SK"] = text(strings.Repeat("k", oneOf(d, 1023, 1024, 1025)))
	case 5:
		k["PK"] = text("run" + d.run + strings.Repeat("k", oneOf(d, 2036, 2037, 2038)))
	case 6:
		return nil
	}
	return k
}

// item is an item of a key.
func (d draws) item() item {
	i := d.key()
	for range d.count(0, 4) {
		name := oneOf(d, attributes...)
		if i != nil {
			i[name] = d.valueFor(name, i)
		}
	}
	if d.sometimes() && i != nil {
		i["GSI1PK"], i["GSI1SK"] = d.valueFor("GSI1PK", i), d.valueFor("GSI1SK", i)
	}
	return i
}

// valueFor is a value for an attribute of an item, which mostly has the right type.
func (d draws) valueFor(name string, of item) types.AttributeValue {
	if d.rarely(3) {
		return d.value()
	}
	switch name {
	case "GSI1PK":
		return text(d.indexPartition())
	case "GSI1SK":
		return text(d.indexSort(of))
	case "n", "version", "ttl":
		return number(d.number())
	default:
		return d.value()
	}
}

func (d draws) indexPartition() string { return "run" + d.run + oneOf(d, "due", "due\x00", "é") }

// indexSort is a place in the index that no other item has: the order of items in
// one place is not defined.
func (d draws) indexSort(of item) string {
	return oneOf(d, "a", "a\x00", "b", "", "😀", "\uffff") + fmt.Sprintf("/%x/%x", arrived(textOf(of["PK"])), arrived(textOf(of["SK"])))
}

// arrived is a text as it arrives.
func arrived(text string) string { return string([]rune(text)) }
