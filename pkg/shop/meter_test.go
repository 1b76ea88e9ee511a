package shop_test

import (
	"context"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/shop"
)

// What many buyers of one wallet meet is counted: in all, and for each request.
func TestContentionIsCounted(t *testing.T) {
	t.Parallel()
	const buyers = 3 * shop.MaxWalletHolds
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true})
	quotes := make([]call, buyers)
	for i := range quotes {
		quotes[i] = buying(s.Quote(t))
	}
	recorder := new(dynamotest.Recorder)
	far := *s.Shop
	far.Store = dynamo.New(s.Engine.With(recorder.Record, new(dynamotest.AWS).Imitate), s.Name)
	var whole shop.Meter
	each := make([]shop.Meter, buyers)
	synctest.Test(t, func(t *testing.T) { // where all of this takes no time
		process := shop.Metered(t.Context(), &whole)
		var done sync.WaitGroup
		for i, buy := range quotes {
			done.Go(func() {
				_, err := buy(shop.Metered(process, &each[i]), &far, confirmed(s), strconv.Itoa(i))
				expectOK(t, err)
			})
		}
		done.Wait()
	})
	got, sum := numbers(&whole), make(map[string]int64)
	for i := range each {
		for name, n := range numbers(&each[i]) {
			sum[name] += n
		}
	}
	expectSame(t, "the sum of all requests", sum, got)
	transactions := int64(commitsOf(recorder))
	if lost := transactions - buyers; got["conflicts"] < lost {
		t.Errorf("%d conflicts are counted, and %d transactions were lost", got["conflicts"], lost)
	}
	for _, name := range []string{"conflicts", "retries", "holds", "waits"} {
		if got[name] == 0 {
			t.Errorf("no %s are counted: %v", name, got)
		}
	}
}

// Who meets nobody has nothing counted; who buys from a wallet that holds has held once.
func TestOneBuyerMeetsNobody(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{NoKick: true})
	bought := func(key string) map[string]int64 {
		var met shop.Meter
		_, err := buying(s.Quote(t))(shop.Metered(t.Context(), &met), s.Shop, confirmed(s), key)
		expectOK(t, err)
		return numbers(&met)
	}
	none := map[string]int64{"conflicts": 0, "retries": 0, "holds": 0, "waits": 0, "throttles": 0}
	expectSame(t, "a wallet that is direct", bought("direct"), none)
	s.Hold(t, s.Agent)
	none["holds"] = 1
	expectSame(t, "a wallet that holds", bought("held"), none)
}

// Work that a request leaves behind is the process's, and not bounded as the request.
func TestMeterOutlivesTheRequest(t *testing.T) {
	t.Parallel()
	var met shop.Meter
	ctx := shop.NoRequest(context.WithoutCancel(shop.Metered(t.Context(), &met)))
	shop.CountOne(ctx, shop.Throttles)
	expectSame(t, "throttles", numbers(&met)["throttles"], 1)
	shop.CountOne(t.Context(), shop.Throttles) // for nobody
}

func numbers(m *shop.Meter) map[string]int64 {
	got := make(map[string]int64)
	for _, c := range m.Counts() {
		got[c.Name] = c.N
	}
	return got
}
