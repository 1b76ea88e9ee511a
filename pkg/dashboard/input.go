package dashboard

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"agentstore/pkg/fault"
	"agentstore/pkg/schema"
	"agentstore/pkg/sorting"
)

// input is a field of a form, as the JSON Schema of a member describes it.
type input struct {
	name     string // of the field
	label    string
	help     string
	kind     string // text, number, check, choice, select, lines or area
	values   []string
	options  []string
	required bool
	schema   *schema.Schema
	problem  string // what was wrong with it
}

// value is what the field holds.
func (i input) value() string {
	if len(i.values) == 0 {
		return ""
	}
	return strings.Join(i.values, "\n")
}

// most is how many characters it takes; empty where that is not said.
func (i input) most() string {
	if i.schema.MaxLength == nil || i.kind == "lines" {
		return ""
	}
	return strconv.Itoa(*i.schema.MaxLength)
}

// bound is the least or the most number it takes.
func bound(n *float64) string {
	if n == nil {
		return ""
	}
	return strconv.FormatFloat(*n, 'f', -1, 64)
}

// manyOptions is how many choices are a select and not radio boxes.
const manyOptions = 6

// longText is how many characters a text may have that is shown on several lines.
const longText = 500

// inputs are the fields of a form for an object, in the order of its members. The names
// of the fields begin with a prefix, by which the problems of the operation find them.
func inputs(object *schema.Schema, order []string, prefix string, labels map[string]string, fields url.Values, wrong *fault.Error) []input {
	var list []input
	for _, name := range order {
		member := object.Properties[name]
		if member == nil {
			continue
		}
		i := input{
			name: prefix + name, label: labels[name], help: member.Description, kind: kindOf(member),
			required: slices.Contains(object.Required, name), schema: member, problem: problemOf(wrong, prefix+name),
		}
		if i.label == "" {
			i.label = sentence(name)
		}
		for _, option := range member.Enum {
			i.options = append(i.options, fmt.Sprint(option))
		}
		if i.kind == "choice" && len(i.options) > manyOptions {
			i.kind = "select"
		}
		i.values = valuesOf(i, fields)
		list = append(list, i)
	}
	return list
}

func kindOf(s *schema.Schema) string {
	switch {
	case len(s.Enum) > 0:
		return "choice"
	case s.Type == "boolean":
		return "check"
	case s.Type == "integer" || s.Type == "number":
		return "number"
	case s.Type == "array":
		return "lines"
	case s.MaxLength != nil && *s.MaxLength > longText:
		return "area"
	default:
		return "text"
	}
}

// valuesOf is what a field holds: what was sent, else the default, else the first
// choice of one that must be made.
func valuesOf(i input, fields url.Values) []string {
	if fields != nil {
		return fields[i.name]
	}
	var byDefault any
	if len(i.schema.Default) > 0 && json.Unmarshal(i.schema.Default, &byDefault) == nil && i.kind != "lines" {
		return []string{fmt.Sprint(byDefault)}
	}
	if i.required && len(i.options) > 0 {
		return i.options[:1]
	}
	return nil
}

// problemOf is what an error says of a field.
func problemOf(wrong *fault.Error, name string) string {
	if wrong == nil {
		return ""
	}
	for _, p := range wrong.Problems {
		at := strings.TrimPrefix(p.Param, "$.")
		if at == name || strings.HasPrefix(at, name+"[") {
			return sentence(p.Detail) + "."
		}
	}
	return ""
}

// object reads from the fields of a form the members of an object. What cannot be read
// as its type is left as it is, for the operation to refuse.
func object(of *schema.Schema, prefix string, fields url.Values) map[string]any {
	out := make(map[string]any)
	for name, member := range of.Properties {
		value, given := fields.Get(prefix+name), fields.Has(prefix+name)
		switch kind := kindOf(member); {
		case kind == "check":
			out[name] = value == "true"
		case !given || strings.TrimSpace(value) == "":
		case kind == "lines" && member.Items.Type == "object":
			out[name] = rowsOf(member.Items, value)
		case kind == "lines":
			out[name] = linesOf(value)
		case member.Type == "integer" || member.Type == "number":
			out[name] = number(value)
		case kind == "area":
			out[name] = strings.ReplaceAll(value, "\r\n", "\n") // URL Standard, section 5.2, sends CR LF
		default:
			out[name] = strings.TrimSpace(value)
		}
	}
	return out
}

func number(text string) any {
	if n, err := strconv.ParseFloat(strings.TrimSpace(text), 64); err == nil {
		return n
	}
	return text
}

func linesOf(text string) []any {
	var lines []any
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// rowsOf are the objects of a list, one on each line: its members in their order, with
// white space between, a - for one that is absent. The last, a list, has the rest.
func rowsOf(of *schema.Schema, text string) []any {
	var rows []any
	for line := range strings.Lines(text) {
		words := strings.Fields(line)
		row := make(map[string]any)
		for _, name := range rowOrder(of) {
			if len(words) == 0 {
				break
			}
			if of.Properties[name].Type == "array" {
				row[name] = anys(words)
				break
			}
			if words[0] != "-" {
				row[name] = words[0]
			}
			words = words[1:]
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}

// rowOrder is the order of the members of a row: those that are required, the others,
// and the list. JSON, from which a schema may have been read, keeps no order.
func rowOrder(of *schema.Schema) []string {
	place := func(name string) int {
		switch {
		case of.Properties[name].Type == "array":
			return 2
		case !slices.Contains(of.Required, name):
			return 1
		default:
			return 0
		}
	}
	order := slices.Sorted(maps.Keys(of.Properties))
	sorting.By(order, func(a, b string) int { return place(a) - place(b) })
	return order
}

// rowHelp says how a line of a list of objects is written.
func (i input) rowHelp() string {
	if i.kind != "lines" || i.schema.Items.Type != "object" {
		return ""
	}
	return "On each line " + strings.Join(rowOrder(i.schema.Items), ", ") + ", with spaces between; - for what is left out."
}

// fieldOf is the name of the field that a problem is about.
func fieldOf(param string) string {
	name := strings.TrimPrefix(param, "$.")
	if at := strings.IndexByte(name, '['); at > 0 {
		name = name[:at]
	}
	return name
}

// detail is what an error says, unless its problems say it.
func detail(e *fault.Error) string {
	if len(e.Problems) > 0 {
		return ""
	}
	return e.Detail
}
