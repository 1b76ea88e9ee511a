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

// DefaultRoute is the path of the route that takes what no other route takes
// (API Gateway HTTP API). Its Route has no method.
const DefaultRoute = "$default"

// Function is one Lambda function. What it leaves out comes from the
// template's Globals.
type Function struct {
	LogicalID string
	// Folder is the folder of the function's main package below functions/:
	// the logical id in snake case, without its suffix Function. The rule is
	// that of the Makefile's target build-%Function.
	Folder string
	Routes []Route // its HTTP API events, sorted by path and method

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

// Route is a method in upper case and a path with {parameters}.
type Route struct {
	Method string
	Path   string
}

type functionProperties struct {
	Runtime       string   `yaml:"Runtime"`
	Architectures []string `yaml:"Architectures"`
	Timeout       int      `yaml:"Timeout"`
	Environment   struct {
		Variables map[string]yaml.Node `yaml:"Variables"`
	} `yaml:"Environment"`
	Events   map[string]event `yaml:"Events"`
	Policies []yaml.Node      `yaml:"Policies"`
}

type event struct {
	Type       string `yaml:"Type"`
	Properties struct {
		Method string `yaml:"Method"`
		Path   string `yaml:"Path"`
	} `yaml:"Properties"`
}

func parseFunction(id string, r resource, globals functionProperties, tableID string) (Function, error) {
	name, ok := strings.CutSuffix(id, "Function")
	if !ok {
		return Function{}, errors.New("its logical id does not end in Function")
	}
	var own functionProperties
	if err := r.Properties.Decode(&own); err != nil {
		return Function{}, err
	}

	function := Function{
		LogicalID:    id,
		Folder:       snakeCase(name),
		Routes:       routes(own.Events),
		Environment:  variables(globals, own),
		Runtime:      cmp.Or(own.Runtime, globals.Runtime),
		Architecture: cmp.Or(architecture(own), architecture(globals)),
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

func routes(events map[string]event) []Route {
	var routes []Route
	for _, e := range events {
		if e.Type != "HttpApi" {
			continue
		}
		routes = append(routes, Route{
			Method: strings.ToUpper(e.Properties.Method),
			Path:   cmp.Or(e.Properties.Path, DefaultRoute),
		})
	}
	slices.SortFunc(routes, func(a, b Route) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
	})
	return routes
}

func variables(globals, own functionProperties) []string {
	all := maps.Clone(globals.Environment.Variables)
	if all == nil {
		return slices.Sorted(maps.Keys(own.Environment.Variables))
	}
	maps.Copy(all, own.Environment.Variables)
	return slices.Sorted(maps.Keys(all))
}

func architecture(p functionProperties) string {
	if len(p.Architectures) == 0 {
		return ""
	}
	return p.Architectures[0] // Lambda takes one
}
