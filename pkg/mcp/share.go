package mcp

import (
	"fmt"
	"maps"
	"slices"

	"agentstore/pkg/schema"
)

// share says once, in $defs, what a schema of an answer says of several objects alike,
// and leaves out which members objects inside its objects always have: the list of tools
// goes into the context of a model, and has to be short. The OpenAPI document has it all.
func share(s *schema.Schema) *schema.Schema {
	h := sharer{make(map[string]int), make(map[string]string), make(map[string]*schema.Schema)}
	h.count(s)
	out := h.refer("", s, 0)
	if len(h.defs) > 0 {
		out.Defs = h.defs
	}
	return out
}

// sharer goes by the text of a schema, but for the words about its use: those
// stay beside the reference (JSON Schema 2020-12, section 8.2.3.1).
type sharer struct {
	uses  map[string]int
	names map[string]string
	defs  map[string]*schema.Schema
}

func (h sharer) count(s *schema.Schema) {
	h.uses[key(s)]++
	for _, member := range s.Properties {
		h.count(member)
	}
	if s.Items != nil {
		h.count(s.Items)
	}
}

// refer is the schema with references in place of what is used twice. Depth is how many
// objects it is inside of.
func (h sharer) refer(name string, s *schema.Schema, depth int) *schema.Schema {
	out := *s
	plain(&out)
	if depth > 1 {
		out.Required = nil
	}
	out.Properties = maps.Clone(s.Properties)
	for _, member := range slices.Sorted(maps.Keys(s.Properties)) {
		out.Properties[member] = h.refer(member, s.Properties[member], depth+1)
	}
	if s.Items != nil {
		out.Items = h.refer(name, s.Items, depth)
	}
	if s.Properties == nil || h.uses[key(s)] < 2 {
		return &out
	}
	reference := &schema.Schema{Ref: "#/$defs/" + h.nameOf(name, s), Description: s.Description}
	out.Description = ""
	h.defs[h.names[key(s)]] = &out
	return reference
}

// plain leaves out what only generators of clients need to be told.
func plain(s *schema.Schema) {
	s.Title = ""
	if s.Format == schema.Int64 {
		s.Format = ""
	}
	if s.Properties == nil {
		s.AdditionalProperties = nil // any, which is what an object has that says nothing
	}
}

// nameOf is the name of a definition: that of the member that it was first seen
// as, or the next one where another has that name.
func (h sharer) nameOf(member string, s *schema.Schema) string {
	name, known := h.names[key(s)]
	if known {
		return name
	}
	name = member
	for i := 2; h.defs[name] != nil; i++ {
		name = fmt.Sprint(member, i)
	}
	h.names[key(s)] = name
	return name
}

func key(s *schema.Schema) string {
	plain := *s
	plain.Title, plain.Description = "", ""
	return string(encode(&plain))
}
