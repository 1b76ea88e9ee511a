package dynamotest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

const (
	conflicted = "TransactionConflictException"
	throttled  = "ThrottlingException"
)

// stopped is a transaction that is under way until it may go on.
type stopped struct {
	goOn  chan struct{}
	ended chan error
}

func (s stopped) end(t *testing.T) {
	t.Helper()
	close(s.goOn)
	check(t, "the transaction that was under way", code(t, <-s.ended), ok)
}

// underWay starts a transaction and returns once it holds its items.
func underWay(a *AWS, db Engine, tab table, entries ...types.TransactWriteItem) stopped {
	s := stopped{make(chan struct{}), make(chan error, 1)}
	holds := make(chan struct{})
	within := &Faults{Before: func(string, any) error {
		close(holds)
		<-s.goOn
		return nil
	}}
	tab.client = db.With(a.Imitate, within.Inject)
	go func() { s.ended <- tab.transact(entries...) }()
	<-holds
	return s
}

// A transaction holds every item that it names, and nothing else.
func TestAWSHoldsItems(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		a := new(AWS)
		tab := newTable(t, db.Client)
		tab.has(row("wallet", "1", item{"balance": number("10")}), key("gone", "1"), key("there", "1"))
		tab.client = db.With(a.Imitate)
		items := []item{key("new", "1"), key("wallet", "1"), key("gone", "1"), key("there", "1")}
		held := underWay(
			a, db, tab,
			putEntry(tab, items[0], absent), debitEntry(tab, items[1], "4"), deleteEntry(tab, items[2], exists), checkEntry(tab, items[3], exists),
		)
		for _, item := range items {
			name := fmt.Sprint(nameOf(tab.name, item))
			for kind, entry := range map[string]types.TransactWriteItem{
				"put": putEntry(tab, item, absent), "update": debitEntry(tab, item, "1"),
				"delete": deleteEntry(tab, item, exists), "check": checkEntry(tab, item, exists),
			} {
				err := tab.transact(checkEntry(tab, key("a", "1"), absent), entry, putEntry(tab, key("a", "2"), absent))
				checkReasons(t, kind+" of "+name, reasons(t, err), []reason{{"None", nil}, {"TransactionConflict", nil}, {"None", nil}})
			}
			check(t, "PutItem of "+name, code(t, tab.put(item, "")), conflicted)
			check(t, "UpdateItem of "+name, code(t, tab.update(item, "SET x = :x", "", map[string]types.AttributeValue{":x": text("x")})), conflicted)
			check(t, "DeleteItem of "+name, code(t, tab.delete(item)), conflicted)
			check(t, "TransactGetItems of "+name, code(t, tab.getTogether(key("a", "1"), item)), canceled)
		}
		check(t, "items that are free", code(t, tab.transact(putEntry(tab, key("new", "2"), absent), putEntry(tab, key("b", "1"), absent))), ok)
		check(t, "an item that is free", code(t, tab.put(key("there", "2"), absent)), ok)
		check(t, "GetItem", tab.get(key("wallet", "1"))["balance"], number("10"))
		check(t, "Query", len(tab.mustQuery(partition("gone")).Items), 1)

		held.end(t)
		check(t, "the item afterwards", code(t, tab.put(key("there", "1"), exists)), ok)
		check(t, "the items afterwards", code(t, tab.transact(debitEntry(tab, key("wallet", "1"), "4"), checkEntry(tab, key("new", "1"), exists))), ok)
		check(t, "the balance", tab.get(key("wallet", "1"))["balance"], number("2"))
		check(t, "counts", a.Counts(), Counts{Successes: 5, Conflicts: 4 * 7})
	})
}

func (tab table) getTogether(keys ...item) error {
	var gets []types.TransactGetItem
	for _, key := range keys {
		gets = append(gets, types.TransactGetItem{Get: &types.Get{TableName: tab.name, Key: key}})
	}
	_, err := tab.client.TransactGetItems(tab.t.Context(), &dynamodb.TransactGetItemsInput{TransactItems: gets})
	return err
}

// A transaction that is cancelled was in the way of others until then.
func TestAWSCancelledHolds(t *testing.T) {
	t.Parallel()
	a := new(AWS)
	wants := func(items ...string) []target {
		var targets []target
		for _, sk := range items {
			targets = append(targets, change(new("table"), key("a", sk)))
		}
		return targets
	}
	first, refusal := a.begin(wants("1"))
	check(t, "first", refusal, nil)
	second, refusal := a.begin(wants("1", "2"))
	checkReasons(t, "second", reasons(t, refusal), []reason{{"TransactionConflict", nil}, {"None", nil}})
	_, refusal = a.begin(wants("2"))
	checkReasons(t, "third", reasons(t, refusal), []reason{{"TransactionConflict", nil}})
	a.release(second)
	_, refusal = a.begin(wants("2"))
	check(t, "third, later", refusal, nil)
	_, refusal = a.begin(wants("1"))
	checkReasons(t, "the item of the first", reasons(t, refusal), []reason{{"TransactionConflict", nil}})
	a.release(first)
	_, refusal = a.begin(wants("1"))
	check(t, "the item of the first, later", refusal, nil)
}

// One that fails lets go of its items, too.
func TestAWSFailedLetsGo(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		a := new(AWS)
		tab := newTable(t, db.Client)
		tab.client = db.With(a.Imitate)
		check(t, "answer", code(t, tab.transact(checkEntry(tab, key("a", "1"), exists), putEntry(tab, key("a", "2"), absent))), canceled)
		check(t, "alone", code(t, tab.put(key("a", "1"), exists)), conditionFailed)
		check(t, "together", code(t, tab.transact(putEntry(tab, key("a", "1"), absent), putEntry(tab, key("a", "2"), absent))), ok)
		check(t, "counts", a.Counts(), Counts{Successes: 1, Outdated: 2})
	})
}

func TestAWSSingleWritesAreInNobodysWay(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		a := new(AWS)
		tab := newTable(t, db.Client)
		tab.client = db.With(a.Imitate)
		check(t, "winners", race(t, 64, conflicted, func(int) error { return tab.put(key("a", "1"), "") }), 64)
	})
}

// Of transactions that want one item, the first has it; the others meet it, or come
// after it and fail their conditions. Nothing is held in the end.
func TestAWSTransactionsRace(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		a := new(AWS)
		tab := newTable(t, db.Client)
		tab.client = db.With(a.Imitate)
		won := race(t, 64, canceled, func(i int) error {
			return tab.transact(putEntry(tab, key("a", "1"), absent), putEntry(tab, key("b", fmt.Sprint(i)), absent))
		})
		counts := a.Counts()
		check(t, "winners", won, 1)
		check(t, "successes", counts.Successes, 1)
		check(t, "others", counts.Conflicts+counts.Outdated, 63)
		if counts.Conflicts == 0 {
			t.Error("no conflicts")
		}
		check(t, "held", len(a.held), 0)
	})
}

// kib is an item of so many KiB, and not a byte more.
func kib(pk, sk string, n int) item {
	r := row(pk, sk, item{"x": text("")})
	r["x"] = text(strings.Repeat("x", n<<10-SizeOf(object(r))))
	return r
}

func TestAWSUnits(t *testing.T) {
	t.Parallel()
	name := new("t")
	larger := kib("a", "1", 3)
	larger["y"] = text("")
	entry := func(e types.TransactWriteItem) []target {
		return entriesOf(&dynamodb.TransactWriteItemsInput{TransactItems: []types.TransactWriteItem{e}})
	}
	tab := table{name: name}
	for what, test := range map[string]struct {
		targets []target
		want    demand
	}{
		"a small item":                {[]target{put(name, key("a", "1"))}, demand{"t a": 1}},
		"three KiB":                   {[]target{put(name, kib("a", "1", 3))}, demand{"t a": 3}},
		"a little more":               {[]target{put(name, larger)}, demand{"t a": 4}},
		"in the index":                {[]target{put(name, dueRow("a", "t1"))}, demand{"t a": 1, "t GSI1 due": 1}},
		"an update":                   {[]target{change(name, key("a", "1"))}, demand{"t a": 1}},
		"put in a transaction":        {entry(putEntry(tab, kib("a", "1", 3), absent)), demand{"t a": 6}},
		"update in a transaction":     {entry(debitEntry(tab, key("a", "1"), "1")), demand{"t a": 2}},
		"delete in a transaction":     {entry(deleteEntry(tab, key("a", "1"), exists)), demand{"t a": 2}},
		"check in a transaction":      {entry(checkEntry(tab, key("a", "1"), exists)), demand{"t a": 2}},
		"indexed, in a transaction":   {entry(putEntry(tab, dueRow("a", "t1"), absent)), demand{"t a": 2, "t GSI1 due": 1}},
		"two items of one key":        {[]target{put(name, key("a", "1")), put(name, key("a", "2"))}, demand{"t a": 2}},
		"one item of each of two key": {[]target{put(name, key("a", "1")), put(name, key("b", "1"))}, demand{"t a": 1, "t b": 1}},
	} {
		check(t, what, demandOf(test.targets), test.want)
	}
}

// A partition key takes a thousand units in any second. Another one has its own.
func TestAWSThrottles(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := new(AWS)
		db := Embedded(t)
		tab := newTable(t, db.Client)
		tab.client = db.With(a.Imitate)
		check(t, "300 units", race(t, 3, ok, func(i int) error { return tab.put(kib("a", fmt.Sprint(i), 100), "") }), 3)
		time.Sleep(time.Second / 2)
		check(t, "600 more", code(t, tab.transact(putEntry(tab, kib("a", "4", 300), absent))), ok)
		check(t, "101 more", code(t, tab.put(kib("a", "5", 101), "")), throttled)
		err := tab.transact(putEntry(tab, kib("b", "1", 60), absent), putEntry(tab, kib("a", "6", 51), absent), checkEntry(tab, key("a", "1"), exists))
		checkReasons(t, "104 more", reasons(t, err), []reason{{"None", nil}, {"ThrottlingError", nil}, {"ThrottlingError", nil}})
		check(t, "another key", code(t, tab.put(kib("b", "1", 100), "")), ok)
		check(t, "nothing was written", tab.get(key("a", "6")), item(nil))
		check(t, "the last 100", code(t, tab.put(kib("a", "7", 100), "")), ok)

		time.Sleep(time.Second / 2)
		check(t, "what the first second has left", code(t, tab.put(kib("a", "8", 300), "")), ok)
		check(t, "and no more", code(t, tab.put(kib("a", "9", 1), "")), throttled)
		check(t, "reads", tab.get(key("a", "9")), item(nil))
		time.Sleep(time.Second)
		check(t, "a later second", code(t, tab.put(kib("a", "9", 1), "")), ok)
		check(t, "counts", a.Counts(), Counts{Successes: 8, Throttles: 3})
	})
}

// What is larger than any second has one of its own, or could never be written.
func TestAWSLargestTransaction(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := Embedded(t)
		tab := newTable(t, db.Client)
		tab.client = db.With(new(AWS).Imitate)
		large := func(sk string) error {
			return tab.transact(putEntry(tab, kib("a", sk, 300), absent), putEntry(tab, kib("a", sk+"'", 300), absent))
		}
		check(t, "first", code(t, large("1")), ok)
		check(t, "second", code(t, large("2")), canceled)
		time.Sleep(time.Second)
		check(t, "later", code(t, large("3")), ok)
	})
}

// Each request takes its time: a transaction more than another, and some far more
// than most.
func TestAWSTakesTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		db := Embedded(t)
		tab := newTable(t, db.Client)
		tab.client = db.With(new(AWS).Imitate)
		timed := func(do func()) (sum, longest time.Duration) {
			for range 200 {
				start := time.Now()
				do()
				sum, longest = sum+time.Since(start), max(longest, time.Since(start))
			}
			return sum / 200, longest
		}
		read, longestRead := timed(func() { tab.get(key("a", "1")) })
		written, longestWritten := timed(func() {
			if err := tab.transact(checkEntry(tab, key("a", "1"), absent)); err != nil {
				t.Error(err)
			}
		})
		if read < medianTrip || read > 2*medianTrip || longestRead < 3*medianTrip {
			t.Errorf("a read takes %v, and at most %v", read, longestRead)
		}
		if written < medianTrip+medianHold || written > 2*(medianTrip+medianHold) || longestWritten < 3*medianHold {
			t.Errorf("a transaction takes %v, and at most %v", written, longestWritten)
		}
	})
}

func TestAWSSeed(t *testing.T) {
	t.Parallel()
	draws := func(seed uint64) (drawn [10]time.Duration) {
		a := &AWS{Seed: seed}
		for i := range drawn {
			drawn[i] = a.draw(medianHold)
		}
		return drawn
	}
	check(t, "the same seed", draws(1), draws(1))
	if draws(1) == draws(2) {
		t.Error("another seed gives the same latencies")
	}
}

// What it has no rule for, it does not let pass as if it had.
func TestAWSHasNoRule(t *testing.T) {
	t.Parallel()
	db := Embedded(t)
	tab := newTable(t, db.Client)
	_, err := db.With(new(AWS).Imitate).BatchWriteItem(t.Context(), &dynamodb.BatchWriteItemInput{
		RequestItems: map[string][]types.WriteRequest{*tab.name: {{PutRequest: &types.PutRequest{Item: key("a", "1")}}}},
	})
	if err == nil || !strings.Contains(err.Error(), "no rule for BatchWriteItem") {
		t.Errorf("the error is %v", err)
	}
}

// Its errors are those of the SDK, as a client finds them.
func TestAWSErrors(t *testing.T) {
	t.Parallel()
	db := Embedded(t)
	a := new(AWS)
	tab := newTable(t, db.Client)
	tab.client = db.With(a.Imitate, retrying)
	defer underWay(a, db, tab, putEntry(tab, key("a", "1"), absent)).end(t)
	var conflict *types.TransactionConflictException
	if err := tab.put(key("a", "1"), ""); !errors.As(err, &conflict) {
		t.Errorf("%v is no %T", err, conflict)
	}
	a.windows[*tab.name+" hot"] = window{{time.Now(), unitsASecond}}
	var throttling *types.ThrottlingException
	if err := tab.put(key("hot", "1"), ""); !errors.As(err, &throttling) {
		t.Errorf("%v is no %T", err, throttling)
	}
	check(t, "attempts of the SDK that were throttled", a.Counts().Throttles, 3)
}
