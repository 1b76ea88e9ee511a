package template

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"agentstore/pkg/sorting"
)

// DefaultRoute is the path of the route that takes what no other route takes
// (API Gateway HTTP API). Its Route has no method.
const DefaultRoute = "$default"

// AnyMethod is the method of a route that takes all methods.
const AnyMethod = "ANY"

// Route is a method in upper case and a path with {parameters}, of which the last may
// be {greedy+}.
type Route struct {
	Method string
	Path   string
}

// apiProperties are those of AWS::Serverless::HttpApi. Its body is an OpenAPI document
// with the extensions of API Gateway, by path and then by method.
type apiProperties struct {
	Body struct {
		Paths map[string]map[string]yaml.Node `yaml:"paths"`
	} `yaml:"DefinitionBody"`
}

type endpoint struct {
	Integration struct {
		URI string `yaml:"uri"`
	} `yaml:"x-amazon-apigateway-integration"`
}

// route gives each function the routes that lead to it.
func (d document) route(functions []Function) error {
	for _, id := range d.idsOf(apiType) {
		var api apiProperties
		if err := d.Resources[id].load(&api); err != nil {
			return fmt.Errorf("API %s: %w", id, err)
		}
		for path, methods := range api.Body.Paths {
			for method, node := range methods {
				if method == "parameters" {
					continue // of the path, not a method
				}
				if err := lead(functions, Route{methodOf(path, method), path}, node); err != nil {
					return fmt.Errorf("API %s: %s %s: %w", id, method, path, err)
				}
			}
		}
	}
	for _, f := range functions {
		sorting.By(f.Routes, func(a, b Route) int {
			return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Method, b.Method))
		})
	}
	return nil
}

// methodOf is a method as an event names it.
func methodOf(path, method string) string {
	switch {
	case path == DefaultRoute:
		return ""
	case method == "x-amazon-apigateway-any-method":
		return AnyMethod
	}
	return strings.ToUpper(method)
}

// invoked finds the function in the address of an integration (API Gateway developer
// guide, "x-amazon-apigateway-integration object").
var invoked = regexp.MustCompile(`^arn:\$\{AWS::Partition\}:apigateway:\$\{AWS::Region\}:lambda:path/2015-03-31/functions/\$\{(\w+)\.Arn\}/invocations$`)

func lead(functions []Function, r Route, node yaml.Node) error {
	var e endpoint
	if err := node.Decode(&e); err != nil {
		return err
	}
	found := invoked.FindStringSubmatch(e.Integration.URI)
	if found == nil {
		return fmt.Errorf("%q is not how a function is invoked", e.Integration.URI)
	}
	i := slices.IndexFunc(functions, func(f Function) bool { return f.LogicalID == found[1] })
	if i < 0 {
		return fmt.Errorf("there is no function %s", found[1])
	}
	functions[i].Routes = append(functions[i].Routes, r)
	return nil
}
