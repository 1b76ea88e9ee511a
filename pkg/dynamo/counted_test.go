package dynamo_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/shop"
)

// TestCallsThatAreCounted: what a call is refused for decides what it counts as.
func TestCallsThatAreCounted(t *testing.T) {
	t.Parallel()
	canceled := func(codes ...string) error {
		e := new(types.TransactionCanceledException)
		for _, code := range codes {
			e.CancellationReasons = append(e.CancellationReasons, types.CancellationReason{Code: &code})
		}
		return e
	}
	for name, tc := range map[string]struct {
		refusal              error
		conflicts, throttles int64
	}{
		"none":                               {},
		"its own condition":                  {refusal: new(types.ConditionalCheckFailedException)},
		"another transaction":                {refusal: new(types.TransactionConflictException), conflicts: 1},
		"a transaction's condition":          {refusal: canceled("None", "ConditionalCheckFailed"), conflicts: 1},
		"a transaction that met another":     {refusal: canceled("TransactionConflict"), conflicts: 1},
		"a throttle":                         {refusal: new(types.ThrottlingException), throttles: 1},
		"a table that is throttled":          {refusal: new(types.ProvisionedThroughputExceededException), throttles: 1},
		"a throttle of a transaction's item": {refusal: canceled("ThrottlingError", "None"), throttles: 1},
		"a server error":                     {refusal: new(types.InternalServerError)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			faults := dynamotest.Faults{Before: func(string, any) error { return tc.refusal }}
			table := dynamo.New(dynamotest.Embedded(t).With(faults.Inject), "none")
			var met shop.Meter
			_, _ = table.Wallet(shop.Metered(t.Context(), &met), "acc_none")
			for _, c := range met.Counts() {
				want := map[string]int64{"conflicts": tc.conflicts, "throttles": tc.throttles}[c.Name]
				if c.N != want {
					t.Errorf("%d %s are counted, want %d", c.N, c.Name, want)
				}
			}
		})
	}
}
