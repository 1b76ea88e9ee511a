package browser

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Flaws are what the checker of W3C finds wrong with the HTML of pages, which have names.
// The script fetches it. Where it cannot, or there is no Java, the test is skipped; with
// CI=true it fails.
func Flaws(t *testing.T, script string, pages map[string]string) []string {
	t.Helper()
	path, err := exec.CommandContext(t.Context(), script).Output()
	if err == nil {
		_, err = exec.LookPath("java")
	}
	if err != nil && os.Getenv("CI") != "true" {
		t.Skip("LEFT OUT: nothing has checked the HTML of the pages, for there is no vnu.jar: ", err)
	}
	if err != nil {
		t.Fatal("There is no vnu.jar: ", err)
	}
	folder := t.TempDir()
	for name, page := range pages {
		if err := os.WriteFile(filepath.Join(folder, name+".html"), []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	check := exec.CommandContext(t.Context(), "java", "-jar", string(bytes.TrimSpace(path)), "--format", "json", "--exit-zero-always", folder)
	report, err := check.CombinedOutput() // it reports on standard error
	if err != nil {
		t.Fatal(err, string(report))
	}
	return flaws(t, report)
}

// flaws are those of a report: what is only good to know is left out.
func flaws(t *testing.T, report []byte) []string {
	t.Helper()
	var found struct {
		Messages []struct{ Type, SubType, URL, Message, Extract string }
	}
	if err := json.Unmarshal(report, &found); err != nil {
		t.Fatal(err, string(report))
	}
	var list []string
	for _, m := range found.Messages {
		if m.Type != "info" || m.SubType == "warning" {
			list = append(list, fmt.Sprintf("%s: %s: %s", strings.TrimSuffix(filepath.Base(m.URL), ".html"), m.Message, m.Extract))
		}
	}
	return list
}
