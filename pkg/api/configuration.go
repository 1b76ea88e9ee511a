package api

import (
	"encoding/json"
	"maps"
	"slices"

	"agentstore/pkg/schema"
	"agentstore/pkg/shop"
)

const configurationName = "configuration"

// InputFor is the input as a store with these products takes it: where the table
// has a configuration of any product, it has theirs. Which images and regions an
// item offers is in its own configurationSchema.
func (o Operation) InputFor(products shop.Products) *schema.Schema {
	open, takesOne := o.Input.Properties[configurationName]
	if !takesOne {
		return o.Input
	}
	var kinds []*schema.Schema
	for _, kind := range slices.Sorted(maps.Keys(products)) {
		s := new(schema.Schema)
		if err := json.Unmarshal(products[kind].Schema(), s); err != nil {
			panic(err) // a product whose schema is none
		}
		kinds = append(kinds, s)
	}
	input := *o.Input
	input.Properties = maps.Clone(o.Input.Properties)
	input.Properties[configurationName] = oneOfKinds(open, kinds)
	return &input
}

func oneOfKinds(open *schema.Schema, kinds []*schema.Schema) *schema.Schema {
	if len(kinds) == 1 {
		kinds[0].Description = open.Description
		return kinds[0]
	}
	s := *open
	s.AnyOf = kinds
	return &s
}
