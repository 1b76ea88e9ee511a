package api

import (
	"maps"

	"agentstore/pkg/schema"
)

const configurationName = "configuration"

// FullInput is the input with everything known about configurations: where the table
// takes the configuration of any product, it lists those that the products take.
// What an item offers is in its own configurationSchema.
func (o Operation) FullInput() *schema.Schema {
	open, takesOne := o.Input.Properties[configurationName]
	if !takesOne {
		return o.Input
	}
	var kinds []*schema.Schema
	for _, p := range o.shelf {
		kind := *p.Words().Configuration
		kinds = append(kinds, &kind)
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
