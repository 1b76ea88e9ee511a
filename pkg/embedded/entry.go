package embedded

import (
	"bytes"
	"errors"
	"slices"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
)

// entry is one write, by itself or in a transaction, as far as it is known without
// reading the item.
type entry struct {
	key       primary
	condition condition // nil always holds
	scope     scope
	returnOld bool // what failed the condition

	// At most one of these is set; with none it is only a check.
	put    *written
	update *update // without an expression, one that changes nothing
	remove bool
}

// written is an item as it will be stored.
type written struct {
	size   int // as DynamoDB counts it
	bytes  []byte
	places [][]byte // its keys in the index and among the endings
}

func (db *DB) putEntry(i item, condition *string, p params, failure types.ReturnValuesOnConditionCheckFailure) (e entry, err error) {
	if err := checkAll(i, 1); err != nil {
		return e, err
	}
	if e.key, err = keyOf(i); err != nil {
		return e, err
	}
	if err := e.conditional(db, condition, &p, failure); err != nil {
		return e, err
	}
	if err := p.end(); err != nil {
		return e, err
	}
	e.scope = p.scope()
	e.put, err = e.written(i)
	return e, err
}

func (db *DB) updateEntry(key item, expression, condition *string, p params, failure types.ReturnValuesOnConditionCheckFailure) (e entry, err error) {
	if e.key, err = onlyKey(key); err != nil {
		return e, err
	}
	if err := e.conditional(db, condition, &p, failure); err != nil {
		return e, err
	}
	e.update = &update{}
	if expression != nil {
		var used []string
		if e.update, used, err = db.cache.update(*expression); err != nil {
			return e, err
		}
		if err := p.use(used); err != nil {
			return e, err
		}
	}
	if err := p.end(); err != nil {
		return e, err
	}
	e.scope = p.scope()
	return e, e.update.check(&e.scope)
}

func (db *DB) deleteEntry(key item, condition *string, p params, failure types.ReturnValuesOnConditionCheckFailure) (entry, error) {
	e, err := db.checkEntry(key, condition, p, failure)
	e.remove = true
	return e, err
}

func (db *DB) checkEntry(key item, condition *string, p params, failure types.ReturnValuesOnConditionCheckFailure) (e entry, err error) {
	if e.key, err = onlyKey(key); err != nil {
		return e, err
	}
	if err := e.conditional(db, condition, &p, failure); err != nil {
		return e, err
	}
	if err := p.end(); err != nil {
		return e, err
	}
	e.scope = p.scope()
	return e, nil
}

// conditional parses the condition of an entry.
func (e *entry) conditional(db *DB, expression *string, p *params, failure types.ReturnValuesOnConditionCheckFailure) error {
	e.returnOld = failure == types.ReturnValuesOnConditionCheckFailureAllOld
	if expression == nil {
		return nil
	}
	c, used, err := db.cache.condition(*expression)
	if err != nil {
		return err
	}
	if err := p.use(used); err != nil {
		return err
	}
	e.condition = c
	s := p.scope()
	return c.check(&s)
}

// written encodes an item, and refuses one that is too large or cannot be in the
// index.
func (e *entry) written(i item) (*written, error) {
	size := sizeOf(i)
	if size > maxItem {
		return nil, invalid("Item size has exceeded the maximum allowed size")
	}
	x, in, err := place(i)
	if err != nil {
		return nil, err
	}
	return &written{size, encode(i), places(e.key, x, in, i[ttlAttribute])}, nil
}

// places are the further keys of an item.
func places(key primary, x indexed, in bool, ttl types.AttributeValue) (keys [][]byte) {
	if in {
		x.of = key
		keys = append(keys, x.bytes())
	}
	if n, isNumber := ttl.(*types.AttributeValueMemberN); isNumber {
		digits, _ := whole(n.Value)
		if seconds, err := strconv.ParseInt(digits, 10, 64); err == nil && seconds >= 0 {
			keys = append(keys, ending{seconds, key}.bytes())
		}
	}
	return keys
}

// placesOf are those of an item that is stored.
func placesOf(key primary, old stored) ([][]byte, error) {
	some := item{}
	for _, name := range []string{indexPartitionKey, indexSortKey, ttlAttribute} {
		value, err := old.attribute(name)
		if err != nil {
			return nil, err
		}
		if value != nil {
			some[name] = value
		}
	}
	x, in, err := place(some)
	return places(key, x, in, some[ttlAttribute]), err
}

// outcome is the result of an entry: a reason why not, or the item before and after.
type outcome struct {
	reason   reason
	old      stored
	new      *written // nil where the item is removed or only checked
	unwanted [][]byte // keys of the old item
}

// decide evaluates an entry against the present state. An error is one of the
// storage.
func (e *entry) decide(v view) (o outcome, err error) {
	bytes, err := v.get(e.key.bytes())
	if err != nil {
		return o, err
	}
	o.old = bytes
	s := e.scope
	s.old = o.old
	if e.condition != nil {
		holds, err := e.condition.holds(&s)
		if err != nil {
			return o, err
		}
		if !holds {
			return e.refused(o)
		}
	}
	if e.put == nil && e.update == nil && !e.remove {
		return o, nil
	}
	if o.unwanted, err = placesOf(e.key, o.old); err != nil {
		return o, err
	}
	o.new = e.put
	if e.update != nil {
		return e.updated(&s, o)
	}
	return o, nil
}

func (e *entry) refused(o outcome) (outcome, error) {
	o.reason = reason{code: codeCondition, message: conditionMessage}
	if !e.returnOld {
		return o, nil
	}
	var err error
	o.reason.item, err = o.old.item()
	return o, err
}

func (e *entry) updated(s *scope, o outcome) (outcome, error) {
	i, err := o.old.item()
	if err != nil {
		return o, err
	}
	if i == nil {
		i = item{
			partitionKey: &types.AttributeValueMemberS{Value: e.key.pk},
			sortKey:      &types.AttributeValueMemberS{Value: e.key.sk},
		}
		s.old = encode(i) // a new item has its key already
	}
	err = e.update.apply(s, i)
	if err == nil {
		o.new, err = e.written(i)
	}
	var refusal smithy.APIError
	if errors.As(err, &refusal) {
		o.reason = reason{code: codeInvalid, message: refusal.ErrorMessage()}
		return o, nil
	}
	return o, err
}

// write adds the changes of an entry that was not refused. A place that stays is not
// written: what is set twice cannot be removed once.
func (e *entry) write(o outcome, c *changes) {
	var places [][]byte
	switch {
	case o.new != nil:
		c.set(e.key.bytes(), o.new.bytes)
		places = o.new.places
	case e.remove && o.old != nil:
		c.remove(e.key.bytes())
	default:
		return
	}
	for _, key := range missing(o.unwanted, places) {
		c.remove(key)
	}
	for _, key := range missing(places, o.unwanted) {
		c.set(key, present)
	}
}

// missing are the keys that others do not have.
func missing(keys, others [][]byte) (m [][]byte) {
	for _, key := range keys {
		if !slices.ContainsFunc(others, func(other []byte) bool { return bytes.Equal(key, other) }) {
			m = append(m, key)
		}
	}
	return m
}

// present is the value of a key that needs none.
var present = []byte{1}

// returned is what a single write returns of the item.
func returned(o outcome, want types.ReturnValue) (item, error) {
	switch want {
	case types.ReturnValueAllOld:
		return o.old.item()
	case types.ReturnValueAllNew:
		return stored(o.new.bytes).item()
	default:
		return nil, nil
	}
}

// returnable refuses what is not supported.
func returnable(want types.ReturnValue, supported ...types.ReturnValue) error {
	if want == "" || want == types.ReturnValueNone {
		return nil
	}
	if slices.Contains(supported, want) {
		return nil
	}
	return invalid("ReturnValues %s is not supported", want)
}
