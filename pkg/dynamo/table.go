// Package dynamo keeps the state in one DynamoDB table. It is the only package
// that knows DynamoDB. docs/ARCHITECTURE.md has the table of keys.
//
// All reads of the store are strongly consistent; the index only nominates.
// Every write covers all that this version knows about an item, on a condition, so
// that each change is based on a version that somebody has read, and none is lost. A
// new item is put; an existing one is updated, so that attributes of a newer version
// stay. Only refusals are counted.
package dynamo

import (
	"context"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/shop"
)

// Table is the store. It implements shop.Store, shop.JobStore, shop.ReconcileStore
// and auth.Keys.
type Table struct {
	client counted
	name   string
	crowds crowds
	shelf  shelf
	// packs is set by Pack.
	packs atomic.Bool
	// newer is set when an item has had an attribute that this version does not know,
	// see replace.
	newer atomic.Bool
}

// New is the table of that name.
func New(client Client, name string) *Table {
	return &Table{client: counted{client}, name: name}
}

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
	row, all, err := decodeAll[Row](out.Item)
	if !all {
		t.newer.Store(true)
	}
	return row, err
}

// span is a stretch of one partition.
type span struct {
	partition string
	prefix    string // of the sort keys; empty matches all
	backwards bool
	limit     int    // zero reads to the end
	after     string // the sort key to start behind; empty starts at the first
	once      bool   // one query reads what of it fits into 1 MB
}

// query reads the items of a span.
func query[Row any](ctx context.Context, t *Table, s span) ([]Row, error) {
	items, _, err := t.query(ctx, s)
	if err != nil {
		return nil, err
	}
	return rowsOf[Row](items)
}

func rowsOf[Row any](items []item) ([]Row, error) {
	rows := make([]Row, len(items))
	for i, found := range items {
		var err error
		if rows[i], err = decode[Row](found); err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// maxQueries bounds what a span with a limit reads: each query reads at most 1 MB.
const maxQueries = 4

// query also reports whether a span with a limit was cut short, because its items
// are large or the request has made many calls already. A span without a limit is
// read to its end.
func (t *Table) query(ctx context.Context, s span) (items []item, short bool, err error) {
	in := s.input(t.name)
	for queries := 1; ; queries++ {
		out, err := t.client.Query(ctx, in)
		if err != nil {
			return nil, false, classify(err)
		}
		items = append(items, out.Items...)
		switch {
		case out.LastEvaluatedKey == nil || s.limit > 0 && len(items) >= s.limit:
			return items, false, nil
		case s.limit > 0 && len(items) > 0 && (s.once || queries == maxQueries || shop.Tired(ctx)):
			return items, true, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// each shows the items of a span without a limit, page by page: there may be more
// than should be in memory at once.
func (t *Table) each(ctx context.Context, s span, see func([]item) error) error {
	in := s.input(t.name)
	for {
		out, err := t.client.Query(ctx, in)
		if err != nil {
			return classify(err)
		}
		if err := see(out.Items); err != nil || out.LastEvaluatedKey == nil {
			return err
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

func (s span) input(table string) *dynamodb.QueryInput {
	in := &dynamodb.QueryInput{
		TableName:                 &table,
		ConsistentRead:            aws.Bool(true),
		KeyConditionExpression:    aws.String("PK = :pk"),
		ExpressionAttributeValues: item{":pk": text(s.partition)},
		ScanIndexForward:          aws.Bool(!s.backwards),
	}
	if s.prefix != "" {
		in.KeyConditionExpression = aws.String("PK = :pk AND begins_with(SK, :prefix)")
		in.ExpressionAttributeValues[":prefix"] = text(s.prefix)
	}
	if s.limit > 0 {
		in.Limit = aws.Int32(int32(s.limit))
	}
	if s.after != "" {
		in.ExclusiveStartKey = key{s.partition, s.after}.item()
	}
	return in
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
