package conformance

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// check is one of the checks that the suite writes to the checks.json of a
// scenario.
type check struct {
	ID           string `json:"id"`
	Status       string `json:"status"`
	ErrorMessage string `json:"errorMessage"`
}

// failed is what the suite takes for a failure: a WARNING is a broken SHOULD.
func (c check) failed() bool { return c.Status == "FAILURE" || c.Status == "WARNING" }

// results are the checks of each scenario.
type results map[string][]check

// folder is the name of a scenario's results: with the time behind it.
var folder = regexp.MustCompile(`^server-(.+)-\d{4}-\d{2}-\d{2}T[\d-]+Z$`)

func readResults(t *testing.T, dir string) results {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*", "checks.json"))
	if err != nil {
		t.Fatal(err)
	}
	read := results{}
	for _, file := range files {
		name := folder.FindStringSubmatch(filepath.Base(filepath.Dir(file)))
		if name == nil {
			t.Fatalf("%s is no folder of a scenario", file)
		}
		read[name[1]] = readChecks(t, file)
	}
	return read
}

func readChecks(t *testing.T, file string) (checks []check) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &checks); err != nil {
		t.Fatal(err)
	}
	return checks
}

// outcome counts scenarios, and their checks.
type outcome struct {
	Scenarios, Passed, Failed, NotApplicable int
}

func (r results) outcome() outcome {
	o := outcome{Scenarios: len(r)}
	for _, checks := range r {
		for _, c := range checks {
			switch {
			case c.Status == "SUCCESS":
				o.Passed++
			case c.failed():
				o.Failed++
			default:
				o.NotApplicable++
			}
		}
	}
	return o
}

// failed reports whether an expected failure happened.
func (r results) failed(entry string) bool {
	scenario, id, single := strings.Cut(entry, ":")
	for _, c := range r[scenario] {
		if c.failed() && (!single || c.ID == id) {
			return true
		}
	}
	return false
}

// failures has a line for each failed check.
func (r results) failures() string {
	var lines strings.Builder
	for _, scenario := range slices.Sorted(maps.Keys(r)) {
		for _, c := range r[scenario] {
			if c.failed() {
				fmt.Fprintf(&lines, "%s:%s: %s\n", scenario, c.ID, c.ErrorMessage)
			}
		}
	}
	return lines.String()
}
