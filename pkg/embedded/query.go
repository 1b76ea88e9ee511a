package embedded

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Query reads items of one partition in the order of their sort keys, or the keys of
// items in the index. A page ends at its limit or after 1 MB, and says where.
func (db *DB) Query(ctx context.Context, in *dynamodb.QueryInput, _ ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error) {
	if err := db.begin(ctx, in.TableName); err != nil {
		return nil, err
	}
	q, err := db.query(in)
	if err != nil {
		return nil, err
	}
	out := &dynamodb.QueryOutput{}
	if err := db.storage.view(func(v view) error { return q.read(v, out) }); err != nil {
		return nil, err
	}
	out.Count = int32(len(out.Items))
	out.ScannedCount = out.Count
	return out, nil
}

// query is a parsed query.
type query struct {
	index        bool
	prefix       []byte // of the partition's keys in the storage
	lower, upper []byte
	backwards    bool
	limit        int // zero is none
}

func (db *DB) query(in *dynamodb.QueryInput) (q query, err error) {
	if err := supported(in); err != nil {
		return q, err
	}
	q.index, q.backwards = in.IndexName != nil, !aws.ToBool(orTrue(in.ScanIndexForward))
	q.limit = int(aws.ToInt32(in.Limit))
	partition, sort := partitionKey, sortKey
	if q.index {
		partition, sort = indexPartitionKey, indexSortKey
	}
	p := params{names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues}
	s, err := db.stretchOf(*in.KeyConditionExpression, &p, partition, sort)
	if err != nil {
		return q, err
	}
	space := byte(itemSpace)
	if q.index {
		space = indexSpace
	}
	q.prefix = appendText([]byte{space}, s.partition)
	q.bound(s)
	if in.ExclusiveStartKey != nil {
		err = q.start(in.ExclusiveStartKey, s)
	}
	return q, err
}

func supported(in *dynamodb.QueryInput) error {
	switch {
	case in.KeyConditionExpression == nil:
		return invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	case in.FilterExpression != nil || in.ProjectionExpression != nil || in.Select != "" || in.AttributesToGet != nil:
		return invalid("filters and projections are not supported")
	case in.KeyConditions != nil || in.QueryFilter != nil || in.ConditionalOperator != "":
		return errLegacy
	case in.IndexName != nil && *in.IndexName != indexName:
		return invalid("The table does not have the specified index: %s", *in.IndexName)
	case in.IndexName != nil && aws.ToBool(in.ConsistentRead):
		return invalid("Consistent reads are not supported on global secondary indexes")
	case in.Limit != nil && *in.Limit < 1:
		return invalid("Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", *in.Limit)
	}
	return nil
}

func orTrue(b *bool) *bool {
	if b == nil {
		return aws.Bool(true)
	}
	return b
}

// bound turns the sort keys of a stretch into keys of the storage. In the index a
// sort key has an end, behind which the item's own key follows: the end of a text
// sorts before whatever a longer text has there.
func (q *query) bound(s stretch) {
	sorted := func(sort string) []byte {
		b := append([]byte{}, q.prefix...)
		if !q.index {
			return append(b, sort...)
		}
		with := appendText(b, sort)
		return with[:len(with)-2]
	}
	q.lower = sorted(s.low)
	q.upper = after(q.prefix)
	if s.high != "" {
		q.upper = sorted(s.high)
	}
}

// start lets a query begin behind a key, whether or not an item has it.
func (q *query) start(from item, s stretch) error {
	place, err := q.startKey(from)
	if err != nil {
		return err
	}
	if !q.within(place) {
		return invalid("The provided starting key is outside query boundaries based on provided conditions")
	}
	if q.backwards {
		q.upper = place
	} else {
		q.lower = append(place, 0)
	}
	return nil
}

func (q *query) startKey(from item) ([]byte, error) {
	key, err := keyOf(from)
	if err != nil || !q.index && len(from) != 2 || q.index && len(from) != 4 {
		return nil, invalid("The provided starting key is invalid")
	}
	if !q.index {
		return key.bytes(), nil
	}
	x, in, err := place(from)
	if err != nil || !in {
		return nil, invalid("The provided starting key is invalid")
	}
	x.of = key
	return x.bytes(), nil
}

func (q *query) within(place []byte) bool {
	return string(place) >= string(q.lower) && string(place) < string(q.upper)
}

// read fills a page.
func (q *query) read(v view, out *dynamodb.QueryOutput) error {
	size, more := 0, false
	var failure error
	err := v.scan(q.lower, q.upper, q.backwards, func(key, value []byte) bool {
		if more = q.limit > 0 && len(out.Items) == q.limit || size > maxPage; more {
			return false
		}
		var found item
		if found, failure = q.item(key, value); failure != nil {
			return false
		}
		out.Items = append(out.Items, found)
		size += sizeOf(found)
		return true
	})
	if err != nil || failure != nil {
		return firstOf(err, failure)
	}
	if full := q.limit > 0 && len(out.Items) == q.limit; more || full {
		out.LastEvaluatedKey = q.keyOf(out.Items[len(out.Items)-1])
	}
	return nil
}

func (q *query) item(key, value []byte) (item, error) {
	if !q.index {
		return stored(value).item()
	}
	x, ok := parseIndexed(key)
	if !ok {
		return nil, errDamaged
	}
	text := func(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
	return item{
		partitionKey: text(x.of.pk), sortKey: text(x.of.sk), indexPartitionKey: text(x.pk), indexSortKey: text(x.sk),
	}, nil
}

// keyOf is where a page ended.
func (q *query) keyOf(last item) item {
	if q.index {
		return last
	}
	return item{partitionKey: last[partitionKey], sortKey: last[sortKey]}
}
