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
	// Body or, from shape 2 on, Packed is the answer.
	Body      []byte      `dynamodbav:"body,omitempty"`
	Packed    packedBytes `dynamodbav:"packed,omitempty"`
	Subject   string      `dynamodbav:"subject"`
	CreatedAt millis      `dynamodbav:"createdAt"`
	ExpiresAt millis      `dynamodbav:"expiresAt"`
}

// Record reads the record of a write, expired or not.
func (t *Table) Record(ctx context.Context, k shop.RecordKey) (shop.Record, error) {
	row, err := get[recordRow](ctx, t, recordKey(k))
	return row.domain(), err
}

func (r recordRow) domain() shop.Record {
	body := r.Body
	if len(r.Packed) > 0 {
		body = r.Packed
	}
	return shop.Record{
		RecordKey:   shop.RecordKey{Agent: id.Agent(r.Agent), Operation: r.Operation, Key: r.Key},
		Fingerprint: r.Fingerprint, Body: body, Subject: r.Subject,
		CreatedAt: r.CreatedAt.time(), ExpiresAt: r.ExpiresAt.time(),
	}
}

func storedRecord(r shop.Record, packed bool) recordRow {
	row := recordRow{
		head:  newHead(recordKey(r.RecordKey), "record", 1),
		Agent: string(r.Agent), Operation: r.Operation, Key: r.Key,
		Fingerprint: r.Fingerprint, Subject: r.Subject,
		CreatedAt: toMillis(r.CreatedAt), ExpiresAt: toMillis(r.ExpiresAt),
	}
	if packed {
		row.Packed = r.Body
	} else {
		row.Body, row.Shape = r.Body, 1
	}
	if !r.ExpiresAt.IsZero() {
		row.TTL = r.ExpiresAt.Unix()
	}
	return row
}
