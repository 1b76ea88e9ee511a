package embedded

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// The bounds of a batch (API reference, BatchGetItem).
const (
	maxBatch      = 100
	maxBatchBytes = 16 << 20
)

// BatchGetItem reads items of the one table, strongly consistently. What is beyond the
// bound of an answer is left, as keys to ask for again.
func (db *DB) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error) {
	if len(in.RequestItems) != 1 {
		return nil, invalid("a batch is of one table")
	}
	out := &dynamodb.BatchGetItemOutput{}
	for table, asked := range in.RequestItems {
		if err := db.begin(ctx, &table); err != nil {
			return nil, err
		}
		keys, err := batchKeys(asked)
		if err != nil {
			return nil, err
		}
		found, read, err := db.batch(keys)
		if err != nil {
			return nil, err
		}
		out.Responses = map[string][]item{table: found}
		if read < len(keys) {
			asked.Keys = asked.Keys[read:]
			out.UnprocessedKeys = map[string]types.KeysAndAttributes{table: asked}
		}
	}
	return out, nil
}

func batchKeys(asked types.KeysAndAttributes) ([]primary, error) {
	if asked.ProjectionExpression != nil || asked.ExpressionAttributeNames != nil || asked.AttributesToGet != nil {
		return nil, invalid("projections are not supported")
	}
	if len(asked.Keys) == 0 || len(asked.Keys) > maxBatch {
		return nil, invalid("Too many items requested for the BatchGetItem call")
	}
	keys := make([]primary, len(asked.Keys))
	seen := make(map[primary]bool, len(asked.Keys))
	for i, k := range asked.Keys {
		key, err := onlyKey(k)
		if err != nil {
			return nil, err
		}
		if seen[key] {
			return nil, invalid("Provided list of item keys contains duplicates")
		}
		seen[key] = true
		keys[i] = key
	}
	return keys, nil
}

// batch reads as many of the items as an answer holds, and says how many keys that are.
func (db *DB) batch(keys []primary) (found []item, read int, err error) {
	size := 0
	err = db.storage.view(func(v view) error {
		for ; read < len(keys) && size < maxBatchBytes; read++ {
			bytes, err := v.get(keys[read].bytes())
			if err != nil {
				return err
			}
			got, err := stored(bytes).item()
			if err != nil {
				return err
			}
			if got != nil {
				found = append(found, got)
			}
			size += len(bytes)
		}
		return nil
	})
	return found, read, err
}
