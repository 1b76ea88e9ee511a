package api

import (
	"encoding/json"
	"slices"

	"agentstore/pkg/product"
	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
	"agentstore/pkg/strictjson"
)

// A product writes part of some answers itself: what it says about an item or a
// service, under the name of its type, such as server.

// member is such a part, or why it could not be written.
type member struct {
	name  string
	value json.RawMessage
	err   error
}

// planOf is what its product says about an item.
func (v view) planOf(i shop.Item) member {
	return v.member(i.ServiceType, i.Plan, shop.Product.ShowPlan)
}

// stateOf is what its product says about a service.
func (v view) stateOf(s shop.Service) member {
	return v.member(s.ServiceType, s.State, shop.Product.ShowState)
}

func (v view) member(serviceType string, data shop.Data, show func(shop.Product, shop.Data) (json.RawMessage, error)) member {
	of, err := v.products.Find(serviceType)
	if err != nil {
		return member{err: err}
	}
	value, err := show(of, data)
	return member{serviceType, value, err}
}

// join writes an answer with the part of a product behind its own members.
func join(answer any, m member) ([]byte, error) {
	if m.err != nil {
		return nil, m.err
	}
	more := slices.Concat([]byte(`{"`+m.name+`":`), m.value, []byte("}")) // a service type is a word
	return extend(answer, more)
}

// extend writes an answer with the members of an object behind its own.
func extend(answer any, more json.RawMessage) ([]byte, error) {
	text, err := strictjson.Encode(answer)
	if err != nil || len(more) <= len("{}") {
		return text, err
	}
	return append(append(text[:len(text)-1], ','), more[1:]...), nil
}

// withMembers adds to the schema of an answer what products write into it.
func withMembers(s *schema.Schema, shelf product.Shelf, of func(product.Product) *schema.Schema) *schema.Schema {
	for _, p := range shelf {
		addMember(s, p.Type, of(p), len(shelf) == 1)
	}
	return s
}

// withFields adds to the schema of an answer what products write among its members.
func withFields(s *schema.Schema, shelf product.Shelf, of func(product.Product) *schema.Schema) *schema.Schema {
	for _, p := range shelf {
		fields := of(p)
		if fields == nil {
			continue
		}
		for _, name := range fields.PropertyOrder {
			addMember(s, name, fields.Properties[name], len(shelf) == 1)
		}
	}
	return s
}

func addMember(s *schema.Schema, name string, of *schema.Schema, required bool) {
	if s.Properties[name] != nil {
		return
	}
	s.Properties[name] = of
	s.PropertyOrder = append(s.PropertyOrder, name)
	if required {
		s.Required = append(s.Required, name)
	}
}
