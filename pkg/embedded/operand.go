package embedded

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// operand is the name of an attribute, as #name or as it is, or a :value.
type operand string

func (o operand) isValue() bool { return o[0] == ':' }

// scope is what an expression is evaluated in.
type scope struct {
	names  map[string]string
	values item
	old    stored
}

// name is the attribute that a path means.
func (s *scope) name(o operand) string {
	if o[0] == '#' {
		return sent(s.names[string(o)])
	}
	return string(o)
}

// value is nil for an attribute that is absent.
func (s *scope) value(o operand) (types.AttributeValue, error) {
	if o.isValue() {
		return s.values[string(o)], nil
	}
	return s.old.attribute(s.name(o))
}

// operand reads a path or a value.
func (t *tokens) operand() (operand, error) {
	if strings.HasPrefix(t.peek(), ":") {
		return operand(t.next()), nil
	}
	return t.path()
}

// path reads the name of an attribute.
func (t *tokens) path() (operand, error) {
	token := t.peek()
	switch {
	case token == "" || token[0] != '#' && wordLength(token) == 0 || '0' <= token[0] && token[0] <= '9':
		return "", t.unexpected()
	case reserved()[strings.ToUpper(token)]:
		return "", invalid("Attribute name is a reserved keyword; reserved keyword: %s", token)
	}
	t.next()
	if t.peek() == "." || t.peek() == "[" {
		return "", invalid("a path into %s is not supported", token)
	}
	return operand(token), nil
}

// placeholders are the names and values that an expression uses.
func (t *tokens) placeholders() (used []string) {
	for _, token := range t.list {
		if token[0] == '#' || token[0] == ':' {
			used = append(used, token)
		}
	}
	return used
}
