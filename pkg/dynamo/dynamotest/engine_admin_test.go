package dynamotest

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A table can be used as soon as it is created. minidyn does not say that it is
// active, so a waiter would wait in vain.
func TestEngineTableStatus(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		out, err := db.Client.DescribeTable(t.Context(), &dynamodb.DescribeTableInput{TableName: tab.name})
		if err != nil {
			t.Fatal(err)
		}
		check(t, "status", out.Table.TableStatus, expect(db, types.TableStatusActive, ""))
	})
}

func TestEngineTableErrors(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		_, err := db.Client.CreateTable(t.Context(), &dynamodb.CreateTableInput{
			TableName:            tab.name,
			BillingMode:          types.BillingModePayPerRequest,
			AttributeDefinitions: []types.AttributeDefinition{{AttributeName: new("PK"), AttributeType: types.ScalarAttributeTypeS}},
			KeySchema:            []types.KeySchemaElement{{AttributeName: new("PK"), KeyType: types.KeyTypeHash}},
		})
		if inUse := new(types.ResourceInUseException); !errors.As(err, &inUse) {
			t.Errorf("creation of a table that exists: %v", err)
		}
		missing := table{t: t, client: db.Client, name: new("missing")}
		if notFound := new(types.ResourceNotFoundException); !errors.As(missing.put(key("a", "1"), ""), &notFound) {
			t.Error("a put into no table succeeds")
		}
	})
}

// minidyn crashes on the name of an index that does not exist.
func TestEngineMissingIndex(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		in := dueUntil("t9")
		in.IndexName = new("missing")
		_, err := tab.query(in)
		if db.Name == NameEmbedded {
			check(t, "a crash", err != nil, true)
			return
		}
		check(t, "answer", code(t, err), invalid)
	})
}

// minidyn has neither ListTables nor time to live.
func TestEngineOtherOperations(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		_, err := db.Client.ListTables(t.Context(), &dynamodb.ListTablesInput{})
		check(t, "ListTables", err == nil, expect(db, true, false))
		_, err = db.Client.UpdateTimeToLive(t.Context(), &dynamodb.UpdateTimeToLiveInput{
			TableName:               tab.name,
			TimeToLiveSpecification: &types.TimeToLiveSpecification{AttributeName: new("ttl"), Enabled: new(true)},
		})
		check(t, "UpdateTimeToLive", err == nil, expect(db, true, false))
	})
}
