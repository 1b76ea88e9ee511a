package docs

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	inline   = regexp.MustCompile("`([^`\n]+)`")
	target   = regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*make ([a-z-]+)`)
	commands = regexp.MustCompile(`^(?:go run \./cmd/)?agentstore ([a-z]+(?: [a-z]+)?)`)
	tests    = regexp.MustCompile(`^(?:CI=true )?go test (.*)`)
)

// TestNamedInPassing looks whether what a sentence names is there: targets of make,
// commands of agentstore, tests and benchmarks.
func TestNamedInPassing(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile(root + "/Makefile")
	if err != nil {
		t.Fatal(err)
	}
	help, err := exec.CommandContext(t.Context(), "go", "run", "-C", root, "./cmd/agentstore", "help").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, help)
	}
	all, err := pages()
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, p := range all {
		text, err := os.ReadFile(filepath.Join(root, p.name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inline.FindAllStringSubmatch(string(text), -1) {
			found := true
			if of := target.FindStringSubmatch(m[1]); of != nil {
				found = strings.Contains(string(makefile), "\n"+of[1]+":")
			} else if of := commands.FindStringSubmatch(m[1]); of != nil {
				first, _, _ := strings.Cut(of[1], " ")
				found = strings.Contains(string(help), "\n  "+first+" ")
			} else if of := tests.FindStringSubmatch(m[1]); of != nil {
				found = hasTest(t, of[1])
			} else {
				continue
			}
			if named++; !found {
				t.Errorf("%s names %s, which is not there", p.name, m[1])
			}
		}
	}
	if named < 40 {
		t.Errorf("only %d commands are named", named)
	}
}

// hasTest reports whether the packages are there, and whether one has each test or
// benchmark that is to be run.
func hasTest(t *testing.T, arguments string) bool {
	t.Helper()
	words := strings.Fields(strings.ReplaceAll(arguments, "'", ""))
	var sources strings.Builder
	for _, word := range words {
		folder, isPackage := strings.CutPrefix(word, "./")
		if !isPackage {
			continue
		}
		files, err := filepath.Glob(filepath.Join(root, strings.TrimSuffix(folder, "/..."), "*_test.go"))
		if err != nil || len(files) == 0 {
			return false
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(text)
		}
	}
	for flag, kind := range map[string]string{"-run": "Test|Fuzz|Example", "-bench": "Benchmark"} {
		i := slices.Index(words, flag)
		if i < 0 || words[i+1] == "^$" || words[i+1] == "." {
			continue
		}
		name := strings.TrimSuffix(words[i+1], "$")
		if !regexp.MustCompile(`(?m)^func (` + kind + `)?\w*` + name + `\w*\(`).MatchString(sources.String()) {
			return false
		}
	}
	return true
}
