package shop_test

import (
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
)

// Who buys from one wallet at the same time as many others is not refused for it, and
// most commit once: the first collide, and have the wallet hold from then on.
func TestPurchasesAtOnce(t *testing.T) {
	t.Parallel()
	const buyers = 32
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true})
	quotes := make([]call, buyers)
	for i := range quotes {
		quotes[i] = buying(s.Quote(t))
	}
	recorder := new(dynamotest.Recorder)
	far := *s.Shop
	far.Store = dynamo.New(s.Engine.With(recorder.Record, new(dynamotest.AWS).Imitate), s.Name)
	var outcomes tally
	synctest.Test(t, func(t *testing.T) { // where all of this takes no time
		var done sync.WaitGroup
		for i, buy := range quotes {
			done.Go(func() { outcomes.add(buy(t.Context(), &far, confirmed(s), strconv.Itoa(i))) })
		}
		done.Wait()
	})
	expectSame(t, "outcomes", outcomes.counts, map[string]int{"first answer": buyers})
	if commits := commitsOf(recorder); commits > 3*buyers {
		t.Errorf("%d transactions for %d buyers", commits, buyers)
	}
}

func commitsOf(r *dynamotest.Recorder) (n int) {
	for _, c := range r.Calls() {
		if c.Operation == "TransactWriteItems" {
			n++
		}
	}
	return n
}
