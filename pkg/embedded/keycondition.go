package embedded

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// stretch is what a key condition selects: the sort keys of a partition from low up
// to but not including high. An empty high has no end.
type stretch struct {
	partition string
	low, high string
}

// stretchOf reads a key condition: the partition, and at most one condition on the
// sort key (API reference, Query).
func (db *DB) stretchOf(expression string, p *params, partition, sort string) (s stretch, err error) {
	c, used, err := db.cache.condition(expression)
	if err != nil {
		return s, err
	}
	if err := p.use(used); err != nil {
		return s, err
	}
	if err := p.end(); err != nil {
		return s, err
	}
	scope := p.scope()
	if err := c.check(&scope); err != nil {
		return s, err
	}
	parts := []condition{c}
	if both, isAnd := c.(and); isAnd {
		parts = []condition{both.a, both.b}
	}
	found := false
	for _, part := range parts {
		if c, isComparison := part.(comparison); isComparison && !found &&
			scope.name(c.a) == partition && c.sign == "=" && c.b.isValue() {
			s.partition, found = textOf(&scope, c.b), true
			continue
		}
		if err := s.sorted(&scope, part, sort); err != nil {
			return s, err
		}
	}
	if s.partition == "" || len(s.partition) > maxPartition {
		return s, invalid("Query condition missed key schema element, or it has no valid value: %s", partition)
	}
	return s, nil
}

// sorted narrows the stretch by a condition on the sort key.
func (s *stretch) sorted(scope *scope, c condition, sort string) error {
	path, values := sides(c)
	if path == "" || path.isValue() || scope.name(path) != sort || slices.ContainsFunc(values, func(o operand) bool { return !isSort(scope, o) }) {
		return invalid("Query key condition not supported")
	}
	first := textOf(scope, values[0])
	switch c := c.(type) {
	case prefixed:
		s.low, s.high = first, string(after([]byte(first)))
	case between:
		s.low, s.high = first, next(textOf(scope, values[1]))
	case comparison:
		switch c.sign {
		case "=":
			s.low, s.high = first, next(first)
		case "<":
			s.high = first
		case "<=":
			s.high = next(first)
		case ">":
			s.low = next(first)
		case ">=":
			s.low = first
		default:
			return invalid("Unsupported operator on KeyCondition: %s", c.sign)
		}
	}
	return nil
}

// isSort reports whether an operand can be compared with a sort key.
func isSort(s *scope, o operand) bool {
	text := textOf(s, o)
	return o.isValue() && text != "" && len(text) <= maxSort
}

// sides are the attribute and the values of a condition that a sort key may have.
func sides(c condition) (path operand, values []operand) {
	switch c := c.(type) {
	case prefixed:
		return c.path, []operand{c.prefix}
	case between:
		return c.of, []operand{c.low, c.high}
	case comparison:
		return c.a, []operand{c.b}
	default:
		return "", nil
	}
}

// next is the first text after a text.
func next(text string) string { return text + "\x00" }

// textOf is empty where a value is not a text.
func textOf(s *scope, o operand) string {
	if v, isText := s.values[string(o)].(*types.AttributeValueMemberS); isText {
		return sent(v.Value)
	}
	return ""
}
