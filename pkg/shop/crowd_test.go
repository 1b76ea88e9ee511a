package shop_test

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
	"agentstore/pkg/verify"
)

// crowding is what came of many who buy without a pause, as on AWS.
type crowding struct {
	// transactions and writes are those for each purchase, and the latter of the wallet.
	perSecond, transactions, writes float64
	p50, p95                        time.Duration
	again                           int64 // how often somebody was told to come again
	counts                          dynamotest.Counts
}

// crowdOf has 64 agents buy each so many times. Each has a process of its own, as the
// functions of AWS are, or all have one.
func crowdOf(t *testing.T, agent func(*testing.T, *storetest.Store) id.Agent, each int, apart bool) (*storetest.Store, crowding) {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true, Funds: 1 << 40})
	var agents [callers]id.Agent
	for i := range agents {
		agents[i] = agent(t, s)
		if agents[i].Account() != s.Agent.Account() {
			s.Fund(t, agents[i].Account(), 1<<40)
		}
	}
	aws, recorder := new(dynamotest.AWS), new(dynamotest.Recorder)
	far := *s.Shop
	far.Store = dynamo.NewSpread(s.Engine.With(recorder.Record, aws.Imitate), s.Name, dynamo.Always())
	var took []time.Duration
	var c crowding
	synctest.Test(t, func(t *testing.T) { // where only AWS takes time
		var mu sync.Mutex
		var done sync.WaitGroup
		start := time.Now()
		for i, agent := range agents {
			mine := far
			if apart {
				mine.Ends = new(shop.Ends)
			}
			done.Go(func() {
				for n := range each {
					begun := time.Now()
					again := insist(t, &mine, agent, buyingOne(t, s, agent), fmt.Sprint("key ", i, " ", n))
					mu.Lock()
					c.again += again
					took = append(took, time.Since(begun))
					mu.Unlock()
				}
			})
		}
		done.Wait()
		c.perSecond = float64(len(took)) / time.Since(start).Seconds()
	})
	slices.Sort(took)
	c.p50, c.p95, c.counts = took[len(took)/2], took[len(took)*95/100], aws.Counts()
	c.transactions = float64(commitsOf(recorder)) / float64(len(took))
	wallet := 0
	for _, call := range recorder.Calls() {
		if call.Operation == "UpdateItem" && call.Err == nil && slices.ContainsFunc(call.Keys, func(k dynamotest.Key) bool { return strings.HasPrefix(k.SK, "WALLET") }) {
			wallet++
		}
	}
	c.writes = float64(wallet) / float64(len(took))
	return s, c
}

// TestCrowd prints what 64 agents get who buy without a pause, and holds it to what is
// promised of one wallet.
func TestCrowd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name  string
		agent func(*testing.T, *storetest.Store) id.Agent
		apart bool
	}{
		{"one key, one process", theAgent, false},
		{"one key, 64 processes", theAgent, true},
		{"64 keys of one account, one process", anAgent, false},
		{"64 keys of one account, 64 processes", anAgent, true},
		{"64 keys of 64 accounts", aStranger, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, c := crowdOf(t, tt.agent, 25, tt.apart)
			t.Logf("| %s | %.0f | %.2f | %.2f | %v | %v | %d | %d |", tt.name, c.perSecond, c.transactions, c.writes, c.p50.Round(time.Millisecond), c.p95.Round(time.Millisecond), c.again, c.counts.Throttles)
			if c.perSecond < 500 || c.again > 32 || c.transactions > 1.3 || c.writes > 1.4 || c.p95 > time.Second {
				t.Error("that is too slow, or too dear") // of 1,600, a few lose too often before the wallet holds
			}
			books, err := s.Table.Books(t.Context(), s.Agent.Account())
			expectOK(t, err)
			for _, finding := range verify.Account(books, s.Clock.Now(), time.Hour) {
				t.Error(finding)
			}
			w, err := s.Shop.Wallet(t.Context(), confirmed(s))
			expectOK(t, err)
			expectSame(t, "on hold", w.OnHold().Minor, int64(0))
		})
	}
}
