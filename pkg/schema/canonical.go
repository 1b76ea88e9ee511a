package schema

import (
	"encoding/json"
	"maps"
	"reflect"
)

// Canonical is the value without the members that equal their default: a request that
// says one and a request that leaves it out ask for the same.
func Canonical(s *Schema, value any) any {
	return rebuilt(s, value, Canonical, func(member *Schema, given any) bool { return !isDefault(member, given) })
}

// rebuilt is a list or an object in which each value that the schema knows is what of
// makes of it. The members that are not to be kept are left out. Anything else stays.
func rebuilt(s *Schema, value any, of func(*Schema, any) any, keep func(*Schema, any) bool) any {
	switch v := value.(type) {
	case []any:
		if s.Items == nil {
			return v
		}
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = of(s.Items, item)
		}
		return items
	case map[string]any:
		members := maps.Clone(v)
		for name, member := range s.Properties {
			given, ok := v[name]
			switch {
			case !ok:
			case keep(member, given):
				members[name] = of(member, given)
			default:
				delete(members, name)
			}
		}
		return members
	}
	return value
}

func isDefault(s *Schema, value any) bool {
	if s.Default == nil {
		return false
	}
	var unsaid any
	err := json.Unmarshal(s.Default, &unsaid)
	return err == nil && reflect.DeepEqual(unsaid, value)
}
