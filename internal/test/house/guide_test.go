package house

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestGuideNamesEveryFile holds the guide at the head of package shop to the files
// that are there.
func TestGuideNamesEveryFile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(root + "/pkg/shop/doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var guide []string
	for line := range strings.Lines(string(text)) {
		if row, isRow := strings.CutPrefix(line, "//\t"); isRow {
			guide = append(guide, regexp.MustCompile(`[a-z]+`).FindAllString(row, -1)...)
		}
	}
	files, err := filepath.Glob(root + "/pkg/shop/*.go")
	if err != nil || len(files) == 0 || len(guide) == 0 {
		t.Fatalf("%d files, %d words, %v", len(files), len(guide), err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".go")
		if name != "doc" && !strings.HasSuffix(name, "_test") && !slices.Contains(guide, name) {
			t.Errorf("the guide in pkg/shop/doc.go does not name %s.go", name)
		}
	}
}
