package dynamo

import (
	"context"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// step is a single update of a row of money that holds. Such updates of one row queue
// inside DynamoDB, and do not cancel each other.
type step struct {
	table       string
	at          item // its primary key
	set, remove []string
	conditions  []string
	names       map[string]string
	values      item
}

func (t *Table) step(k key) *step {
	return &step{table: t.name, at: t.spread.item(k), names: map[string]string{}, values: item{}}
}

// add has a number grow; by a negative amount it shrinks.
func (s *step) add(name string, by int64) {
	if by == 0 {
		return
	}
	s.values[":"+name] = number(by)
	s.set = append(s.set, name+" = "+name+" + :"+name)
}

// put sets an attribute.
func (s *step) put(name string, value types.AttributeValue) {
	s.values[":"+name] = value
	s.set = append(s.set, name+" = :"+name)
}

// when adds a condition, with the value of its placeholder.
func (s *step) when(condition, placeholder string, value types.AttributeValue) {
	s.conditions = append(s.conditions, condition)
	if placeholder != "" {
		s.values[placeholder] = value
	}
}

// holds is a condition of all steps: that the row holds.
const holds = "attribute_exists(contendedAt)"

// open adds a hold, of which the value is an operand.
func (s *step) open(name, operand string) {
	s.names["#open"] = holdAttribute + name
	s.set = append(s.set, "#open = "+operand)
	// The client may send a step again of which it got no answer.
	s.when("attribute_not_exists(#open)", "", nil)
}

// end removes a hold, which must be there.
func (s *step) end(name string) {
	s.names["#end"] = holdAttribute + name
	s.remove = append(s.remove, "#end")
	s.when("attribute_exists(#end)", "", nil)
}

// drop removes holds that may have been removed before. There is no count of what is
// open that this could get wrong.
func (s *step) drop(names []string) {
	for i, name := range names {
		placeholder := "#drop" + strconv.Itoa(i)
		s.names[placeholder] = holdAttribute + name
		s.remove = append(s.remove, placeholder)
	}
}

// holdAttribute begins the names of the attributes of holds.
const holdAttribute = "h_"

// expression is the update expression.
func (s *step) expression() *string {
	var e strings.Builder
	if len(s.set) > 0 {
		e.WriteString("SET " + strings.Join(s.set, ", "))
	}
	if len(s.remove) > 0 {
		e.WriteString(" REMOVE " + strings.Join(s.remove, ", "))
	}
	return aws.String(e.String())
}

func (s *step) condition() *string { return aws.String(strings.Join(s.conditions, " AND ")) }

// update makes the step, and returns the row after it where that is wanted. It returns
// an error of DynamoDB, which has the row where its condition failed.
func (s *step) update(ctx context.Context, t *Table, want types.ReturnValue) (item, error) {
	out, err := t.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: s.at, UpdateExpression: s.expression(), ConditionExpression: s.condition(),
		ExpressionAttributeNames: s.someNames(), ExpressionAttributeValues: s.someValues(), ReturnValues: want,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// entry is the step in a transaction.
func (s *step) entry() types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName: &s.table, Key: s.at, UpdateExpression: s.expression(), ConditionExpression: s.condition(),
		ExpressionAttributeNames: s.someNames(), ExpressionAttributeValues: s.someValues(),
	}}
}

// someValues is nil where there are none: DynamoDB refuses an empty map.
func (s *step) someValues() item {
	if len(s.values) == 0 {
		return nil
	}
	return s.values
}

// someNames is nil where there are none.
func (s *step) someNames() map[string]string {
	if len(s.names) == 0 {
		return nil
	}
	return s.names
}
