package dynamo

import (
	"cmp"
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/sorting"
)

// indexName is the one index. It is sparse: only due jobs, live services and wallets
// have its keys. It holds only keys, and lags.
const indexName = "GSI1"

// index reads the keys in all shards of a kind whose sort keys are below before, at
// most page from each; a page of zero reads to the end. They come in the order of their
// sort keys, whichever was faster.
func (t *Table) index(ctx context.Context, prefix, before string, page int) ([]key, error) {
	return t.indexFrom(ctx, prefix, " ", before, page)
}

// indexFrom is index, of the sort keys from one on.
func (t *Table) indexFrom(ctx context.Context, prefix, from, before string, page int) ([]key, error) {
	var found [shards][]indexed
	err := sideBySide(shards, func(n int) (err error) {
		found[n], err = t.indexShard(ctx, shard(prefix, n), from, before, page)
		return err
	})
	return inOrder(slices.Concat(found[:]...)), err
}

// indexed is a key in the index, and what it is sorted by there.
type indexed struct {
	key
	sort string
}

func inOrder(found []indexed) []key {
	sorting.By(found, func(a, b indexed) int { return cmp.Compare(a.sort, b.sort) })
	keys := make([]key, len(found))
	for i, f := range found {
		keys[i] = f.key
	}
	return keys
}

func (t *Table) indexShard(ctx context.Context, partition, from, before string, page int) ([]indexed, error) {
	in := &dynamodb.QueryInput{
		TableName:                 &t.name,
		IndexName:                 aws.String(indexName),
		KeyConditionExpression:    aws.String("GSI1PK = :pk AND GSI1SK BETWEEN :from AND :before"),
		ExpressionAttributeValues: item{":pk": text(partition), ":from": text(from), ":before": text(before)},
	}
	if page > 0 {
		in.Limit = aws.Int32(int32(page))
	}
	var keys []indexed
	for {
		out, err := t.client.Query(ctx, in)
		if err != nil {
			return nil, classify(err)
		}
		for _, found := range out.Items {
			sort, _ := found["GSI1SK"].(*types.AttributeValueMemberS)
			if sort == nil {
				sort = new(types.AttributeValueMemberS) // nothing is in the index without it
			}
			keys = append(keys, indexed{keyOf(found), sort.Value})
		}
		if page > 0 || out.LastEvaluatedKey == nil {
			return keys, nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// everything sorts behind every sort key of the index.
const everything = "~"
