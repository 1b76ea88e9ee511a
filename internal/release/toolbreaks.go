package release

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

type tool struct {
	Name         string
	InputSchema  *toolSchema
	OutputSchema *toolSchema
}

// toolSchema is what matters here of a JSON Schema.
type toolSchema struct {
	Ref        string `json:"$ref"`
	Type       any    // a name, a list of names, or nothing
	Enum       []any
	Properties map[string]*toolSchema
	Required   []string
	Items      *toolSchema
	AnyOf      []*toolSchema
	OneOf      []*toolSchema
	AllOf      []*toolSchema
	Defs       map[string]*toolSchema `json:"$defs"`
}

// field is a member of an input or an output, at any depth.
type field struct {
	types    []string // none is any
	values   []string // none is any
	required bool     // wherever the object is that holds it
}

// ToolBreaks compares two lists of tools, as Tools returns them.
func ToolBreaks(base, revision []byte) ([]Break, error) {
	var before, after []tool
	if err := json.Unmarshal(base, &before); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(revision, &after); err != nil {
		return nil, err
	}
	var breaks []Break
	for _, old := range before {
		i := slices.IndexFunc(after, func(t tool) bool { return t.Name == old.Name })
		if i < 0 {
			breaks = append(breaks, Break{"tool-removed", old.Name, "the tool is gone"})
			continue
		}
		breaks = append(breaks, inputBreaks(old.Name, fieldsOf(old.InputSchema), fieldsOf(after[i].InputSchema))...)
		breaks = append(breaks, outputBreaks(old.Name, fieldsOf(old.OutputSchema), fieldsOf(after[i].OutputSchema))...)
	}
	return breaks, nil
}

func inputBreaks(tool string, before, after map[string]field) (breaks []Break) {
	say := func(rule, format, path string) {
		breaks = append(breaks, Break{rule, tool, fmt.Sprintf(format, "`"+path+"`")})
	}
	for _, path := range slices.Sorted(maps.Keys(before)) {
		old := before[path]
		now, found := after[path]
		switch {
		case !found:
			say("argument-removed", "the argument %s is gone", path)
		case !within(old.types, now.types):
			say("argument-type-changed", "the argument %s takes another type", path)
		case !within(old.values, now.values):
			say("argument-value-removed", "the argument %s takes fewer values", path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(after)) {
		if after[path].required && !before[path].required {
			say("argument-required", "the argument %s is required", path)
		}
	}
	return breaks
}

func outputBreaks(tool string, before, after map[string]field) (breaks []Break) {
	for _, path := range slices.Sorted(maps.Keys(before)) {
		now, found := after[path]
		switch {
		case !found:
			breaks = append(breaks, Break{"output-removed", tool, fmt.Sprintf("the output has no `%s`", path)})
		case !within(now.types, before[path].types):
			breaks = append(breaks, Break{"output-type-changed", tool, fmt.Sprintf("`%s` of the output has another type", path)})
		}
	}
	return breaks
}

// within reports whether each of some is one of all, of which none means any.
func within(some, all []string) bool {
	if len(all) == 0 {
		return true
	}
	return len(some) > 0 && !slices.ContainsFunc(some, func(s string) bool { return !slices.Contains(all, s) })
}

// fieldsOf lists what a schema names, by its path, as server.sshKeys[].
func fieldsOf(s *toolSchema) map[string]field {
	fields := make(map[string]field)
	if s != nil {
		s.collect("", s.Defs, nil, fields)
	}
	return fields
}

// collect adds the members of an object, and those of whatever is in it. Refs are the
// definitions that are open above it.
func (s *toolSchema) collect(path string, defs map[string]*toolSchema, open []string, fields map[string]field) {
	if name, isRef := strings.CutPrefix(s.Ref, "#/$defs/"); isRef && defs[name] != nil && !slices.Contains(open, name) {
		defs[name].collect(path, defs, append(slices.Clone(open), name), fields)
	}
	for _, part := range slices.Concat(s.AnyOf, s.OneOf, s.AllOf) {
		part.collect(path, defs, open, fields)
	}
	if s.Items != nil {
		s.Items.collect(path+"[]", defs, open, fields)
	}
	for name, member := range s.Properties {
		at := strings.TrimPrefix(path+"."+name, ".")
		known := fields[at]
		known.types = append(known.types, member.typeNames(defs)...)
		known.values = append(known.values, member.valueNames(defs)...)
		known.required = known.required || slices.Contains(s.Required, name)
		fields[at] = known
		member.collect(at, defs, open, fields)
	}
}

// typeNames are the types of what the schema itself describes.
func (s *toolSchema) typeNames(defs map[string]*toolSchema) []string {
	switch t := s.resolved(defs).Type.(type) {
	case string:
		return []string{t}
	case []any:
		return texts(t)
	}
	return nil
}

func (s *toolSchema) valueNames(defs map[string]*toolSchema) []string {
	return texts(s.resolved(defs).Enum)
}

func (s *toolSchema) resolved(defs map[string]*toolSchema) *toolSchema {
	if named := defs[strings.TrimPrefix(s.Ref, "#/$defs/")]; s.Ref != "" && named != nil {
		return named
	}
	return s
}

func texts(values []any) (list []string) {
	for _, v := range values {
		list = append(list, fmt.Sprint(v))
	}
	return list
}
