package dynamotest

import (
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// itemName is which item of which table.
type itemName struct{ table, pk, sk string }

// target is what a request wants to do to one item: it writes it or, in a
// transaction, checks it.
type target struct {
	item itemName
	uses []use
}

// use is the write units that a write takes of one partition key.
type use struct {
	partition string // the table, and the key
	units     int
}

// targetsOf returns what a request wants to write.
func targetsOf(input any) []target {
	switch in := input.(type) {
	case *dynamodb.TransactWriteItemsInput:
		return entriesOf(in)
	case *dynamodb.PutItemInput:
		return []target{put(in.TableName, in.Item)}
	case *dynamodb.UpdateItemInput:
		return []target{put(in.TableName, Written(in)[0])}
	case *dynamodb.DeleteItemInput:
		return []target{change(in.TableName, in.Key)}
	}
	return nil
}

// entriesOf returns the writes of a transaction, in their order. Each counts
// twice: it is prepared, and then committed.
func entriesOf(in *dynamodb.TransactWriteItemsInput) []target {
	entries := make([]target, len(in.TransactItems))
	for i, entry := range in.TransactItems {
		switch {
		case entry.Put != nil:
			entries[i] = put(entry.Put.TableName, entry.Put.Item)
		case entry.Update != nil:
			u := entry.Update
			entries[i] = put(u.TableName, updated(u.Key, u.UpdateExpression, u.ExpressionAttributeNames, u.ExpressionAttributeValues))
		case entry.Delete != nil:
			entries[i] = change(entry.Delete.TableName, entry.Delete.Key)
		case entry.ConditionCheck != nil:
			entries[i] = change(entry.ConditionCheck.TableName, entry.ConditionCheck.Key)
		}
		if uses := entries[i].uses; len(uses) > 0 {
			uses[0].units *= 2
		}
	}
	return entries
}

// put is a write of a whole item, or of the attributes that an update sets, which
// are nearly all: one unit for each KiB that it begins, and one for its entry in the
// index.
func put(table *string, item map[string]types.AttributeValue) target {
	t := change(table, item)
	const kib = 1024
	t.uses[0].units = (SizeOf(&types.AttributeValueMemberM{Value: item}) + kib - 1) / kib
	if index := textOf(item["GSI1PK"]); index != "" {
		t.uses = append(t.uses, use{partition: t.item.table + " GSI1 " + index, units: 1})
	}
	return t
}

// change is a write or check of an item that the request only names. It counts as
// one of 1 KiB.
func change(table *string, key map[string]types.AttributeValue) target {
	item := nameOf(table, key)
	return target{item, []use{{partition: item.table + " " + item.pk, units: 1}}}
}

func itemsOf(in *dynamodb.TransactGetItemsInput) []itemName {
	items := make([]itemName, len(in.TransactItems))
	for i, entry := range in.TransactItems {
		items[i] = nameOf(entry.Get.TableName, entry.Get.Key)
	}
	return items
}

func nameOf(table *string, key map[string]types.AttributeValue) itemName {
	return itemName{*table, textOf(key["PK"]), textOf(key["SK"])}
}

func textOf(value types.AttributeValue) string {
	text, _ := value.(*types.AttributeValueMemberS)
	if text == nil {
		return ""
	}
	return text.Value
}
