package shop_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/shop"
)

func expectOK(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sameCaller compares who asks, by whichever session.
var sameCaller = cmp.Options{cmpopts.IgnoreFields(shop.Caller{}, "Session", "Confirm", "Recheck"), cmpopts.IgnoreUnexported(shop.Caller{})}

func expectSame[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if diff := cmp.Diff(want, got, sameCaller); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func expectStatus(t *testing.T, answer storetest.Answer, status int) {
	t.Helper()
	if answer.Status != status {
		t.Fatalf("status %d, want %d: %s", answer.Status, status, answer.Body)
	}
}

// sortKey is the sort key of the one item that a request names; empty for a
// transaction or a query.
func sortKey(input any) string {
	var key types.AttributeValue
	switch in := input.(type) {
	case *dynamodb.GetItemInput:
		key = in.Key["SK"]
	case *dynamodb.PutItemInput:
		key = in.Item["SK"]
	case *dynamodb.UpdateItemInput:
		key = in.Key["SK"]
	}
	text, _ := key.(*types.AttributeValueMemberS)
	if text == nil {
		return ""
	}
	return text.Value
}
