// Package strictjson reads foreign JSON without guessing: a duplicate name,
// invalid UTF-8, data after the value or deep nesting is an error, where
// encoding/json would pick one reading and go on (RFC 8259, sections 4 and 8;
// RFC 7493, I-JSON).
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
)

// MaxDepth is how deep objects and arrays may nest. The deepest input of the
// store needs four levels.
const MaxDepth = 16

// Error says what is wrong and where.
type Error struct {
	// Param is the JSONPath of the place, $ for the whole document.
	Param  string
	Reason string
}

func (e *Error) Error() string { return e.Param + " " + e.Reason }

// Object reads one JSON object into the types that encoding/json uses for any:
// map[string]any, []any, string, float64, bool and nil; a float64 that is an integer is
// exactly the number that was written. Every error is an *Error.
func Object(data []byte) (map[string]any, error) {
	d := decoder{jsontext.NewDecoder(bytes.NewReader(data))}
	value, err := d.value()
	if err != nil {
		return nil, err
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, &Error{"$", "must be a single JSON object, with nothing after it"}
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, &Error{"$", "must be a JSON object"}
	}
	return object, nil
}

type decoder struct{ *jsontext.Decoder }

func (d decoder) value() (any, error) {
	token, err := d.ReadToken()
	if err != nil {
		return nil, d.describe(err)
	}
	switch token.Kind() {
	case jsontext.KindBeginObject:
		return d.object()
	case jsontext.KindBeginArray:
		return d.array()
	case jsontext.KindString:
		return token.String(), nil
	case jsontext.KindNumber:
		return d.number(token)
	case jsontext.KindTrue, jsontext.KindFalse:
		return token.Bool(), nil
	default:
		return nil, nil
	}
}

func (d decoder) object() (any, error) {
	if d.StackDepth() > MaxDepth {
		return nil, d.tooDeep()
	}
	object := make(map[string]any)
	for d.PeekKind() != jsontext.KindEndObject {
		name, err := d.ReadToken()
		if err != nil {
			return nil, d.describe(err)
		}
		key := name.String()
		if object[key], err = d.value(); err != nil {
			return nil, err
		}
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, d.describe(err)
	}
	return object, nil
}

func (d decoder) array() (any, error) {
	if d.StackDepth() > MaxDepth {
		return nil, d.tooDeep()
	}
	array := []any{}
	for d.PeekKind() != jsontext.KindEndArray {
		value, err := d.value()
		if err != nil {
			return nil, err
		}
		array = append(array, value)
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, d.describe(err)
	}
	return array, nil
}

// number refuses what a float64 cannot hold, such as 1e999, or holds as another
// integer.
func (d decoder) number(token jsontext.Token) (any, error) {
	value, reason := number(token.String())
	if reason != "" {
		return nil, &Error{Path(string(d.StackPointer())), reason}
	}
	return value, nil
}

func (d decoder) tooDeep() error {
	return &Error{"$", fmt.Sprintf("nests deeper than %d levels", MaxDepth)}
}

func (d decoder) describe(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return &Error{"$", "is not complete JSON"}
	}
	var syntax *jsontext.SyntacticError
	if !errors.As(err, &syntax) {
		return &Error{"$", "is not JSON"}
	}
	if errors.Is(err, jsontext.ErrDuplicateName) {
		return &Error{Path(string(syntax.JSONPointer)), "is given twice"}
	}
	return &Error{Path(string(syntax.JSONPointer)), fmt.Sprintf("is not valid JSON at byte %d", syntax.ByteOffset)}
}

// Path turns a JSON Pointer (RFC 6901) into a JSONPath (RFC 9535). A pointer
// does not tell a place in an array from a member whose name is a number: it is
// taken for the place.
func Path(pointer string) string {
	var b strings.Builder
	b.WriteByte('$')
	for _, token := range strings.Split(pointer, "/")[1:] {
		token = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
		if i, err := strconv.ParseUint(token, 10, 32); err == nil && strconv.FormatUint(i, 10) == token {
			b.WriteString("[" + token + "]")
			continue
		}
		b.WriteString(Member(token))
	}
	return b.String()
}

// Member is the JSONPath segment of a member: .name where shorthand can say it
// (RFC 9535, section 2.5.1.1), else ["name"] with the name cut to 64 bytes. It is
// in ASCII: a name that a stranger has chosen is shown, and turns nothing around it.
func Member(name string) string {
	if shorthand(name) {
		return "." + name
	}
	const longest = 64
	end := `"]`
	if len(name) > longest {
		name, end = strings.ToValidUTF8(name[:longest], ""), `…"]`
	}
	quoted, _ := json.Marshal(name)
	return "[" + ascii(strings.TrimSuffix(string(quoted), `"`)) + end
}

// ascii writes all other characters in the escapes of JSON (RFC 8259, section 7).
func ascii(quoted string) string {
	var b strings.Builder
	for _, c := range quoted {
		if c < 0x7f {
			b.WriteRune(c)
			continue
		}
		for _, unit := range utf16.AppendRune(nil, c) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}

func shorthand(name string) bool {
	for i, c := range []byte(name) {
		letter := c == '_' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return name != "" && len(name) <= 64
}
