package conformance

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"agentstore/internal/test/dynamotest"
	"agentstore/internal/test/storetest"
	"agentstore/pkg/web"
)

// general are the scenarios that ask for no tool, resource or prompt of the suite's own.
var general = map[string][]string{
	"2025-11-25": {"server-initialize", "ping", "tools-list", "resources-list", "prompts-list", "dns-rebinding-protection"},
	"2026-07-28": {
		"server-stateless", "tools-list", "resources-list", "prompts-list", "dns-rebinding-protection", "caching",
		"http-header-validation", "sep-2164-resource-not-found", "input-required-result-unsupported-methods",
		"input-required-result-validate-input",
	},
}

// TestStoreConforms: the store itself passes, without exception, what the suite can ask
// of a server that it does not know.
func TestStoreConforms(t *testing.T) {
	t.Parallel()
	requireSuite(t)
	for revision, scenarios := range general {
		t.Run(revision, func(t *testing.T) {
			t.Parallel()
			// Its verdict is of all scenarios, for it runs either all or one.
			checks, output, _ := try(t, "next", "--url", serveStore(t), "--spec-version", revision)
			for _, scenario := range scenarios {
				if !slices.ContainsFunc(checks[scenario], met) || slices.ContainsFunc(checks[scenario], broken) {
					t.Errorf("%s: %+v\n%s", scenario, checks[scenario], output)
				}
			}
		})
	}
}

// met tells what a scenario is about from what the suite checks in each.
func met(c check) bool { return c.Status == "SUCCESS" && c.ID != "wire-schema-valid" }

// broken is a failure, but for the checks within a scenario that need a tool of the suite.
func broken(c check) bool { return c.failed() && !strings.HasPrefix(c.ErrorMessage, "Not testable:") }

// serveStore returns the endpoint of a store, at an address where requests are given a key
// of it.
func serveStore(t *testing.T) string {
	t.Helper()
	s := storetest.New(t, dynamotest.Embedded(t), storetest.Options{})
	server := httptest.NewServer(withKey("Bearer "+s.Key, s.Handler))
	t.Cleanup(server.Close)
	return server.URL + web.MCPPath
}
