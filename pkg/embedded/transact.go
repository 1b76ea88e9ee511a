package embedded

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// maxEntries is how many entries a transaction may have (API reference,
// TransactWriteItems).
const maxEntries = 100

// TransactWriteItems writes all of the entries or none. A ClientRequestToken is not
// remembered: a call within a process gets its answer, and is not sent again.
func (db *DB) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput, _ ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	entries, err := db.entries(ctx, in.TransactItems)
	if err != nil {
		return nil, err
	}
	err = db.storage.update(ctx, func(v view) (changes, error) { return decideAll(v, entries) })
	if err != nil {
		return nil, err
	}
	return &dynamodb.TransactWriteItemsOutput{}, nil
}

func (db *DB) entries(ctx context.Context, list []types.TransactWriteItem) ([]entry, error) {
	if len(list) == 0 || len(list) > maxEntries {
		return nil, invalid("Member must have length less than or equal to %d and greater than or equal to 1", maxEntries)
	}
	entries := make([]entry, len(list))
	seen := make(map[primary]bool, len(list))
	size := 0
	for i, t := range list {
		e, err := db.entry(ctx, t)
		if err != nil {
			return nil, err
		}
		if seen[e.key] {
			return nil, invalid("Transaction request cannot include multiple operations on one item")
		}
		seen[e.key] = true
		if e.put != nil {
			size += e.put.size
		}
		entries[i] = e
	}
	if size > maxTransaction {
		return nil, invalid("The collective size of items in the transaction exceeds %d bytes", maxTransaction)
	}
	return entries, nil
}

func (db *DB) entry(ctx context.Context, t types.TransactWriteItem) (entry, error) {
	actions := 0
	for _, has := range []bool{t.Put != nil, t.Update != nil, t.Delete != nil, t.ConditionCheck != nil} {
		if has {
			actions++
		}
	}
	if actions != 1 {
		return entry{}, invalid("TransactItems can only contain one of Check, Put, Update or Delete")
	}
	switch {
	case t.Put != nil:
		if err := db.begin(ctx, t.Put.TableName); err != nil {
			return entry{}, err
		}
		p := params{names: t.Put.ExpressionAttributeNames, values: t.Put.ExpressionAttributeValues}
		return db.putEntry(t.Put.Item, t.Put.ConditionExpression, p, t.Put.ReturnValuesOnConditionCheckFailure)
	case t.Update != nil:
		if err := db.begin(ctx, t.Update.TableName); err != nil {
			return entry{}, err
		}
		p := params{names: t.Update.ExpressionAttributeNames, values: t.Update.ExpressionAttributeValues}
		return db.updateEntry(t.Update.Key, t.Update.UpdateExpression, t.Update.ConditionExpression, p, t.Update.ReturnValuesOnConditionCheckFailure)
	case t.Delete != nil:
		if err := db.begin(ctx, t.Delete.TableName); err != nil {
			return entry{}, err
		}
		p := params{names: t.Delete.ExpressionAttributeNames, values: t.Delete.ExpressionAttributeValues}
		return db.deleteEntry(t.Delete.Key, t.Delete.ConditionExpression, p, t.Delete.ReturnValuesOnConditionCheckFailure)
	default:
		c := t.ConditionCheck
		if err := db.begin(ctx, c.TableName); err != nil {
			return entry{}, err
		}
		if c.ConditionExpression == nil {
			return entry{}, invalid("ConditionExpression must not be null")
		}
		p := params{names: c.ExpressionAttributeNames, values: c.ExpressionAttributeValues}
		return db.checkEntry(c.Key, c.ConditionExpression, p, c.ReturnValuesOnConditionCheckFailure)
	}
}

func decideAll(v view, entries []entry) (c changes, err error) {
	outcomes := make([]outcome, len(entries))
	refused := false
	for i := range entries {
		if outcomes[i], err = entries[i].decide(v); err != nil {
			return nil, err
		}
		refused = refused || outcomes[i].reason.code != ""
	}
	if refused {
		reasons := make([]reason, len(entries))
		for i, o := range outcomes {
			reasons[i] = o.reason
		}
		return nil, canceled(reasons)
	}
	for i, o := range outcomes {
		entries[i].write(o, &c)
	}
	return c, nil
}
