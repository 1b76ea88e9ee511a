package dynamotest

import (
	"bytes"
	"fmt"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

func (d draws) call() call {
	switch d.count(0, 10) {
	case 0:
		return call{"GetItem", dynamodb.GetItemInput{Key: d.key(), ConsistentRead: new(true)}}
	case 1, 2, 3:
		return call{"PutItem", d.put()}
	case 4, 5:
		return call{"UpdateItem", d.update(true)}
	case 6:
		return call{"DeleteItem", d.delete()}
	case 7, 8:
		return call{"Query", d.query()}
	default:
		return call{"TransactWriteItems", d.entries()}
	}
}

func (d draws) put() dynamodb.PutItemInput {
	in := dynamodb.PutItemInput{Item: d.item(), ReturnValues: d.returns(types.ReturnValueAllOld)}
	e := d.expression(in.Item)
	in.ConditionExpression, in.ReturnValuesOnConditionCheckFailure = e.maybe()
	in.ExpressionAttributeNames, in.ExpressionAttributeValues = e.placeholders()
	return in
}

func (d draws) update(alone bool) dynamodb.UpdateItemInput {
	in := dynamodb.UpdateItemInput{Key: d.key(), ReturnValues: d.returns(types.ReturnValueAllOld, types.ReturnValueAllNew)}
	e := d.expression(in.Key)
	in.ConditionExpression, in.ReturnValuesOnConditionCheckFailure = e.maybe()
	e.keys = alone && in.ConditionExpression == nil
	if !alone || !d.rarely(2) {
		in.UpdateExpression = new(e.spoiled(e.update()))
	}
	in.ExpressionAttributeNames, in.ExpressionAttributeValues = e.placeholders()
	return in
}

func (d draws) delete() dynamodb.DeleteItemInput {
	in := dynamodb.DeleteItemInput{Key: d.key(), ReturnValues: d.returns(types.ReturnValueAllOld)}
	e := d.expression(in.Key)
	in.ConditionExpression, in.ReturnValuesOnConditionCheckFailure = e.maybe()
	in.ExpressionAttributeNames, in.ExpressionAttributeValues = e.placeholders()
	return in
}

// maybe is a condition or none, and what its failure is to return.
func (e *expression) maybe() (condition *string, failure types.ReturnValuesOnConditionCheckFailure) {
	if e.sometimes() {
		condition = new(e.spoiled(e.condition(2)))
	}
	return condition, e.onFailure()
}

func (d draws) onFailure() types.ReturnValuesOnConditionCheckFailure {
	return oneOf(d, types.ReturnValuesOnConditionCheckFailureAllOld, "", types.ReturnValuesOnConditionCheckFailureNone)
}

func (d draws) returns(known ...types.ReturnValue) types.ReturnValue {
	if d.rarely(1) {
		return "OTHER"
	}
	return oneOf(d, append([]types.ReturnValue{"", types.ReturnValueNone}, known...)...)
}

func (d draws) entries() []types.TransactWriteItem {
	entries := make([]types.TransactWriteItem, d.count(1, 4))
	for i := range entries {
		switch d.count(0, 3) {
		case 0:
			in := d.put()
			entries[i].Put = &types.Put{
				Item: in.Item, ConditionExpression: in.ConditionExpression,
				ExpressionAttributeNames: in.ExpressionAttributeNames, ExpressionAttributeValues: in.ExpressionAttributeValues,
				ReturnValuesOnConditionCheckFailure: in.ReturnValuesOnConditionCheckFailure,
			}
		case 1:
			in := d.update(false)
			entries[i].Update = &types.Update{
				Key: in.Key, UpdateExpression: in.UpdateExpression, ConditionExpression: in.ConditionExpression,
				ExpressionAttributeNames: in.ExpressionAttributeNames, ExpressionAttributeValues: in.ExpressionAttributeValues,
				ReturnValuesOnConditionCheckFailure: in.ReturnValuesOnConditionCheckFailure,
			}
		case 2:
			in := d.delete()
			entries[i].Delete = &types.Delete{
				Key: in.Key, ConditionExpression: in.ConditionExpression,
				ExpressionAttributeNames: in.ExpressionAttributeNames, ExpressionAttributeValues: in.ExpressionAttributeValues,
				ReturnValuesOnConditionCheckFailure: in.ReturnValuesOnConditionCheckFailure,
			}
		default:
			entries[i].ConditionCheck = d.check()
		}
	}
	return entries
}

func (d draws) check() *types.ConditionCheck {
	check := types.ConditionCheck{Key: d.key()}
	e := d.expression(check.Key)
	check.ConditionExpression = new(e.spoiled(e.condition(2)))
	check.ExpressionAttributeNames, check.ExpressionAttributeValues = e.placeholders()
	check.ReturnValuesOnConditionCheckFailure = d.onFailure()
	return &check
}

func (d draws) query() dynamodb.QueryInput {
	in := dynamodb.QueryInput{ScanIndexForward: oneOf(d, nil, new(true), new(false))}
	e := d.expression(nil)
	of := d.key()
	partition, sort := "PK", "SK"
	partitionValue, sortValue := text(d.partition()), func() types.AttributeValue { return text(d.sort()) }
	if d.sometimes() {
		in.IndexName, partition, sort = new("GSI1"), "GSI1PK", "GSI1SK"
		partitionValue, sortValue = text(d.indexPartition()), func() types.AttributeValue { return text(d.indexSort(of)) }
	} else if d.sometimes() {
		in.ConsistentRead = new(true)
	}
	if d.rarely(2) {
		sortValue = d.value
	}
	if d.rarely(2) {
		partition, sort = oneOf(d, "PK", "GSI1PK", "n"), oneOf(d, "SK", "GSI1SK", "n")
	}
	if d.rarely(1) {
		in.ConsistentRead = new(true)
	}
	in.KeyConditionExpression = new(e.spoiled(e.keyCondition(partition, sort, partitionValue, sortValue)))
	in.ExpressionAttributeNames, in.ExpressionAttributeValues = e.placeholders()
	if d.sometimes() {
		in.Limit = new(int32(d.count(1, 4)))
	}
	if d.rarely(1) {
		in.Limit = new(int32(d.count(-1, 0)))
	}
	// DynamoDB Local takes one that is too long to be a key.
	if d.sometimes() && len(textOf(of["SK"])) <= 1024 && len(textOf(of["PK"])) <= 2048 {
		in.ExclusiveStartKey = of
		if of != nil && in.IndexName != nil && !d.rarely(2) {
			of["GSI1PK"], of["GSI1SK"] = partitionValue, text(d.indexSort(of))
		} else if of != nil && !d.rarely(5) {
			of["PK"] = partitionValue
		}
	}
	return in
}

func (e *expression) keyCondition(partition, sort string, partitionValue types.AttributeValue, sortValue func() types.AttributeValue) string {
	of := e.name(partition) + " = " + e.value(partitionValue)
	name := e.name(sort)
	var on string
	switch e.count(0, 7) {
	case 0, 1:
		delete(e.names, name)
		return of
	case 2:
		on = name + " = " + e.value(sortValue())
	case 3:
		on = "begins_with(" + name + ", " + e.value(sortValue()) + ")"
	case 4:
		on = name + " " + e.word("BETWEEN") + " " + e.value(sortValue()) + " " + e.word("AND") + " " + e.value(sortValue())
	default:
		on = name + oneOf(e.draws, " < ", "<=", " > ", " >= ", " <> ") + e.value(sortValue())
	}
	if e.rarely(20) {
		return on + " " + e.word("AND") + " " + of
	}
	return of + " AND " + on
}

// printed writes an input without its empty fields.
func printed(input any) string {
	var b bytes.Buffer
	printTo(&b, reflect.ValueOf(input))
	return b.String()
}

func printTo(b *bytes.Buffer, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		printTo(b, v.Elem())
	case reflect.Struct:
		b.WriteString(v.Type().Name() + "{")
		for i := range v.NumField() {
			if field := v.Type().Field(i); field.IsExported() && !v.Field(i).IsZero() {
				b.WriteString(field.Name + ": ")
				printTo(b, v.Field(i))
				b.WriteString("; ")
			}
		}
		b.WriteString("}")
	case reflect.Map:
		b.WriteString("{")
		for _, key := range v.MapKeys() {
			fmt.Fprintf(b, "%q: ", key)
			printTo(b, v.MapIndex(key))
			b.WriteString(", ")
		}
		b.WriteString("}")
	case reflect.Slice:
		b.WriteString("[")
		for i := range v.Len() {
			printTo(b, v.Index(i))
			b.WriteString(", ")
		}
		b.WriteString("]")
	case reflect.String:
		fmt.Fprintf(b, "%.200q", v)
	default:
		fmt.Fprint(b, v)
	}
}
