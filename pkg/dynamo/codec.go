package dynamo

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// A row is a struct whose fields are attributes, named by the tag dynamodbav as in
// the SDK's package attributevalue, which takes several times as long. Fields are
// texts, whole numbers, booleans, bytes, pointers to them, structs, and lists. Empty
// lists and maps are always left out; omitempty leaves out other empty values. A field
// tagged with a prefix holds all attributes whose names begin with it, as numbers by
// the rest of their names; a row has one at most.

// encode turns a row into an item.
func encode(row any) item {
	v := reflect.ValueOf(row)
	p := planOf(v.Type())
	attributes := make(item, len(p.fields))
	p.encode(v, attributes)
	return attributes
}

// decode turns an item into a row, which may know only a part of it. It returns an
// error for an attribute of another type, and store_unavailable for an item of a
// newer shape.
func decode[Row any](attributes item) (row Row, err error) {
	row, _, err = decodeAll[Row](attributes)
	return row, err
}

// decodeAll is decode, and reports whether the row knows all attributes of the item.
func decodeAll[Row any](attributes item) (row Row, all bool, err error) {
	if err := checkShape(attributes); err != nil {
		return row, false, err
	}
	v := reflect.ValueOf(&row).Elem()
	known, err := planOf(v.Type()).decode(attributes, v)
	return row, known == len(attributes), err
}

// plan is how the fields of a struct become attributes.
type plan struct {
	fields []field
	rest   *field            // of the prefix; nil where there is none
	names  map[string]string // of the attributes except the primary key, for expressions
}

type field struct {
	name      string
	index     []int
	omitEmpty bool
	codec     codec
	// nameRef and valueRef stand for name and value in expressions.
	nameRef, valueRef string
}

// codec encodes and decodes one type. write returns nil for what is left out.
type codec struct {
	write func(reflect.Value) types.AttributeValue
	read  func(types.AttributeValue, reflect.Value) bool
}

var plans sync.Map // of reflect.Type

func planOf(t reflect.Type) *plan {
	if known, ok := plans.Load(t); ok {
		return known.(*plan)
	}
	p := &plan{names: make(map[string]string)}
	p.add(t, nil)
	plans.Store(t, p)
	return p
}

// add lists the fields of a struct, including those of embedded ones.
func (p *plan) add(t reflect.Type, index []int) {
	for i := range t.NumField() {
		f := t.Field(i)
		at := append(append([]int{}, index...), i)
		if f.Anonymous {
			p.add(f.Type, at)
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("dynamodbav"), ",")
		if name == "" {
			panic(fmt.Sprintf("dynamo: %v.%s has no name", t, f.Name))
		}
		if options == "prefix" {
			p.rest = &field{name: name, index: at}
			continue
		}
		n := strconv.Itoa(len(p.fields))
		added := field{name, at, options == "omitempty", codecOf(f.Type), "#" + n, ":" + n}
		p.fields = append(p.fields, added)
		if !isKey(name) {
			p.names[added.nameRef] = name
		}
	}
}

func (p *plan) encode(v reflect.Value, into item) {
	for i := range p.fields {
		f := &p.fields[i]
		if encoded := f.encode(v); encoded != nil {
			into[f.name] = encoded
		}
	}
	if p.rest == nil {
		return
	}
	for name, n := range v.FieldByIndex(p.rest.index).Interface().(map[string]int64) {
		into[p.rest.name+name] = number(n)
	}
}

// encode returns nil for what is left out.
func (f *field) encode(row reflect.Value) types.AttributeValue {
	value := row.FieldByIndex(f.index)
	if f.omitEmpty && value.IsZero() {
		return nil
	}
	return f.codec.write(value)
}

// decode returns how many of the attributes it knows.
func (p *plan) decode(from item, v reflect.Value) (known int, err error) {
	for i := range p.fields {
		f := &p.fields[i]
		value, ok := from[f.name]
		if !ok {
			continue
		}
		known++
		if _, null := value.(*types.AttributeValueMemberNULL); null {
			continue
		}
		if !f.codec.read(value, v.FieldByIndex(f.index)) {
			return known, fmt.Errorf("dynamo: the attribute %s, a %T, cannot be read", f.name, value)
		}
	}
	if p.rest == nil || known == len(from) {
		return known, nil
	}
	more, err := p.decodeRest(from, v.FieldByIndex(p.rest.index))
	return known + more, err
}

func (p *plan) decodeRest(from item, v reflect.Value) (known int, err error) {
	rest := make(map[string]int64)
	for name, value := range from {
		name, has := strings.CutPrefix(name, p.rest.name)
		if !has {
			continue
		}
		n, isNumber := value.(*types.AttributeValueMemberN)
		if !isNumber {
			return known, fmt.Errorf("dynamo: the attribute %s%s is a %T", p.rest.name, name, value)
		}
		known++
		if rest[name], err = strconv.ParseInt(n.Value, 10, 64); err != nil {
			return known, err
		}
	}
	if known > 0 {
		v.Set(reflect.ValueOf(rest))
	}
	return known, nil
}

var null = &types.AttributeValueMemberNULL{Value: true}

func codecOf(t reflect.Type) codec {
	if t == reflect.TypeFor[packedBytes]() {
		return packedCodec
	}
	switch t.Kind() {
	case reflect.String:
		return textCodec
	case reflect.Int, reflect.Int64:
		return numberCodec
	case reflect.Bool:
		return boolCodec
	case reflect.Pointer:
		return pointerCodec(t.Elem())
	case reflect.Struct:
		return structCodec(t)
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return bytesCodec
		}
		return listCodec(t)
	default:
		panic(fmt.Sprintf("dynamo: no row has a %v", t))
	}
}

var textCodec = codec{
	write: func(v reflect.Value) types.AttributeValue { return text(v.String()) },
	read: func(from types.AttributeValue, v reflect.Value) bool {
		s, ok := from.(*types.AttributeValueMemberS)
		if ok {
			v.SetString(s.Value)
		}
		return ok
	},
}

var numberCodec = codec{
	write: func(v reflect.Value) types.AttributeValue { return number(v.Int()) },
	read: func(from types.AttributeValue, v reflect.Value) bool {
		s, ok := from.(*types.AttributeValueMemberN)
		if !ok {
			return false
		}
		n, err := strconv.ParseInt(s.Value, 10, 64)
		v.SetInt(n)
		return err == nil
	},
}

var boolCodec = codec{
	write: func(v reflect.Value) types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: v.Bool()} },
	read: func(from types.AttributeValue, v reflect.Value) bool {
		b, ok := from.(*types.AttributeValueMemberBOOL)
		if ok {
			v.SetBool(b.Value)
		}
		return ok
	},
}

var bytesCodec = codec{
	write: func(v reflect.Value) types.AttributeValue {
		if v.Len() == 0 {
			return nil
		}
		return &types.AttributeValueMemberB{Value: v.Bytes()}
	},
	read: func(from types.AttributeValue, v reflect.Value) bool {
		b, ok := from.(*types.AttributeValueMemberB)
		if ok {
			v.SetBytes(b.Value)
		}
		return ok
	},
}

func pointerCodec(t reflect.Type) codec {
	elem := sync.OnceValue(func() codec { return codecOf(t) })
	return codec{
		write: func(v reflect.Value) types.AttributeValue {
			if v.IsNil() {
				return null
			}
			return elem().write(v.Elem())
		},
		read: func(from types.AttributeValue, v reflect.Value) bool {
			v.Set(reflect.New(t))
			return elem().read(from, v.Elem())
		},
	}
}

func structCodec(t reflect.Type) codec {
	p := planOf(t)
	return codec{
		write: func(v reflect.Value) types.AttributeValue {
			m := make(item, len(p.fields))
			p.encode(v, m)
			if len(m) == 0 {
				return nil
			}
			return &types.AttributeValueMemberM{Value: m}
		},
		read: func(from types.AttributeValue, v reflect.Value) bool {
			m, ok := from.(*types.AttributeValueMemberM)
			if !ok {
				return false
			}
			_, err := p.decode(m.Value, v)
			return err == nil
		},
	}
}

func listCodec(t reflect.Type) codec {
	elem := codecOf(t.Elem())
	return codec{
		write: func(v reflect.Value) types.AttributeValue {
			if v.Len() == 0 {
				return nil
			}
			list := make([]types.AttributeValue, v.Len())
			for i := range list {
				if list[i] = elem.write(v.Index(i)); list[i] == nil {
					list[i] = &types.AttributeValueMemberM{}
				}
			}
			return &types.AttributeValueMemberL{Value: list}
		},
		read: func(from types.AttributeValue, v reflect.Value) bool {
			l, ok := from.(*types.AttributeValueMemberL)
			if !ok {
				return false
			}
			v.Set(reflect.MakeSlice(t, len(l.Value), len(l.Value)))
			for i, member := range l.Value {
				if !elem.read(member, v.Index(i)) {
					return false
				}
			}
			return true
		},
	}
}
