package dynamotest

import (
	"errors"
	"fmt"
	"math/big"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestEnginesAnswerAlike sends the same random calls to DynamoDB Local and to the
// embedded store, in memory and on disk, and compares every answer. Its seed is
// fixed: make proof runs it long, with a seed of its own.
func TestEnginesAnswerAlike(t *testing.T) {
	t.Parallel()
	reference := newTable(t, Local(t).Client)
	others := map[string]table{
		"in memory": newTable(t, Embedded(t).Client),
		"on disk":   newTable(t, EmbeddedOnDisk(t).Client),
	}
	run, calls := 0, make(map[string]int)
	rapid.Check(t, func(r *rapid.T) {
		run++
		d := draws{T: r, run: fmt.Sprintf("%08d", run)}
		for range rapid.IntRange(1, 25).Draw(r, "calls") {
			call := d.call()
			want := call.on(reference)
			for name, tab := range others {
				got := call.on(tab)
				if want.Code == invalid && got.isEmptyPage(call) {
					continue
				}
				if diff := cmp.Diff(want, got, alike); diff != "" {
					r.Fatalf("%s %s\n(-DynamoDB Local +%s):\n%s", call.kind, printed(call.input), name, diff)
				}
			}
			calls[call.kind+" "+want.Code]++
		}
	})
	t.Logf("%d runs: %v", run, calls)
}

// alike compares numbers by their value. DynamoDB Local answers some as they were
// sent, those in lists and maps and the new ones of an update; AWS does not.
var alike = cmp.Options{exactly, cmp.Comparer(func(a, b types.AttributeValueMemberN) bool {
	x, isNumber := new(big.Rat).SetString(a.Value)
	y, isToo := new(big.Rat).SetString(b.Value)
	return isNumber && isToo && x.Cmp(y) == 0
})}

// answer is what is compared of an answer.
type answer struct {
	Code       string
	Item       item // that was read, written before or after, or failed a condition
	Items      []item
	Last       item
	Count      int32
	Scanned    int32
	Reasons    []reasonAnswer
	IsNotThere bool // no item, and not one without attributes
}

type reasonAnswer struct {
	Code string
	Item item
}

// call is a call of any kind.
type call struct {
	kind  string
	input any
}

func (c call) on(tab table) answer {
	ctx := tab.t.Context()
	switch in := c.input.(type) {
	case dynamodb.GetItemInput:
		in.TableName = tab.name
		out, err := tab.client.GetItem(ctx, &in)
		if err != nil {
			return failed(err)
		}
		return answer{Item: out.Item, IsNotThere: out.Item == nil}
	case dynamodb.PutItemInput:
		in.TableName = tab.name
		out, err := tab.client.PutItem(ctx, &in)
		if err != nil {
			return failed(err)
		}
		return answer{Item: out.Attributes}
	case dynamodb.UpdateItemInput:
		in.TableName = tab.name
		out, err := tab.client.UpdateItem(ctx, &in)
		if err != nil {
			return failed(err)
		}
		return answer{Item: out.Attributes}
	case dynamodb.DeleteItemInput:
		in.TableName = tab.name
		out, err := tab.client.DeleteItem(ctx, &in)
		if err != nil {
			return failed(err)
		}
		return answer{Item: out.Attributes}
	case dynamodb.QueryInput:
		out, err := tab.query(in)
		if err != nil {
			return failed(err)
		}
		a := answer{Items: out.Items, Last: out.LastEvaluatedKey, Count: out.Count, Scanned: out.ScannedCount}
		if a.Last != nil && isEnd(tab, in, a.Last) {
			a.Last = nil
		}
		return a
	case []types.TransactWriteItem:
		return transacted(tab, in)
	default:
		panic(fmt.Sprintf("no call %T", in))
	}
}

// isEnd reports whether nothing follows a key: a page that is full may have one even
// then, and DynamoDB Local leaves it out where the key condition allows no other.
func isEnd(tab table, in dynamodb.QueryInput, last item) bool {
	in.ExclusiveStartKey = last
	out, err := tab.query(in)
	return err == nil && len(out.Items) == 0
}

// isEmptyPage is what follows the last key of a key condition. DynamoDB Local refuses
// some of these starting keys.
func (a answer) isEmptyPage(c call) bool {
	in, isQuery := c.input.(dynamodb.QueryInput)
	return isQuery && in.ExclusiveStartKey != nil && a.Code == ok && len(a.Items) == 0
}

func transacted(tab table, entries []types.TransactWriteItem) answer {
	own := make([]types.TransactWriteItem, len(entries))
	keys := make(map[itemName]bool)
	for i, entry := range entries {
		own[i] = in(tab, entry)
		keys[arrivedName(nameOfEntry(own[i]))] = true
	}
	err := tab.transact(own...)
	a := failed(err)
	// See doc.go: of the same item twice, DynamoDB Local may evaluate the conditions.
	if a.Code == canceled && (len(keys) < len(entries) || hasInvalid(a.Reasons)) {
		return answer{Code: invalid}
	}
	return a
}

// in is the entry for a table.
func in(tab table, entry types.TransactWriteItem) types.TransactWriteItem {
	switch {
	case entry.Put != nil:
		own := *entry.Put
		own.TableName = tab.name
		entry.Put = &own
	case entry.Update != nil:
		own := *entry.Update
		own.TableName = tab.name
		entry.Update = &own
	case entry.Delete != nil:
		own := *entry.Delete
		own.TableName = tab.name
		entry.Delete = &own
	default:
		own := *entry.ConditionCheck
		own.TableName = tab.name
		entry.ConditionCheck = &own
	}
	return entry
}

func nameOfEntry(entry types.TransactWriteItem) itemName {
	switch {
	case entry.Put != nil:
		return nameOf(entry.Put.TableName, entry.Put.Item)
	case entry.Update != nil:
		return nameOf(entry.Update.TableName, entry.Update.Key)
	case entry.Delete != nil:
		return nameOf(entry.Delete.TableName, entry.Delete.Key)
	default:
		return nameOf(entry.ConditionCheck.TableName, entry.ConditionCheck.Key)
	}
}

func hasInvalid(reasons []reasonAnswer) bool {
	for _, r := range reasons {
		if r.Code == "ValidationError" {
			return true
		}
	}
	return false
}

// failed is the answer of a call that has no other.
func failed(err error) (a answer) {
	var api smithy.APIError
	var condition *types.ConditionalCheckFailedException
	var transaction *types.TransactionCanceledException
	switch {
	case err == nil:
	case errors.As(err, &api):
		a.Code = api.ErrorCode()
	default:
		a.Code = "not sent" // by the SDK, or not known to the engine
	}
	if errors.As(err, &condition) {
		a.Item = condition.Item
	}
	if errors.As(err, &transaction) {
		for _, r := range transaction.CancellationReasons {
			a.Reasons = append(a.Reasons, reasonAnswer{aws.ToString(r.Code), r.Item})
		}
	}
	return a
}

func arrivedName(n itemName) itemName { return itemName{n.table, arrived(n.pk), arrived(n.sk)} }
