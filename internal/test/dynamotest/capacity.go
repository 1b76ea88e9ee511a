package dynamotest

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"
)

// askForCapacity makes every request ask for its consumed capacity.
func askForCapacity(o *dynamodb.Options) {
	ask := middleware.InitializeMiddlewareFunc(middlewareID(o), func(
		ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
	) (middleware.InitializeOutput, middleware.Metadata, error) {
		if question := capacityQuestion(in.Parameters); question != nil && *question == "" {
			*question = types.ReturnConsumedCapacityTotal
		}
		return next.HandleInitialize(ctx, in)
	})
	o.APIOptions = append(o.APIOptions, func(stack *middleware.Stack) error {
		return stack.Initialize.Add(ask, middleware.Before)
	})
}

// capacityQuestion is the field of an input that asks for the consumed
// capacity, or nil for an operation on tables, which consumes none.
func capacityQuestion(input any) *types.ReturnConsumedCapacity {
	switch in := input.(type) {
	case *dynamodb.GetItemInput:
		return &in.ReturnConsumedCapacity
	case *dynamodb.BatchGetItemInput:
		return &in.ReturnConsumedCapacity
	case *dynamodb.TransactGetItemsInput:
		return &in.ReturnConsumedCapacity
	case *dynamodb.QueryInput:
		return &in.ReturnConsumedCapacity
	case *dynamodb.ScanInput:
		return &in.ReturnConsumedCapacity
	case *dynamodb.PutItemInput:
		return &in.ReturnConsumedCapacity
	case *dynamodb.UpdateItemInput:
		return &in.ReturnConsumedCapacity
	case *dynamodb.DeleteItemInput:
		return &in.ReturnConsumedCapacity
	case *dynamodb.BatchWriteItemInput:
		return &in.ReturnConsumedCapacity
	case *dynamodb.TransactWriteItemsInput:
		return &in.ReturnConsumedCapacity
	}
	return nil
}

// consumed returns the capacity units that an output reports.
func consumed(output any) (read, write float64) {
	switch out := output.(type) {
	case *dynamodb.GetItemOutput:
		return totalUnits(out.ConsumedCapacity), 0
	case *dynamodb.BatchGetItemOutput:
		return totalUnitsOf(out.ConsumedCapacity), 0
	case *dynamodb.TransactGetItemsOutput:
		return totalUnitsOf(out.ConsumedCapacity), 0
	case *dynamodb.QueryOutput:
		return totalUnits(out.ConsumedCapacity), 0
	case *dynamodb.ScanOutput:
		return totalUnits(out.ConsumedCapacity), 0
	case *dynamodb.PutItemOutput:
		return 0, totalUnits(out.ConsumedCapacity)
	case *dynamodb.UpdateItemOutput:
		return 0, totalUnits(out.ConsumedCapacity)
	case *dynamodb.DeleteItemOutput:
		return 0, totalUnits(out.ConsumedCapacity)
	case *dynamodb.BatchWriteItemOutput:
		return 0, totalUnitsOf(out.ConsumedCapacity)
	case *dynamodb.TransactWriteItemsOutput:
		return 0, totalUnitsOf(out.ConsumedCapacity)
	}
	return 0, 0
}

func totalUnits(c *types.ConsumedCapacity) float64 {
	if c == nil {
		return 0
	}
	return aws.ToFloat64(c.CapacityUnits)
}

// totalUnitsOf adds up the tables of one call.
func totalUnitsOf(tables []types.ConsumedCapacity) float64 {
	units := 0.0
	for i := range tables {
		units += totalUnits(&tables[i])
	}
	return units
}
