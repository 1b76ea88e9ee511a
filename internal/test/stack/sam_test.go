package stack

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"agentstore"
	"agentstore/pkg/template"
)

// askSAM has SAM's own libraries read template.yaml, by a script of testdata that prints
// JSON. Where sam is not installed the test is skipped, and says what to run; with
// CI=true it is installed.
func askSAM(t *testing.T, script string, answer any) {
	t.Helper()
	cache, err := os.UserCacheDir()
	must(t, err)
	if _, err := os.Stat(filepath.Join(cache, "agentstore/sam/installed.txt")); err != nil && os.Getenv("CI") != "true" {
		t.Skipf("LEFT OUT: sam was not asked about the template: %v: run scripts/sam --version, which installs it", err)
	}
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, "scripts/sam"), "python", filepath.Join("testdata", script), filepath.Join(root, "template.yaml"))
	output, err := cmd.Output()
	if failed := (*exec.ExitError)(nil); errors.As(err, &failed) {
		t.Fatalf("%v: %s", err, failed.Stderr)
	}
	must(t, err)
	must(t, json.Unmarshal(output, answer))
}

// TestSAMFindsTheRoutes as `sam local start-api` looks for them.
func TestSAMFindsTheRoutes(t *testing.T) {
	t.Parallel()
	var routes [][3]string // method, path, function
	askSAM(t, "local_routes.py", &routes)
	functions := make(map[template.Route]string)
	for _, r := range routes {
		functions[template.Route{Method: r[0], Path: r[1]}] = r[2]
	}
	parsed, err := template.Parse(agentstore.Template)
	must(t, err)
	for _, f := range parsed.Functions {
		for _, r := range f.Routes {
			methods := []string{r.Method}
			if r.Method == "" || r.Method == template.AnyMethod {
				methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
			}
			for _, method := range methods {
				if got := functions[template.Route{Method: method, Path: r.Path}]; got != f.LogicalID {
					t.Errorf("%s %s leads to %q, want %s", method, r.Path, got, f.LogicalID)
				}
			}
		}
	}
}
