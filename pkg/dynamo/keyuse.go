package dynamo

import (
	"context"
	"strings"
	"time"

	"agentstore/pkg/id"
)

// keyUseRow has a partition of its own, so that a function may write it that may
// write nothing else (IAM condition key dynamodb:LeadingKeys).
type keyUseRow struct {
	head
	At millis `dynamodbav:"at"`
}

// PutKeyUse writes down when a key was used. A later one takes its place.
func (t *Table) PutKeyUse(ctx context.Context, keyID id.Key, at time.Time) error {
	b := builder{table: &t.name}
	b.put(keyUseRow{newHead(keyUseKey(keyID), "keyuse", 1), toMillis(at)}, "", nil)
	return t.write(ctx, b)
}

// KeyUses tells when the keys of an agent were used last, those that were.
func (t *Table) KeyUses(ctx context.Context, agent id.Agent) (map[id.Key]time.Time, error) {
	rows, err := query[keyUseRow](ctx, t, span{partition: keyUsePartition(agent)})
	uses := make(map[id.Key]time.Time, len(rows))
	for _, row := range rows {
		uses[id.Key(strings.TrimPrefix(row.SK, keyPrefix))] = row.At.time()
	}
	return uses, err
}
