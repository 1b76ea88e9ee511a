package dynamo

import (
	"context"
	"encoding/json"
	"time"

	"agentstore/pkg/fault"
	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// keyLogRow holds the last requests of a key as one process knows them. Its partition
// begins like that of the key's last use: who may write that, may write this.
type keyLogRow struct {
	head
	Requests packedBytes `dynamodbav:"requests"` // JSON
}

type keyRequest struct {
	At        int64  `json:"at"` // in milliseconds since 1970
	Operation string `json:"op"`
	Code      string `json:"code,omitempty"`
	RequestID string `json:"id"`
}

// maxKeyLogs is of how many processes the requests of a key are read: of those that began
// last.
const maxKeyLogs = 50

// PutKeyRequests replaces what a process has written of a key before.
func (t *Table) PutKeyRequests(ctx context.Context, key id.Key, process string, requests []shop.KeyRequest, until time.Time) error {
	short := make([]keyRequest, len(requests))
	for i, r := range requests {
		short[i] = keyRequest{r.At.UnixMilli(), r.Operation, string(r.Code), r.RequestID}
	}
	text, err := json.Marshal(short)
	if err != nil {
		return err
	}
	row := keyLogRow{newHead(keyLogKey(key, process), "keylog", 1), text}
	row.TTL = until.Unix()
	b := t.builder()
	b.rewrite(row, "", nil)
	return t.write(ctx, b)
}

// KeyRequests returns what processes have written of a key, in no particular order.
func (t *Table) KeyRequests(ctx context.Context, key id.Key) ([]shop.KeyRequest, error) {
	logs := keyLogKey(key, "")
	page, _, err := list(ctx, t, logs.PK, logs.SK, shop.Page{Limit: maxKeyLogs}, keyLogRow.domain)
	var all []shop.KeyRequest
	for _, requests := range page {
		all = append(all, requests...)
	}
	return all, err
}

func (r keyLogRow) domain() []shop.KeyRequest {
	var short []keyRequest
	_ = json.Unmarshal(r.Requests, &short) // what cannot be read is not listed
	requests := make([]shop.KeyRequest, len(short))
	for i, s := range short {
		requests[i] = shop.KeyRequest{At: time.UnixMilli(s.At).UTC(), Operation: s.Operation, Code: fault.Code(s.Code), RequestID: s.RequestID}
	}
	return requests
}

// KeyTrail returns the last events of the trail that a key has caused, the newest first,
// and whether it has caused no others. It looks at so many of the account as one reading
// finds.
func (t *Table) KeyTrail(ctx context.Context, key id.Key, limit int) ([]shop.Event, bool, error) {
	events, next, err := sift(ctx, t, accountPartition(key.Account()), eventPrefix, shop.Page{Limit: limit}, eventRow.domain, sieve[shop.Event]{
		wants: func(e shop.Event) bool { return e.Actor.Key == key }, once: true,
	})
	return events, next == "" || len(events) == limit, err
}
