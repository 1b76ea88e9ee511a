package dynamotest

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// expression collects the placeholders of the expressions of one call.
type expression struct {
	draws
	of     item // whose values the expression may set
	names  map[string]string
	values item
	// keys: an update may try to change the key. Where a condition fails, DynamoDB
	// Local finds that first, see doc.go.
	keys bool
}

func (d draws) expression(of item) *expression {
	return &expression{draws: d, of: of, names: make(map[string]string), values: item{}}
}

var plainName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9]*$`)

// name is a way to write the name of an attribute.
func (e *expression) name(attribute string) string {
	if plainName.MatchString(attribute) && !e.rarely(20) && (attribute != "status" || e.rarely(20)) {
		return attribute
	}
	for placeholder, known := range e.names {
		if known == attribute {
			return placeholder
		}
	}
	placeholder := fmt.Sprintf("#n%d", len(e.names))
	e.names[placeholder] = attribute
	return placeholder
}

func (e *expression) path() string {
	return e.name(oneOf(e.draws, append([]string{"PK", "SK"}, attributes...)...))
}

func (e *expression) value(v types.AttributeValue) string {
	placeholder := fmt.Sprintf(":v%d", len(e.values))
	e.values[placeholder] = v
	return placeholder
}

func (e *expression) drawn() string {
	if e.rarely(10) && len(e.values) > 0 {
		return ":v0"
	}
	return e.value(e.draws.value())
}

func (e *expression) operand() string {
	if e.rarely(50) {
		return e.path()
	}
	return e.drawn()
}

// word is a keyword, in one of its spellings.
func (e *expression) word(w string) string {
	if e.rarely(10) {
		return strings.ToLower(w)
	}
	return w
}

func (e *expression) condition(depth int) string {
	kinds := 7
	if depth > 0 {
		kinds = 10
	}
	switch e.count(0, kinds) {
	case 0:
		return "attribute_exists(" + e.path() + ")"
	case 1:
		return "attribute_not_exists(" + e.path() + ")"
	case 2, 3:
		return e.path() + oneOf(e.draws, " = ", " <> ", "<", "<=", " > ", ">= ") + e.operand()
	case 4:
		return e.drawn() + oneOf(e.draws, " = ", " <> ", "<", "<=", " > ", ">= ") + e.path()
	case 5:
		return e.operand() + " " + e.word("BETWEEN") + " " + e.operand() + " " + e.word("AND") + " " + e.operand()
	case 6:
		members := []string{e.operand()}
		for range e.count(0, 2) {
			members = append(members, e.operand())
		}
		return e.operand() + " " + e.word("IN") + " (" + strings.Join(members, ", ") + ")"
	case 7:
		return "begins_with(" + e.path() + ", " + e.operand() + ")"
	case 8:
		return e.word("NOT") + " " + e.condition(depth-1)
	case 9:
		return e.condition(depth-1) + " " + e.word(oneOf(e.draws, "AND", "OR")) + " " + e.condition(depth-1)
	default:
		return "(" + e.condition(depth-1) + ")"
	}
}

// update is an update expression, most of whose paths are different.
func (e *expression) update() string {
	var clauses []string
	left := append([]string{}, attributes...)
	take := func(name string) string {
		left = slices.DeleteFunc(left, func(other string) bool { return other == name })
		return name
	}
	target := func() string {
		if e.rarely(2) && e.keys {
			return oneOf(e.draws, "PK", "SK", "n")
		}
		return take(oneOf(e.draws, left...))
	}
	parts := func(part func() string) string {
		all := []string{part()}
		for range e.count(0, 1) {
			all = append(all, part())
		}
		return strings.Join(all, ", ")
	}
	if e.sometimes() {
		clauses = append(clauses, e.word("ADD")+" "+parts(func() string {
			if e.rarely(5) {
				return e.name(target()) + " " + e.drawn()
			}
			return e.name(take(oneOf(e.draws, "n", "version", "ttl"))) + " " + e.value(number(e.number()))
		}))
	}
	if !e.sometimes() || len(clauses) == 0 {
		clauses = append(clauses, e.word("SET")+" "+parts(func() string { return e.assignment(target()) }))
	}
	if e.sometimes() {
		clauses = append(clauses, e.word("REMOVE")+" "+parts(func() string { return e.name(target()) }))
	}
	if e.rarely(2) && len(clauses) > 0 {
		clauses = append(clauses, clauses[0])
	}
	return strings.Join(clauses, " ")
}

// assignment does not copy to the index: places there are of one item each.
func (e *expression) assignment(target string) string {
	path := e.name(target) + " = "
	if target == "GSI1PK" || target == "GSI1SK" {
		return path + e.value(e.valueFor(target, e.of))
	}
	switch e.count(0, 8) {
	case 0, 1, 6, 7, 8:
		return path + e.value(e.valueFor(target, e.of))
	case 2:
		return path + e.path()
	case 3:
		return path + "if_not_exists(" + e.path() + ", " + e.operand() + ")"
	case 4:
		return path + e.term() + oneOf(e.draws, " + ", " - ") + e.term()
	default:
		return path + e.name(target) + " + " + e.value(number(e.number()))
	}
}

func (e *expression) term() string {
	switch e.count(0, 9) {
	case 1, 2:
		return e.name("n")
	case 3:
		return e.operand()
	case 4, 5:
		return e.value(number(e.number()))
	default:
		return "if_not_exists(" + e.name("n") + ", " + e.value(number(e.number())) + ")"
	}
}

// placeholders are those that were used; rarely one is missing or one too many.
func (e *expression) placeholders() (map[string]string, item) {
	if e.rarely(2) {
		delete(e.values, ":v0")
	}
	if e.rarely(2) {
		delete(e.names, "#n0")
	}
	if e.rarely(1) {
		e.value(number("1"))
	}
	if e.rarely(1) {
		e.names["#unused"] = "unused"
	}
	if e.rarely(1) {
		e.names[oneOf(e.draws, "#n0", "nohash", "#", "#a-b")] = oneOf(e.draws, "", "n")
	}
	if e.rarely(1) {
		e.values[oneOf(e.draws, "nocolon", ":", ":a-b")] = number("1")
	}
	names, values := e.names, e.values
	if len(names) == 0 {
		names = nil
	}
	if len(values) == 0 {
		values = nil
	}
	return names, values
}

// spoiled is an expression, and rarely one that is none.
func (e *expression) spoiled(text string) string {
	if !e.rarely(2) {
		return text
	}
	switch e.count(0, 5) {
	case 0:
		return ""
	case 1:
		return text + ")"
	case 2:
		return "(" + text
	case 3:
		return strings.Replace(text, " ", " , ", 1)
	case 4:
		return text[:e.count(0, len(text))]
	default:
		return text + " " + text
	}
}
