// Package template reads the parts of template.yaml that must agree with the
// code: the table, and each function's routes, permissions and environment.
// The file stays the only place that says them: the local store creates its
// table from it, and tests compare the rest with the table of operations.
package template

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"go.yaml.in/yaml/v4"
)

// The resource types that this package reads (AWS CloudFormation template
// reference and AWS SAM specification).
const (
	tableType    = "AWS::DynamoDB::Table"
	apiType      = "AWS::Serverless::HttpApi"
	functionType = "AWS::Serverless::Function"
)

// Template is what a SAM template says of its one table and its functions.
type Template struct {
	Table     Table
	Functions []Function // in the order of their logical ids
}

type document struct {
	Parameters map[string]struct {
		Default string `yaml:"Default"`
	} `yaml:"Parameters"`
	Globals struct {
		Function functionProperties `yaml:"Function"`
	} `yaml:"Globals"`
	Resources map[string]resource `yaml:"Resources"`
}

type resource struct {
	Type       string    `yaml:"Type"`
	Properties yaml.Node `yaml:"Properties"`
}

// load reads the properties, of which a resource may have none.
func (r resource) load(properties any) error {
	if r.Properties.Kind == 0 {
		return nil
	}
	return r.Properties.Decode(properties)
}

// Parse reads a SAM template in YAML, with the short forms !Ref, !GetAtt and
// !Sub. It refuses a template that is not YAML, that has no table or more than
// one, that has a function whose permissions are not all inline statements, or a
// route that leads to none of its functions.
func Parse(text []byte) (*Template, error) {
	var doc document
	if err := yaml.Load(text, &doc); err != nil {
		return nil, fmt.Errorf("template: not a CloudFormation template in YAML: %w", err)
	}

	table, err := doc.table()
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	functions, err := doc.functions(table.LogicalID)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	if err := doc.route(functions); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	return &Template{Table: table, Functions: functions}, nil
}

func (d document) table() (Table, error) {
	ids := d.idsOf(tableType)
	switch len(ids) {
	case 0:
		return Table{}, errors.New("there is no resource of type " + tableType)
	case 1:
		return parseTable(ids[0], d.Resources[ids[0]])
	default:
		return Table{}, fmt.Errorf("there is more than one resource of type %s: %v", tableType, ids)
	}
}

func (d document) functions(tableID string) ([]Function, error) {
	var functions []Function
	for _, id := range d.idsOf(functionType) {
		function, err := d.function(id, tableID)
		if err != nil {
			return nil, fmt.Errorf("function %s: %w", id, err)
		}
		functions = append(functions, function)
	}
	return functions, nil
}

// idsOf returns the logical ids of a type's resources, sorted.
func (d document) idsOf(resourceType string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(d.Resources)) {
		if d.Resources[id].Type == resourceType {
			ids = append(ids, id)
		}
	}
	return ids
}
