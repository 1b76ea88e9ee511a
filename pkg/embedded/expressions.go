package embedded

import (
	"strings"
	"sync"
)

// expressions caches what was parsed: the store uses the same few again and again.
type expressions struct {
	mu         sync.RWMutex
	conditions map[string]parsedCondition
	updates    map[string]parsedUpdate
}

type parsedCondition struct {
	condition condition
	used      []string
	err       error
}

type parsedUpdate struct {
	update *update
	used   []string
	err    error
}

// maxExpressions bounds what is cached of each kind.
const maxExpressions = 1000

func newExpressions() *expressions {
	return &expressions{conditions: make(map[string]parsedCondition), updates: make(map[string]parsedUpdate)}
}

func (e *expressions) condition(text string) (condition, []string, error) {
	p := remembered(&e.mu, e.conditions, text, func() (p parsedCondition) {
		p.condition, p.used, p.err = parseCondition(text)
		return p
	})
	return p.condition, p.used, p.err
}

func (e *expressions) update(text string) (*update, []string, error) {
	p := remembered(&e.mu, e.updates, text, func() (p parsedUpdate) {
		p.update, p.used, p.err = parseUpdate(text)
		return p
	})
	return p.update, p.used, p.err
}

func remembered[P any](mu *sync.RWMutex, known map[string]P, text string, parse func() P) P {
	mu.RLock()
	p, ok := known[text]
	mu.RUnlock()
	if ok {
		return p
	}
	p = parse()
	mu.Lock()
	defer mu.Unlock()
	if len(known) >= maxExpressions {
		clear(known)
	}
	known[strings.Clone(text)] = p
	return p
}

// params are the parts of a call that its expressions share.
type params struct {
	names  map[string]string
	values item
	used   map[string]bool
}

// use notes the placeholders of an expression, each of which must be given.
func (p *params) use(placeholders []string) error {
	if p.used == nil {
		p.used = make(map[string]bool, len(placeholders))
	}
	for _, used := range placeholders {
		p.used[used] = true
		if used[0] == ':' && p.values[used] == nil {
			return invalid("An expression attribute value used in expression is not defined; attribute value: %s", used)
		}
		if used[0] == '#' && p.names[used] == "" {
			return invalid("An expression attribute name used in the document path is not defined; attribute name: %s", used)
		}
	}
	return nil
}

// end refuses what no expression has used.
func (p *params) end() error {
	switch {
	case p.values != nil && len(p.values) == 0:
		return invalid("ExpressionAttributeValues must not be empty")
	case p.names != nil && len(p.names) == 0:
		return invalid("ExpressionAttributeNames must not be empty")
	}
	for name := range p.values {
		if !p.used[name] {
			return invalid("Value provided in ExpressionAttributeValues unused in expressions: keys: {%s}", name)
		}
	}
	for name := range p.names {
		if !p.used[name] {
			return invalid("Value provided in ExpressionAttributeNames unused in expressions: keys: {%s}", name)
		}
	}
	return checkAll(p.values, 1)
}

func (p *params) scope() scope { return scope{names: p.names, values: p.values} }
