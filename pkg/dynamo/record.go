package dynamo

import (
	"context"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

type recordRow struct {
	head
	Agent       string `dynamodbav:"agent"`
	Operation   string `dynamodbav:"operation"`
	Key         string `dynamodbav:"key"`
	Fingerprint string `dynamodbav:"fingerprint"`
	Body        []byte `dynamodbav:"body,omitempty"`
	CreatedAt   millis `dynamodbav:"createdAt"`
	ExpiresAt   millis `dynamodbav:"expiresAt"`
}

// Record reads the record of a write, expired or not.
func (t *Table) Record(ctx context.Context, k shop.RecordKey) (shop.Record, error) {
	row, err := get[recordRow](ctx, t, recordKey(k))
	return shop.Record{
		RecordKey:   shop.RecordKey{Agent: id.Agent(row.Agent), Operation: row.Operation, Key: row.Key},
		Fingerprint: row.Fingerprint, Body: row.Body,
		CreatedAt: row.CreatedAt.time(), ExpiresAt: row.ExpiresAt.time(),
	}, err
}

func storedRecord(r shop.Record) recordRow {
	row := recordRow{
		head:  newHead(recordKey(r.RecordKey), "record", 1),
		Agent: string(r.Agent), Operation: r.Operation, Key: r.Key,
		Fingerprint: r.Fingerprint, Body: r.Body,
		CreatedAt: toMillis(r.CreatedAt), ExpiresAt: toMillis(r.ExpiresAt),
	}
	if !r.ExpiresAt.IsZero() {
		row.TTL = r.ExpiresAt.Unix()
	}
	return row
}
