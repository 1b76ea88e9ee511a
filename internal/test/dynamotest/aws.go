package dynamotest

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// AWS makes an engine treat requests that meet each other as DynamoDB does on
// AWS, which neither engine does by itself:
//
//   - Each request takes its time, and a transaction takes longer.
//   - A TransactWriteItems holds its items while it is under way, those that it
//     only checks included. Another one that wants an item which is held is
//     cancelled. What else it wanted it holds until it has its answer, so that it
//     may be in the way of a third.
//   - A PutItem, UpdateItem or DeleteItem of an item that is held is refused with a
//     TransactionConflictException. Single writes are in nobody's way.
//   - Reads pass, all but a TransactGetItems of an item that is held.
//   - A partition key takes 1,000 write units in any second, and so does one of
//     the index. What is more than that is throttled.
//
// The rules are those of the DynamoDB developer guide, "DynamoDB Transactions: How
// it works" and "Best practices for designing and using partition keys". Where they
// leave it open, a request that meets a conflict takes no write units; one whose
// condition fails does.
//
// It knows tables with the keys PK and SK, and an index of GSI1PK. The zero value
// is ready for use, as an option of several clients at once. In a
// testing/synctest bubble all waiting takes no time.
type AWS struct {
	// Seed is where the latencies come from. Which request gets which depends on
	// the order in which they arrive.
	Seed uint64

	mu      sync.Mutex
	random  *rand.Rand
	held    map[itemName]bool
	windows map[string]window // by partition key
	counts  Counts
}

// Counts say what became of the writes, each request counted once.
type Counts struct {
	// Successes have written.
	Successes int
	// Conflicts wanted an item that a transaction held.
	Conflicts int
	// Outdated failed their own conditions.
	Outdated int
	// Throttles were too many for a partition key.
	Throttles int
}

// Counts returns what has happened so far.
func (a *AWS) Counts() Counts {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.counts
}

// Imitate is an option for dynamodb.New and for [Engine.With]. Behind
// [Recorder.Record] among the options its answers are recorded.
func (a *AWS) Imitate(o *dynamodb.Options) { wrapAttempts(o, a.attempt) }

func (a *AWS) attempt(r attempt) (any, error) {
	way := a.draw(medianTrip) / 2
	time.Sleep(way)
	defer time.Sleep(way)
	switch in := r.input.(type) {
	case *dynamodb.TransactWriteItemsInput:
		return a.transact(entriesOf(in), r.send)
	case *dynamodb.TransactGetItemsInput:
		return a.readTogether(itemsOf(in), r.send)
	case *dynamodb.PutItemInput, *dynamodb.UpdateItemInput, *dynamodb.DeleteItemInput:
		return a.writeOne(targetsOf(in)[0], r.send)
	case *dynamodb.BatchWriteItemInput:
		return nil, fmt.Errorf("dynamotest: AWS has no rule for %s", r.operation)
	}
	return r.send()
}

// The medians of latencies. One in a hundred is more than three times as long.
const (
	medianTrip = 4 * time.Millisecond // of every request, there and back
	medianHold = 8 * time.Millisecond // of a transaction, beside its trip
)

// draw returns a latency of a log-normal distribution.
func (a *AWS) draw(median time.Duration) time.Duration {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.random == nil {
		a.random = rand.New(rand.NewPCG(a.Seed, 0))
	}
	return time.Duration(float64(median) * math.Exp(a.random.NormFloat64()/2))
}

func (a *AWS) transact(entries []target, send func() (any, error)) (any, error) {
	mine, refusal := a.begin(entries)
	defer a.release(mine)
	time.Sleep(a.draw(medianHold))
	if refusal != nil {
		return nil, refusal
	}
	return a.sent(send())
}

// begin holds what a transaction wants and nobody holds. It returns that, and why
// the transaction is cancelled, if it is.
func (a *AWS) begin(entries []target) (mine []itemName, refusal error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if full := a.full(entries); slices.Contains(full, true) {
		a.counts.Throttles++
		return nil, canceledAt(full, "ThrottlingError", tooMuch)
	}
	busy := make([]bool, len(entries))
	for i, entry := range entries {
		if busy[i] = a.held[entry.item]; !busy[i] {
			mine = append(mine, entry.item)
		}
	}
	a.hold(mine)
	if slices.Contains(busy, true) {
		a.counts.Conflicts++
		return mine, canceledAt(busy, "TransactionConflict", ongoing)
	}
	a.take(entries)
	return mine, nil
}

// hold needs the lock.
func (a *AWS) hold(items []itemName) {
	if a.held == nil {
		a.held = make(map[itemName]bool)
	}
	for _, item := range items {
		a.held[item] = true
	}
}

func (a *AWS) release(items []itemName) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, item := range items {
		delete(a.held, item)
	}
}

func (a *AWS) writeOne(t target, send func() (any, error)) (any, error) {
	if refusal := a.admit(t); refusal != nil {
		return nil, refusal
	}
	return a.sent(send())
}

// admit returns why a single write is refused, if it is.
func (a *AWS) admit(t target) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	one := []target{t}
	switch {
	case a.full(one)[0]:
		a.counts.Throttles++
		return &types.ThrottlingException{Message: new(tooMuch)}
	case a.held[t.item]:
		a.counts.Conflicts++
		return &types.TransactionConflictException{Message: new(ongoing)}
	}
	a.take(one)
	return nil
}

// readTogether is no write, and not counted as one.
func (a *AWS) readTogether(items []itemName, send func() (any, error)) (any, error) {
	a.mu.Lock()
	busy := make([]bool, len(items))
	for i, item := range items {
		busy[i] = a.held[item]
	}
	a.mu.Unlock()
	if slices.Contains(busy, true) {
		return nil, canceledAt(busy, "TransactionConflict", ongoing)
	}
	return send()
}

// sent counts the answer to a write that was let through.
func (a *AWS) sent(output any, err error) (any, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case err == nil:
		a.counts.Successes++
	case outdated(err):
		a.counts.Outdated++
	}
	return output, err
}

// outdated reports whether a condition failed, of a single write or in a transaction.
func outdated(err error) bool {
	var transaction *types.TransactionCanceledException
	if errors.As(err, &transaction) {
		return slices.ContainsFunc(transaction.CancellationReasons, func(r types.CancellationReason) bool {
			return aws.ToString(r.Code) == "ConditionalCheckFailed"
		})
	}
	var single *types.ConditionalCheckFailedException
	return errors.As(err, &single)
}
