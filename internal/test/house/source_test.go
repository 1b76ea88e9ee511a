package house

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// sources parses the Go files of the module that are no tests, by their paths
// from its root.
func sources(tb testing.TB) map[string]*ast.File {
	tb.Helper()
	files := make(map[string]*ast.File)
	module := os.DirFS(root)
	err := fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && name != "." && strings.HasPrefix(entry.Name(), "."):
			return fs.SkipDir
		case entry.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(module, name)
		if err != nil {
			return err
		}
		files[name], err = parser.ParseFile(token.NewFileSet(), name, text, parser.SkipObjectResolution)
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return files
}

// uses lists what a source names of other packages: "os.Getenv", or with
// "os." anything of package os.
func uses(source ast.Node, names ...string) []string {
	var found []string
	ast.Inspect(source, func(n ast.Node) bool {
		selector, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if from, ok := selector.X.(*ast.Ident); ok {
			used := from.Name + "." + selector.Sel.Name
			if slices.Contains(names, used) || slices.Contains(names, from.Name+".") {
				found = append(found, used)
			}
		}
		return true
	})
	return found
}

func TestOnlyPackageAppReadsTheEnvironment(t *testing.T) {
	t.Parallel()
	readers := []string{
		"pkg/app",                  // for functions
		"cmd/agentstore",           // for the store on a laptop, through package app
		"internal/test/dynamotest", // for tests
		"internal/test/browser",
		"internal/test/docs", // for the shells of its reader
	}
	for name, file := range sources(t) {
		found := uses(file, "os.Getenv", "os.LookupEnv", "os.Environ", "os.ExpandEnv", "syscall.Getenv", "syscall.Environ")
		if len(found) > 0 && !slices.Contains(readers, path.Dir(name)) {
			t.Errorf("%s reads the environment by %q", name, found)
		}
	}
}

// TestNobodyScans also keeps out PartiQL, whose statements can scan.
func TestNobodyScans(t *testing.T) {
	t.Parallel()
	for name, file := range sources(t) {
		if path.Dir(name) == "internal/test/dynamotest" {
			continue // it can record any request
		}
		found := uses(file, "dynamodb.ScanInput", "dynamodb.NewScanPaginator",
			"dynamodb.ExecuteStatementInput", "dynamodb.BatchExecuteStatementInput", "dynamodb.ExecuteTransactionInput")
		if len(found) > 0 {
			t.Errorf("%s uses %q", name, found)
		}
	}
}

// TestUsesFinds shows that the two tests above can fail.
func TestUsesFinds(t *testing.T) {
	t.Parallel()
	const source = `package p
func f() {
	client.Scan(ctx, &dynamodb.ScanInput{})
	if os.Getenv("A") != "" { app.Environment(os.Getenv) }
}`
	file, err := parser.ParseFile(token.NewFileSet(), "", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"dynamodb.ScanInput", "os.Getenv", "app.Environment", "os.Getenv"}
	if got := uses(file, "os.Getenv", "dynamodb.ScanInput", "app."); !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

// TestOnePackageWritesCSV finds an answer of CSV that its writer has not made.
func TestOnePackageWritesCSV(t *testing.T) {
	t.Parallel()
	writers := 0
	for name, file := range sources(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if text, ok := n.(*ast.BasicLit); ok && strings.Contains(text.Value, "text/csv") {
				writers++
				if path.Dir(name) != "pkg/sheet" {
					t.Errorf("%s says %s: use package sheet", name, text.Value)
				}
			}
			return true
		})
	}
	if writers == 0 {
		t.Error("package sheet does not say what CSV is: this test finds nothing")
	}
}
