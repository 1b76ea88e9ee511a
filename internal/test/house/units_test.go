package house

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"agentstore/internal/test/dynamotest"
)

// TestWriteUnits holds the price of a write to a budget, so that nobody makes an
// item larger without a look at it. The price is AWS's by the size of what was
// written; DynamoDB Local's own count, which is printed beside it, is lower for
// transactions.
func TestWriteUnits(t *testing.T) {
	t.Parallel()
	budget := map[string]int{
		"quote_create, without a key":         6,
		"quote_create, with a key":            8,
		"purchase_create, by quote":           30,
		"purchase_create, by quote, 10 units": 95,
		"purchase_create, by item":            26,
		"purchase_create, by item, 10 units":  91,
		"server_restart, with a key":          12,
		"server_reinstall, with a key":        12,
	}
	w := watch(t, dynamotest.Local(t))
	var figures strings.Builder
	for _, p := range probes() {
		name := p.operation + ", " + p.name
		most, isPriced := budget[name]
		if !isPriced {
			continue
		}
		delete(budget, name)
		answer := w.serve(t.Context(), p.request(t, w))
		price, counted := units(w.writes.rows), w.recorder.WriteUnits()
		fmt.Fprintf(&figures, "%-36s %3d at AWS, %3.0f counted by DynamoDB Local\n", name, price, counted)
		if answer.Code != p.status || counted == 0 {
			t.Errorf("%s: status %d, %v write units counted", name, answer.Code, counted)
		}
		if price > most {
			t.Errorf("%s: %d write units, the budget is %d", name, price, most)
		}
	}
	for name := range budget {
		t.Errorf("there is a budget for %s, and no probe of that name", name)
	}
	t.Log("write units\n" + figures.String())
}

// units is what a write costs at AWS: one unit for each KB begun of an item, two
// in a transaction, and one for an entry of the index (DynamoDB developer guide,
// "Read and write operations").
func units(rows []row) int {
	perKB := 2
	if len(rows) == 1 {
		perKB = 1
	}
	sum := 0
	for _, r := range rows {
		sum += perKB * ((dynamotest.SizeOf(&types.AttributeValueMemberM{Value: r}) + 1023) / 1024)
		if r.text("GSI1PK") != "" {
			sum++
		}
	}
	return sum
}
