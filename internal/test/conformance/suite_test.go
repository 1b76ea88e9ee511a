package conformance

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// script fetches the suite and runs it.
const script = "../../../scripts/mcp-peers"

// requireSuite skips the test where the suite is not installed, and says what
// to run. With CI=true it fails instead, because a run that leaves something
// out proves nothing there.
func requireSuite(t *testing.T) {
	t.Helper()
	output, err := exec.Command(script, "path").CombinedOutput()
	if err == nil {
		return
	}
	const remedy = "install npm and run scripts/mcp-peers, which fetches the suite"
	if os.Getenv("CI") != "true" {
		t.Skipf("LEFT OUT: MCP conformance was not tested: %v: %s: %s", err, strings.TrimSpace(string(output)), remedy)
	}
	t.Fatalf("MCP conformance cannot be tested: %v: %s: %s", err, strings.TrimSpace(string(output)), remedy)
}

// runSuite runs all scenarios of a revision and returns what was checked. The
// suite itself compares the failures with the expected ones, and ends with an
// error when there are others or fewer.
func runSuite(t *testing.T, suite, revision, url string) results {
	t.Helper()
	checks, output, err := try(t, suite, "--url", url, "--spec-version", revision, "--expected-failures", baseline(suite, revision))
	if err != nil {
		_, summary, _ := strings.Cut(output, "=== SUMMARY ===")
		if summary == "" {
			summary = output
		}
		t.Errorf("%v\n%s\nChecks that failed:\n%s", err, summary, checks.failures())
	}
	return checks
}

// try runs all scenarios and returns what was checked, what the suite printed, and
// its verdict.
func try(t *testing.T, suite string, flags ...string) (results, string, error) {
	t.Helper()
	dir := t.TempDir()
	args := append([]string{suite, "server", "--suite", "all", "--output-dir", dir}, flags...)
	output, err := exec.CommandContext(t.Context(), script, args...).CombinedOutput()
	return readResults(t, dir), string(output), err
}

// baseline is the file that lists the expected failures of a run.
func baseline(suite, revision string) string {
	return filepath.Join("testdata", suite+"-"+revision+".yaml")
}

// expectedFailures are scenarios, or scenario:check for a single check.
func expectedFailures(t *testing.T, suite, revision string) []string {
	t.Helper()
	data, err := os.ReadFile(baseline(suite, revision))
	if err != nil {
		t.Fatal(err)
	}
	var expected struct{ Server []string }
	if err := yaml.Unmarshal(data, &expected); err != nil {
		t.Fatal(err)
	}
	return expected.Server
}
