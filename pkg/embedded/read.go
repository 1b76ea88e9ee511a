package embedded

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// GetItem reads an item, strongly consistently.
func (db *DB) GetItem(ctx context.Context, in *dynamodb.GetItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error) {
	if err := db.begin(ctx, in.TableName); err != nil {
		return nil, err
	}
	if in.ProjectionExpression != nil || in.ExpressionAttributeNames != nil || in.AttributesToGet != nil {
		return nil, invalid("projections are not supported")
	}
	key, err := onlyKey(in.Key)
	if err != nil {
		return nil, err
	}
	out := &dynamodb.GetItemOutput{}
	err = db.storage.view(func(v view) error {
		bytes, err := v.get(key.bytes())
		if err != nil {
			return err
		}
		out.Item, err = stored(bytes).item()
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}
