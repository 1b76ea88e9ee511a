package embedded

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// condition is a parsed condition expression.
type condition interface {
	// check refuses values of a type that the condition cannot take, whatever the
	// item is.
	check(*scope) error
	holds(*scope) (bool, error)
}

func parseCondition(expression string) (condition, []string, error) {
	t, err := tokenize(expression)
	if err != nil {
		return nil, nil, err
	}
	c, err := t.or()
	switch {
	case err != nil:
	case t.peek() != "":
		err = t.unexpected()
	case t.operators > maxOperators:
		err = invalid("The expression contains too many operators: more than %d", maxOperators)
	}
	return c, t.placeholders(), err
}

func (t *tokens) or() (condition, error) {
	return t.chain("OR", t.and, func(a, b condition) condition { return or{a, b} })
}

func (t *tokens) and() (condition, error) {
	return t.chain("AND", t.not, func(a, b condition) condition { return and{a, b} })
}

func (t *tokens) chain(word string, part func() (condition, error), join func(a, b condition) condition) (condition, error) {
	c, err := part()
	for err == nil && t.accept(word) {
		var next condition
		next, err = part()
		c = join(c, next)
		t.operators++
	}
	return c, err
}

func (t *tokens) not() (condition, error) {
	if !t.accept("NOT") {
		return t.simple()
	}
	t.operators++
	c, err := t.not()
	return not{c}, err
}

func (t *tokens) simple() (condition, error) {
	if t.peek() == "(" {
		return t.group()
	}
	t.operators++
	if t.at+1 < len(t.list) && t.list[t.at+1] == "(" {
		return t.function()
	}
	a, err := t.operand()
	if err != nil {
		return nil, err
	}
	switch {
	case t.accept("BETWEEN"):
		return t.between(a)
	case t.accept("IN"):
		return t.in(a)
	}
	if !slices.Contains([]string{"=", "<>", "<", "<=", ">", ">="}, t.peek()) {
		return nil, t.unexpected()
	}
	sign := t.next()
	b, err := t.operand()
	return comparison{sign, a, b}, err
}

// group is a condition in brackets, which DynamoDB refuses where it has a pair too
// many.
func (t *tokens) group() (condition, error) {
	from := t.at
	t.next()
	c, err := t.or()
	if err != nil {
		return nil, err
	}
	if t.last == [2]int{from + 1, t.at - 1} {
		return nil, invalid("The expression has redundant parentheses")
	}
	t.last = [2]int{from, t.at}
	return c, t.expect(")")
}

func (t *tokens) between(a operand) (condition, error) {
	low, err := t.operand()
	if err != nil {
		return nil, err
	}
	if err := t.expect("AND"); err != nil {
		return nil, err
	}
	high, err := t.operand()
	return between{a, low, high}, err
}

func (t *tokens) in(a operand) (condition, error) {
	if err := t.expect("("); err != nil {
		return nil, err
	}
	c := in{of: a}
	for {
		member, err := t.operand()
		if err != nil {
			return nil, err
		}
		c.list = append(c.list, member)
		if len(c.list) > maxMembers {
			return nil, invalid("The IN operator is provided with too many operands: more than %d", maxMembers)
		}
		if !t.accept(",") {
			return c, t.expect(")")
		}
	}
}

func (t *tokens) function() (condition, error) {
	name := t.next()
	t.next() // the bracket
	if name != "attribute_exists" && name != "attribute_not_exists" && name != "begins_with" {
		return nil, invalid("Invalid function name; function: %s", name)
	}
	path, err := t.path()
	if err != nil {
		return nil, err
	}
	if name != "begins_with" {
		return exists{path, name == "attribute_exists"}, t.expect(")")
	}
	if err := t.expect(","); err != nil {
		return nil, err
	}
	prefix, err := t.operand()
	if err != nil {
		return nil, err
	}
	return prefixed{path, prefix}, t.expect(")")
}

type and struct{ a, b condition }

func (c and) check(s *scope) error { return firstOf(c.a.check(s), c.b.check(s)) }

func (c and) holds(s *scope) (bool, error) {
	if ok, err := c.a.holds(s); !ok || err != nil {
		return false, err
	}
	return c.b.holds(s)
}

type or struct{ a, b condition }

func (c or) check(s *scope) error { return firstOf(c.a.check(s), c.b.check(s)) }

func (c or) holds(s *scope) (bool, error) {
	if ok, err := c.a.holds(s); ok || err != nil {
		return ok, err
	}
	return c.b.holds(s)
}

type not struct{ a condition }

func (c not) check(s *scope) error { return c.a.check(s) }

func (c not) holds(s *scope) (bool, error) {
	ok, err := c.a.holds(s)
	return !ok, err
}

type exists struct {
	path operand
	want bool
}

func (exists) check(*scope) error { return nil }

func (c exists) holds(s *scope) (bool, error) {
	v, err := s.value(c.path)
	return (v != nil) == c.want, err
}

type prefixed struct{ path, prefix operand }

func (c prefixed) check(s *scope) error {
	return firstOf(distinct(s, "begins_with", c.path, c.prefix), ordered(s, "begins_with", false, c.prefix))
}

func (c prefixed) holds(s *scope) (bool, error) {
	v, err := s.value(c.path)
	if err != nil {
		return false, err
	}
	prefix, err := s.value(c.prefix)
	return beginsWith(v, prefix), err
}

type comparison struct {
	sign string
	a, b operand
}

func (c comparison) check(s *scope) error {
	if err := distinct(s, c.sign, c.a, c.b); err != nil {
		return err
	}
	if c.sign == "=" || c.sign == "<>" {
		return nil
	}
	return ordered(s, c.sign, true, c.a, c.b)
}

func (c comparison) holds(s *scope) (bool, error) {
	a, err := s.value(c.a)
	if err != nil {
		return false, err
	}
	b, err := s.value(c.b)
	if err != nil {
		return false, err
	}
	return satisfies(a, c.sign, b), nil
}

// satisfies compares two values. What is absent, or of another type, equals
// nothing and is neither less nor more.
func satisfies(a types.AttributeValue, sign string, b types.AttributeValue) bool {
	switch sign {
	case "=":
		return a != nil && equal(a, b)
	case "<>":
		return a == nil || !equal(a, b)
	}
	order, ok := compare(a, b)
	switch {
	case !ok:
		return false
	case order == 0:
		return strings.HasSuffix(sign, "=")
	default:
		return (order < 0) == (sign[0] == '<')
	}
}

type between struct{ of, low, high operand }

func (c between) check(s *scope) error {
	err := firstOf(distinct(s, "BETWEEN", c.of, c.low, c.high), ordered(s, "BETWEEN", true, c.of, c.low, c.high))
	if err != nil || !c.low.isValue() || !c.high.isValue() {
		return err
	}
	order, ok := compare(s.values[string(c.low)], s.values[string(c.high)])
	switch {
	case !ok:
		return invalid("The BETWEEN operator requires same data type for lower and upper bounds")
	case order > 0:
		return invalid("The BETWEEN operator requires upper bound to be greater than or equal to lower bound")
	}
	return nil
}

func (c between) holds(s *scope) (bool, error) {
	return and{comparison{">=", c.of, c.low}, comparison{"<=", c.of, c.high}}.holds(s)
}

type in struct {
	of   operand
	list []operand
}

func (c in) check(s *scope) error { return distinct(s, "IN", c.of, c.list...) }

func (c in) holds(s *scope) (bool, error) {
	for _, member := range c.list {
		if ok, err := (comparison{"=", c.of, member}).holds(s); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// distinct refuses a comparison of an attribute with itself.
func distinct(s *scope, operator string, first operand, rest ...operand) error {
	for _, o := range rest {
		if !first.isValue() && !o.isValue() && s.name(first) == s.name(o) {
			return invalid("The first operand must be distinct from the remaining operands for this operator or function; operator: %s", operator)
		}
	}
	return nil
}

// ordered refuses values whose types have no order.
func ordered(s *scope, operator string, numbers bool, operands ...operand) error {
	for _, o := range operands {
		if !o.isValue() {
			continue
		}
		switch v := s.values[string(o)].(type) {
		case *types.AttributeValueMemberS, *types.AttributeValueMemberB:
		case *types.AttributeValueMemberN:
			if !numbers {
				return invalid("Incorrect operand type for operator or function; operator or function: %s, operand type: %T", operator, v)
			}
		default:
			return invalid("Incorrect operand type for operator or function; operator or function: %s, operand type: %T", operator, v)
		}
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
