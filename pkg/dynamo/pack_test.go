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

// packed is the same table, and writes packed.
func (s store) packed() store {
	s.Table = dynamo.New(s.engine.Client, s.name)
	s.Pack()
	return s
}

// A record is read alike, packed or not, by a table that packs and by one that does not.
func TestPack(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		for shape, writer := range map[string]*dynamo.Table{"1": s.Table, "2": s.packed().Table} {
			agent := newAgent()
			o := full(agent)
			expectOK(t, writer.Commit(t.Context(), o.change()))
			for _, reader := range []*dynamo.Table{s.Table, s.packed().Table} {
				got, err := reader.Record(t.Context(), o.record.RecordKey)
				expectOK(t, err)
				expectSame(t, "record", got, o.record)
				books, err := reader.Books(t.Context(), agent.Account())
				expectOK(t, err)
				expectSame(t, "records", books.Records, []shop.Record{o.record})
			}
			found := 0
			for _, i := range s.items(t) {
				if textOf(i["kind"]) != "record" || textOf(i["agent"]) != string(agent) {
					continue
				}
				found++
				got, _ := i["shape"].(*types.AttributeValueMemberN)
				if packed := shape == "2"; got == nil || got.Value != shape || (i["packed"] != nil) != packed || (i["body"] != nil) == packed {
					t.Errorf("in shape %s: %v", shape, i)
				}
			}
			expectSame(t, "records", found, 1)
		}
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
		if sold.Availability != shop.Available {
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
