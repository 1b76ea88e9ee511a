package dynamo

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Create makes a table where there is none of that name, and waits until it can
// be used. It tells whether it made one. Deployed tables come from template.yaml.
func Create(ctx context.Context, client *dynamodb.Client, definition *dynamodb.CreateTableInput) (bool, error) {
	_, err := client.CreateTable(ctx, definition)
	var exists *types.ResourceInUseException
	if errors.As(err, &exists) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	waiter := dynamodb.NewTableExistsWaiter(client)
	return true, waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: definition.TableName}, time.Minute)
}
