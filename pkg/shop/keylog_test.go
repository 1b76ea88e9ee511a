package shop_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// logs is what was written of a key last, and how often; it can fail.
type logs struct {
	last  []shop.KeyRequest
	times int
	err   error
}

func (l *logs) PutKeyRequests(_ context.Context, _ id.Key, _ string, requests []shop.KeyRequest, _ time.Time) error {
	l.last = requests
	l.times++
	return l.err
}

// A process remembers the last hundred requests of a key, and writes them down once a
// minute at most, and only news.
func TestKeyLog(t *testing.T) {
	t.Parallel()
	var kept logs
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	l := shop.KeyLog{Store: &kept, Now: func() time.Time { return now }, Process: "p"}
	carried := func(times, requests int) {
		t.Helper()
		l.Carry(t.Context(), "key")
		if kept.times != times || len(kept.last) != requests {
			t.Fatalf("written %d times, last %d requests; want %d and %d", kept.times, len(kept.last), times, requests)
		}
	}
	carried(0, 0)
	for i := range 150 {
		l.Add("key", shop.KeyRequest{RequestID: fmt.Sprint(i)})
	}
	carried(1, shop.MaxKeyRequests)
	expectSame(t, "the first", kept.last[0].RequestID, "50")
	now = now.Add(time.Hour)
	carried(1, shop.MaxKeyRequests) // no news
	kept.err = errors.New("no")
	l.Add("key", shop.KeyRequest{RequestID: "150"})
	carried(2, shop.MaxKeyRequests)
	kept.err = nil
	carried(2, shop.MaxKeyRequests) // too soon
	now = now.Add(time.Minute)
	carried(3, shop.MaxKeyRequests)
	expectSame(t, "the last", kept.last[99].RequestID, "150")
	l.Carry(t.Context(), "other")
	(*shop.KeyLog)(nil).Add("key", shop.KeyRequest{})
	expectSame(t, "writes", kept.times, 3)
}
