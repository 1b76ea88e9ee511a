package dynamotest

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// iamActions returns the IAM actions that allow a call. IAM knows no action of
// a transaction itself, only those of its entries:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
func iamActions(operation string, input any) []string {
	var actions []string
	switch in := input.(type) {
	case *dynamodb.TransactWriteItemsInput:
		for _, item := range in.TransactItems {
			actions = append(actions, writeActions(item)...)
		}
	case *dynamodb.TransactGetItemsInput:
		for range in.TransactItems {
			actions = append(actions, "dynamodb:GetItem")
		}
	default:
		actions = append(actions, "dynamodb:"+operation)
	}
	return actions
}

// writeActions returns the one action of a valid entry.
func writeActions(item types.TransactWriteItem) []string {
	var actions []string
	if item.Put != nil {
		actions = append(actions, "dynamodb:PutItem")
	}
	if item.Update != nil {
		actions = append(actions, "dynamodb:UpdateItem")
	}
	if item.Delete != nil {
		actions = append(actions, "dynamodb:DeleteItem")
	}
	if item.ConditionCheck != nil {
		actions = append(actions, "dynamodb:ConditionCheckItem")
	}
	return actions
}
