package dynamo

import (
	"context"
	"strings"
	"time"

	"agentstore/pkg/id"
	"agentstore/pkg/shop"
)

// keyUseRow has a partition of its own, so that a function that may write nothing
// else may write it (IAM condition key dynamodb:LeadingKeys).
type keyUseRow struct {
	head
	At        millis `dynamodbav:"at"`
	Address   string `dynamodbav:"address,omitempty"`
	Operation string `dynamodbav:"operation,omitempty"`
	// FreshUntil is how long a further use from the same address is not recorded.
	FreshUntil millis `dynamodbav:"freshUntil"`
}

// ifNews holds where no use of a key is recorded, where the recorded one is old, and
// where the address differs.
const ifNews = "attribute_not_exists(address) OR address <> :address OR freshUntil <= :now"

// PutKeyUse records that a key was used, unless a use from the same address is
// recorded that is younger than every: then it returns shop.ErrConflict.
func (t *Table) PutKeyUse(ctx context.Context, keyID id.Key, use shop.KeyUse, every time.Duration) error {
	b := t.builder()
	row := keyUseRow{newHead(keyUseKey(keyID), "keyuse", 1), toMillis(use.At), use.Source, use.Operation, toMillis(use.At.Add(every))}
	b.rewrite(row, ifNews, item{":address": text(use.Source), ":now": number(use.At.UnixMilli())})
	return t.write(ctx, b)
}

// KeyUses returns the last uses of the keys of an agent, for those that were used.
func (t *Table) KeyUses(ctx context.Context, agent id.Agent) (map[id.Key]shop.KeyUse, error) {
	rows, err := query[keyUseRow](ctx, t, span{partition: keyUsePartition(agent)})
	uses := make(map[id.Key]shop.KeyUse, len(rows))
	for _, row := range rows {
		uses[id.Key(strings.TrimPrefix(row.SK, keyPrefix))] = shop.KeyUse{At: row.At.time(), Source: row.Address, Operation: row.Operation}
	}
	return uses, err
}
