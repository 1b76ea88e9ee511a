// Package setup makes the table where CloudFormation does not: on a laptop and
// in tests. It is apart from package dynamo because the definition is read from
// YAML, which no function shall link.
package setup

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/template"
)

// CreateTable makes a table as the template defines it, where there is none of
// that name, and waits until it can be used. It reports whether it made one.
// Deployed tables come from the template itself.
func CreateTable(ctx context.Context, client *dynamodb.Client, name string, definition template.Table) (bool, error) {
	out, err := client.CreateTable(ctx, createInput(name, definition))
	var exists *types.ResourceInUseException
	if errors.As(err, &exists) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if out.TableDescription.TableStatus != types.TableStatusCreating {
		return true, nil
	}
	waiter := dynamodb.NewTableExistsWaiter(client)
	return true, waiter.Wait(ctx, &dynamodb.DescribeTableInput{TableName: &name}, time.Minute)
}

func createInput(name string, definition template.Table) *dynamodb.CreateTableInput {
	in := &dynamodb.CreateTableInput{
		TableName: &name, BillingMode: types.BillingModePayPerRequest, KeySchema: keySchema(definition.Key),
	}
	for _, a := range definition.Attributes {
		in.AttributeDefinitions = append(in.AttributeDefinitions, types.AttributeDefinition{
			AttributeName: aws.String(a.Name), AttributeType: types.ScalarAttributeType(a.Type),
		})
	}
	for _, index := range definition.Indexes {
		in.GlobalSecondaryIndexes = append(in.GlobalSecondaryIndexes, types.GlobalSecondaryIndex{
			IndexName: aws.String(index.Name), KeySchema: keySchema(index.Key),
			Projection: &types.Projection{
				ProjectionType: types.ProjectionType(index.Projection), NonKeyAttributes: index.NonKeyAttributes,
			},
		})
	}
	return in
}

func keySchema(k template.Key) []types.KeySchemaElement {
	schema := []types.KeySchemaElement{{AttributeName: aws.String(k.Partition), KeyType: types.KeyTypeHash}}
	if k.Sort != "" {
		schema = append(schema, types.KeySchemaElement{AttributeName: aws.String(k.Sort), KeyType: types.KeyTypeRange})
	}
	return schema
}
