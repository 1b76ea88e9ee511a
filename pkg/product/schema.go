package product

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/google/jsonschema-go/jsonschema"

	"agentstore/pkg/schema"
)

// SchemaOf is the schema of what a product shows, read from its struct. Types gives
// the schemas of some of the types in it.
func SchemaOf[T any](types map[reflect.Type]*schema.Schema) *schema.Schema {
	s, err := jsonschema.ForType(reflect.TypeFor[T](), &jsonschema.ForOptions{TypeSchemas: types})
	if err != nil {
		panic(err) // a struct with a field that JSON cannot hold
	}
	Relax(s)
	return s
}

// Relax adds what is true of answers and jsonschema-go cannot know: nothing is ever
// null, and more fields may be added.
func Relax(s *schema.Schema) {
	if len(s.Types) == 2 && s.Types[0] == "null" {
		s.Type, s.Types = s.Types[1], nil
	}
	s.AdditionalProperties = nil
	if s.Type == "object" && len(s.Properties) == 0 {
		s.AdditionalProperties = &schema.Schema{} // some that only the running store knows
	}
	for _, member := range s.Properties {
		Relax(member)
	}
	if s.Items != nil {
		Relax(s.Items)
	}
}

// EnumOf is the schema of a text that is one of the values.
func EnumOf[T ~string](values ...T) *schema.Schema {
	s := &schema.Schema{Type: "string"}
	for _, v := range values {
		s.Enum = append(s.Enum, string(v))
	}
	return s
}

// Strict reads a JSON object whose members must all be those of the struct, spelled
// exactly.
func Strict[T any](text json.RawMessage) (value T, err error) {
	var members map[string]json.RawMessage
	if err := json.Unmarshal(text, &members); err != nil {
		return value, err
	}
	known := SchemaOf[T](nil).Properties
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if known[name] == nil {
			return value, fmt.Errorf("there is no field %s", name)
		}
	}
	return value, json.Unmarshal(text, &value)
}
