package embedded

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// PutItem writes an item on a condition. It supports the return value ALL_OLD.
func (db *DB) PutItem(ctx context.Context, in *dynamodb.PutItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error) {
	if err := db.begin(ctx, in.TableName); err != nil {
		return nil, err
	}
	if in.Expected != nil || in.ConditionalOperator != "" {
		return nil, errLegacy
	}
	p := params{names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues}
	e, err := db.putEntry(in.Item, in.ConditionExpression, p, in.ReturnValuesOnConditionCheckFailure)
	if err != nil {
		return nil, err
	}
	attributes, err := db.writeOne(ctx, e, in.ReturnValues, types.ReturnValueAllOld)
	return &dynamodb.PutItemOutput{Attributes: attributes}, err
}

// UpdateItem changes attributes of an item on a condition, and makes the item if
// there is none. It supports the return values ALL_OLD and ALL_NEW.
func (db *DB) UpdateItem(ctx context.Context, in *dynamodb.UpdateItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.UpdateItemOutput, error) {
	if err := db.begin(ctx, in.TableName); err != nil {
		return nil, err
	}
	if in.Expected != nil || in.ConditionalOperator != "" || in.AttributeUpdates != nil {
		return nil, errLegacy
	}
	p := params{names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues}
	e, err := db.updateEntry(in.Key, in.UpdateExpression, in.ConditionExpression, p, in.ReturnValuesOnConditionCheckFailure)
	if err != nil {
		return nil, err
	}
	attributes, err := db.writeOne(ctx, e, in.ReturnValues, types.ReturnValueAllOld, types.ReturnValueAllNew)
	return &dynamodb.UpdateItemOutput{Attributes: attributes}, err
}

// DeleteItem removes an item on a condition. It supports the return value ALL_OLD.
func (db *DB) DeleteItem(ctx context.Context, in *dynamodb.DeleteItemInput, _ ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error) {
	if err := db.begin(ctx, in.TableName); err != nil {
		return nil, err
	}
	if in.Expected != nil || in.ConditionalOperator != "" {
		return nil, errLegacy
	}
	p := params{names: in.ExpressionAttributeNames, values: in.ExpressionAttributeValues}
	e, err := db.deleteEntry(in.Key, in.ConditionExpression, p, in.ReturnValuesOnConditionCheckFailure)
	if err != nil {
		return nil, err
	}
	attributes, err := db.writeOne(ctx, e, in.ReturnValues, types.ReturnValueAllOld)
	return &dynamodb.DeleteItemOutput{Attributes: attributes}, err
}

var errLegacy = invalid("legacy conditions are not supported: use expressions")

// writeOne returns the attributes that are wanted, of those that are supported.
func (db *DB) writeOne(ctx context.Context, e entry, want types.ReturnValue, supported ...types.ReturnValue) (item, error) {
	if err := returnable(want, supported...); err != nil {
		return nil, err
	}
	var attributes item // of an update that may go on after a failure is answered
	err := db.storage.update(ctx, func(v view) (c changes, err error) {
		o, err := e.decide(v)
		if err != nil {
			return nil, err
		}
		if err := o.reason.single(); err != nil {
			return nil, err
		}
		e.write(o, &c)
		attributes, err = returned(o, want)
		return c, err
	})
	if err != nil {
		return nil, err
	}
	return attributes, nil
}
