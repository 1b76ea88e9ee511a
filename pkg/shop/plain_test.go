package shop

import "encoding/json"

// plain is a product of units that are full or empty, as their state says.
type plain struct{ Product }

// The actions of plain.
const (
	tune ActionName = "tune"
	fill ActionName = "fill"
)

var (
	full  = Data{Shape: 1, JSON: json.RawMessage(`"full"`)}
	empty = Data{Shape: 1, JSON: json.RawMessage(`"empty"`)}
)

// Actions implements Product: each unit can be tuned, and those that are empty be
// filled.
func (plain) Actions() []ActionType {
	return []ActionType{
		{Name: tune, Scope: "units:write"},
		{Name: fill, Scope: "units:write", Protectable: true, From: func(state Data) (bool, error) {
			return string(state.JSON) == string(empty.JSON), nil
		}},
	}
}

// Provides implements Product: everything can be done wherever a unit is.
func (plain) Provides(string, string) bool { return true }

// Reads implements Product.
func (plain) Reads() []ReadType { return []ReadType{{Name: "usage", Scope: "units:read"}} }
