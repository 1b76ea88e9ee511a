package dynamotest

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

var errFault = errors.New("a fault")

func TestFaultBefore(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		faults := &Faults{Before: func(operation string, input any) error {
			check(t, "operation", operation, "PutItem")
			check(t, "table", input.(*dynamodb.PutItemInput).TableName, tab.name)
			return errFault
		}}
		broken := table{t: t, client: db.With(faults.Inject), name: tab.name}
		if err := broken.put(key("a", "1"), ""); !errors.Is(err, errFault) {
			t.Errorf("%v is not %v", err, errFault)
		}
		check(t, "the item", tab.get(key("a", "1")), item(nil))
	})
}

// An answer that is lost leaves the change done and the caller in the dark.
func TestFaultAfter(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		faults := &Faults{After: func(operation string, input any) error {
			check(t, "operation", operation, "TransactWriteItems")
			check(t, "entries", len(input.(*dynamodb.TransactWriteItemsInput).TransactItems), 1)
			return errFault
		}}
		broken := table{t: t, client: db.With(faults.Inject), name: tab.name}
		if err := broken.transact(putEntry(tab, key("a", "1"), absent)); !errors.Is(err, errFault) {
			t.Errorf("%v is not %v", err, errFault)
		}
		check(t, "the item", tab.get(key("a", "1")), key("a", "1"))
	})
}

func TestNoFault(t *testing.T) {
	t.Parallel()
	none := func(string, any) error { return nil }
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		for _, faults := range []*Faults{{}, {Before: none, After: none}} {
			tab.client = db.With(faults.Inject)
			tab.has(row("a", "1", item{"x": text("x")}))
			check(t, "the item", tab.get(key("a", "1")), row("a", "1", item{"x": text("x")}))
			check(t, "a failed condition", code(t, tab.put(key("a", "1"), absent)), conditionFailed)
		}
	})
}

// A client that retries after a lost answer meets what it has written itself.
func TestFaultAfterWithRetries(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		answers := 0
		faults := &Faults{After: func(string, any) error {
			if answers++; answers == 1 {
				return brokenConnection
			}
			return nil
		}}
		tab.client = db.With(faults.Inject, retrying)
		check(t, "answer", code(t, tab.put(key("a", "1"), absent)), conditionFailed)
		check(t, "attempts", answers, 2)
	})
}
