package mcp_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"agentstore"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/fault"
	"agentstore/pkg/shop"
)

func TestResourcesAreListed(t *testing.T) {
	t.Parallel()
	session := connect(t, newStore(t), "", nil)
	list, err := session.ListResources(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	templates, err := session.ListResourceTemplates(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range list.Resources {
		got = append(got, r.URI+" "+r.MIMEType)
		if r.Title == "" || r.Description == "" {
			t.Errorf("%s has no words", r.URI)
		}
	}
	for _, r := range templates.ResourceTemplates {
		got = append(got, r.URITemplate+" "+r.MIMEType)
		if r.Title == "" || r.Description == "" {
			t.Errorf("%s has no words", r.URITemplate)
		}
	}
	slices.Sort(got)
	want := []string{
		"agentstore://catalog/{catalogItemId} application/json",
		"agentstore://docs/server text/markdown",
		"agentstore://services/{serviceId} application/json",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// readResource reads a resource, and holds it to its address and its type.
func readResource(t *testing.T, session *sdk.ClientSession, uri, mimeType string) (content string, cacheable sdk.Cacheable) {
	t.Helper()
	r, err := session.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Contents) != 1 || r.Contents[0].URI != uri || r.Contents[0].MIMEType != mimeType {
		t.Fatalf("%+v", r.Contents)
	}
	return r.Contents[0].Text, r.Cacheable
}

func TestResourcesAreRead(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	service := s.Service(t)
	for _, revision := range []string{newest, "2025-03-26"} {
		session := connect(t, s, revision, nil)
		if got, _ := readResource(t, session, "agentstore://docs/server", "text/markdown"); got != agentstore.ServerDocs {
			t.Errorf("%s: the docs are %.60q", revision, got)
		}
		got, cacheable := readResource(t, session, "agentstore://services/"+service, "application/json")
		if want := byREST(t, s, "service_get", object{"serviceId": service}); got != string(want.Body) {
			t.Errorf("%s: %s, want %s", revision, got, want.Body)
		}
		if cacheable.TTLMs != 0 || cacheable.CacheScope == "public" {
			t.Errorf("%s: a service may be kept: %+v", revision, cacheable)
		}
		got, _ = readResource(t, session, "agentstore://catalog/cat_vps_micro", "application/json")
		item := storetest.Answer{Body: []byte(got)}
		requirements := byREST(t, s, "catalog_checkout_requirements", object{"catalogItemId": "cat_vps_micro"})
		if item.Text("item", "id") != "cat_vps_micro" || item.Get("item", "priceMinor") != 2000.0 || !strings.Contains(got, `"requirements":`+string(requirements.Body)) {
			t.Errorf("%s: %s", revision, got)
		}
	}
}

// TestResourcesNotFound: the error of the store is the data of the JSON-RPC
// error.
func TestResourcesNotFound(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	session := connect(t, s, "", nil)
	for uri, code := range map[string]string{
		"agentstore://catalog/cat_nothing":                        "not_found",
		"agentstore://services/svc_x":                             "not_found",
		"agentstore://services/%ff":                               "not_found",
		"agentstore://services/" + strings.Repeat("x", 65):        "invalid_input",
		"agentstore://docs/nothing":                               "",
		"agentstore://services/":                                  "invalid_input",
		"agentstore://services/svc_x/more":                        "",
		"agentstore://nothing":                                    "",
		"file:///etc/passwd":                                      "",
		"agentstore://docs/../docs/server":                        "",
		"agentstore://catalog/" + strings.Repeat("../", 10) + "x": "",
	} {
		_, err := session.ReadResource(t.Context(), &sdk.ReadResourceParams{URI: uri})
		var refused *jsonrpc.Error
		if !errors.As(err, &refused) || refused.Code != jsonrpc.CodeInvalidParams || len(refused.Data) == 0 {
			t.Errorf("%.40s: %v", uri, err)
			continue
		}
		if got := (storetest.Answer{Body: refused.Data}); got.Code() != code || !json.Valid(refused.Data) {
			t.Errorf("%.40s: %s, want the code %q", uri, refused.Data, code)
		}
	}
}

func TestServiceResourceNeedsKey(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	uri := "agentstore://services/" + s.Service(t)
	m := message("resources/read", object{"uri": uri})
	expectChallenge(t, s, anonymous(t, s, m), m["id"])
}

// TestResourcesNeedScopes: a key opens what its scopes say, and no more.
func TestResourcesNeedScopes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	service := s.Service(t)
	for uri, scope := range map[string]shop.Scope{
		"agentstore://services/" + service:    shop.ScopeServicesRead,
		"agentstore://catalog/cat_vps_micro":  shop.ScopeCatalogRead,
		"agentstore://catalog/cat_is_no_item": shop.ScopeCatalogRead,
	} {
		s.Key = s.NewKey(t, s.Agent, slices.DeleteFunc(app.Shelf().Rules().Scopes(), func(other shop.Scope) bool { return other == scope })...)
		a := post(t, s, message("resources/read", object{"uri": uri}))
		if a.Status != http.StatusOK || a.Text("error", "data", "code") != string(fault.InsufficientScope) || a.Text("error", "data", "missingScope") != string(scope) {
			t.Errorf("%s: %d %s", uri, a.Status, a.Body)
		}
	}
}
