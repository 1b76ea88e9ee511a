package dynamotest

import (
	"maps"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Written returns what a request writes: the items that it puts and, of those that it
// updates, the key with the attributes that it sets.
func Written(input any) []map[string]types.AttributeValue {
	var items []map[string]types.AttributeValue
	switch in := input.(type) {
	case *dynamodb.PutItemInput:
		items = append(items, in.Item)
	case *dynamodb.UpdateItemInput:
		items = append(items, updated(in.Key, in.UpdateExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues))
	case *dynamodb.TransactWriteItemsInput:
		for _, entry := range in.TransactItems {
			if entry.Put != nil {
				items = append(items, entry.Put.Item)
			} else if u := entry.Update; u != nil {
				items = append(items, updated(u.Key, u.UpdateExpression, u.ExpressionAttributeNames, u.ExpressionAttributeValues))
			}
		}
	}
	return items
}

var assignment = regexp.MustCompile(`(#?\w+) = (:\w+)`)

func updated(key map[string]types.AttributeValue, expression *string, names map[string]string, values map[string]types.AttributeValue) map[string]types.AttributeValue {
	item := maps.Clone(key)
	if expression == nil {
		return item
	}
	for _, set := range assignment.FindAllStringSubmatch(*expression, -1) {
		name := set[1]
		if strings.HasPrefix(name, "#") {
			name = names[name]
		}
		item[name] = values[set[2]]
	}
	return item
}
