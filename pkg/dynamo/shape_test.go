package dynamo_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/pkg/dynamo"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

// reshape changes the shape of every item in the table, by an update expression.
func (s store) reshape(t *testing.T, expression string, values item) {
	t.Helper()
	for _, i := range s.items(t) {
		_, err := s.engine.Client.UpdateItem(t.Context(), &dynamodb.UpdateItemInput{
			TableName: &s.name, Key: item{"PK": i["PK"], "SK": i["SK"]},
			UpdateExpression: &expression, ExpressionAttributeValues: values,
		})
		expectOK(t, err)
	}
}

// An item in a shape that a newer version has given it is not read as one of this
// version, by itself or in a list.
func TestNewerShape(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		agent := newOwnAgent()
		o := full(agent)
		s.commit(t, o.change())
		s.expectSeeded(t, "a catalog", shop.Catalog{Items: []shop.Item{fullItem()}}, dynamo.Seeded{Written: 1})
		s.reshape(t, "SET shape = :newer", item{":newer": &types.AttributeValueMemberN{Value: "3"}})
		for _, kind := range kinds() {
			_, err := kind.read(t.Context(), s.Table, o, agent)
			expectUnavailable(t, kind.name, err)
		}
		page := shop.Page{Limit: 1}
		_, _, err := s.Purchases(t.Context(), agent.Account(), page)
		expectUnavailable(t, "purchases", err)
		_, _, err = s.OwnPurchases(t.Context(), agent, page)
		expectUnavailable(t, "own purchases", err)
		_, err = s.Sessions(t.Context(), o.person.ID)
		expectUnavailable(t, "sessions", err)
		_, err = s.with().Catalog(t.Context())
		expectUnavailable(t, "catalog", err)
		_, err = s.Seed(t.Context(), shop.Catalog{})
		expectUnavailable(t, "seed", err)
		_, err = s.Books(t.Context(), agent.Account())
		expectUnavailable(t, "books", err)
	})
}

func expectUnavailable(t *testing.T, what string, err error) {
	t.Helper()
	if !fault.Is(err, fault.StoreUnavailable) {
		t.Errorf("%s of a newer shape: %v", what, err)
	}
}

// What was written before items had a shape is of the first one, and gets it by the
// next write.
func TestItemWithoutShape(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		agent := newAgent()
		o := full(agent)
		s.commit(t, o.change())
		s.reshape(t, "REMOVE shape", nil)
		for _, kind := range kinds() {
			got, err := kind.read(t.Context(), s.Table, o, agent)
			expectOK(t, err)
			expectSame(t, kind.name, got, kind.want(o))
		}
		o.service.Version++
		s.commit(t, shop.Change{Services: []shop.Service{o.service}})
		for _, i := range s.items(t) {
			if shape, has := i["shape"].(*types.AttributeValueMemberN); has != (textOf(i["kind"]) == "service") || has && shape.Value != "1" {
				t.Errorf("the shape of a %s is %v", textOf(i["kind"]), i["shape"])
			}
		}
	})
}
