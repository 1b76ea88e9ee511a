package embedded

import (
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// update is a parsed update expression.
type update struct {
	sets    []assignment
	adds    []addition
	removes []operand
}

// assignment is one of SET: a, or a+b or a-b where there is a sign.
type assignment struct {
	path operand
	a, b term
	sign string
}

// term is an operand, or, with a default, the operand if it exists.
type term struct {
	of       operand
	fallback *operand
}

const ifNotExists = "if_not_exists"

// addition is one of ADD.
type addition struct{ path, value operand }

func parseUpdate(expression string) (*update, []string, error) {
	t, err := tokenize(expression)
	if err != nil {
		return nil, nil, err
	}
	u := &update{}
	clauses := map[string]func() error{
		"SET":    func() error { return t.each(func() error { return t.assignment(u) }) },
		"ADD":    func() error { return t.each(func() error { return t.addition(u) }) },
		"REMOVE": func() error { return t.each(func() error { return t.removal(u) }) },
	}
	for t.peek() != "" {
		name := strings.ToUpper(t.peek())
		clause, known := clauses[name]
		if !known {
			return nil, nil, t.unexpected()
		}
		delete(clauses, name) // each once
		t.next()
		if err := clause(); err != nil {
			return nil, nil, err
		}
	}
	return u, t.placeholders(), nil
}

func (t *tokens) each(part func() error) error {
	for {
		if err := part(); err != nil || !t.accept(",") {
			return err
		}
	}
}

func (t *tokens) assignment(u *update) (err error) {
	var a assignment
	if a.path, err = t.path(); err != nil {
		return err
	}
	if err = t.expect("="); err != nil {
		return err
	}
	if a.a, err = t.term(); err != nil {
		return err
	}
	if t.peek() == "+" || t.peek() == "-" {
		a.sign = t.next()
		if a.b, err = t.term(); err != nil {
			return err
		}
	}
	u.sets = append(u.sets, a)
	return nil
}

func (t *tokens) term() (term, error) {
	if t.at+1 == len(t.list) || t.at < len(t.list) && t.list[t.at+1] != "(" {
		of, err := t.operand()
		return term{of: of}, err
	}
	if t.peek() != ifNotExists {
		return term{}, invalid("Invalid function name; function: %s", t.peek())
	}
	t.at += 2
	of, err := t.path()
	if err != nil {
		return term{}, err
	}
	if err := t.expect(","); err != nil {
		return term{}, err
	}
	fallback, err := t.operand()
	if err != nil {
		return term{}, err
	}
	return term{of, &fallback}, t.expect(")")
}

func (t *tokens) addition(u *update) error {
	path, err := t.path()
	if err != nil {
		return err
	}
	value, err := t.operand()
	if err == nil && !value.isValue() {
		err = invalid("Syntax error in an expression: ADD takes a value, not %q", string(value))
	}
	u.adds = append(u.adds, addition{path, value})
	return err
}

func (t *tokens) removal(u *update) error {
	path, err := t.path()
	u.removes = append(u.removes, path)
	return err
}

// check refuses what is wrong whatever the item is.
func (u *update) check(s *scope) error {
	var changed []string
	for _, path := range u.paths() {
		name := s.name(path)
		switch {
		case name == partitionKey || name == sortKey:
			return invalid("One or more parameter values were invalid: Cannot update attribute %s. This attribute is part of the key", name)
		case slices.Contains(changed, name):
			return invalid("Two document paths overlap with each other; must remove or rewrite one of these paths; path: [%s]", name)
		}
		changed = append(changed, name)
	}
	for _, a := range u.adds {
		if _, isNumber := s.values[string(a.value)].(*types.AttributeValueMemberN); !isNumber {
			return invalid("Incorrect operand type for operator or function; operator: ADD, operand: only numbers are supported")
		}
	}
	for _, a := range u.sets {
		if err := a.check(s); err != nil {
			return err
		}
	}
	return nil
}

func (u *update) paths() (paths []operand) {
	for _, a := range u.sets {
		paths = append(paths, a.path)
	}
	for _, a := range u.adds {
		paths = append(paths, a.path)
	}
	return append(paths, u.removes...)
}

func (a assignment) check(s *scope) error {
	terms := []term{a.a}
	if a.sign != "" {
		terms = append(terms, a.b)
	}
	for _, t := range terms {
		o := t.of
		if t.fallback != nil {
			o = *t.fallback
			if err := distinct(s, ifNotExists, t.of, o); err != nil {
				return err
			}
		}
		if _, isNumber := s.values[string(o)].(*types.AttributeValueMemberN); a.sign != "" && o.isValue() && !isNumber {
			return invalid("Incorrect operand type for operator or function; operator or function: %s", a.sign)
		}
	}
	return nil
}

// apply changes an item. Every operand has its value from before the update.
func (u *update) apply(s *scope, i item) error {
	next := make(item, len(u.sets)+len(u.adds))
	for _, a := range u.sets {
		value, err := a.value(s)
		if err != nil {
			return err
		}
		next[s.name(a.path)] = value
	}
	for _, a := range u.adds {
		value, err := a.result(s, i)
		if err != nil {
			return err
		}
		next[s.name(a.path)] = value
	}
	for _, path := range u.removes {
		delete(i, s.name(path))
	}
	for name, value := range next {
		i[name] = value
	}
	return nil
}

func (a assignment) value(s *scope) (types.AttributeValue, error) {
	x, err := a.a.value(s)
	if err != nil || a.sign == "" {
		return x, err
	}
	y, err := a.b.value(s)
	if err != nil {
		return nil, err
	}
	return sum(x, y, a.sign == "-")
}

func (t term) value(s *scope) (types.AttributeValue, error) {
	v, err := s.value(t.of)
	if err == nil && t.fallback != nil {
		// It must be there even where it is not wanted.
		var fallback types.AttributeValue
		if fallback, err = s.value(*t.fallback); v == nil || fallback == nil {
			v = fallback
		}
	}
	if err == nil && v == nil {
		err = invalid("The provided expression refers to an attribute that does not exist in the item")
	}
	return v, err
}

func (a addition) result(s *scope, i item) (types.AttributeValue, error) {
	before, there := i[s.name(a.path)]
	if !there {
		before = &types.AttributeValueMemberN{Value: "0"}
	}
	return sum(before, s.values[string(a.value)], false)
}

func sum(a, b types.AttributeValue, minus bool) (types.AttributeValue, error) {
	x, isNumber := a.(*types.AttributeValueMemberN)
	y, isToo := b.(*types.AttributeValueMemberN)
	if !isNumber || !isToo {
		return nil, invalid("An operand in the update expression has an incorrect data type")
	}
	first, _ := whole(x.Value)
	second, _ := whole(y.Value)
	digits, ok := add(first, second, minus)
	if !ok {
		return nil, invalid("Number overflow. Attempting to store a number with more than %d digits", maxDigits)
	}
	return &types.AttributeValueMemberN{Value: digits}, nil
}
