package dynamo

import (
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// An item is rewritten attribute by attribute: what a newer version of the store has
// added to it, which this one does not know, stays. It is replaced only where it was
// read and nothing unknown was met, see replace.

// rewrite adds an update that makes an item equal to the row: it sets the attributes
// that the row has, and removes those that it knows but does not have. Where there
// is no item and the condition allows it, it makes one.
func (b *builder) rewrite(row any, condition string, values item) {
	v := reflect.ValueOf(row)
	p := planOf(v.Type())
	u := types.Update{
		TableName: b.table, Key: make(item, 2),
		ExpressionAttributeNames:  p.names, // each is set or removed
		ExpressionAttributeValues: make(item, len(p.fields)+len(values)),
	}
	expression := p.rewrite(v, u.Key, u.ExpressionAttributeValues)
	b.spread.put(u.Key)
	u.UpdateExpression = &expression
	for name, value := range values {
		u.ExpressionAttributeValues[name] = value
	}
	if condition != "" {
		u.ConditionExpression = &condition
	}
	b.entries = append(b.entries, types.TransactWriteItem{Update: &u})
}

// replace is rewrite of an item that this table has read by its key, in the version
// on whose condition it is written. As long as no such reading has met an attribute
// that this version does not know, there is none to be kept, and a put does the same
// for less work.
func (b *builder) replace(row any, condition string, values item) {
	if b.newer {
		b.rewrite(row, condition, values)
		return
	}
	b.put(row, condition, values)
}

// rewrite returns the update expression of a row, and fills in its key and the
// values that the expression sets.
func (p *plan) rewrite(v reflect.Value, k, values item) string {
	var set, remove strings.Builder
	for i := range p.fields {
		f := &p.fields[i]
		encoded := f.encode(v)
		switch {
		case isKey(f.name):
			k[f.name] = encoded
		case encoded == nil:
			clause(&remove, " REMOVE ", f.nameRef)
		default:
			clause(&set, "SET ", f.nameRef, " = ", f.valueRef)
			values[f.valueRef] = encoded
		}
	}
	return set.String() + remove.String()
}

// clause adds a part to a clause, which begins with its keyword.
func clause(to *strings.Builder, keyword string, parts ...string) {
	if to.Len() == 0 {
		to.WriteString(keyword)
	} else {
		to.WriteString(", ")
	}
	for _, part := range parts {
		to.WriteString(part)
	}
}

// isKey reports whether an attribute belongs to the primary key, which no update
// changes.
func isKey(name string) bool { return name == "PK" || name == "SK" }

// BesideNewer has the table rewrite all items attribute by attribute from now on, as it
// does by itself once it has met what a newer version has written.
func (t *Table) BesideNewer() { t.newer.Store(true) }
