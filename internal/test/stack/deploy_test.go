package stack

import (
	"encoding/json"
	"encoding/xml"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"agentstore"
	"agentstore/pkg/auth/issuer"
	"agentstore/pkg/template"
)

// stackName is in the names of all that is deployed.
const stackName = "store-on-trial"

// deployment is the stack of template.yaml.
type deployment struct {
	*cloud
	ids map[string]string // of its resources, by their logical ids
}

// deploy deploys what was built, as an operator does.
func (c *cloud) deploy(tb testing.TB, built, architecture string, f *front) deployment {
	tb.Helper()
	config, err := filepath.Abs(root + "/samconfig.toml")
	must(tb, err)
	c.run(tb, nil, "scripts/sam", "deploy", "--config-file", config, "--template-file", built, "--region", region, "--stack-name", stackName, "--no-confirm-changeset",
		"--no-progressbar", "--parameter-overrides", "Architecture="+architecture, "SpreadSince=always", "PublicUrl="+f.URL,
		"OidcIssuer="+f.issuer.URL(), "OidcClientId="+issuer.ClientID, "DemoCreditMinor=100000")
	d := deployment{c, c.resources(tb, stackName)}
	d.addRoutes(tb)
	f.lead(tb, c.url, d.id(tb, "Api"))
	return d
}

// resources are the physical ids of a stack's resources by their logical ids.
func (c *cloud) resources(tb testing.TB, stack string) map[string]string {
	tb.Helper()
	form := url.Values{"Action": {"ListStackResources"}, "Version": {"2010-05-15"}, "StackName": {stack}}
	var page struct {
		Resources []struct {
			Logical  string `xml:"LogicalResourceId"`
			Physical string `xml:"PhysicalResourceId"`
		} `xml:"ListStackResourcesResult>StackResourceSummaries>member"`
		More string `xml:"ListStackResourcesResult>NextToken"`
	}
	ids := make(map[string]string)
	for {
		must(tb, xml.Unmarshal(c.call(tb, "POST", "cloudformation", "/", "", form.Encode()), &page))
		for _, r := range page.Resources {
			ids[r.Logical] = r.Physical
		}
		if page.More == "" {
			return ids
		}
		form.Set("NextToken", page.More)
		page.Resources, page.More = nil, ""
	}
}

// id is the physical id of a resource.
func (d deployment) id(tb testing.TB, logical string) string {
	tb.Helper()
	if d.ids[logical] == "" {
		tb.Fatalf("the stack has no %s", logical)
	}
	return d.ids[logical]
}

// addRoutes makes the routes that API Gateway reads from the API's document, which the
// emulator does not.
func (d deployment) addRoutes(tb testing.TB) {
	tb.Helper()
	parsed, err := template.Parse(agentstore.Template)
	must(tb, err)
	api := "/v2/apis/" + d.id(tb, "Api")
	for _, f := range parsed.Functions {
		if len(f.Routes) == 0 {
			continue
		}
		var made struct {
			ID string `json:"integrationId"`
		}
		must(tb, json.Unmarshal(d.call(tb, "POST", "apigateway", api+"/integrations", "", map[string]any{
			"integrationType": "AWS_PROXY", "integrationMethod": "POST", "payloadFormatVersion": "2.0",
			"integrationUri": "arn:aws:lambda:" + region + ":000000000000:function:" + d.id(tb, f.LogicalID),
		}), &made))
		for _, r := range f.Routes {
			key := strings.TrimSpace(r.Method + " " + r.Path)
			d.call(tb, "POST", "apigateway", api+"/routes", "", map[string]any{"routeKey": key, "target": "integrations/" + made.ID})
		}
	}
}

// delete deletes the stack, as an operator does.
func (d deployment) delete(tb testing.TB) {
	tb.Helper()
	d.run(tb, nil, "scripts/sam", "delete", "--stack-name", stackName, "--region", region, "--no-prompts")
}
