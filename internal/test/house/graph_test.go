package house

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
)

const (
	module = "agentstore"
	// root is the folder of the module, seen from here.
	root = "../../.."
)

// graph has the imports of each package. Packages of the module go without the
// module's name: pkg/shop.
type graph map[string][]string

// moduleGraph is the module with everything that it depends on, built as Lambda
// runs it.
func moduleGraph(tb testing.TB) graph {
	tb.Helper()
	// go list reads the sources in another process, where go test does not see it.
	// They are read here as well, so that a cached result ends with any change.
	sources(tb)
	g, err := loadOnce()
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

var loadOnce = sync.OnceValues(load)

func load() (graph, error) {
	env, flags, err := lambdaBuild()
	if err != nil {
		return nil, err
	}
	list := exec.Command("go", slices.Concat([]string{"list", "-deps", "-json=ImportPath,Imports"}, flags, []string{"./..."})...)
	list.Dir = root
	list.Env = append(os.Environ(), env...)
	var stderr bytes.Buffer
	list.Stderr = &stderr
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("go list: %w: %s", err, stderr.String())
	}
	return decodeGraph(bytes.NewReader(out))
}

func decodeGraph(list io.Reader) (graph, error) {
	g := make(graph)
	for d := json.NewDecoder(list); ; {
		var p struct {
			ImportPath string
			Imports    []string
		}
		err := d.Decode(&p)
		if errors.Is(err, io.EOF) {
			return g, nil
		}
		if err != nil {
			return nil, err
		}
		for i := range p.Imports {
			p.Imports[i] = short(p.Imports[i])
		}
		g[short(p.ImportPath)] = p.Imports
	}
}

func short(path string) string { return strings.TrimPrefix(path, module+"/") }

var buildLine = regexp.MustCompile(`(?m)^GO_BUILD := ((?:\w+=\S+ )+)go build .*-tags (\S+)`)

// lambdaBuild reads from the Makefile how functions are built: a tag decides
// whether they link net/rpc, and with it text/template.
func lambdaBuild() (env, flags []string, err error) {
	text, err := os.ReadFile(root + "/Makefile")
	if err != nil {
		return nil, nil, err
	}
	found := buildLine.FindSubmatch(text)
	if found == nil {
		return nil, nil, errors.New("the Makefile's GO_BUILD has no variables or no tags")
	}
	return strings.Fields(string(found[1])), []string{"-tags", string(found[2])}, nil
}

// chainGraph is the graph of "a > b > c": a imports b, which imports c.
func chainGraph(chain string) graph {
	g := make(graph)
	names := strings.Split(chain, " > ")
	for i, name := range names[1:] {
		g[names[i]] = []string{name}
	}
	return g
}

// has reports whether a package of the module fits the pattern.
func (g graph) has(pattern string) bool {
	for name := range g {
		if isModule(name) && fits(pattern, name) {
			return true
		}
	}
	return false
}

// reach gives a shortest chain of imports from a package to each that it
// depends on, the package itself left out.
func (g graph) reach(from string) map[string][]string {
	chains := map[string][]string{from: {from}}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		for _, next := range g[at] {
			if _, seen := chains[next]; !seen {
				chains[next] = append(slices.Clone(chains[at]), next)
				queue = append(queue, next)
			}
		}
	}
	delete(chains, from)
	return chains
}
