package dynamo_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
	"agentstore/pkg/dynamo"
	"agentstore/pkg/id"
	"agentstore/pkg/money"
	"agentstore/pkg/shop"
)

// bigCatalog has more than fits into one query.
func bigCatalog(items int) shop.Catalog {
	c := shop.Catalog{Categories: []shop.Category{{ID: "compute", Name: "Compute"}}}
	for n := range items {
		name := fmt.Sprintf("%05d", n)
		c.Items = append(c.Items, shop.Item{
			ID: id.Item("cat_" + name), SKU: "sku-" + name, Name: "Server " + name, Category: "compute", Position: n,
			Description: "A server for whatever it is that needs one of this size, with disks, memory and a network to go with it.",
			ServiceType: "server", Availability: shop.Available, Price: money.Money{Minor: int64(n), Currency: "usd"}, SetupFee: money.Money{Currency: "usd"},
			Plan: shop.Data{Shape: 1, JSON: []byte(`{"cpuCores":2,"memoryGib":4,"regions":["eu-west","us-east"]}`)},
		})
	}
	return c
}

// A process reads the catalog once. After that a reader pays half a unit to know that it
// is still the one, in one call.
func TestCatalogIsReadOnce(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		c := bigCatalog(1001)
		_, err := s.Seed(t.Context(), c)
		expectOK(t, err)
		var calls dynamotest.Recorder
		process := s.with(calls.Record)
		for n := range 3 {
			calls.Reset()
			got, err := process.Catalog(t.Context())
			expectOK(t, err)
			expectSame(t, "the catalog", got, c)
			if n > 0 && (len(calls.Calls()) != 1 || calls.ReadUnits() > 0.5) {
				t.Errorf("read again, it takes %d calls and %.1f units", len(calls.Calls()), calls.ReadUnits())
			}
		}
	})
}

// Whoever has the catalog at hand sees the change of another process at once.
func TestCatalogChanges(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		other := s.with()
		c := bigCatalog(2)
		for _, change := range []func(){
			func() {},
			func() { c.Items[0].Price.Minor++ },
			func() { c.Items = c.Items[1:] },
			func() { c.Categories[0].Name = "Computers" },
			func() { c = bigCatalog(3) },
		} {
			change()
			_, err := s.Seed(t.Context(), c)
			expectOK(t, err)
			for what, process := range map[string]*dynamo.Table{"itself": s.Table, "the other": other} {
				got, err := process.Catalog(t.Context())
				expectOK(t, err)
				expectSame(t, what, got, c)
			}
		}
	})
}

// A seed that ends anywhere leaves no reader with what is half old, whoever begins it
// again, be it with the old catalog.
func TestSeedIsInterrupted(t *testing.T) {
	t.Parallel()
	before, after := bigCatalog(3), bigCatalog(4)
	after.Items[1].Name = "Another"
	onEach(t, func(t *testing.T, s store) {
		for _, again := range []shop.Catalog{before, after} {
			for failing, done := 1, false; !done; failing++ {
				_, err := s.Seed(t.Context(), before)
				expectOK(t, err)
				reader := s.with()
				_, err = reader.Catalog(t.Context())
				expectOK(t, err)

				writes := 0
				broken := s.with((&dynamotest.Faults{Before: func(operation string, _ any) error {
					if operation == "Query" || operation == "GetItem" {
						return nil
					}
					if writes++; writes == failing {
						return errors.New("the process ends")
					}
					return nil
				}}).Inject)
				_, err = broken.Seed(t.Context(), after)
				done = err == nil
				_, err = reader.Catalog(t.Context()) // may have any of both
				expectOK(t, err)

				_, err = s.Seed(t.Context(), again)
				expectOK(t, err)
				got, err := reader.Catalog(t.Context())
				expectOK(t, err)
				expectSame(t, fmt.Sprintf("after an end at write %d", failing), got, again)
				if failing > 20 {
					t.Fatal("it never ends")
				}
			}
		}
	})
}

// A catalog that an earlier version has written has no edition. It is read whole, and
// the next start gives it one.
func TestCatalogWithoutEdition(t *testing.T) {
	t.Parallel()
	onEach(t, func(t *testing.T, s store) {
		c := bigCatalog(2)
		_, err := s.Seed(t.Context(), c)
		expectOK(t, err)
		_, err = s.engine.Client.DeleteItem(t.Context(), &dynamodb.DeleteItemInput{TableName: &s.name, Key: item{
			"PK": &types.AttributeValueMemberS{Value: "CATALOG"}, "SK": &types.AttributeValueMemberS{Value: "#EDITION"},
		}})
		expectOK(t, err)
		reader := s.with()
		for range 2 {
			got, err := reader.Catalog(t.Context())
			expectOK(t, err)
			expectSame(t, "without an edition", got, c)
		}
		s.expectSeeded(t, "with one", c, dynamo.Seeded{Unchanged: 3})
		expectSame(t, "items", len(s.items(t)), 4)
	})
}
