package dynamotest

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Key is where an item is, or for a query the partition that it reads: of the
// table, or of the index that it is about.
type Key struct{ PK, SK string }

// keysOf returns the keys that a request names. A query has its partition in :pk.
func keysOf(input any) []Key {
	switch in := input.(type) {
	case *dynamodb.GetItemInput:
		return []Key{keyIn(in.Key)}
	case *dynamodb.BatchGetItemInput:
		var keys []Key
		for _, table := range in.RequestItems {
			for _, key := range table.Keys {
				keys = append(keys, keyIn(key))
			}
		}
		return keys
	case *dynamodb.PutItemInput:
		return []Key{keyIn(in.Item)}
	case *dynamodb.UpdateItemInput:
		return []Key{keyIn(in.Key)}
	case *dynamodb.DeleteItemInput:
		return []Key{keyIn(in.Key)}
	case *dynamodb.QueryInput:
		return []Key{{PK: textOf(in.ExpressionAttributeValues[":pk"])}}
	case *dynamodb.TransactGetItemsInput:
		var keys []Key
		for _, item := range itemsOf(in) {
			keys = append(keys, Key{item.pk, item.sk})
		}
		return keys
	case *dynamodb.TransactWriteItemsInput:
		var keys []Key
		for _, entry := range entriesOf(in) {
			keys = append(keys, Key{entry.item.pk, entry.item.sk})
		}
		return keys
	}
	return nil
}

func keyIn(item map[string]types.AttributeValue) Key {
	return Key{textOf(item["PK"]), textOf(item["SK"])}
}
