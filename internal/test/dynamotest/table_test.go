package dynamotest

import (
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// The error codes that the tests expect of an engine.
const (
	ok              = ""
	conditionFailed = "ConditionalCheckFailedException"
	invalid         = "ValidationException"
)

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue   { return &types.AttributeValueMemberS{Value: s} }
func number(n string) types.AttributeValue { return &types.AttributeValueMemberN{Value: n} }
func binary(b ...byte) types.AttributeValue {
	return &types.AttributeValueMemberB{Value: append([]byte{}, b...)}
}
func boolean(b bool) types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: b} }
func list(l ...types.AttributeValue) types.AttributeValue {
	return &types.AttributeValueMemberL{Value: append([]types.AttributeValue{}, l...)}
}
func object(m item) types.AttributeValue { return &types.AttributeValueMemberM{Value: m} }
func texts(s ...string) types.AttributeValue {
	return &types.AttributeValueMemberSS{Value: s}
}

// row returns an item with its key.
func row(pk, sk string, attributes item) item {
	row := item{"PK": text(pk), "SK": text(sk)}
	maps.Copy(row, attributes)
	return row
}

func key(pk, sk string) item { return row(pk, sk, nil) }

// table is a table of keys PK and SK, and an index GSI1 of GSI1PK and GSI1SK that holds
// keys alone: as template.yaml defines it.
type table struct {
	t      *testing.T
	client *dynamodb.Client
	name   *string
}

func newTable(t *testing.T, client *dynamodb.Client) table {
	t.Helper()
	tab := table{t: t, client: client, name: aws.String(TableName(t))}
	attribute := func(name string) types.AttributeDefinition {
		return types.AttributeDefinition{AttributeName: &name, AttributeType: types.ScalarAttributeTypeS}
	}
	_, err := client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
		TableName:   tab.name,
		BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			attribute("PK"), attribute("SK"), attribute("GSI1PK"), attribute("GSI1SK"),
		},
		KeySchema: keySchema("PK", "SK"),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{{
			IndexName:  aws.String("GSI1"),
			KeySchema:  keySchema("GSI1PK", "GSI1SK"),
			Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly},
		}},
	})
	if err != nil {
		t.Fatalf("CreateTable: %v", err)
	}
	return tab
}

func keySchema(hash, sort string) []types.KeySchemaElement {
	return []types.KeySchemaElement{
		{AttributeName: &hash, KeyType: types.KeyTypeHash},
		{AttributeName: &sort, KeyType: types.KeyTypeRange},
	}
}

// has puts items that the test needs.
func (tab table) has(rows ...item) {
	tab.t.Helper()
	for _, r := range rows {
		if err := tab.put(r, ""); err != nil {
			tab.t.Fatalf("PutItem: %v", err)
		}
	}
}

func (tab table) put(r item, condition string) error {
	in := &dynamodb.PutItemInput{TableName: tab.name, Item: r}
	if condition != "" {
		in.ConditionExpression = &condition
	}
	_, err := tab.client.PutItem(tab.t.Context(), in)
	return err
}

func (tab table) update(key item, update, condition string, values item) error {
	in := &dynamodb.UpdateItemInput{
		TableName: tab.name, Key: key, UpdateExpression: &update, ExpressionAttributeValues: values,
	}
	if condition != "" {
		in.ConditionExpression = &condition
	}
	_, err := tab.client.UpdateItem(tab.t.Context(), in)
	return err
}

func (tab table) delete(key item) error {
	_, err := tab.client.DeleteItem(tab.t.Context(), &dynamodb.DeleteItemInput{TableName: tab.name, Key: key})
	return err
}

// get returns nil when there is no such item.
func (tab table) get(key item) item {
	tab.t.Helper()
	out, err := tab.client.GetItem(tab.t.Context(), &dynamodb.GetItemInput{
		TableName: tab.name, Key: key, ConsistentRead: aws.Bool(true),
	})
	if err != nil {
		tab.t.Fatalf("GetItem: %v", err)
	}
	return out.Item
}

// query fills in the table's name.
func (tab table) query(in dynamodb.QueryInput) (*dynamodb.QueryOutput, error) {
	in.TableName = tab.name
	return tab.client.Query(tab.t.Context(), &in)
}

func (tab table) mustQuery(in dynamodb.QueryInput) *dynamodb.QueryOutput {
	tab.t.Helper()
	out, err := tab.query(in)
	if err != nil {
		tab.t.Fatalf("Query: %v", err)
	}
	return out
}

func (tab table) transact(items ...types.TransactWriteItem) error {
	_, err := tab.client.TransactWriteItems(tab.t.Context(), &dynamodb.TransactWriteItemsInput{TransactItems: items})
	return err
}

// code is the error code of an API error, and "" for no error.
func code(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return ok
	}
	var api smithy.APIError
	if !errors.As(err, &api) {
		t.Fatalf("not an API error: %v", err)
	}
	return api.ErrorCode()
}

func check(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got, exactly); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// exactly compares items by type and value. No item and one without attributes
// are the same, and a set has no order.
var exactly = cmp.Options{
	cmpopts.EquateEmpty(),
	cmp.Comparer(func(a, b types.AttributeValueMemberSS) bool {
		return slices.Equal(slices.Sorted(slices.Values(a.Value)), slices.Sorted(slices.Values(b.Value)))
	}),
	cmpopts.IgnoreUnexported(
		types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberB{},
		types.AttributeValueMemberBOOL{}, types.AttributeValueMemberNULL{},
		types.AttributeValueMemberL{}, types.AttributeValueMemberM{},
	),
}
