package embedded

import (
	_ "embed"
	"strings"
	"sync"
)

// The longest expression in bytes, and the most operators and functions in it and
// members in one IN (DynamoDB developer guide, "Quotas in Amazon DynamoDB").
const (
	maxExpression = 4096
	maxOperators  = 300
	maxMembers    = 100
)

// reservedWords cannot be names of attributes in an expression (DynamoDB developer
// guide, "Reserved words in DynamoDB").
//
//go:embed reserved.txt
var reservedWords string

var reserved = sync.OnceValue(func() map[string]bool {
	words := make(map[string]bool)
	for word := range strings.Lines(reservedWords) {
		words[strings.TrimSpace(word)] = true
	}
	return words
})

// tokens are those of an expression, and the position of the parser.
type tokens struct {
	list []string
	at   int
	last [2]int // where the last brackets were that ended

	operators int // that were found
}

// tokenize splits an expression. It does not know what an expression means.
func tokenize(expression string) (*tokens, error) {
	if len(expression) > maxExpression {
		return nil, invalid("Expression size has exceeded the maximum allowed size of %d bytes", maxExpression)
	}
	t := &tokens{}
	for rest := strings.TrimLeft(expression, whiteSpace); rest != ""; rest = strings.TrimLeft(rest, whiteSpace) {
		n := tokenLength(rest)
		if n == 0 {
			return nil, invalid("Syntax error in an expression, near %q", rest)
		}
		t.list = append(t.list, rest[:n])
		rest = rest[n:]
	}
	if len(t.list) == 0 {
		return nil, invalid("The expression can not be empty")
	}
	return t, nil
}

const whiteSpace = " \t\r\n"

func tokenLength(text string) int {
	switch {
	case strings.HasPrefix(text, "<>"), strings.HasPrefix(text, "<="), strings.HasPrefix(text, ">="):
		return 2
	case strings.ContainsRune("()=<>,+-.[]", rune(text[0])):
		return 1
	case text[0] == '#' || text[0] == ':':
		if n := wordLength(text[1:]); n > 0 {
			return n + 1
		}
		return 0
	default:
		return wordLength(text)
	}
}

func wordLength(text string) int {
	n := 0
	for n < len(text) && (text[n] == '_' || '0' <= text[n] && text[n] <= '9' ||
		'a' <= text[n] && text[n] <= 'z' || 'A' <= text[n] && text[n] <= 'Z') {
		n++
	}
	return n
}

// peek is the next token, and empty at the end.
func (t *tokens) peek() string {
	if t.at == len(t.list) {
		return ""
	}
	return t.list[t.at]
}

func (t *tokens) next() string {
	token := t.peek()
	if token != "" {
		t.at++
	}
	return token
}

// accept takes the next token if it is that word or sign.
func (t *tokens) accept(word string) bool {
	if !strings.EqualFold(t.peek(), word) {
		return false
	}
	t.at++
	return true
}

func (t *tokens) expect(sign string) error {
	if t.accept(sign) {
		return nil
	}
	return t.unexpected()
}

func (t *tokens) unexpected() error {
	if t.peek() == "" {
		return invalid("Syntax error: an expression ends too early")
	}
	return invalid("Syntax error in an expression: unexpected %q", t.peek())
}
