package dynamo_test

import (
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/shop"
)

// The record of an account that is spread is packed, and any other is as release 0.1.0
// reads it.
func TestPack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		agent := newAgent()
		o := full(agent)
		s.commit(t, o.change())
		got, err := s.Record(t.Context(), o.record.RecordKey)
		expectOK(t, err)
		expectSame(t, "record", got, o.record)
		books, err := s.Books(t.Context(), agent.Account())
		expectOK(t, err)
		expectSame(t, "records", books.Records, []shop.Record{o.record})

		spread := s.spread == dynamo.Always()
		found := 0
		for _, i := range s.items(t) {
			if textOf(i["kind"]) != "record" {
				continue
			}
			found++
			shape, _ := i["shape"].(*types.AttributeValueMemberN)
			if shape == nil || (shape.Value == "2") != spread || (i["packed"] != nil) != spread || (i["body"] != nil) == spread {
				t.Errorf("spread is %v: %v", spread, i)
			}
		}
		expectSame(t, "records", found, 1)
	})
}

// Each item that a purchase of one server writes is below 2 KB, which are four write
// units, of whatever is sold.
func TestPurchaseIsSmall(t *testing.T) {
	t.Parallel()
	sizes := make(map[string]int)
	faults := dynamotest.Faults{Before: func(_ string, in any) error {
		for _, i := range dynamotest.Written(in) {
			sizes[textOf(i["kind"])] = dynamotest.SizeOf(&types.AttributeValueMemberM{Value: i})
		}
		return nil
	}}
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{Client: []func(*dynamodb.Options){faults.Inject}, NoKick: true})
	for _, sold := range goods(t).Items {
		if sold.Availability != shop.Available || sold.Terms[0].Hours > 0 { // no order names the hour
			continue
		}
		for what, order := range map[string]map[string]any{"": storetest.Order(), " with an SSH key": storetest.PersonalOrder(t)} {
			order["catalogItemId"] = sold.ID
			clear(sizes)
			quoted := s.Call(t, http.MethodPost, storetest.Quotes, order)
			quote := quoted.Text("quote", "id")
			bought := s.Buy(t, quote, "buy-"+quote)
			if bought.Status != http.StatusCreated || sizes["record"] == 0 || sizes["purchase"] == 0 {
				t.Fatalf("%s: %d %s", sold.ID, bought.Status, bought.Body)
			}
			for kind, size := range sizes {
				if size >= 2048 {
					t.Errorf("%s%s: a %s of %d bytes", sold.ID, what, kind, size)
				}
			}
			t.Log(sold.ID, what, sizes)
		}
	}
}
