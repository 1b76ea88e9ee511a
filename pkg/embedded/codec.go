package embedded

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"
	"unsafe"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

type item = map[string]types.AttributeValue

// An item is written as its attributes, each its name and its value. A value is a
// letter for its type and what belongs to it: a text its length and its bytes, a
// list or map the number of its members.
const (
	typeText   = 'S'
	typeNumber = 'N'
	typeBinary = 'B'
	typeTrue   = 'T'
	typeFalse  = 'F'
	typeNull   = '0'
	typeList   = 'L'
	typeMap    = 'M'
)

// encode writes an item whose values are supported, see check.
func encode(i item) []byte { return appendMap(make([]byte, 0, 512), i) }

func appendMap(b []byte, m item) []byte {
	b = binary.AppendUvarint(b, uint64(len(m)))
	for name, value := range m {
		b = appendValue(appendString(b, sent(name)), value)
	}
	return b
}

func appendString[T string | []byte](b []byte, s T) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func appendValue(b []byte, value types.AttributeValue) []byte {
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return appendString(append(b, typeText), sent(v.Value))
	case *types.AttributeValueMemberN:
		digits, _ := whole(v.Value)
		return appendString(append(b, typeNumber), digits)
	case *types.AttributeValueMemberB:
		return appendString(append(b, typeBinary), v.Value)
	case *types.AttributeValueMemberBOOL:
		if v.Value {
			return append(b, typeTrue)
		}
		return append(b, typeFalse)
	case *types.AttributeValueMemberL:
		b = binary.AppendUvarint(append(b, typeList), uint64(len(v.Value)))
		for _, member := range v.Value {
			b = appendValue(b, member)
		}
		return b
	case *types.AttributeValueMemberM:
		return appendMap(append(b, typeMap), v.Value)
	default:
		return append(b, typeNull)
	}
}

// sent is a text as it would arrive by the network: JSON has a place for no byte that
// is not UTF-8, and the SDK sends U+FFFD instead.
func sent(text string) string {
	if utf8.ValidString(text) {
		return text
	}
	return string([]rune(text))
}

// sentNames is an item with its names as they would arrive.
func sentNames(i item) item {
	for name := range i {
		if utf8.ValidString(name) {
			continue
		}
		own := make(item, len(i))
		for name, value := range i {
			own[sent(name)] = value
		}
		return own
	}
	return i
}

var errDamaged = fmt.Errorf("%w: an item cannot be read", ErrUnavailable)

// stored is an item as it was written. Nil is no item.
type stored []byte

// item decodes all of it. What it returns does not share the bytes.
func (s stored) item() (item, error) {
	if s == nil {
		return nil, nil
	}
	d := decoder{text: string(s)}
	i := d.attributes()
	if d.failed || d.text != "" {
		return nil, errDamaged
	}
	return i, nil
}

// attribute decodes one attribute, and nothing that is not in its way.
func (s stored) attribute(name string) (types.AttributeValue, error) {
	if s == nil {
		return nil, nil
	}
	// What is found is copied below, before the bytes change.
	d := decoder{text: unsafe.String(unsafe.SliceData(s), len(s))}
	for range d.length() {
		found := d.string() == name
		start := d.text
		d.skip()
		if d.failed {
			break
		}
		if found {
			own := decoder{text: string([]byte(start[:len(start)-len(d.text)]))}
			return own.value(), nil
		}
	}
	if d.failed {
		return nil, errDamaged
	}
	return nil, nil
}

// decoder reads from the front of a text. The texts that it returns are parts of
// it, so that an item takes one allocation for all of them.
type decoder struct {
	text   string
	failed bool
}

func (d *decoder) fail() int {
	d.text, d.failed = "", true
	return 0
}

func (d *decoder) length() int {
	var n uint64
	for i := 0; i < len(d.text) && i < binary.MaxVarintLen64; i++ {
		b := d.text[i]
		n |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			d.text = d.text[i+1:]
			// Nothing has more members or bytes than bytes are left.
			if n > uint64(len(d.text)) {
				return d.fail()
			}
			return int(n)
		}
	}
	return d.fail()
}

func (d *decoder) string() string {
	n := d.length()
	s := d.text[:n]
	d.text = d.text[n:]
	return s
}

func (d *decoder) letter() byte {
	if d.text == "" {
		d.fail()
		return typeNull
	}
	b := d.text[0]
	d.text = d.text[1:]
	return b
}

func (d *decoder) attributes() item {
	n := d.length()
	m := make(item, n)
	for range n {
		name := d.string()
		m[name] = d.value()
	}
	return m
}

func (d *decoder) value() types.AttributeValue {
	switch d.letter() {
	case typeText:
		return &types.AttributeValueMemberS{Value: d.string()}
	case typeNumber:
		return &types.AttributeValueMemberN{Value: d.string()}
	case typeBinary:
		return &types.AttributeValueMemberB{Value: []byte(d.string())}
	case typeTrue:
		return &types.AttributeValueMemberBOOL{Value: true}
	case typeFalse:
		return &types.AttributeValueMemberBOOL{}
	case typeNull:
		return &types.AttributeValueMemberNULL{Value: true}
	case typeList:
		list := make([]types.AttributeValue, d.length())
		for i := range list {
			list[i] = d.value()
		}
		return &types.AttributeValueMemberL{Value: list}
	case typeMap:
		return &types.AttributeValueMemberM{Value: d.attributes()}
	default:
		d.fail()
		return nil
	}
}

// skip passes over a value.
func (d *decoder) skip() {
	switch d.letter() {
	case typeText, typeNumber, typeBinary:
		d.string()
	case typeTrue, typeFalse, typeNull:
	case typeList:
		for range d.length() {
			d.skip()
		}
	case typeMap:
		for range d.length() {
			d.string()
			d.skip()
		}
	default:
		d.fail()
	}
}
