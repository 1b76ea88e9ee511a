package e2e

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/shop"
)

// TestPurchaseBurdensNoPartition sums what a purchase writes by partition key: 4 units
// at most under any, of which a key takes 1,000 a second.
func TestPurchaseBurdensNoPartition(t *testing.T) {
	t.Parallel()
	const most = 4
	for name, buyer := range map[string]struct {
		sees shop.Sees
		held bool
	}{
		"an agent that sees the account": {shop.SeesAccount, false},
		"an agent that sees its own":     {shop.SeesOwn, false},
		"a wallet that holds":            {shop.SeesAccount, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			recorder := new(dynamotest.Recorder)
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){recorder.Record}, NoKick: true})
			if buyer.sees == shop.SeesOwn {
				s.Key = s.NewKey(t, s.Shop.IDs.OwnAgent(s.Agent.Account()), app.Shelf().Rules().Scopes()...)
			}
			quote := s.Quote(t)
			if buyer.held {
				s.Hold(t, s.Agent)
			}
			recorder.Reset()
			expectStatus(t, s.Buy(t, quote, "k"), http.StatusCreated)
			taken := make(map[string]int)
			for _, call := range recorder.Calls() {
				for key, units := range call.Demand {
					taken[key] += units
				}
			}
			sum := 0
			for _, key := range slices.Sorted(maps.Keys(taken)) {
				t.Logf("%-60s %d", key, taken[key])
				sum += taken[key]
				if taken[key] > most {
					t.Errorf("%s takes %d units", key, taken[key])
				}
			}
			if sum < 25 {
				t.Errorf("it takes %d units, of a few partitions", sum)
			}
		})
	}
}
