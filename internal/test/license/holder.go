package license

import (
	"encoding/json"
	"maps"

	"agentstore/pkg/id"
	"agentstore/pkg/schema"
)

// Holder is whose license it is. No license says so: it has a reference.
type Holder struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// holder is the field of a configuration that is about people.
const holder = "holder"

// personal is what a configuration says about people.
type personal struct {
	Holder Holder `json:"holder"`
}

func holderSchema() *schema.Schema {
	s := schema.Object(
		schema.Required("name", schema.String("The name.", 1, 100)),
		schema.Required("email", schema.String("The address.", 3, 254)),
	)
	s.Description = "Whose license it is. This is personal data."
	return s
}

// takeHolder takes the holder out of a configuration that was checked.
func takeHolder(input map[string]any, reference func() id.Personal) (rest map[string]any, data json.RawMessage, err error) {
	if input[holder] == nil {
		return input, nil, nil
	}
	data, err = json.Marshal(map[string]any{holder: input[holder]})
	rest = maps.Clone(input)
	rest[holder] = reference()
	return rest, data, err
}

// holderOf is nobody where the data was erased, or there never was any.
func holderOf(data json.RawMessage) (Holder, error) {
	if len(data) == 0 {
		return Holder{}, nil
	}
	var p personal
	err := json.Unmarshal(data, &p)
	return p.Holder, err
}
