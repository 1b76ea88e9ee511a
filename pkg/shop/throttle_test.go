package shop_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/shop"
)

// TestPurchasesOfAnAccountAreNotThrottled: the agents of one account, who buy as fast as
// AWS answers, are throttled where all their rows lie under one
// partition key, which takes 1,000 write units a second, and not where they are spread.
func TestPurchasesOfAnAccountAreNotThrottled(t *testing.T) {
	t.Parallel()
	const buyers, each = 16, 8
	for name, tt := range map[string]struct {
		together  bool
		throttled bool
		atLeast   float64 // purchases a second
	}{
		"spread":   {false, false, 60},
		"together": {true, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			aws := new(dynamotest.AWS)
			s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Together: tt.together})
			far := *s.Shop
			far.Store = farFrom(s, tt.together, aws.Imitate)
			var callers [buyers]shop.Caller
			for i := range callers {
				callers[i] = callerOf(anAgent(t, s))
			}
			synctest.Test(t, func(t *testing.T) { // where only AWS takes time
				start := time.Now()
				var done sync.WaitGroup
				for i, caller := range callers {
					done.Go(func() {
						for n := range each {
							insist(t, &far, caller.Agent, buyingOne(t, s, caller.Agent), fmt.Sprint("key ", i, n))
						}
					})
				}
				done.Wait()
				counts, perSecond := aws.Counts(), buyers*each/time.Since(start).Seconds()
				t.Logf("%.0f purchases a second, %+v", perSecond, counts)
				if counts.Throttles > 0 != tt.throttled {
					t.Errorf("%d throttles", counts.Throttles)
				}
				if perSecond < tt.atLeast {
					t.Errorf("%.0f purchases a second, want %.0f", perSecond, tt.atLeast)
				}
			})
		})
	}
}

func farFrom(s *storetest.Store, together bool, options ...func(*dynamodb.Options)) *dynamo.Table {
	spread := dynamo.Always()
	if together {
		spread = dynamo.Spread{}
	}
	return dynamo.NewSpread(s.Engine.With(options...), s.Name, spread)
}
