package browser

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/chromedp/chromedp"
)

// Axe is the source of axe-core, which looks for what keeps people out. The script
// fetches it. Where it cannot the test is skipped; with CI=true it fails.
func Axe(t *testing.T, script string) string {
	t.Helper()
	path, err := exec.CommandContext(t.Context(), script).Output()
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("LEFT OUT: nothing looked for barriers on the pages, for there is no axe-core: ", err)
	}
	if err != nil {
		t.Fatal("There is no axe-core: ", err)
	}
	source, err := os.ReadFile(string(bytes.TrimSpace(path)))
	if err != nil {
		t.Fatal(err)
	}
	return string(source)
}

// Barriers are what axe-core finds on the page that is open, by the rules of WCAG 2.2 AA
// and of good practice.
func Barriers(ctx context.Context, t *testing.T, axe string) []string {
	t.Helper()
	Get(ctx, t, chromedp.Evaluate[json.RawMessage](axe+"; null"))
	found := Get(ctx, t, chromedp.Evaluate[[]struct {
		ID    string
		Help  string
		Nodes []struct{ HTML, FailureSummary string }
	}](`axe.run(document, {resultTypes: ["violations"], rules: {"target-size": {enabled: true}}}).then((r) => r.violations.map((v) => ({
		id: v.id, help: v.help, nodes: v.nodes.map((n) => ({html: n.html, failureSummary: n.failureSummary}))})))`,
		chromedp.EvalAwaitPromise))
	var barriers []string
	for _, f := range found {
		barriers = append(barriers, fmt.Sprintf("%s (%s): %s: %s", f.ID, f.Help, f.Nodes[0].HTML, f.Nodes[0].FailureSummary))
	}
	return barriers
}
