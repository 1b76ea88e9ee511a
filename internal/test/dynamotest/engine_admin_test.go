package dynamotest

import (
	"errors"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

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

func TestEngineMissingIndex(t *testing.T) {
	t.Parallel()
	Each(t, func(t *testing.T, db Engine) {
		tab := newTable(t, db.Client)
		in := dueUntil("t9")
		in.IndexName = new("missing")
		_, err := tab.query(in)
		check(t, "answer", code(t, err), invalid)
	})
}
