package dynamo

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// Client is what the table needs from DynamoDB: *dynamodb.Client, or the embedded
// table.
type Client interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	BatchGetItem(context.Context, *dynamodb.BatchGetItemInput, ...func(*dynamodb.Options)) (*dynamodb.BatchGetItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	UpdateItem(context.Context, *dynamodb.UpdateItemInput, ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	TransactWriteItems(context.Context, *dynamodb.TransactWriteItemsInput, ...func(*dynamodb.Options)) (*dynamodb.TransactWriteItemsOutput, error)
}

// counted makes the calls of a table, each of which counts against the request that
// it is made for. There is no other way to the client.
type counted struct{ client Client }

// GetItem is that of the client.
func (c counted) GetItem(ctx context.Context, in *dynamodb.GetItemInput) (*dynamodb.GetItemOutput, error) {
	return count(ctx, c.client.GetItem, in)
}

// BatchGetItem is that of the client.
func (c counted) BatchGetItem(ctx context.Context, in *dynamodb.BatchGetItemInput) (*dynamodb.BatchGetItemOutput, error) {
	return count(ctx, c.client.BatchGetItem, in)
}

// Query is that of the client.
func (c counted) Query(ctx context.Context, in *dynamodb.QueryInput) (*dynamodb.QueryOutput, error) {
	return count(ctx, c.client.Query, in)
}

// PutItem is that of the client.
func (c counted) PutItem(ctx context.Context, in *dynamodb.PutItemInput) (*dynamodb.PutItemOutput, error) {
	return count(ctx, c.client.PutItem, in)
}

// UpdateItem is that of the client.
func (c counted) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput) (*dynamodb.UpdateItemOutput, error) {
	return count(ctx, c.client.UpdateItem, in)
}

// DeleteItem is that of the client.
func (c counted) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput) (*dynamodb.DeleteItemOutput, error) {
	return count(ctx, c.client.DeleteItem, in)
}

// TransactWriteItems is that of the client.
func (c counted) TransactWriteItems(ctx context.Context, in *dynamodb.TransactWriteItemsInput) (*dynamodb.TransactWriteItemsOutput, error) {
	return count(ctx, c.client.TransactWriteItems, in)
}

func count[In, Out any](ctx context.Context, call func(context.Context, In, ...func(*dynamodb.Options)) (Out, error), in In) (Out, error) {
	if err := shop.CountCall(ctx); err != nil {
		var none Out
		return none, err
	}
	out, err := call(ctx, in)
	if err != nil {
		meter(ctx, err)
	}
	return out, err
}

// meter counts the calls that were lost to a transaction, and those that were throttled.
// A single write whose own condition fails has lost nothing.
func meter(ctx context.Context, err error) {
	var condition *types.ConditionalCheckFailedException
	switch classified := classify(err); {
	case errors.Is(classified, shop.ErrConflict) && !errors.As(err, &condition):
		shop.CountOne(ctx, shop.Conflicts)
	case fault.Is(classified, fault.RateLimited):
		shop.CountOne(ctx, shop.Throttles)
	}
}
