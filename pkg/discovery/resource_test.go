package discovery_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/app"
	"agentstore/pkg/shop"
)

// TestResource holds the metadata to RFC 9728, section 3.3: resource is the
// identifier into whose address the well-known path was inserted.
func TestResource(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for _, resource := range []string{"", "/mcp"} {
		a := get(t, s.URL+"/.well-known/oauth-protected-resource"+resource)
		var got struct {
			Resource      string       `json:"resource"`
			Name          string       `json:"resource_name"`
			Documentation string       `json:"resource_documentation"`
			Scopes        []shop.Scope `json:"scopes_supported"`
			BearerMethods []string     `json:"bearer_methods_supported"`
		}
		want := got
		want.Resource, want.Documentation = s.URL+resource, s.URL+"/llms.txt"
		want.Scopes, want.BearerMethods = app.Shelf().Rules().Scopes(), []string{"header"}
		decode(t, a.Body, &got)
		want.Name = map[string]string{"": "agentstore", "/mcp": "agentstore, over MCP"}[resource]
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", resource, diff)
		}
	}
}

// TestChallengeLeadsToTheMetadata follows what a refused caller is told.
func TestChallengeLeadsToTheMetadata(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	a := storetest.Do(t, http.DefaultClient, request(t, http.MethodGet, s.URL+storetest.Services))
	challenge := a.Header.Get("WWW-Authenticate")
	url, isQuoted := strings.CutSuffix(strings.TrimPrefix(challenge, `Bearer resource_metadata="`), `"`)
	if a.Status != http.StatusUnauthorized || !isQuoted {
		t.Fatalf("status %d, challenge %q", a.Status, challenge)
	}
	if got := get(t, url).Text("resource"); got != s.URL {
		t.Errorf("%s is about %q, want %q", url, got, s.URL)
	}
}
