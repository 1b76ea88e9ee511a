package house

import (
	"fmt"
	"go/ast"
	"os"
	"path"
	"slices"
	"strings"
	"testing"

	"agentstore/pkg/api"
	"agentstore/pkg/app"
)

// mainText is every main.go, but for the names of its folder and its program.
const mainText = `// Command %s is the Lambda function of that name; see docs/ARCHITECTURE.md.
package main

import "agentstore/%s"

func main() { %s.%s() }
`

func TestMainsAreTheSame(t *testing.T) {
	t.Parallel()
	for folder, program := range programs(t) {
		dir := root + "/functions/" + folder
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != 1 {
			t.Errorf("functions/%s holds %v (%v), wanted is main.go alone", folder, entries, err)
			continue
		}
		text, err := os.ReadFile(dir + "/main.go")
		if err != nil {
			t.Error(err)
			continue
		}
		if want := fmt.Sprintf(mainText, folder, program.pkg, path.Base(program.pkg), program.Name.Name); string(text) != want {
			t.Errorf("functions/%s/main.go is\n%s\nwanted is\n%s", folder, text, want)
		}
	}
}

// TestProgramsServeTheirOwnOperation holds each program to one operation, its
// own: the linker keeps every other that it names.
func TestProgramsServeTheirOwnOperation(t *testing.T) {
	t.Parallel()
	serves := make(map[string]bool)
	for _, o := range api.Operations(app.Shelf()) {
		serves[o.Name] = true
	}
	for folder, program := range programs(t) {
		var want []string
		if serves[folder] {
			want = named(folder, program.Name.Name)
		}
		if got := uses(program.FuncDecl, append(productPackages(), "api.")...); !slices.Equal(got, want) {
			t.Errorf("%s.%s names the operations %q, wanted is %q", program.pkg, program.Name.Name, got, want)
		}
	}
}

// named is what the program of an operation names: the operation itself, or what its
// product brings of it.
func named(operation, program string) []string {
	for _, p := range app.Shelf() {
		action, isOf := strings.CutPrefix(strings.ToLower(program), p.Type)
		if !isOf || !strings.HasPrefix(operation, p.Type+"_") {
			continue
		}
		made := "api.ActionOf"
		for _, a := range p.Words().Actions {
			if a.Charge != nil && p.Type+"_"+string(a.Name)+"_quote" == operation {
				made, action, program = "api.ActionQuoteOf", strings.TrimSuffix(action, "quote"), strings.TrimSuffix(program, "Quote")
			}
		}
		for _, r := range p.Words().Reads {
			if p.Type+"_"+r.Name == operation {
				made = "api.ReadOf"
			}
		}
		return []string{made, p.Type + ".ServiceType", p.Type + "." + program[len(program)-len(action):]}
	}
	return []string{"api." + program}
}

// productPackages are the packages of products, as selectors begin with them.
func productPackages() []string {
	var all []string
	for _, p := range app.Shelf() {
		all = append(all, p.Type+".")
	}
	return all
}

// programs is what the mains call, by the folders of functions. Each folder has
// one, and there are no others.
func programs(tb testing.TB) map[string]program {
	tb.Helper()
	found := make(map[string]program)
	left := folders(tb, "functions")
	for _, p := range candidates(sources(tb)) {
		i := slices.IndexFunc(left, func(folder string) bool {
			return strings.EqualFold(strings.ReplaceAll(folder, "_", ""), p.Name.Name)
		})
		if i < 0 {
			tb.Errorf("%s.%s is the program of no folder in functions/", p.pkg, p.Name.Name)
			continue
		}
		found[left[i]] = p
		left = slices.Delete(left, i, i+1)
	}
	if len(left) > 0 {
		tb.Errorf("functions/ has folders without a program in package app: %q", left)
	}
	return found
}

// program is what a main calls.
type program struct {
	*ast.FuncDecl
	pkg string
}

// candidates are the exported functions without parameters.
func candidates(files map[string]*ast.File) []program {
	var found []program
	for _, file := range []string{"pkg/app/functions.go", "pkg/app/account.go", "pkg/app/full/full.go", "pkg/app/people/people.go", "pkg/app/provision/provision.go"} {
		for _, declaration := range files[file].Decls {
			f, ok := declaration.(*ast.FuncDecl)
			if ok && f.Name.IsExported() && f.Type.Params.NumFields() == 0 {
				found = append(found, program{f, path.Dir(file)})
			}
		}
	}
	return found
}
