package discovery_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"agentstore/internal/test/storetest"
	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

var (
	link    = regexp.MustCompile(`^- \[[^\]]+\]\(([^)\s]+)\): .+$`)
	address = regexp.MustCompile("https?://[^\\s\"`)]+")
)

// TestLLMs holds the text to the form of llmstxt.org: one title, a blockquote,
// words without headings, and then sections of links alone.
func TestLLMs(t *testing.T) {
	t.Parallel()
	text := string(get(t, newStore(t).URL+llmsPath).Body)
	head, sections, _ := strings.Cut(text, "\n## ")
	lines := strings.Split(head, "\n")
	if !strings.HasPrefix(lines[0], "# ") || lines[1] != "" || !strings.HasPrefix(lines[2], "> ") {
		t.Errorf("it begins with %q", lines[:3])
	}
	if slices.ContainsFunc(lines[1:], func(line string) bool { return strings.HasPrefix(line, "#") }) {
		t.Errorf("there are headings among the words: %s", head)
	}
	links := 0
	for _, line := range strings.Split("## "+sections, "\n") {
		switch {
		case line == "" || strings.HasPrefix(line, "## "):
		case link.MatchString(line):
			links++
		default:
			t.Errorf("in the sections of links there is %q", line)
		}
	}
	if links == 0 || strings.Contains(text, "{origin}") || strings.Contains(text, "{operations}") {
		t.Errorf("%d links: %s", links, text)
	}
}

func TestLLMsNamesEveryOperation(t *testing.T) {
	t.Parallel()
	text := string(get(t, newStore(t).URL+llmsPath).Body)
	for _, o := range api.Operations(app.Shelf()) {
		if line := fmt.Sprintf("\n- `%s`: `%s %s`. %s\n", o.Name, o.Method, o.Path, o.Summary); !strings.Contains(text, line) {
			t.Errorf("there is no %q in %s", line, text)
		}
	}
}

// TestEveryAddressAnswers follows every address of the store in every document.
func TestEveryAddressAnswers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	want := map[string]int{s.URL + "/mcp": http.StatusMethodNotAllowed} // it takes POST
	found := make(map[string]bool)
	for path := range contentTypes {
		for _, url := range address.FindAllString(string(get(t, s.URL+path).Body), -1) {
			if strings.HasPrefix(url, s.URL+"/") {
				found[url] = true
			}
		}
	}
	for url := range found {
		asked := url
		if url == s.URL+"/v1/agent" {
			asked += "/catalog" // it is a base: there is nothing at the address itself
		}
		status := want[url]
		if status == 0 {
			status = http.StatusOK
		}
		if a := storetest.Do(t, http.DefaultClient, request(t, http.MethodGet, asked)); a.Status != status {
			t.Errorf("%s: status %d, want %d: %s", asked, a.Status, status, a.Body)
		}
	}
	if len(found) < len(contentTypes)+3 {
		t.Errorf("there are no more addresses than %v", found)
	}
}
