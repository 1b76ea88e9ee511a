// Package dynamo keeps the state in one DynamoDB table. It is the only package
// that knows DynamoDB. docs/ARCHITECTURE.md has the table of keys.
//
// All reads of the store are strongly consistent; the index only nominates due
// jobs. All writes are whole items on a condition, so that each change is a
// version that somebody has read, and none is lost.
package dynamo

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb/attributevalue"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/shop"
)

// Table is the store. It implements shop.Store, shop.JobStore, auth.Keys and
// mock.Documents.
type Table struct {
	client *dynamodb.Client
	name   string
}

// New is the table of that name.
func New(client *dynamodb.Client, name string) *Table { return &Table{client, name} }

type item = map[string]types.AttributeValue

// get reads one item strongly consistently. It returns shop.ErrNotFound.
func get[Row any](ctx context.Context, t *Table, k key) (Row, error) {
	var row Row
	out, err := t.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: &t.name, Key: k.item(), ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		return row, classify(err)
	}
	if out.Item == nil {
		return row, shop.ErrNotFound
	}
	return row, attributevalue.UnmarshalMap(out.Item, &row)
}

// span is a stretch of one partition whose sort keys begin with a prefix.
type span struct {
	partition string
	prefix    string
	backwards bool
	limit     int    // zero reads to the end
	after     string // the sort key to start behind; empty starts at the first
}

// query reads a span. more tells whether there are items behind the last one.
func query[Row any](ctx context.Context, t *Table, s span) (rows []Row, more bool, err error) {
	in := &dynamodb.QueryInput{
		TableName:              &t.name,
		ConsistentRead:         aws.Bool(true),
		KeyConditionExpression: aws.String("PK = :pk AND begins_with(SK, :prefix)"),
		ExpressionAttributeValues: item{
			":pk":     text(s.partition),
			":prefix": text(s.prefix),
		},
		ScanIndexForward: aws.Bool(!s.backwards),
	}
	if s.limit > 0 {
		in.Limit = aws.Int32(int32(s.limit))
	}
	if s.after != "" {
		in.ExclusiveStartKey = key{s.partition, s.after}.item()
	}
	for {
		out, err := t.client.Query(ctx, in)
		if err != nil {
			return nil, false, classify(err)
		}
		for _, found := range out.Items {
			var row Row
			if err := attributevalue.UnmarshalMap(found, &row); err != nil {
				return nil, false, err
			}
			rows = append(rows, row)
		}
		more = out.LastEvaluatedKey != nil
		if !more || s.limit > 0 && len(rows) >= s.limit {
			return rows, more, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
