package setup_test

import (
	"cmp"
	"slices"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore"
	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo/setup"
	"agentstore/pkg/template"
)

func definition(t *testing.T) template.Table {
	t.Helper()
	parsed, err := template.Parse(agentstore.Template)
	if err != nil {
		t.Fatal(err)
	}
	return parsed.Table
}

// A table is made once. Who comes second finds it, with all that is in it.
func TestCreateTableTwice(t *testing.T) {
	t.Parallel()
	definition := definition(t)
	dynamotest.Each(t, func(t *testing.T, engine dynamotest.Engine) {
		name := dynamotest.TableName(t)
		for i, want := range []bool{true, false} {
			made, err := setup.CreateTable(t.Context(), engine.Client, name, definition)
			if err != nil || made != want {
				t.Fatalf("call %d: %v, %v; want %v", i+1, made, err, want)
			}
			put(t, engine, name, i)
		}
		out, err := engine.Client.Scan(t.Context(), &dynamodb.ScanInput{TableName: &name})
		if err != nil || len(out.Items) != 2 {
			t.Errorf("%d items, %v; want 2", len(out.Items), err)
		}
	})
}

func put(t *testing.T, engine dynamotest.Engine, table string, i int) {
	t.Helper()
	key := &types.AttributeValueMemberS{Value: string(rune('a' + i))}
	_, err := engine.Client.PutItem(t.Context(), &dynamodb.PutItemInput{
		TableName: &table, Item: map[string]types.AttributeValue{"PK": key, "SK": key},
	})
	if err != nil {
		t.Fatal(err)
	}
}

// The table has the keys and the index that the template gives it.
func TestCreateTableAsTheTemplateSays(t *testing.T) {
	t.Parallel()
	engine := dynamotest.Local(t)
	name := dynamotest.TableName(t)
	if _, err := setup.CreateTable(t.Context(), engine.Client, name, definition(t)); err != nil {
		t.Fatal(err)
	}
	out, err := engine.Client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: &name})
	if err != nil {
		t.Fatal(err)
	}
	key := func(partition, sort string) []types.KeySchemaElement {
		return []types.KeySchemaElement{
			{AttributeName: &partition, KeyType: types.KeyTypeHash}, {AttributeName: &sort, KeyType: types.KeyTypeRange},
		}
	}
	check(t, "key", out.Table.KeySchema, key("PK", "SK"))
	check(t, "billing", out.Table.BillingModeSummary.BillingMode, types.BillingModePayPerRequest)
	check(t, "indexes", len(out.Table.GlobalSecondaryIndexes), 1)
	index := out.Table.GlobalSecondaryIndexes[0]
	check(t, "index", aws.ToString(index.IndexName), "GSI1")
	check(t, "its key", index.KeySchema, key("GSI1PK", "GSI1SK"))
	check(t, "its projection", index.Projection.ProjectionType, types.ProjectionTypeKeysOnly)

	var attributes []string
	for _, a := range out.Table.AttributeDefinitions {
		attributes = append(attributes, aws.ToString(a.AttributeName)+" "+string(a.AttributeType))
	}
	slices.SortFunc(attributes, cmp.Compare)
	check(t, "attributes", attributes, []string{"GSI1PK S", "GSI1SK S", "PK S", "SK S"})
}

// An error of the engine is an error, and not a table that was there before. The
// embedded table has one definition, and so cannot have a wrong one.
func TestCreateTableFails(t *testing.T) {
	t.Parallel()
	broken := definition(t)
	broken.Attributes = broken.Attributes[1:]
	made, err := setup.CreateTable(t.Context(), dynamotest.Local(t).Client, dynamotest.TableName(t), broken)
	if made || err == nil {
		t.Errorf("%v, %v; want an error", made, err)
	}
}

func check(t *testing.T, what string, got, want any) {
	t.Helper()
	if diff := gocmp.Diff(want, got, cmpopts.IgnoreUnexported(types.KeySchemaElement{})); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
