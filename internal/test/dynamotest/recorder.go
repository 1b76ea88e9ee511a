package dynamotest

import (
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Recorder writes down the requests of the clients that it is an option of. It
// may be an option of several clients at once, and its methods may be called
// at any time. The zero value is ready for use.
type Recorder struct {
	// Delay is how long each request waits before it goes to the engine, as a
	// part of the request's own time. An engine in this process answers within
	// microseconds, so that two requests which a program starts together would
	// look like one after the other; with a delay of some milliseconds they
	// overlap. In a testing/synctest bubble the delay is exact and takes no time.
	// Set it before the first request.
	Delay time.Duration

	mu    sync.Mutex
	calls []Call
}

// Call is one request that got its answer, or an error.
type Call struct {
	// Operation is the name of the API operation, such as "TransactWriteItems".
	Operation string
	// Actions are the IAM actions that allow the call, such as
	// "dynamodb:PutItem": for a transaction one for each of its entries, in
	// their order, and for every other operation its own.
	Actions []string
	// Keys are the keys that the call names, in their order: one for each entry of a
	// transaction.
	Keys []Key
	// Start and End have monotonic clock readings.
	Start, End time.Time
	// ReadUnits and WriteUnits are the capacity units that the engine reported.
	// A call that failed has none, although AWS charges for a failed condition.
	ReadUnits, WriteUnits float64
	// Demand is how many write units the call takes of each partition key by the rules
	// of AWS, whatever the engine reports. A key of the index begins with its name.
	Demand map[string]int
	// Err is the error of the request.
	Err error
}

// Record is an option for dynamodb.New and for [Engine.With]. It makes every
// request that does not ask for its consumed capacity ask for the total.
func (r *Recorder) Record(o *dynamodb.Options) {
	askForCapacity(o)
	wrapAttempts(o, r.record)
}

func (r *Recorder) record(a attempt) (any, error) {
	call := Call{
		Operation: a.operation,
		Actions:   iamActions(a.operation, a.input),
		Keys:      keysOf(a.input),
		Demand:    demandOf(targetsOf(a.input)).byKey(),
		Start:     time.Now(),
	}
	time.Sleep(r.Delay)
	output, err := a.send()
	call.End, call.Err = time.Now(), err
	call.ReadUnits, call.WriteUnits = consumed(output)

	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, call)
	return output, err
}

// Calls returns the calls so far, in the order of their ends.
func (r *Recorder) Calls() []Call {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := slices.Clone(r.calls)
	slices.SortStableFunc(calls, func(a, b Call) int { return a.End.Compare(b.End) })
	return calls
}

// Reset forgets all calls.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = nil
}

// RoundTrips returns the number of sequential round trips: the length of the
// longest chain of calls in which each starts after the former has ended.
// Calls that overlap in time count once.
//
// A call that needs the answer of another cannot start before it, so no chain
// of dependent calls is longer than this number. And the calls of the longest
// chain do not overlap, so somebody has waited for each of them in turn.
//
// The chain is found by interval scheduling: always take the call that ends
// first among those that start after the last one taken. Any chain can have its
// first call replaced by the one that ends first of all, and then its second,
// and so on, without becoming shorter; so no chain is longer than this one.
func (r *Recorder) RoundTrips() int {
	trips := 0
	var end time.Time
	for _, call := range r.Calls() {
		if trips == 0 || !call.Start.Before(end) {
			trips++
			end = call.End
		}
	}
	return trips
}

// IAMActions returns the IAM actions that the calls needed, sorted, each once.
func (r *Recorder) IAMActions() []string {
	var actions []string
	for _, call := range r.Calls() {
		actions = append(actions, call.Actions...)
	}
	slices.Sort(actions)
	return slices.Compact(actions)
}

// ReadUnits returns the read capacity units of all calls. It is 0 on the embedded store,
// which reports none.
func (r *Recorder) ReadUnits() float64 {
	units := 0.0
	for _, call := range r.Calls() {
		units += call.ReadUnits
	}
	return units
}

// WriteUnits returns the write capacity units of all calls. It is 0 on the embedded store,
// which reports none.
func (r *Recorder) WriteUnits() float64 {
	units := 0.0
	for _, call := range r.Calls() {
		units += call.WriteUnits
	}
	return units
}
