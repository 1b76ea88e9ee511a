package template

import (
	"cmp"
	"errors"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v4"
)

// Function is one Lambda function. What it leaves out comes from the
// template's Globals.
type Function struct {
	LogicalID string
	// Folder is the folder of the function's main package below functions/:
	// the logical id in snake case, without its suffix Function. The rule is
	// that of the Makefile's target build-%Function.
	Folder string
	Routes []Route // what the HTTP API brings to it, sorted by path and method

	// The actions that the function's role allows, such as dynamodb:GetItem,
	// each list sorted and without repeats: those on the table, those on an
	// index of the table, and those on anything else, "*" included.
	TableActions []string
	IndexActions []string
	OtherActions []string
	// Grants are what it allows on items of the table by their partition keys.
	Grants []Grant

	Environment  []string // the names of its variables, sorted
	Runtime      string
	Architecture string
	Timeout      time.Duration
}

// Grant allows actions where every partition key of a request matches one of the
// patterns, in which * is any text.
type Grant struct {
	Actions     []string
	LeadingKeys []string
}

type functionProperties struct {
	Runtime       string      `yaml:"Runtime"`
	Architectures []yaml.Node `yaml:"Architectures"`
	Timeout       int         `yaml:"Timeout"`
	Environment   struct {
		Variables map[string]yaml.Node `yaml:"Variables"`
	} `yaml:"Environment"`
	Policies []yaml.Node `yaml:"Policies"`
}

func (d document) function(id, tableID string) (Function, error) {
	name, ok := strings.CutSuffix(id, "Function")
	if !ok {
		return Function{}, errors.New("its logical id does not end in Function")
	}
	var own functionProperties
	if err := d.Resources[id].load(&own); err != nil {
		return Function{}, err
	}

	globals := d.Globals.Function
	function := Function{
		LogicalID:    id,
		Folder:       snakeCase(name),
		Environment:  variables(globals, own),
		Runtime:      cmp.Or(own.Runtime, globals.Runtime),
		Architecture: cmp.Or(d.architecture(own), d.architecture(globals)),
		Timeout:      time.Duration(cmp.Or(own.Timeout, globals.Timeout)) * time.Second,
	}
	if err := function.allow(own.Policies, tableID); err != nil {
		return Function{}, err
	}
	return function, nil
}

var wordBoundary = regexp.MustCompile(`([a-z0-9])([A-Z])`)

func snakeCase(camelCase string) string {
	return strings.ToLower(wordBoundary.ReplaceAllString(camelCase, "${1}_${2}"))
}

func variables(globals, own functionProperties) []string {
	all := maps.Clone(globals.Environment.Variables)
	if all == nil {
		return slices.Sorted(maps.Keys(own.Environment.Variables))
	}
	maps.Copy(all, own.Environment.Variables)
	return slices.Sorted(maps.Keys(all))
}

// architecture is the one that Lambda takes. Of a parameter it is the default.
func (d document) architecture(p functionProperties) string {
	if len(p.Architectures) == 0 {
		return ""
	}
	if node := p.Architectures[0]; node.Tag != "!Ref" {
		return node.Value
	}
	return d.Parameters[p.Architectures[0].Value].Default
}
