package house

import (
	"go/ast"
	"maps"
	"slices"
	"strings"
	"testing"
)

// committers are the functions that may write to the store: what a caller does is
// written with its event and on their authority, and the machinery behind has
// neither.
var committers = []string{
	"Reconciler.holding",
	"Worker.claim",
	"payer.commit", // of writer and Worker.settle
	"payer.fill",
}

// TestOnlyTheseCommit finds an operation that writes past the one place that adds
// who did it, and on what authority.
func TestOnlyTheseCommit(t *testing.T) {
	t.Parallel()
	found := make(map[string]bool)
	for name, file := range sources(t) {
		if strings.HasPrefix(name, "internal/test/") {
			continue // tests put the store into any state
		}
		for _, where := range commits(file) {
			found[where] = true
		}
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, committers) {
		t.Errorf("%q write to the store, want %q", got, committers)
	}
}

// commits lists the functions of a source that use a Commit of anything.
func commits(file *ast.File) []string {
	var where []string
	for _, declared := range file.Decls {
		ast.Inspect(declared, func(n ast.Node) bool {
			if used, ok := n.(*ast.SelectorExpr); ok && used.Sel.Name == "Commit" {
				where = append(where, nameOf(declared))
			}
			return true
		})
	}
	return where
}

// nameOf is what a declaration is called: Type.method for a method, and nothing for
// what is no function.
func nameOf(declared ast.Decl) string {
	function, ok := declared.(*ast.FuncDecl)
	if !ok {
		return ""
	}
	if function.Recv == nil {
		return function.Name.Name
	}
	receiver := function.Recv.List[0].Type
	if pointer, ok := receiver.(*ast.StarExpr); ok {
		receiver = pointer.X
	}
	if named, ok := receiver.(*ast.Ident); ok {
		return named.Name + "." + function.Name.Name
	}
	return function.Name.Name // a method of a type with parameters
}
