package schema

import (
	"encoding/json"
	"maps"
	"reflect"
)

// Canonical is the value without the members that equal their default: a request that
// says one and a request that leaves it out ask for the same.
func Canonical(s *Schema, value any) any {
	switch v := value.(type) {
	case []any:
		if s.Items == nil {
			return v
		}
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = Canonical(s.Items, item)
		}
		return items
	case map[string]any:
		members := maps.Clone(v)
		for name, member := range s.Properties {
			given, ok := v[name]
			switch {
			case !ok:
			case isDefault(member, given):
				delete(members, name)
			default:
				members[name] = Canonical(member, given)
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
