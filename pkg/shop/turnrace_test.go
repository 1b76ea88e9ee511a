package shop_test

import (
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/shop"
)

// Who buys from one wallet in one process waits for the others, and commits once:
// without turns most of the buyers would start over, as the second case shows.
func TestPurchasesInTurn(t *testing.T) {
	t.Parallel()
	const buyers = 32
	for name, test := range map[string]struct {
		turns *shop.Turns
		in    func(commits int) bool
	}{
		"in turn":       {new(shop.Turns), func(commits int) bool { return commits == buyers }},
		"without turns": {nil, func(commits int) bool { return commits > 2*buyers }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true})
			quotes := make([]call, buyers)
			for i := range quotes {
				quotes[i] = buying(s.Quote(t))
			}
			recorder := new(dynamotest.Recorder)
			far := *s.Shop
			far.Turns = test.turns
			far.Store = dynamo.New(s.Engine.With(recorder.Record, new(dynamotest.AWS).Imitate), s.Name)
			var outcomes tally
			synctest.Test(t, func(t *testing.T) { // where all of this takes no time
				var done sync.WaitGroup
				for i, buy := range quotes {
					done.Go(func() { outcomes.add(buy(t.Context(), &far, confirmed(s), strconv.Itoa(i))) })
				}
				done.Wait()
			})
			if all := outcomes.counts["first answer"] == buyers; !all && test.turns != nil {
				t.Errorf("outcomes: %v", outcomes.counts)
			}
			if commits := commitsOf(recorder); !test.in(commits) {
				t.Errorf("%d transactions for %d buyers", commits, buyers)
			}
		})
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
