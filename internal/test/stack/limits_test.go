package stack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore"
	"agentstore/pkg/template"
)

// Less than AWS allows, which no emulator enforces: an API has at most 300 routes (API
// Gateway developer guide, "Quotas for HTTP APIs"), and a template 500 resources
// (CloudFormation user guide, "Understand CloudFormation quotas").
const (
	mostRoutes    = 250
	mostResources = 450
)

// resource is one of a template after SAM's transform.
type resource struct {
	Type       string
	Properties struct {
		Body struct { // of an API
			Paths map[string]map[string]any
		}
		FunctionName map[string]any // of a permission: a reference
		Principal    string
		SourceArn    any
	}
}

func TestLimits(t *testing.T) {
	t.Parallel()
	resources := transformed(t)
	if n := len(resources); n > mostResources {
		t.Errorf("the stack has %d resources, and may have %d", n, mostResources)
	}
	routes := 0
	for _, methods := range resources["Api"].Properties.Body.Paths {
		routes += len(methods)
		if methods["parameters"] != nil {
			routes--
		}
	}
	if routes == 0 || routes > mostRoutes {
		t.Errorf("the API has %d routes, and may have %d", routes, mostRoutes)
	}
}

// TestAPIHasOnePermissionForEachFunction: Lambda keeps the permissions of a function in
// a policy of at most 20,480 bytes (Lambda developer guide, "Lambda quotas"), which one
// for each route would fill.
func TestAPIHasOnePermissionForEachFunction(t *testing.T) {
	t.Parallel()
	parsed, err := template.Parse(agentstore.Template)
	must(t, err)
	want, got := make(map[string]int), make(map[string]int)
	for _, f := range parsed.Functions {
		if len(f.Routes) > 0 {
			want[f.LogicalID] = 1
		}
	}
	for id, r := range transformed(t) {
		p := r.Properties
		if r.Type != "AWS::Lambda::Permission" || p.Principal != "apigateway.amazonaws.com" {
			continue
		}
		got[referred(p.FunctionName)]++
		arn, err := json.Marshal(p.SourceArn)
		must(t, err)
		if !strings.Contains(string(arn), `/${SourceQualifier}",{"SourceQualifier":"*","SourceResourceId":{"Ref":"Api"}}`) {
			t.Errorf("%s is for a part of the API: %s", id, arn)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("permissions of the API by functions (-want +got):\n%s", diff)
	}
}

// referred is the logical id in a !Ref or a !GetAtt.
func referred(reference map[string]any) string {
	if id, ok := reference["Ref"].(string); ok {
		return id
	}
	if parts, ok := reference["Fn::GetAtt"].([]any); ok && len(parts) > 0 {
		return fmt.Sprint(parts[0])
	}
	return fmt.Sprint(reference)
}

// transformed is what SAM's own library makes of template.yaml, by logical ids.
func transformed(t *testing.T) map[string]resource {
	t.Helper()
	var made struct{ Resources map[string]resource }
	askSAM(t, "transform.py", &made)
	return made.Resources
}
