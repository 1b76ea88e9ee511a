package house

import (
	"cmp"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"agentstore"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
	"agentstore/pkg/discovery"
	"agentstore/pkg/rest"
	"agentstore/pkg/template"
	"agentstore/pkg/web"
)

// The functions that are no operations.
const (
	openapi     = "openapi"
	documents   = "discovery"
	mcp         = "mcp"
	notFound    = "not_found"
	dashboard   = "dashboard"
	account     = "account"
	provisioner = "provisioner"
)

// deployed is the template's functions by their folders.
func deployed(tb testing.TB) map[string]template.Function {
	tb.Helper()
	parsed, err := template.Parse(agentstore.Template)
	if err != nil {
		tb.Fatal(err)
	}
	functions := make(map[string]template.Function)
	for _, f := range parsed.Functions {
		functions[f.Folder] = f
	}
	return functions
}

// wanted is the functions that there must be, with their routes.
func wanted() map[string][]template.Route {
	functions := map[string][]template.Route{
		openapi:     {{Method: "GET", Path: "/openapi.json"}},
		mcp:         {{Method: "POST", Path: web.MCPPath}},
		notFound:    {{Path: template.DefaultRoute}},
		provisioner: nil,
	}
	for _, o := range api.Operations(app.Shelf()) {
		functions[o.Name] = []template.Route{{Method: o.Method, Path: o.Path}}
	}
	people := web.PeoplePaths()
	people[web.HomePath] = people[web.HomePattern]
	delete(people, web.HomePattern)
	for _, path := range slices.Sorted(maps.Keys(people)) {
		for _, method := range people[path] {
			functions[dashboard] = append(functions[dashboard], template.Route{Method: method, Path: path})
		}
	}
	// The account itself, and all that is below it.
	functions[account] = []template.Route{
		{Method: "GET", Path: storetest.Account}, {Method: template.AnyMethod, Path: storetest.Account + "/{proxy+}"},
	}
	for _, path := range slices.Sorted(slices.Values(discovery.Paths())) {
		functions[documents] = append(functions[documents], template.Route{Method: "GET", Path: path})
	}
	for folder := range functions {
		functions[folder] = withHead(functions[folder])
	}
	return functions
}

// withHead adds HEAD where GET is, in the order of paths and methods.
func withHead(routes []template.Route) []template.Route {
	for _, r := range routes {
		if r.Method == http.MethodGet {
			routes = append(routes, template.Route{Method: http.MethodHead, Path: r.Path})
		}
	}
	slices.SortFunc(routes, func(a, b template.Route) int {
		return cmp.Or(strings.Compare(a.Path, b.Path), strings.Compare(a.Method, b.Method))
	})
	return routes
}

// TestMembersAreBelowTheAccount: what is not, its function would never be asked for.
func TestMembersAreBelowTheAccount(t *testing.T) {
	t.Parallel()
	paths := rest.ExportPaths()
	for _, o := range api.AccountOperations(app.Shelf()) {
		if o.Path != storetest.Account || o.Method != http.MethodGet {
			paths = append(paths, o.Path)
		}
	}
	for _, path := range paths {
		if !strings.HasPrefix(path, storetest.Account+"/") {
			t.Errorf("%s is not below %s", path, storetest.Account)
		}
	}
}

func TestTemplateHasOneFunctionForEachOperation(t *testing.T) {
	t.Parallel()
	routes := make(map[string][]template.Route)
	for folder, f := range deployed(t) {
		routes[folder] = f.Routes
	}
	if diff := gocmp.Diff(wanted(), routes); diff != "" {
		t.Errorf("functions and their routes (-wanted +template.yaml):\n%s", diff)
	}
}

func TestTemplateHasEachFolderOfFunctions(t *testing.T) {
	t.Parallel()
	if diff := gocmp.Diff(slices.Sorted(maps.Keys(deployed(t))), folders(t, "functions")); diff != "" {
		t.Errorf("functions (-template.yaml +functions/):\n%s", diff)
	}
}

func TestEachFunctionHasEvents(t *testing.T) {
	t.Parallel()
	if diff := gocmp.Diff(folders(t, "functions"), folders(t, "events")); diff != "" {
		t.Errorf("folders (-functions/ +events/):\n%s", diff)
	}
}

// folders lists the folders in a folder of the module, sorted.
func folders(tb testing.TB, of string) []string {
	tb.Helper()
	entries, err := os.ReadDir(root + "/" + of)
	if err != nil {
		tb.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names
}

func TestFunctionsRunWhereTheyAreBuiltFor(t *testing.T) {
	t.Parallel()
	for folder, f := range deployed(t) {
		if f.Runtime != "provided.al2023" || f.Architecture != "arm64" {
			t.Errorf("%s runs on %s %s", folder, f.Runtime, f.Architecture)
		}
	}
}

func TestTemplateSetsWhatTheProgramsRead(t *testing.T) {
	t.Parallel()
	common := []string{"APPROVAL_LIFETIME", "DYNAMODB_ENDPOINT", "KEY_MODE", "KEY_USE", "LOG_LEVEL", "PUBLIC_URL", "QUOTE_LIFETIME", "SPREAD_SINCE", "TABLE_NAME"}
	special := map[string][]string{
		"purchase_create": {"PROVISIONER_FUNCTION"},
		"server_metrics":  {"PROVISIONER_FUNCTION"},
		"action_get":      {"SECRETS_KEY"},
		mcp:               {"PROVISIONER_FUNCTION", "SECRETS_KEY"},
		account:           {"PROVISIONER_FUNCTION", "SECRETS_KEY"},
		dashboard:         {"AUTH_TIME_CLAIM", "DEMO_CREDIT_CURRENCY", "DEMO_CREDIT_MINOR", "MFA_CLAIM", "MFA_VALUES", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ISSUER", "PROVISIONER_FUNCTION"},
		provisioner:       {"HCLOUD_SECRET", "MOCK_FAILURES", "MOCK_LATENCY", "SECRETS_KEY"},
	}
	for folder, f := range deployed(t) {
		want := slices.Sorted(slices.Values(slices.Concat(common, special[folder])))
		if diff := gocmp.Diff(want, f.Environment); diff != "" {
			t.Errorf("environment of %s (-wanted +template.yaml):\n%s", folder, diff)
		}
	}

	// What nobody needs to set there: Lambda sets the one (Lambda developer guide,
	// "Defined runtime environment variables"), and the store on one machine reads the
	// others.
	elsewhere := []string{
		"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
		"AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_KMS", "AWS_ENDPOINT_URL_LAMBDA", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
		"ADDR", "DATA_DIR", "TLS_CERT_FILE", "TLS_KEY_FILE", "TRUSTED_PROXIES",
		"HCLOUD_ENDPOINT", "HCLOUD_TOKEN", "HCLOUD_TOKEN_FILE",
	}
	set := slices.Concat(common, special[provisioner], special[dashboard], elsewhere)
	if diff := gocmp.Diff(slices.Sorted(slices.Values(set)), variablesRead(t)); diff != "" {
		t.Errorf("variables (-set +read by package app):\n%s", diff)
	}
}

// variablesRead lists what app.Environment asks for, sorted.
func variablesRead(tb testing.TB) []string {
	tb.Helper()
	names := make(map[string]bool)
	_, err := app.Environment(func(name string) string {
		names[name] = true
		return ""
	})
	if err != nil {
		tb.Fatal(err)
	}
	return slices.Sorted(maps.Keys(names))
}
